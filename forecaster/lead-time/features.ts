import { numbered } from '../../core/numbered.ts';
import { DAYS_GROWTH, DAYS_LEVEL, DAYS_SMOOTHED, WEEK_GROWTH, WEEK_LEVEL, WEEK_SMOOTHED } from './season.ts';
import type { DemandSignal } from './signal.ts';

/** Looks back, ticks: 15 s … 30 min. */
const LAGS = [1, 2, 3, 4, 6, 8, 12, 20, 40, 80, 120] as const;
/** The newest slope, carried on: 30 s and 60 s. */
const SHORT_EXTENSION = 2;
const LONG_EXTENSION = 4;
/** A rise of the demand estimate over the load above which it is a burst and not noise (log ratios). */
const BURST = 0.15;
const LONG_BURST = 0.3;

/** Where each feature stands in a row. */
export const FEATURE = numbered(
  // The load so many ticks ago.
  'lag1',
  'lag2',
  'lag3',
  'lag4',
  'lag6',
  'lag8',
  'lag12',
  'lag20',
  'lag40',
  'lag80',
  'lag120',
  // Moving averages.
  'mean2Min',
  'mean5Min',
  'mean15Min',
  'mean1H',
  'mean4H',
  'shortPeak',
  'longPeak',
  // This time of the last seven days, and of the same weekday.
  'daysGrowth',
  'daysSmoothed',
  'daysLevel',
  'daysLevelAfter',
  'weekGrowth',
  'weekSmoothed',
  'weekLevel',
  // The load over its level of the last week.
  'overLevel',
  // The demand estimate, and its slope carried on.
  'estimate',
  'shortExtension',
  'longExtension',
  'burst',
  'longBurst',
  'constant',
);
export const FEATURES = Object.keys(FEATURE).length;

/**
 * One row of features at the newest tick, as log ratios to its load (so that they are free of scale): recent lags,
 * averages and peaks, what the load did at this time on the last seven days and on the same weekday, its level, the
 * demand estimate and its slope, and a constant.
 * @param season what the days before say of the tick (season.ts).
 */
export function writeFeatures(
  signal: DemandSignal,
  season: Float64Array,
  level: number,
  row: Float32Array,
  at: number,
): void {
  const { logs, mask, floor, hours, estimate, slope } = signal;
  const t = signal.length - 1;
  const now = signal.logLoad(t);
  for (let i = 0; i < LAGS.length; i++) {
    const lag = LAGS[i]!;
    row[at + FEATURE.lag1 + i] = t >= lag ? logs[(t - lag) & mask]! - now : 0;
  }
  for (let i = 0; i < 3; i++) row[at + FEATURE.mean2Min + i] = signal.average(i) - now;
  row[at + FEATURE.mean1H] = orZero(hours.short - now);
  row[at + FEATURE.mean4H] = orZero(hours.long - now);
  row[at + FEATURE.shortPeak] = signal.shortPeak - now;
  row[at + FEATURE.longPeak] = signal.longPeak - now;
  writeSeason(season, now - signal.logFloor, row, at);
  row[at + FEATURE.overLevel] = now - level;
  const rise = signal.estimateLogs[t & mask]! - now;
  // Without a slope both are the demand estimate itself.
  const shortRise = slope === 0 ? rise : Math.log(Math.max(0, estimate + SHORT_EXTENSION * slope) + floor) - now;
  const longRise = slope === 0 ? rise : Math.log(Math.max(0, estimate + LONG_EXTENSION * slope) + floor) - now;
  row[at + FEATURE.estimate] = rise;
  row[at + FEATURE.shortExtension] = shortRise;
  row[at + FEATURE.longExtension] = longRise;
  row[at + FEATURE.burst] = Math.max(0, rise - BURST);
  row[at + FEATURE.longBurst] = Math.max(0, longRise - LONG_BURST);
  row[at + FEATURE.constant] = 1;
}

/**
 * What earlier days say, as log ratios to the load now: growth, smoothed growth, level, level after growth; then the same of a week ago.
 * @param now as the levels are: over the floor.
 */
function writeSeason(season: Float64Array, now: number, row: Float32Array, at: number): void {
  const known = !Number.isNaN(season[DAYS_LEVEL]!);
  row[at + FEATURE.daysGrowth] = known ? season[DAYS_GROWTH]! : 0;
  row[at + FEATURE.daysSmoothed] = orZero(season[DAYS_SMOOTHED]!);
  row[at + FEATURE.daysLevel] = known ? season[DAYS_LEVEL]! - now : 0;
  row[at + FEATURE.daysLevelAfter] = known ? season[DAYS_LEVEL]! + season[DAYS_GROWTH]! - now : 0;
  const weekKnown = !Number.isNaN(season[WEEK_LEVEL]!);
  row[at + FEATURE.weekGrowth] = weekKnown ? season[WEEK_GROWTH]! : 0;
  row[at + FEATURE.weekSmoothed] = orZero(season[WEEK_SMOOTHED]!);
  row[at + FEATURE.weekLevel] = weekKnown ? season[WEEK_LEVEL]! - now : 0;
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
