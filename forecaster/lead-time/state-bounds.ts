import { FLOOR_PODS } from './learner.ts';
import type { LearnerState } from './learner-state.ts';

/** Ticks of 450 years: a counter that says more is none. */
const MOST_TICKS = 1e9;
/** A season's table is made for a few hours, a week at most. */
const MOST_SEASON_TICKS = 40_320;
const MOST_SECONDS = 86_400;
/** No demand, and no capacity, is larger. */
const MOST_DEMAND = 1e30;
/** Logarithms of demands and of their ratios. */
const MOST_LOG = 100;
const MOST_SUM = 1e12;
/** The floor is a third of a pod, in single precision or double. */
const SAME_FLOOR = 1e-3;

type Check = readonly [name: string, value: number, least: number, most: number, whole?: 'whole'];

/**
 * Numbers in a state that came from elsewhere and that no learner comes to: counters that are none, levels beyond any demand, a season of
 * other ticks than the next ones (it would never end). Lengths are for lengthProblem.
 * @returns words, the first one found; undefined: all can be
 */
export function numberProblem(state: LearnerState): string | undefined {
  const { signal, running, season, errors } = state;
  const { length } = signal;
  const checks: Check[] = [
    ['leadTimeSeconds', state.leadTimeSeconds, Number.MIN_VALUE, MOST_SECONDS],
    ['podCapacity', state.podCapacity, Number.MIN_VALUE, MOST_DEMAND],
    ['signal.length', length, 0, MOST_TICKS, 'whole'],
    ['signal.floor', signal.floor / (state.podCapacity * FLOOR_PODS), 1 - SAME_FLOOR, 1 + SAME_FLOOR],
    ...orInfinite('signal.born', signal.born, Number.POSITIVE_INFINITY, length),
    ['signal.lastGap', signal.lastGap, -1, length, 'whole'],
    ...orInfinite('signal.lowSince', signal.lowSince, Number.NEGATIVE_INFINITY, length),
    ['signal.load', signal.load, 0, MOST_DEMAND * 2],
    ['signal.hours.length', signal.hours.length, 0, MOST_TICKS, 'whole'],
    ['errors.length', errors.length, 0, MOST_TICKS, 'whole'],
    ['mean.weight', state.mean.weight, 0, MOST_TICKS],
    ['spread.weight', state.spread.weight, 0, MOST_TICKS],
    ...orInfinite('learnedFrom', state.learnedFrom, Number.POSITIVE_INFINITY, length),
    ['running.level', running.level, -MOST_LOG, MOST_LOG],
    ['running.surprise', running.surprise, -2 * MOST_LOG, 2 * MOST_LOG],
    ['running.lately', running.lately, -2 * MOST_LOG, 2 * MOST_LOG],
    ['running.mostGrowth', running.mostGrowth, -2 * MOST_LOG, 2 * MOST_LOG],
    ['running.leastGrowth', running.leastGrowth, -2 * MOST_LOG, 2 * MOST_LOG],
    ['running.mostError', running.mostError, 0, 2 * MOST_LOG],
    ['running.learned', running.learned, 0, MOST_TICKS, 'whole'],
    ['running.levelTicks', running.levelTicks, 0, MOST_TICKS, 'whole'],
    ['running.upperFactor', running.upperFactor, -MOST_TICKS, MOST_TICKS],
    ...orInfinite('running.nextFit', running.nextFit, Number.POSITIVE_INFINITY, 2 * MOST_TICKS),
    ['running.lastFit', running.lastFit, 0, length, 'whole'],
    ['season.from', season.from, length, length, 'whole'],
    ['season.ticks', season.ticks, 0, MOST_SEASON_TICKS, 'whole'],
    ...extremes('signal.logs', signal.logs, MOST_LOG),
    ...extremes('signal.estimateLogs', signal.estimateLogs, MOST_LOG),
    ...extremes('signal.sums', signal.sums, MOST_SUM),
    ...extremes('signal.hours.values', signal.hours.values, MOST_LOG),
    ...extremes('errors.values', errors.values, 2 * MOST_LOG),
    ...extremes('forecasts', state.forecasts, Number.MAX_VALUE),
  ];
  const strange = checks.find(([, value, least, most, whole]) => !isWithin(value, least, most, whole));
  return strange && `${strange[0]}: ${strange[1]} found, ${strange[2]} to ${strange[3]} expected`;
}

function isWithin(value: number, least: number, most: number, whole: 'whole' | undefined): boolean {
  return value >= least && value <= most && (whole === undefined || Number.isInteger(value));
}

/** A tick, or one that did not come yet. */
function orInfinite(name: string, value: number, infinite: number, most: number): Check[] {
  return value === infinite ? [] : [[name, value, 0, most, 'whole']];
}

/** NaN is what is not known. */
function extremes(name: string, values: Float32Array | Float64Array, most: number): Check[] {
  let [least, largest] = [0, 0];
  for (const value of values) {
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  return [
    [name, least, -most, most],
    [name, largest, -most, most],
  ];
}
