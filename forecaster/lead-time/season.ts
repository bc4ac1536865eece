import { TICKS_PER_DAY } from '../../core/tick.ts';
import type { SettledForecasts } from './settled.ts';
import type { DemandSignal } from './signal.ts';

/** Earlier days' weights, yesterday first. */
const DAY_WEIGHTS = [1, 0.8, 0.65, 0.5, 0.4, 0.35, 0.3];
/** Half-width of "the same time on an earlier day": 5 minutes; for errors a quarter of an hour. */
const SAME_TIME_TICKS = 20;
const SAME_TIME_ERROR_TICKS = 60;

/** What the days before say of one tick: so many numbers in single precision, in this order. NaN: not known. */
export const SEASON_VALUES = 9;
/** Weighted means over the last seven days: growth over the lead time, the same smoothed, log level, log level after growth. */
export const DAYS_GROWTH = 0;
export const DAYS_SMOOTHED = 1;
export const DAYS_LEVEL = 2;
export const DAYS_LEVEL_AFTER = 3;
/** The same of a week ago. */
export const WEEK_GROWTH = 4;
export const WEEK_SMOOTHED = 5;
export const WEEK_LEVEL = 6;
/** Mean error at this time of day, yesterday weighing most. */
export const DAYS_ERROR = 7;
/** The least load that this time of day usually has; 0 where that isn't known. */
export const USUAL_LOW = 8;

/** Writes what the days before say of tick t (all but USUAL_LOW), at most 23 hours ahead of what the signal holds. */
export function writeSeasonOf(
  signal: DemandSignal,
  past: SettledForecasts,
  t: number,
  out: Float32Array,
  at = 0,
): void {
  writeDays(signal, past, t, out, at);
  const week = t - 7 * TICKS_PER_DAY;
  const known = week >= signal.born;
  out[at + WEEK_GROWTH] = known ? past.growthAt(week) : Number.NaN;
  out[at + WEEK_SMOOTHED] = known ? past.meanGrowth(week - SAME_TIME_TICKS, week + SAME_TIME_TICKS) : Number.NaN;
  out[at + WEEK_LEVEL] = known ? signal.logLoad(week) : Number.NaN;
  out[at + DAYS_ERROR] = errorOfDays(past, t);
}

function writeDays(signal: DemandSignal, past: SettledForecasts, t: number, out: Float32Array, at: number): void {
  let weights = 0;
  let grew = 0;
  let smoothed = 0;
  let level = 0;
  for (let day = 1; day <= 7; day++) {
    const then = t - day * TICKS_PER_DAY;
    if (then < signal.born) break;
    const weight = DAY_WEIGHTS[day - 1]!;
    weights += weight;
    grew += weight * past.growthAt(then);
    smoothed += weight * past.meanGrowth(then - SAME_TIME_TICKS, then + SAME_TIME_TICKS);
    level += weight * signal.logLoad(then);
  }
  // Without a day, 0 ÷ 0: not known.
  out[at + DAYS_GROWTH] = grew / weights;
  out[at + DAYS_SMOOTHED] = smoothed / weights;
  out[at + DAYS_LEVEL] = level / weights;
  out[at + DAYS_LEVEL_AFTER] = (level + grew) / weights;
}

function errorOfDays(past: SettledForecasts, t: number): number {
  let weights = 0;
  let sum = 0;
  for (let day = 1; day <= 7; day++) {
    const then = t - day * TICKS_PER_DAY;
    if (then < 0) break;
    const error = past.meanError(then - SAME_TIME_ERROR_TICKS, then + SAME_TIME_ERROR_TICKS);
    if (Number.isNaN(error)) continue;
    weights += 1 / day;
    sum += error / day;
  }
  return sum / weights;
}

/** What the days before say of `ticks` coming ticks: SEASON_VALUES numbers each, for a learner of short memory. */
export function seasonAhead(signal: DemandSignal, past: SettledForecasts, ticks: number): Float32Array {
  const season = new Float32Array(ticks * SEASON_VALUES);
  for (let i = 0; i < ticks; i++) {
    const at = i * SEASON_VALUES;
    writeSeasonOf(signal, past, signal.length + i, season, at);
    season[at + USUAL_LOW] = signal.usualLow(signal.length + i);
  }
  return season;
}
