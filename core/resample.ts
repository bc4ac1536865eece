import { MINUTE_SECONDS, medianStepSeconds, type Samples, type Series } from './series.ts';

/** Two samples further apart than this many steps have a gap between them. */
const MAX_STEPS_APART = 2;

/**
 * What lies between two samples: their linear interpolation, or the earlier one, which stands until the next one is taken, as in the answers
 * to a query of an instant gauge.
 */
export type Between = 'interpolated' | 'held';

/**
 * Recorded samples → a regular series. `values[i]` is the mean of the samples in [t, t + step), t a multiple of the step
 * since the epoch. Where samples are sparser than the step, instants between two samples at most two sample steps apart
 * are their linear interpolation, or the earlier one; everything else stays NaN. Nothing after the last sample is made up.
 * @param stepSeconds step of the result
 */
export function resample(
  samples: Samples,
  stepSeconds: number = MINUTE_SECONDS,
  between: Between = 'interpolated',
): Series {
  const { times, values } = samples;
  if (times.length === 0) return { startSeconds: 0, stepSeconds, values: new Float64Array(0) };
  const start = Math.floor(times[0]! / stepSeconds) * stepSeconds;
  const length = Math.floor((times[times.length - 1]! - start) / stepSeconds) + 1;
  const means = new Float64Array(length);
  const counts = new Float64Array(length);
  for (let i = 0; i < times.length; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    const at = Math.floor((times[i]! - start) / stepSeconds);
    means[at]! += values[i]!;
    counts[at]! += 1;
  }
  for (let at = 0; at < length; at++) means[at] = counts[at]! > 0 ? means[at]! / counts[at]! : Number.NaN;
  const sampleStep = medianStepSeconds(times) ?? stepSeconds;
  interpolate(samples, start, stepSeconds, Math.max(sampleStep, stepSeconds) * MAX_STEPS_APART, means, between);
  return { startSeconds: start, stepSeconds, values: means };
}

/** Fills the NaN of `out` that lie between two finite samples at most `reachSeconds` apart. */
function interpolate(
  samples: Samples,
  start: number,
  step: number,
  reachSeconds: number,
  out: Float64Array,
  between: Between,
): void {
  const { times, values } = samples;
  let before = -1;
  for (let i = 0; i < times.length; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    if (before >= 0 && times[i]! - times[before]! <= reachSeconds) {
      const slope = between === 'held' ? 0 : (values[i]! - values[before]!) / (times[i]! - times[before]!);
      const from = Math.floor((times[before]! - start) / step) + 1;
      const to = Math.floor((times[i]! - start) / step);
      for (let at = from; at < to; at++) {
        if (Number.isNaN(out[at]!)) out[at] = values[before]! + slope * (start + at * step - times[before]!);
      }
    }
    before = i;
  }
}

/** A series at another step: means when coarser, linear interpolation when finer (or held, see Between); gaps stay NaN. */
export function resampleSeries(series: Series, stepSeconds: number, between?: Between): Series {
  if (series.stepSeconds === stepSeconds) return series;
  const finite: number[] = [];
  for (let i = 0; i < series.values.length; i++) if (Number.isFinite(series.values[i]!)) finite.push(i);
  const times = Float64Array.from(finite, (i) => series.startSeconds + i * series.stepSeconds);
  return resample({ times, values: Float64Array.from(finite, (i) => series.values[i]!) }, stepSeconds, between);
}

/** The values of a series that are there, as samples. */
export function samplesOf(series: Series | undefined): Samples {
  const times: number[] = [];
  const values: number[] = [];
  series?.values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    times.push(series.startSeconds + i * series.stepSeconds);
    values.push(value);
  });
  return { times: Float64Array.from(times), values: Float64Array.from(values) };
}
