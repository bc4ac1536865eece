import type { Series } from './series.ts';

/** Quantile levels that every forecast offers, ascending; the first is the median. */
export const LEVELS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.999] as const;

/**
 * Quantiles of a series' future: `values[l][h]` is the `levels[l]` quantile at step h (0 = the first step after the
 * history). All finite, ≥ 0, and non-decreasing in l.
 */
export interface Quantiles {
  readonly levels: readonly number[];
  readonly values: readonly Float64Array[];
}

/** A model that has seen a history. */
export interface FittedModel {
  /** What was fitted, in words: season lengths, level, damping. */
  readonly why: string;
  /** @param horizon steps ahead; @param levels quantile levels in (0, 1), ascending. */
  predict(horizon: number, levels: readonly number[]): Quantiles;
}

/** What a model is told besides the history. */
export interface FitContext {
  /** Detected season lengths, seconds, strongest first; empty when the series has no period. */
  readonly seasonSeconds: readonly number[];
  /**
   * What a day to be forecast is like, where that is not its weekday: whether a day of the past (days since 1970-01-01) is one of those.
   * Undefined: the same weekday of earlier weeks.
   */
  readonly isAlike?: ((localDay: number) => boolean) | undefined;
}

/** One way to forecast. A model never throws on a finite or gappy history and never returns NaN. */
export interface Model {
  readonly name: string;
  /** Why the model can't serve this history, or undefined when it can. */
  unfit(history: Series, context: FitContext): string | undefined;
  fit(history: Series, context: FitContext): FittedModel;
}

/** One detected period. */
export interface Period {
  readonly seconds: number;
  /** Share of the detrended variance that the season explains, 0…1. */
  readonly strength: number;
}

/** What period detection found, and why. */
export interface Periodicity {
  /** Strongest first; empty: no period. */
  readonly periods: readonly Period[];
  readonly reason: string;
}

/** A published forecast: the next day, with its uncertainty and its reasons. */
export interface Forecast extends Quantiles {
  /** The instant of step 0, epoch seconds. */
  readonly originSeconds: number;
  readonly stepSeconds: number;
  readonly model: string;
  readonly why: string;
  readonly periodicity: Periodicity;
}
