import type { Series } from '../core/series.ts';

/** A history that models can learn from, and what was repaired, in words. */
export interface CleanHistory {
  readonly series: Series;
  readonly repairs: readonly string[];
}

/** A run of zeros this long, in a service that is otherwise far from zero, is an outage and not a load of nothing. */
const OUTAGE_SECONDS = 120;
/** "Otherwise far from zero": at most this share of the samples outside the run is zero. */
const MAX_ZERO_SHARE = 0.02;
/** A service that began mid-history: zeros (or nothing) over at least this share of it, then load. */
const LATE_START_SHARE = 0.05;
/** Less is arithmetic's dust and no load: ratios of such numbers overflow. */
const LEAST_LOAD = 1e-150;

/**
 * Repairs what is not load: negative and infinite values, the zeros before a service began and an outage recorded as zero all
 * become gaps (NaN). Outliers and level shifts stay: they happened, and quantiles and recency weights know what to do.
 */
export function cleanHistory(history: Series): CleanHistory {
  const values = history.values.slice();
  for (let i = 0; i < values.length; i++) {
    if (!(values[i]! >= 0 && values[i]! < Infinity)) values[i] = Number.NaN;
    else if (values[i]! < LEAST_LOAD) values[i] = 0;
  }
  const repairs: string[] = [];
  const start = lateStart(values);
  if (start > 0) {
    values.fill(Number.NaN, 0, start);
    repairs.push(`the service began ${describe(start * history.stepSeconds)} into the history`);
  }
  const outage = dropOutages(values, start, Math.max(2, Math.round(OUTAGE_SECONDS / history.stepSeconds)));
  if (outage > 0) repairs.push(`${describe(outage * history.stepSeconds)} of zeros taken for an outage`);
  const trimmed = values.subarray(start);
  return {
    series: {
      startSeconds: history.startSeconds + start * history.stepSeconds,
      stepSeconds: history.stepSeconds,
      values: trimmed,
    },
    repairs,
  };
}

/** Index of the first load after the zeros and gaps at the head; 0 when the head is short or nothing ever came. */
function lateStart(values: Float64Array): number {
  let i = 0;
  while (i < values.length && !(values[i]! > 0)) i++;
  if (i === values.length || i < values.length * LATE_START_SHARE) return 0;
  return i;
}

/** Turns outage zeros into NaN. @returns how many */
function dropOutages(values: Float64Array, from: number, least: number): number {
  const runs: [number, number][] = [];
  let zerosInRuns = 0;
  let zeros = 0;
  let finite = 0;
  for (let i = from; i < values.length; ) {
    if (!(values[i]! === 0)) {
      if (!Number.isNaN(values[i]!)) finite++;
      i++;
      continue;
    }
    let end = i;
    while (end < values.length && values[end]! === 0) end++;
    zeros += end - i;
    finite += end - i;
    if (end - i >= least) {
      runs.push([i, end]);
      zerosInRuns += end - i;
    }
    i = end;
  }
  const lonelyZeros = zeros - zerosInRuns;
  const looksIdle = runs.length > MAX_RUNS || zerosInRuns > finite / 4 || lonelyZeros > finite * MAX_ZERO_SHARE;
  if (runs.length === 0 || looksIdle) return 0;
  // A run at the very end may be happening now: the load is zero as far as anybody knows, but it teaches nothing.
  for (const [a, b] of runs) values.fill(Number.NaN, a, b);
  return zerosInRuns;
}

/** More zero runs than this are the load's habit (a nightly pause), not outages. */
const MAX_RUNS = 3;

function describe(seconds: number): string {
  if (seconds >= 172_800) return `${Math.round(seconds / 86_400)} days`;
  if (seconds >= 7_200) return `${Math.round(seconds / 3_600)} hours`;
  return `${Math.max(1, Math.round(seconds / 60))} minutes`;
}
