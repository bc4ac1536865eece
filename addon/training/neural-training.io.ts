import { messageOf } from '../../core/errors.ts';
import { seededRandom } from '../../core/random.ts';
import { resampleSeries } from '../../core/resample.ts';
import { DAY_SECONDS, endSeconds, MINUTE_SECONDS } from '../../core/series.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { LEAD_TIME_LAYOUT, NEURAL_INPUTS } from '../../forecaster/lead-time/neural/neural-model.ts';
import { shippedArtefact } from '../../forecaster/lead-time/neural/shipped-model.ts';
import { teach } from '../../forecaster/lead-time/neural/training-examples.ts';
import { type Artefact, decodeArtefact, encodeArtefact } from '../../models/neural/artefact.ts';
import type { Backend } from '../../models/neural/backend.io.ts';
import { lossOf, trainQuantiles } from '../../models/neural/train.io.ts';
import { TrainingRows, type TrainingSet } from '../../models/neural/training-set.ts';
import { ticksWithinMinutes } from './ticks-within-minutes.ts';
import type { TrainingOutcome, TrainingTask } from './training-task.ts';

/** TrainingExamples of all loads together: 47 features of 200,000 rows are 38 MB. */
const MOST_EXAMPLES = 200_000;
const MOST_EXAMPLES_A_LOAD = 2_000;
/** With fewer, chance would decide. */
const LEAST_EXAMPLES = 5_000;
const LEAST_HELD_OUT = 500;
/** The newest day is kept back: on it neural models are compared, and the training stops in time. */
const HELD_OUT_SECONDS = DAY_SECONDS;
/** Five ticks of 21 are learned from. */
const EXAMPLES_A_TICK = 5 / 21;
/** Another neural model must be better by so much to take the place of the one in use. */
const LEAST_GAIN = 0.005;
/** It goes on from what it knows: few passes at a low rate. */
const SETTINGS = { epochs: 5, batch: 1_024, learningRate: 0.001 };

interface Contender {
  readonly name: string;
  readonly artefact: Artefact;
  readonly loss: number;
}

/**
 * One night's training over all of a cluster's workloads. On the newest day, which none of them has seen, the neural model in use is held
 * against the one before it and the one that is shipped; the best goes on learning from the days before that. What does not become
 * better is not published, what proved worse is taken back.
 */
export function trainNightly(
  tf: Backend['tf'],
  task: TrainingTask,
  onProgress?: (words: string) => void,
): TrainingOutcome {
  const { set, untilSeconds, trained } = examplesOf(task, onProgress);
  const examples = set.targets.length;
  const heldOut = set.heldOut.reduce((sum, flag) => sum + flag, 0);
  if (examples - heldOut < LEAST_EXAMPLES || heldOut < LEAST_HELD_OUT) {
    const why = `too little to learn from: ${examples} examples, ${heldOut} of them of the newest day; ${LEAST_EXAMPLES} and ${LEAST_HELD_OUT} are needed`;
    return { kind: 'kept', why, examples };
  }
  const contenders = contendersOf(task, set, onProgress);
  const [current] = contenders;
  const best = contenders.reduce((a, b) => (b.loss < (1 - LEAST_GAIN) * a.loss ? b : a));
  const rolledBack = best !== current;
  const { neural, heldOutLoss } = trainQuantiles(
    tf,
    set,
    { ...SETTINGS, ...sizesOf(best.artefact), seed: task.seed, from: best.artefact.neural },
    ({ epoch, epochs, heldOutLoss: loss }) => onProgress?.(`epoch ${epoch} of ${epochs}, loss ${loss.toFixed(5)}`),
  );
  const gain = 1 - heldOutLoss / best.loss;
  const over = `on the newest day: ${contenders.map(({ name, loss }) => `${name} ${loss.toFixed(5)}`).join(', ')}`;
  if (gain > LEAST_GAIN) {
    const bytes = encodeArtefact(neural, {
      layout: LEAD_TIME_LAYOUT,
      trainedOn: `${trained} loads of this cluster, from ${best.name}`,
      rows: examples - heldOut,
      seed: task.seed,
      untilSeconds: untilSeconds - HELD_OUT_SECONDS,
      firstLoss: best.loss,
      heldOutLoss,
      from: best.artefact.id,
    });
    const why = `trained on ${examples} examples of ${trained} loads: loss ${heldOutLoss.toFixed(5)}, ${percent(gain)} under ${best.name} (${over})`;
    return { kind: 'published', bytes, why, examples };
  }
  const learned = `what was learned tonight is no better (${percent(gain)})`;
  if (rolledBack) {
    const to = best.artefact.id === shippedArtefact().id ? 'shipped' : 'previous';
    return { kind: 'rolled-back', to, why: `back to ${best.name}, ${learned}; ${over}`, examples };
  }
  return { kind: 'kept', why: `${current.name} stays, ${learned}; ${over}`, examples };
}

function examplesOf(task: TrainingTask, onProgress: ((words: string) => void) | undefined) {
  const rows = new TrainingRows(NEURAL_INPUTS);
  const mostALoad = Math.min(MOST_EXAMPLES_A_LOAD, Math.ceil(MOST_EXAMPLES / Math.max(1, task.loads.length)));
  const random = seededRandom(task.seed);
  let untilSeconds = 0;
  let trained = 0;
  for (const [index, { id, history, leadTimeSeconds, podCapacity }] of task.loads.entries()) {
    const values = ticksWithinMinutes(resampleSeries(history, MINUTE_SECONDS).values, random);
    if (values.length === 0 || !(podCapacity > 0) || !(leadTimeSeconds > 0)) continue;
    const every = Math.max(1, Math.floor((values.length * EXAMPLES_A_TICK) / mostALoad));
    const heldOutFrom = values.length - HELD_OUT_SECONDS / TICK_SECONDS;
    try {
      teach({ observed: values, leadTimeSeconds, podCapacity }, { every, heldOutFrom }, rows, index % every);
      trained++;
    } catch (error) {
      onProgress?.(`${id} was left out: ${messageOf(error)}`);
    }
    untilSeconds = Math.max(untilSeconds, endSeconds(history));
  }
  return { set: rows.set(), untilSeconds, trained };
}

/** The one in use first. One that can't be read is left out. */
function contendersOf(
  { current, previous }: TrainingTask,
  set: TrainingSet,
  onProgress: ((words: string) => void) | undefined,
): [Contender, ...Contender[]] {
  const shipped = contender('the shipped neural model', shippedArtefact(), set);
  const kept = [
    ['the neural model in use', current],
    ['the neural model before it', previous],
  ] as const;
  const found: Contender[] = [];
  for (const [name, bytes] of kept) {
    try {
      if (bytes) found.push(contender(name, decodeArtefact(bytes, LEAD_TIME_LAYOUT), set));
    } catch (error) {
      onProgress?.(`${name} was left out: ${messageOf(error)}`);
    }
  }
  const [first, ...rest] = found;
  return first ? [first, ...rest, shipped] : [shipped];
}

function contender(name: string, artefact: Artefact, set: TrainingSet): Contender {
  return { name: `${name} (${artefact.id})`, artefact, loss: lossOf(artefact.neural, set, 'held out') };
}

function sizesOf({ neural }: Artefact) {
  return { levels: neural.levels, width: neural.first.outputs, blocks: neural.blocks.length };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
