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

/** The step of a trace is the median of this many first distances: a recorder's first thousands show its rhythm. */
const STEP_SAMPLES = 2_000;

/** The median distance of the first 2,001 samples, seconds; undefined under two samples. @param times ascending. */
export function medianStepSeconds(times: Float64Array): number | undefined {
  const count = Math.min(STEP_SAMPLES, times.length - 1);
  if (count < 1) return undefined;
  const distances = new Float64Array(count);
  for (let i = 0; i < count; i++) distances[i] = times[i + 1]! - times[i]!;
  distances.sort();
  const middle = count >> 1;
  return count % 2 === 1 ? distances[middle]! : (distances[middle - 1]! + distances[middle]!) / 2;
}
