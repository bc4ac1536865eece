import { messageOf } from '../../core/errors.ts';
import { seededRandom } from '../../core/random.ts';
import { resampleSeries } from '../../core/resample.ts';
import { DAY_SECONDS, endSeconds, MINUTE_SECONDS } from '../../core/series.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { LEAD_TIME_LAYOUT, NETWORK_INPUTS } from '../../forecaster/lead-time/neural/neural-model.ts';
import { baseArtefact } from '../../forecaster/lead-time/neural/shipped-model.ts';
import { teach } from '../../forecaster/lead-time/neural/training-examples.ts';
import { type Artefact, decodeArtefact, encodeArtefact } from '../../models/neural/artefact.ts';
import type { Backend } from '../../models/neural/backend.io.ts';
import { lossOf, trainQuantiles } from '../../models/neural/train.io.ts';
import { TrainingRows, type TrainingSet } from '../../models/neural/training-set.ts';
import { ticksWithinMinutes } from './ticks-within-minutes.ts';
import type { TrainingOutcome, TrainingTask } from './training-task.ts';

/** Lessons of all loads together: 47 features of 200,000 rows are 38 MB. */
const MOST_LESSONS = 200_000;
const MOST_LESSONS_A_LOAD = 2_000;
/** With fewer, chance would decide. */
const LEAST_LESSONS = 5_000;
const LEAST_HELD_OUT = 500;
/** The newest day is kept back: on it networks are compared, and the training stops in time. */
const HELD_OUT_SECONDS = DAY_SECONDS;
/** Five ticks of 21 are learned from. */
const LESSONS_A_TICK = 5 / 21;
/** Another network must be better by so much to take the place of the one in use. */
const LEAST_GAIN = 0.005;
/** It goes on from what it knows: few passes at a low rate. */
const SETTINGS = { epochs: 5, batch: 1_024, learningRate: 0.001 };

interface Rival {
  readonly name: string;
  readonly artefact: Artefact;
  readonly loss: number;
}

/**
 * One night's training over all of a cluster's workloads. On the newest day, which none of them has seen, the network in use is held
 * against the one before it and the one that is shipped; the best goes on learning from the days before that. What does not become
 * better is not published, what proved worse is taken back.
 */
export function trainNight(
  tf: Backend['tf'],
  task: TrainingTask,
  onProgress?: (words: string) => void,
): TrainingOutcome {
  const { set, untilSeconds, taught } = lessonsOf(task, onProgress);
  const lessons = set.targets.length;
  const heldOut = set.heldOut.reduce((sum, flag) => sum + flag, 0);
  if (lessons - heldOut < LEAST_LESSONS || heldOut < LEAST_HELD_OUT) {
    const why = `too little to learn from: ${lessons} lessons, ${heldOut} of them of the newest day; ${LEAST_LESSONS} and ${LEAST_HELD_OUT} are needed`;
    return { kind: 'kept', why, lessons };
  }
  const rivals = rivalsOf(task, set, onProgress);
  const [current] = rivals;
  const best = rivals.reduce((a, b) => (b.loss < (1 - LEAST_GAIN) * a.loss ? b : a));
  const rolledBack = best !== current;
  const { network, heldOutLoss } = trainQuantiles(
    tf,
    set,
    { ...SETTINGS, ...sizesOf(best.artefact), seed: task.seed, from: best.artefact.network },
    ({ epoch, epochs, heldOutLoss: loss }) => onProgress?.(`epoch ${epoch} of ${epochs}, loss ${loss.toFixed(5)}`),
  );
  const gain = 1 - heldOutLoss / best.loss;
  const over = `on the newest day: ${rivals.map(({ name, loss }) => `${name} ${loss.toFixed(5)}`).join(', ')}`;
  if (gain > LEAST_GAIN) {
    const bytes = encodeArtefact(network, {
      layout: LEAD_TIME_LAYOUT,
      trainedOn: `${taught} loads of this cluster, from ${best.name}`,
      rows: lessons - heldOut,
      seed: task.seed,
      untilSeconds: untilSeconds - HELD_OUT_SECONDS,
      firstLoss: best.loss,
      heldOutLoss,
      from: best.artefact.id,
    });
    const why = `trained on ${lessons} lessons of ${taught} loads: loss ${heldOutLoss.toFixed(5)}, ${percent(gain)} under ${best.name} (${over})`;
    return { kind: 'published', bytes, why, lessons };
  }
  const learned = `what was learned tonight is no better (${percent(gain)})`;
  if (rolledBack) {
    const to = best.artefact.id === baseArtefact().id ? 'shipped' : 'previous';
    return { kind: 'rolled-back', to, why: `back to ${best.name}, ${learned}; ${over}`, lessons };
  }
  return { kind: 'kept', why: `${current.name} stays, ${learned}; ${over}`, lessons };
}

function lessonsOf(task: TrainingTask, onProgress: ((words: string) => void) | undefined) {
  const rows = new TrainingRows(NETWORK_INPUTS);
  const mostALoad = Math.min(MOST_LESSONS_A_LOAD, Math.ceil(MOST_LESSONS / Math.max(1, task.loads.length)));
  const random = seededRandom(task.seed);
  let untilSeconds = 0;
  let taught = 0;
  for (const [index, { id, history, leadSeconds, podCapacity }] of task.loads.entries()) {
    const values = ticksWithinMinutes(resampleSeries(history, MINUTE_SECONDS).values, random);
    if (values.length === 0 || !(podCapacity > 0) || !(leadSeconds > 0)) continue;
    const every = Math.max(1, Math.floor((values.length * LESSONS_A_TICK) / mostALoad));
    const heldOutFrom = values.length - HELD_OUT_SECONDS / TICK_SECONDS;
    try {
      teach({ observed: values, leadSeconds, podCapacity }, { every, heldOutFrom }, rows, index % every);
      taught++;
    } catch (error) {
      onProgress?.(`${id} was left out: ${messageOf(error)}`);
    }
    untilSeconds = Math.max(untilSeconds, endSeconds(history));
  }
  return { set: rows.set(), untilSeconds, taught };
}

/** The one in use first. One that can't be read is left out. */
function rivalsOf(
  { current, previous }: TrainingTask,
  set: TrainingSet,
  onProgress: ((words: string) => void) | undefined,
): [Rival, ...Rival[]] {
  const shipped = rival('the shipped network', baseArtefact(), set);
  const kept = [
    ['the network in use', current],
    ['the network before it', previous],
  ] as const;
  const found: Rival[] = [];
  for (const [name, bytes] of kept) {
    try {
      if (bytes) found.push(rival(name, decodeArtefact(bytes, LEAD_TIME_LAYOUT), set));
    } catch (error) {
      onProgress?.(`${name} was left out: ${messageOf(error)}`);
    }
  }
  const [first, ...rest] = found;
  return first ? [first, ...rest, shipped] : [shipped];
}

function rival(name: string, artefact: Artefact, set: TrainingSet): Rival {
  return { name: `${name} (${artefact.id})`, artefact, loss: lossOf(artefact.network, set, 'held out') };
}

function sizesOf({ network }: Artefact) {
  return { levels: network.levels, width: network.first.outputs, blocks: network.blocks.length };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
