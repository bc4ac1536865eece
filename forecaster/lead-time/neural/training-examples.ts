import type { TrainingRows } from '../../../models/neural/training-set.ts';
import { LeadTimeLearner } from '../learner.ts';
import { memoryFor } from '../past-days.ts';
import { writeNetworkInputs } from './neural-model.ts';

/** A lesson's outcome is taken for at most this (log ratio): one event must not teach more than many quiet days. */
const MOST_MISS = 3;
/** A row counts by the pods that its peak needs, up to ten; hardly at all where there are none to speak of. */
const WHOLE_PODS = 10;
const LEAST_WEIGHT = 0.02;

/** One workload's past, to be learned from. */
export interface TaughtLoad {
  /** One observation a tick, NaN where there is none. */
  readonly observed: ArrayLike<number>;
  readonly leadSeconds: number;
  readonly podCapacity: number;
}

/** Which of a load's lessons are taken: every so many, and from which tick on they are kept back. */
export interface LessonChoice {
  readonly every: number;
  /** Infinity: none. */
  readonly heldOutFrom: number;
}

/**
 * Plays a load to a learner of its own and takes down, row by row, what its regressions said and by how much they were wrong: each
 * said before it was known.
 * @param offset of the first lesson that is taken, so that loads do not all teach the same ticks
 */
export function teach(load: TaughtLoad, choice: LessonChoice, rows: TrainingRows, offset = 0): void {
  const { observed, leadSeconds, podCapacity } = load;
  const learner = new LeadTimeLearner(leadSeconds, podCapacity, undefined, memoryFor(observed.length));
  let lesson = offset;
  learner.onLesson = (said, growth, peakPlusFloor) => {
    if (lesson++ % choice.every !== 0) return;
    const { values, at } = rows.next();
    writeNetworkInputs(said, values, at);
    const miss = Math.max(-MOST_MISS, Math.min(MOST_MISS, growth - said.growth));
    const weight = LEAST_WEIGHT + Math.min(1, peakPlusFloor / podCapacity / WHOLE_PODS);
    rows.push(miss, weight, learner.signal.length - 1 - learner.leadTicks >= choice.heldOutFrom);
  };
  for (let t = 0; t < observed.length; t++) learner.observe(observed[t]!, false);
}
