import type { PeakForecast } from '../../forecaster/lead-time/lead-time-forecast.ts';

/** What is known at one tick. Demands in the unit of the metric. */
export interface PlanMoment extends PeakForecast {
  /** Observed: the mean of the last minute. */
  readonly load: number;
  /** Estimated for now, as far as the measurement supports it. */
  readonly estimate: number;
  readonly unusuallyLow: boolean;
  /** Pods that exist or were ordered, and those of them that are Ready. */
  readonly total: number;
  readonly ready: number;
  /** What a demand asks for, times this, as pods that are added add demand of their own: see workFactor; 1: they add none. */
  readonly workFactor?: number;
}

/** What a tick asks for before the rules that go from tick to tick: see `PodPlan.follow`. Pods, where nothing else is said. */
export interface PlannedTick {
  /** For the expected peak and for the reactive floor, the larger of both, margins included. */
  readonly planned: number;
  /** Expected to be needed again before a start would pay: see `PodPlan.neededAgain`. */
  readonly neededAgain: number;
  /** Those that stay, and the most that may be asked for, whatever the margins: see `PodPlan.observe`. */
  readonly keep: number;
  readonly limit: number;
  /** Demand estimate, as far as the measurement supports it; in the unit of the metric. */
  readonly estimate: number;
  readonly unusuallyLow: boolean;
  /** Stabilization window, ticks. */
  readonly stabilizationTicks: number;
  /** Those that exist or were ordered, and those of them that are Ready. */
  readonly total: number;
  readonly ready: number;
}
