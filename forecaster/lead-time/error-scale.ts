import { TICKS_PER_HOUR } from '../../core/tick.ts';
import { NEWEST_FEATURE } from './features.ts';
import type { SettledForecasts } from './settled.ts';

export const SCALE_FEATURES = 13;
/** Errors below this don't differ (log ratio). */
export const LEAST_ERROR = 0.003;
/** What an error is taken for before any is known. */
const UNKNOWN_ERROR = 0.05;
const TEN_MINUTES = 40;
const FOUR_HOURS = 4 * TICKS_PER_HOUR;

/** By how much the newest demand passed what was forecast for it (log ratio): now, and the largest of late, fading. */
export interface Surprise {
  readonly now: number;
  readonly lately: number;
}

/** What the error scale at a tick is told from. */
export interface ScaleInputs {
  readonly errors: SettledForecasts;
  /** The last tick whose forecast is settled. */
  readonly known: number;
  /** Mean error at this time on the days before, NaN where none is known. */
  readonly daysError: number;
  /** log(load in pods). */
  readonly levelInPods: number;
  /** log(expected peak ÷ load). */
  readonly expectedGrowth: number;
  readonly surprise: Surprise;
}

/** A row that begins at `at`. */
interface Row {
  readonly values: Float64Array;
  readonly at: number;
}

/**
 * One row for the regression of log |error|: the recent errors (10 minutes, 4 hours), those at this time of day on
 * earlier days, the level in pods, how far the load just moved, and how far it passed its forecast. Errors grow with the
 * load and differ by the hour; a constant margin wastes at night and fails at peaks.
 * @param features the row of `writeFeatures` at the same tick.
 */
export function writeScaleFeatures(inputs: ScaleInputs, features: Row, out: Row): void {
  const { errors, known, surprise } = inputs;
  const recent = orElse(errors.meanError(known - FOUR_HOURS, known), UNKNOWN_ERROR);
  const growth = Math.max(0, inputs.expectedGrowth);
  const { values: row, at } = out;
  const feature = (index: number) => Math.abs(features.values[features.at + index]!);
  row[at] = Math.log(orElse(errors.meanError(known - TEN_MINUTES, known), recent) + LEAST_ERROR);
  row[at + 1] = Math.log(recent + LEAST_ERROR);
  row[at + 2] = Math.log(orElse(inputs.daysError, recent) + LEAST_ERROR);
  row[at + 3] = inputs.levelInPods;
  row[at + 4] = feature(3);
  row[at + 5] = Math.log(growth + 0.01);
  row[at + 6] = Math.log(feature(0) + 0.002);
  row[at + 7] = Math.log(feature(3) + 0.005);
  row[at + 8] = Math.log(feature(NEWEST_FEATURE) + 0.005);
  row[at + 9] = growth;
  row[at + 10] = Math.log(surprise.now + 0.005);
  row[at + 11] = Math.log(surprise.lately + 0.005);
  row[at + 12] = 1;
}

function orElse(value: number, other: number): number {
  return Number.isNaN(value) ? other : value;
}
