import { OBSERVATION_TICKS, TICK_SECONDS } from './tick.ts';

/**
 * What an observation is of the demand.
 * `exact`: the very mean of the observation window, as a replay reads it from a trace, or a history by the minute.
 * `rate`: a rate of scraped counters over a window. `gauge`: a gauge averaged over a window, 0 for its newest sample.
 * `unknown`: a recording rule, several windows in one query, or windows that vary (metrics.k8s.io).
 */
export type Measurement =
  | { readonly kind: 'exact' }
  | { readonly kind: 'rate'; readonly windowSeconds: number }
  | { readonly kind: 'gauge'; readonly windowSeconds: number }
  | { readonly kind: 'unknown' };

/** What is taken for granted where nobody says how the demand was measured. */
export const EXACT: Measurement = { kind: 'exact' };
export const UNKNOWN: Measurement = { kind: 'unknown' };
/** Its newest sample is the demand itself. */
export const INSTANT: Measurement = { kind: 'gauge', windowSeconds: 0 };

/** A minute: the observation window is four ticks. */
const WINDOW_SECONDS = OBSERVATION_TICKS * TICK_SECONDS;

/**
 * How the demand of the last tick follows from observations. `exact`: by undoing the moving average. `filtered`: by a filter that measures
 * its noise. `none`: it doesn't; the observation stands for it. An average over another window than ours can't be undone: a longer one
 * hides what happened within it.
 */
export function recoveryOf(measurement: Measurement): 'exact' | 'filtered' | 'none' {
  if (measurement.kind === 'exact') return 'exact';
  return 'windowSeconds' in measurement && measurement.windowSeconds === WINDOW_SECONDS ? 'filtered' : 'none';
}

/** Ticks of which an observation is the mean, at least one. Where the window is not known, it is taken for the usual minute. */
export function windowTicksOf(measurement: Measurement): number {
  return 'windowSeconds' in measurement ? Math.max(1, measurement.windowSeconds / TICK_SECONDS) : OBSERVATION_TICKS;
}

/** Ticks from a demand to the observation in the middle of whose window it is; 0: the demand is recovered tick by tick. */
export function middleTicksOf(measurement: Measurement): number {
  return recoveryOf(measurement) === 'none' ? Math.round((windowTicksOf(measurement) + 1) / 2) : 0;
}

export function sameMeasurement(a: Measurement = EXACT, b: Measurement = EXACT): boolean {
  const window = (one: Measurement) => ('windowSeconds' in one ? one.windowSeconds : undefined);
  return a.kind === b.kind && window(a) === window(b);
}
