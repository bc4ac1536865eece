import type { RidgeState } from './ridge.ts';
import type { SettledTail } from './settled.ts';
import type { SignalTail } from './signal.ts';

/** Numbers of a learner that change from tick to tick. */
export interface Running {
  level: number;
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

/** Coefficients of the regressions: growth to the peak, growth to the end of the lead time, error. */
export interface Coefficients {
  readonly mean: Float64Array;
  readonly median: Float64Array;
  readonly spread: Float64Array;
}

/**
 * All that a learner of short memory goes on from: plain data, to be stored or sent. Indices count from its own first
 * tick.
 */
export interface LearnerState {
  readonly leadSeconds: number;
  readonly podCapacity: number;
  readonly signal: SignalTail;
  readonly settled: SettledTail;
  /** Forecasts that are not settled, newest first. */
  readonly peaks: Float64Array;
  readonly scales: Float64Array;
  readonly medians: Float64Array;
  readonly rows: Float64Array;
  readonly scaleRows: Float64Array;
  readonly mean: RidgeState;
  readonly spread: RidgeState;
  readonly coefficients: Coefficients | undefined;
  readonly learnedFrom: number;
  readonly running: Readonly<Running>;
  /** What the days before say of the coming ticks (season.ts). */
  readonly season: Float32Array;
}
