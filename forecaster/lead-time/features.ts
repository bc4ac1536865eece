import {
  DAYS_GROWTH,
  DAYS_LEVEL,
  DAYS_LEVEL_AFTER,
  DAYS_SMOOTHED,
  WEEK_GROWTH,
  WEEK_LEVEL,
  WEEK_SMOOTHED,
} from './season.ts';
import type { DemandSignal } from './signal.ts';

/** Looks back, ticks: 15 s … 30 min. */
const LAGS = [1, 2, 3, 4, 6, 8, 12, 20, 40, 80, 120];
/** Moving averages, ticks: 2 min … 4 h. */
const AVERAGES = [8, 20, 60, 240, 960];
const SHORT_PEAK = 8;
const LONG_PEAK = 40;
/** The newest slope, carried on: 30 s and 60 s. */
const SHORT_EXTENSION = 2;
const LONG_EXTENSION = 4;
/** A rise of the newest demand over the load above which it is a burst and not noise (log ratios). */
const BURST = 0.15;
const LONG_BURST = 0.3;

export const FEATURES = LAGS.length + AVERAGES.length + 2 + 4 + 3 + 1 + 5 + 1;
/** Where `newest demand ÷ load` stands in a row: the error scale reads it. */
export const NEWEST_FEATURE = FEATURES - 6;

/**
 * One row of features at tick t, as log ratios to the load at t (so that they are free of scale): recent lags,
 * averages and peaks, what the load did at this time on the last seven days and on the same weekday, its level, the
 * newest demand and its slope, and a constant.
 * @param season what the days before say of t (season.ts).
 */
export function writeFeatures(
  signal: DemandSignal,
  season: Float32Array,
  level: number,
  t: number,
  row: Float64Array,
  at: number,
): void {
  const { load, newest, floor } = signal;
  const now = signal.logLoad(t);
  let f = at;
  for (const lag of LAGS) row[f++] = t >= lag ? signal.logLoad(t - lag) - now : 0;
  for (const ticks of AVERAGES) row[f++] = Math.log(signal.mean(t - ticks + 1, t) + floor) - now;
  let peak = load[t]!;
  let i = t - 1;
  for (; i >= t - SHORT_PEAK && i >= 0; i--) if (load[i]! > peak) peak = load[i]!;
  row[f++] = Math.log(peak + floor) - now;
  for (; i >= t - LONG_PEAK && i >= 0; i--) if (load[i]! > peak) peak = load[i]!;
  row[f++] = Math.log(peak + floor) - now;
  f = writeSeason(season, now, row, f);
  row[f++] = now - level;
  const slope = t > 0 ? newest[t]! - newest[t - 1]! : 0;
  const rise = Math.log(newest[t]! + floor) - now;
  const longRise = Math.log(Math.max(0, newest[t]! + LONG_EXTENSION * slope) + floor) - now;
  row[f++] = rise;
  row[f++] = Math.log(Math.max(0, newest[t]! + SHORT_EXTENSION * slope) + floor) - now;
  row[f++] = longRise;
  row[f++] = Math.max(0, rise - BURST);
  row[f++] = Math.max(0, longRise - LONG_BURST);
  row[f] = 1;
}

/** What earlier days say, as log ratios to the load now: growth, smoothed growth, level, level after growth; then the same of a week ago. */
function writeSeason(season: Float32Array, now: number, row: Float64Array, at: number): number {
  const known = !Number.isNaN(season[DAYS_LEVEL]!);
  row[at] = known ? season[DAYS_GROWTH]! : 0;
  row[at + 1] = known ? season[DAYS_SMOOTHED]! : 0;
  row[at + 2] = known ? season[DAYS_LEVEL]! - now : 0;
  row[at + 3] = known ? season[DAYS_LEVEL_AFTER]! - now : 0;
  const weekKnown = !Number.isNaN(season[WEEK_LEVEL]!);
  row[at + 4] = weekKnown ? season[WEEK_GROWTH]! : 0;
  row[at + 5] = weekKnown ? season[WEEK_SMOOTHED]! : 0;
  row[at + 6] = weekKnown ? season[WEEK_LEVEL]! - now : 0;
  return at + 7;
}
