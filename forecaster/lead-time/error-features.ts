import { numbered } from '../../core/numbered.ts';
import { FEATURE } from './features.ts';
import { RunningMeans, type RunningMeansState } from './running-means.ts';

/** Where each feature of the relative error stands in a row. */
const ERROR_FEATURE = numbered(
  'recentError',
  'longError',
  'daysError',
  'levelInPods',
  'minute',
  'logGrowth',
  'logTick',
  'logMinute',
  'logEstimate',
  'growth',
  'logSurprise',
  'logLately',
  'constant',
);
export const ERROR_FEATURES = Object.keys(ERROR_FEATURE).length;
/** Errors below this don't differ (log ratio). */
export const LEAST_ERROR = 0.003;
/** What an error is taken for before any is known. */
const UNKNOWN_ERROR = 0.05;
/** Recent errors: those of ten minutes, in rows; and of four hours. */
const RECENT_ROWS = 10;

/** The errors of late as the regression sees them: log(mean error + LEAST_ERROR), new with each row. */
export class RecentErrors {
  /** Over ten minutes and four hours. */
  recent = 0;
  long = 0;
  private readonly window: RunningMeans;

  /** @param state to go on from; it is taken over. */
  constructor(state?: RunningMeansState) {
    this.window = new RunningMeans(RECENT_ROWS, state);
    this.update();
  }

  /** @param error of a forecast, log ratio; NaN: it can't be told. */
  push(error: number): void {
    this.window.push(error);
    this.update();
  }

  /** As it is: not copied. */
  state(): RunningMeansState {
    return this.window.state();
  }

  private update(): void {
    const long = orElse(this.window.long, UNKNOWN_ERROR);
    this.long = Math.log(long + LEAST_ERROR);
    this.recent = Math.log(orElse(this.window.short, long) + LEAST_ERROR);
  }
}

/** What the relative error at a tick is told from, beside the recent errors and the features. */
export interface ErrorInputs {
  /** log(mean error + LEAST_ERROR) at this time on the days before, NaN where none is known. */
  daysError: number;
  /** log(load in pods). */
  levelInPods: number;
  /** log(expected peak ÷ load). */
  expectedGrowth: number;
  /** By how much the demand estimate passed what was forecast for it (log ratio): now, and the largest of late, fading. */
  surprise: number;
  lately: number;
}

/**
 * One row for the regression of log |error|: the recent errors (10 minutes, 4 hours), those at this time of day on
 * earlier days, the level in pods, how far the load just moved, and how far it passed its forecast. Errors grow with the
 * load and differ by the hour; a constant margin wastes at night and fails at peaks.
 * @param features the row of `writeFeatures` at the same tick, from `from` on. @param row written from `at` on.
 */
export function writeErrorFeatures(
  errors: RecentErrors,
  inputs: Readonly<ErrorInputs>,
  features: Float32Array,
  from: number,
  row: Float32Array,
  at: number,
): void {
  const growth = Math.max(0, inputs.expectedGrowth);
  const estimate = Math.abs(features[from + FEATURE.estimate]!);
  const tick = Math.abs(features[from + FEATURE.lag1]!);
  const minute = Math.abs(features[from + FEATURE.lag4]!);
  row[at + ERROR_FEATURE.recentError] = errors.recent;
  row[at + ERROR_FEATURE.longError] = errors.long;
  row[at + ERROR_FEATURE.daysError] = orElse(inputs.daysError, errors.long);
  row[at + ERROR_FEATURE.levelInPods] = inputs.levelInPods;
  row[at + ERROR_FEATURE.minute] = minute;
  row[at + ERROR_FEATURE.logGrowth] = Math.log(growth + 0.01);
  row[at + ERROR_FEATURE.logTick] = Math.log(tick + 0.002);
  row[at + ERROR_FEATURE.logMinute] = Math.log(minute + 0.005);
  row[at + ERROR_FEATURE.logEstimate] = Math.log(estimate + 0.005);
  row[at + ERROR_FEATURE.growth] = growth;
  row[at + ERROR_FEATURE.logSurprise] = Math.log(inputs.surprise + 0.005);
  row[at + ERROR_FEATURE.logLately] = Math.log(inputs.lately + 0.005);
  row[at + ERROR_FEATURE.constant] = 1;
}

function orElse(value: number, other: number): number {
  return Number.isNaN(value) ? other : value;
}
