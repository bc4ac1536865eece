import type { RidgeState } from './ridge.ts';
import type { RunningMeansState } from './running-means.ts';
import type { SeasonTable } from './season.ts';
import type { SignalState } from './signal.ts';

/** Numbers of a learner that change from tick to tick. */
export interface Running {
  level: number;
  /** By how much demand passed its forecasts (log ratio): now, and the largest of late, fading. */
  surprise: number;
  lately: number;
  mostGrowth: number;
  leastGrowth: number;
  mostError: number;
  learned: number;
  levelTicks: number;
  upperFactor: number;
  nextFit: number;
  lastFit: number;
}

/** Coefficients of the regressions: growth to the peak, to the end of the lead time, to the peak of the time in which a start pays; error. */
export interface Coefficients {
  readonly mean: Float64Array;
  readonly median: Float64Array;
  readonly keep: Float64Array;
  readonly spread: Float64Array;
}

/** All that a learner of short memory goes on from: plain data, to be stored or sent. Ticks are counted as before. */
export interface LearnerState {
  readonly leadTimeSeconds: number;
  readonly podCapacity: number;
  readonly signal: SignalState;
  readonly errors: RunningMeansState;
  /** What waits for its outcome, in rings by tick: forecasts, features, features of the relative error. */
  readonly forecasts: Float64Array;
  readonly rows: Float32Array;
  readonly errorRows: Float32Array;
  readonly mean: RidgeState;
  readonly spread: RidgeState;
  readonly coefficients: Coefficients | undefined;
  readonly learnedFrom: number;
  readonly running: Running;
  /** What the days before say of the coming ticks. */
  readonly season: SeasonTable;
}
