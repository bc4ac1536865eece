/**
 * A regularly sampled series. `values[i]` is the value at `startSeconds + i * stepSeconds` (epoch seconds).
 * A gap is NaN, never 0: no data is not no load.
 */
export interface Series {
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly values: Float64Array;
}

/** Samples as they were recorded: strictly ascending epoch seconds, finite values ≥ 0, any spacing. */
export interface Samples {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export const MINUTE_SECONDS = 60;
export const HOUR_SECONDS = 3_600;
export const DAY_SECONDS = 86_400;
export const WEEK_SECONDS = 604_800;

/** The instant of the value at `index`, epoch seconds. */
export function timeAt(series: Series, index: number): number {
  return series.startSeconds + index * series.stepSeconds;
}

/** The first instant after the series, epoch seconds. */
export function endSeconds(series: Series): number {
  return timeAt(series, series.values.length);
}
