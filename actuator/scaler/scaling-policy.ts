import type { CalendarNames } from '../../core/calendar/calendar.ts';
import type { Measurement } from '../../core/measurement.ts';
import type { Baseline } from './pod-baseline.ts';
import type { MeasuredPods } from './reactive.ts';

/** What a workload asked for. */
export interface ScalingPolicy {
  /** Demand that one Ready pod serves. */
  readonly podCapacity: number;
  /** Demand that may stay unmet, basis points. */
  readonly unmetTargetBp: number;
  readonly min: number;
  readonly max: number;
  /** `auto` (the default): what the policy backtest found better. */
  readonly mode?: 'auto' | 'predictive' | 'reactive';
  /** Utilisation that the HPA's rule keeps to until the first calibration; default 1: the whole of podCapacity, as an HPA on that target. */
  readonly youngTarget?: number;
  /** A higher need is kept for so many ticks at least; by default what the policy backtest found best. */
  readonly leastStabilizationTicks?: number;
  /** What the start of a pod counts as, seconds of a pod; default START_COST_SECONDS. */
  readonly startCostSeconds?: number;
  /** What an observation is of the demand; by default its exact mean over the observation window. */
  readonly measurement?: Measurement;
  /** By whose calendar the days before fold; default: by the clock of UTC, without holidays. */
  readonly calendarNames?: CalendarNames;
}

/** Pods that exist. */
export interface ObservedPods {
  readonly total: number;
  readonly ready: number;
  /** Where the demand is the pods' own usage: that of a pod that serves nothing, in the unit of the demand. */
  readonly baseline?: Baseline | undefined;
  /** Where usage is measured on the pods: how many of them are. */
  readonly measured?: MeasuredPods;
}

/** Replicas allowed at a tick. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}
