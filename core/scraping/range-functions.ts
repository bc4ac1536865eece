import type { SampleLog } from './sample-log.ts';

/*
 * Prometheus' own arithmetic over the samples of one series (prometheus v2.42 promql/functions.go and engine.go): a window
 * holds its samples with start ≤ time ≤ end, staleness markers are passed over. Prometheus 3 leaves the start out; with
 * scrape times in milliseconds the two differ in a window of some thousand.
 */

/** A window: epoch milliseconds, both ends included. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

/** A function of the samples in a window; undefined: no result. */
export type RangeFunction = (samples: WindowSamples, window: Window) => number | undefined;

/** The samples of a window without its staleness markers. Reused: valid until the next window is read. */
export interface WindowSamples {
  times: Float64Array;
  values: Float64Array;
  from: number;
  end: number;
}

/** Nothing is extrapolated over more than this many sample spacings. */
const EXTRAPOLATION_SPACINGS = 1.1;

/** Reads windows one after the other; the result of the one before is overwritten. */
export function windowReader(): (log: SampleLog, window: Window) => WindowSamples {
  const none = new Float64Array(0);
  const read: WindowSamples = { times: none, values: none, from: 0, end: 0 };
  let times = new Float64Array(64);
  let values = new Float64Array(64);
  return (log, { startMs, endMs }) => {
    const from = log.firstAt(startMs);
    let end = log.firstAt(endMs);
    if (end < log.end && log.times[end] === endMs) end++;
    let markers = 0;
    for (let i = from; i < end; i++) markers += log.stale[i]!;
    if (markers === 0) {
      read.times = log.times;
      read.values = log.values;
      read.from = from;
      read.end = end;
      return read;
    }
    if (times.length < end - from) {
      times = new Float64Array(2 * (end - from));
      values = new Float64Array(2 * (end - from));
    }
    let kept = 0;
    for (let i = from; i < end; i++) {
      if (log.stale[i] === 1) continue;
      times[kept] = log.times[i]!;
      values[kept++] = log.values[i]!;
    }
    read.times = times;
    read.values = values;
    read.from = 0;
    read.end = kept;
    return read;
  };
}

/**
 * Growth of a counter over the window, extrapolated to its edges.
 * @param before what it had counted when it showed 0: Prometheus takes that for its start, and extrapolates no further back
 * @returns undefined under two samples
 */
export function extrapolatedGrowth(
  { times, values, from, end }: WindowSamples,
  { startMs, endMs }: Window,
  before: number,
): number | undefined {
  const last = end - 1;
  if (last - from < 1) return undefined;
  // A value below the one before is a restart at zero: what it had counted until then is added.
  let growth = values[last]! - values[from]!;
  for (let i = from + 1; i < end; i++) if (values[i]! < values[i - 1]!) growth += values[i - 1]!;
  const sampled = (times[last]! - times[from]!) / 1000;
  const spacing = sampled / (last - from);
  const threshold = spacing * EXTRAPOLATION_SPACINGS;
  let toStart = (times[from]! - startMs) / 1000;
  const toEnd = (endMs - times[last]!) / 1000;
  if (growth > 0 && values[from]! >= 0) {
    // Not beyond the instant at which the counter would have been zero.
    const toZero = sampled * ((values[from]! + before) / growth);
    if (toZero < toStart) toStart = toZero;
  }
  let covered = sampled;
  covered += toStart < threshold ? toStart : spacing / 2;
  covered += toEnd < threshold ? toEnd : spacing / 2;
  return growth * (covered / sampled);
}

/** Growth of a counter over the window. @returns undefined under two samples */
export const increase: RangeFunction = (samples, window) => extrapolatedGrowth(samples, window, 0);

/** Growth of a counter a second. @returns undefined under two samples */
export const rate: RangeFunction = (samples, window) => perSecond(increase(samples, window), window);

/** `rate` of a counter that began so long ago that its zero is out of reach. @returns undefined under two samples */
export const rateOfOldCounter: RangeFunction = (samples, window) =>
  perSecond(extrapolatedGrowth(samples, window, Number.POSITIVE_INFINITY), window);

function perSecond(growth: number | undefined, { startMs, endMs }: Window): number | undefined {
  return growth === undefined ? undefined : growth / ((endMs - startMs) / 1000);
}

export const sumOverTime: RangeFunction = ({ values, from, end }) => {
  if (end === from) return undefined;
  let sum = 0;
  for (let i = from; i < end; i++) sum += values[i]!;
  return sum;
};

export const avgOverTime: RangeFunction = (samples, window) => {
  const sum = sumOverTime(samples, window);
  return sum === undefined ? undefined : sum / (samples.end - samples.from);
};

export const countOverTime: RangeFunction = ({ from, end }) => (end === from ? undefined : end - from);

export const lastOverTime: RangeFunction = ({ values, from, end }) => (end === from ? undefined : values[end - 1]!);

export const maxOverTime: RangeFunction = ({ values, from, end }) => extreme(values, from, end, (a, b) => a > b);

export const minOverTime: RangeFunction = ({ values, from, end }) => extreme(values, from, end, (a, b) => a < b);

/** NaN only where nothing else is there. */
function extreme(
  values: Float64Array,
  from: number,
  end: number,
  beats: (a: number, b: number) => boolean,
): number | undefined {
  if (end === from) return undefined;
  let best = values[from]!;
  for (let i = from + 1; i < end; i++) if (beats(values[i]!, best) || Number.isNaN(best)) best = values[i]!;
  return best;
}

/** The newest value within the lookback before an instant; undefined where there is none, or where the series ended. */
export function instantValue(log: SampleLog, atMs: number, lookbackMs: number): number | undefined {
  let i = log.firstAt(atMs);
  if (!(i < log.end && log.times[i] === atMs)) i--;
  if (i < log.from || log.times[i]! < atMs - lookbackMs || log.stale[i] === 1) return undefined;
  return log.values[i]!;
}
