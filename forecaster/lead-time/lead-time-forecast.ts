import { TICK_SECONDS, TICKS_PER_HOUR } from '../../core/tick.ts';

/** Being ahead by more than six hours is a plan for the day, not a lead time. */
const MOST_LEAD_TIME_TICKS = 6 * TICKS_PER_HOUR;

/**
 * A pod that goes and is wanted back within five minutes would have cost less had it stayed: what a start counts as. Until then and a lead
 * time longer the peak is forecast too.
 */
export const KEEP_TICKS = TICKS_PER_HOUR / 12;

/** Ticks from a forecast to the observation that settles it. */
export function settleTicksOf(leadTimeSeconds: number): number {
  return Math.min(MOST_LEAD_TIME_TICKS, Math.ceil(leadTimeSeconds / TICK_SECONDS) + 1) + 1;
}

/** The peak that margins are put on, and how wrong it may be. Demands in the unit of the metric, plus the learner's floor. */
export interface PeakForecast {
  /** Expected largest demand of the lead time. */
  readonly peakPlusFloor: number;
  /** Expected largest demand until a pod that goes now and is started again in five minutes would serve. */
  readonly keepPeakPlusFloor: number;
  /** Expected error of `peakPlusFloor` ÷ `peakPlusFloor`. */
  readonly relativeError: number;
}

/** What the newest observation and the learned load say of the coming lead time; in the unit of the demand. */
export interface LeadTimeForecast extends PeakForecast {
  /** The observed load (over a gap, the last one). */
  readonly load: number;
  /** What the peaks are shifted by before the logarithm: a share of what a pod serves. */
  readonly floor: number;
  /** The demand of the tick before, recovered from observations that are means of a window. */
  readonly estimate: number;
  /** Standard error of `estimate`; 0 where observations are exact. */
  readonly estimateError: number;
  /** Demand that a scale-out may rest on: the observation, or `estimate` less its standard error. */
  readonly supported: number;
  /** The load is far below all that this time of day saw on the last days. */
  readonly unusuallyLow: boolean;
  /** Median and 0.95 quantile of the demand one lead time ahead. */
  readonly median: number;
  readonly upper: number;
}
