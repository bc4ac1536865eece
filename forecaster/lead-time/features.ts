import { DAYS_GROWTH, DAYS_LEVEL, DAYS_SMOOTHED, WEEK_GROWTH, WEEK_LEVEL, WEEK_SMOOTHED } from './season.ts';
import type { DemandSignal } from './signal.ts';

/** Looks back, ticks: 15 s … 30 min. */
const LAGS = [1, 2, 3, 4, 6, 8, 12, 20, 40, 80, 120] as const;
/** Moving averages: 2, 5 and 15 minutes, an hour, four hours. */
const AVERAGES = 5;
/** The newest slope, carried on: 30 s and 60 s. */
const SHORT_EXTENSION = 2;
const LONG_EXTENSION = 4;
/** A rise of the newest demand over the load above which it is a burst and not noise (log ratios). */
const BURST = 0.15;
const LONG_BURST = 0.3;

export const FEATURES = LAGS.length + AVERAGES + 2 + 4 + 3 + 1 + 5 + 1;
/** Where `newest demand ÷ load` stands in a row: the error scale reads it. */
export const NEWEST_FEATURE = FEATURES - 6;

/**
 * One row of features at the newest tick, as log ratios to its load (so that they are free of scale): recent lags,
 * averages and peaks, what the load did at this time on the last seven days and on the same weekday, its level, the
 * newest demand and its slope, and a constant.
 * @param season what the days before say of the tick (season.ts).
 */
export function writeFeatures(
  signal: DemandSignal,
  season: Float64Array,
  level: number,
  row: Float32Array,
  at: number,
): void {
  const { logs, mask, floor, hours, newest, slope } = signal;
  const t = signal.length - 1;
  const now = signal.logLoad(t);
  let f = at;
  for (let i = 0; i < LAGS.length; i++) {
    const lag = LAGS[i]!;
    row[f++] = t >= lag ? logs[(t - lag) & mask]! - now : 0;
  }
  for (let i = 0; i < 3; i++) row[f++] = signal.average(i) - now;
  row[f++] = orZero(hours.short - now);
  row[f++] = orZero(hours.long - now);
  row[f++] = signal.shortPeak - now;
  row[f++] = signal.longPeak - now;
  f = writeSeason(season, now - signal.logFloor, row, f);
  row[f++] = now - level;
  const rise = signal.newestLogs[t & mask]! - now;
  // Without a slope both are the newest demand itself.
  const shortRise = slope === 0 ? rise : Math.log(Math.max(0, newest + SHORT_EXTENSION * slope) + floor) - now;
  const longRise = slope === 0 ? rise : Math.log(Math.max(0, newest + LONG_EXTENSION * slope) + floor) - now;
  row[f++] = rise;
  row[f++] = shortRise;
  row[f++] = longRise;
  row[f++] = Math.max(0, rise - BURST);
  row[f++] = Math.max(0, longRise - LONG_BURST);
  row[f] = 1;
}

/**
 * What earlier days say, as log ratios to the load now: growth, smoothed growth, level, level after growth; then the same of a week ago.
 * @param now as the levels are: over the floor.
 */
function writeSeason(season: Float64Array, now: number, row: Float32Array, at: number): number {
  const known = !Number.isNaN(season[DAYS_LEVEL]!);
  row[at] = known ? season[DAYS_GROWTH]! : 0;
  row[at + 1] = orZero(season[DAYS_SMOOTHED]!);
  row[at + 2] = known ? season[DAYS_LEVEL]! - now : 0;
  row[at + 3] = known ? season[DAYS_LEVEL]! + season[DAYS_GROWTH]! - now : 0;
  const weekKnown = !Number.isNaN(season[WEEK_LEVEL]!);
  row[at + 4] = weekKnown ? season[WEEK_GROWTH]! : 0;
  row[at + 5] = orZero(season[WEEK_SMOOTHED]!);
  row[at + 6] = weekKnown ? season[WEEK_LEVEL]! - now : 0;
  return at + 7;
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
