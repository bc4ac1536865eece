import { DAY_SECONDS, HOUR_SECONDS, medianStepSeconds, type Samples, WEEK_SECONDS } from '../../../core/series.ts';
import { type LevelShift, levelShifts, type Outliers, outliers, type ZeroRun, zeroOutages } from './anomalies.ts';
import { type Movement, movementOf } from './counter.ts';
import { isWithin, type RecurringWindow, recurringWindows, type Stretch } from './recurrence.ts';
import { type FlatTop, flatTopOf, type Peak, peakOf } from './top.ts';

/** Further apart than this many steps, two rows have no data between them (replay's rule). */
const GAP_STEPS = 2;
export const HOURS_A_WEEK = 168;
/** 1970-01-01 was a Thursday: so many hours after Monday 00:00. */
const EPOCH_HOUR_OF_WEEK = 72;

/** A stretch without rows. */
export interface Gap {
  readonly startSeconds: number;
  readonly seconds: number;
}

/** Gaps in short. */
export interface GapSummary {
  readonly count: number;
  readonly seconds: number;
  readonly longest: Gap | undefined;
}

/** What a recorded trace looks like. Times are epoch seconds, values in the trace's unit. */
export interface TraceProfile {
  readonly rows: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Median distance of rows; undefined for a single row. */
  readonly stepSeconds: number | undefined;
  /** Share of distances that differ from the step by over a tenth, gaps aside. */
  readonly irregularFraction: number;
  readonly gaps: GapSummary;
  /** When gaps recur, the longest window first; and the gaps outside these windows. */
  readonly recurringGaps: readonly RecurringWindow[];
  readonly otherGaps: GapSummary;
  readonly values: {
    readonly min: number;
    readonly median: number;
    readonly mean: number;
    readonly p99: number;
    readonly max: number;
    readonly maxAtSeconds: number;
  };
  readonly movement: Movement;
  readonly flatTop: FlatTop | undefined;
  readonly peak: Peak;
  readonly zeros: number;
  /** When zeros recur, the longest window first. */
  readonly recurringZeros: readonly RecurringWindow[];
  /** Zeros before the first load, seconds. */
  readonly idleStartSeconds: number;
  readonly zeroOutages: readonly ZeroRun[];
  readonly outliers: Outliers;
  readonly levelShifts: readonly LevelShift[];
  /** Mean by hour of the week, Monday 00:00 UTC first; NaN where no row fell. */
  readonly hourOfWeek: Float64Array;
}

/** @param samples at least one */
export function profileTrace(samples: Samples): TraceProfile {
  const { times, values } = samples;
  const stepSeconds = medianStepSeconds(times);
  const span = { fromSeconds: times[0]!, toSeconds: times.at(-1)! };
  return {
    rows: times.length,
    startSeconds: times[0]!,
    endSeconds: times.at(-1)!,
    stepSeconds,
    ...spacing(times, stepSeconds ?? Infinity, span),
    values: summary(samples),
    movement: movementOf(samples),
    flatTop: flatTopOf(samples),
    peak: peakOf(samples),
    recurringZeros: recurringWindows(zeroStretches(samples, stepSeconds ?? 0), span),
    zeros: values.reduce((count, value) => count + (value === 0 ? 1 : 0), 0),
    idleStartSeconds: idleStart(samples),
    zeroOutages: zeroOutages(samples),
    outliers: outliers(samples),
    levelShifts: levelShifts(samples),
    hourOfWeek: hourOfWeek(samples),
  };
}

function spacing(
  times: Float64Array,
  step: number,
  span: Stretch,
): Pick<TraceProfile, 'gaps' | 'recurringGaps' | 'otherGaps' | 'irregularFraction'> {
  let irregular = 0;
  for (let i = 1; i < times.length; i++) {
    const distance = times[i]! - times[i - 1]!;
    if (distance <= GAP_STEPS * step && Math.abs(distance - step) > 0.1 * step) irregular++;
  }
  const all = [...gapsOf(times, step)];
  const windows = recurringWindows(
    all.map((gap) => withoutRows(gap, step)),
    span,
  );
  const regularOrNot = times.length - 1 - all.length;
  return {
    gaps: gapSummary(all),
    recurringGaps: windows,
    otherGaps: gapSummary(all.filter((gap) => !isWithin(withoutRows(gap, step), windows))),
    irregularFraction: regularOrNot > 0 ? irregular / regularOrNot : 0,
  };
}

/** A gap begins at a row; the first one that is missing would have come a step later. */
function withoutRows({ startSeconds, seconds }: Gap, step: number): Stretch {
  return { fromSeconds: startSeconds + step, toSeconds: startSeconds + seconds };
}

function gapSummary(gaps: readonly Gap[]): GapSummary {
  let seconds = 0;
  let longest: Gap | undefined;
  for (const gap of gaps) {
    seconds += gap.seconds;
    if (!longest || gap.seconds > longest.seconds) longest = gap;
  }
  return { count: gaps.length, seconds, longest };
}

/** Rows of zero one after another, each with its step. */
function zeroStretches({ times, values }: Samples, step: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 0) continue;
    const from = i;
    while (values[i + 1] === 0 && times[i + 1]! - times[i]! <= GAP_STEPS * step) i++;
    stretches.push({ fromSeconds: times[from]!, toSeconds: times[i]! + step });
  }
  return stretches;
}

/** Every stretch without rows, in the order of time. @param step seconds */
export function* gapsOf(times: Float64Array, step: number): Generator<Gap> {
  for (let i = 1; i < times.length; i++) {
    const seconds = times[i]! - times[i - 1]!;
    if (seconds > GAP_STEPS * step) yield { startSeconds: times[i - 1]!, seconds };
  }
}

function summary({ times, values }: Samples): TraceProfile['values'] {
  const sorted = values.slice().sort();
  const at = (level: number) => sorted[Math.round(level * (sorted.length - 1))]!;
  const max = sorted.at(-1)!;
  return {
    min: sorted[0]!,
    median: at(0.5),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    p99: at(0.99),
    max,
    maxAtSeconds: times[values.indexOf(max)]!,
  };
}

function idleStart({ times, values }: Samples): number {
  const first = values.findIndex((value) => value > 0);
  return first > 0 ? times[first]! - times[0]! : 0;
}

function hourOfWeek({ times, values }: Samples): Float64Array {
  const sums = new Float64Array(HOURS_A_WEEK);
  const counts = new Float64Array(HOURS_A_WEEK);
  for (let i = 0; i < times.length; i++) {
    const hour = hourOfWeekAt(times[i]!);
    sums[hour]! += values[i]!;
    counts[hour]! += 1;
  }
  return sums.map((sum, hour) => (counts[hour]! > 0 ? sum / counts[hour]! : Number.NaN));
}

/** Hour of the week, Monday 00:00 UTC is 0. */
export function hourOfWeekAt(seconds: number): number {
  return (Math.floor((seconds % WEEK_SECONDS) / HOUR_SECONDS) + EPOCH_HOUR_OF_WEEK) % HOURS_A_WEEK;
}

/** Days from the first to the last row. */
export function spanDays(profile: TraceProfile): number {
  return (profile.endSeconds - profile.startSeconds) / DAY_SECONDS;
}
