import { DAY_SECONDS, medianStepSeconds, type Samples } from '../../../core/series.ts';

/** Zeros in the middle of a load. */
export interface ZeroRun {
  readonly startSeconds: number;
  readonly seconds: number;
  /** The median of the rows just before. */
  readonly levelBefore: number;
}

/** A row far outside what its hours were like. */
export interface Outlier {
  readonly timeSeconds: number;
  readonly value: number;
  /** The usual row around it. */
  readonly around: number;
}

/** All of them in short. */
export interface Outliers {
  readonly count: number;
  readonly largest: Outlier | undefined;
}

/** A lasting change of the daily level. */
export interface LevelShift {
  /** Midnight (UTC) of the first day at the new level. */
  readonly timeSeconds: number;
  readonly before: number;
  readonly after: number;
}

/** More zero runs than this, or this share of zero rows, are the load's habit. */
const MAX_ZERO_RUNS = 20;
const MAX_ZERO_SHARE = 0.1;
const ROWS_BEFORE = 30;
/** A block and its two neighbours say what is usual around a row. */
const BLOCK_ROWS = 60;
/** So many robust standard deviations (1.4826 × MAD) above the median is an outlier, and at least half the median above it. */
const OUTLIER_SIGMAS = 10;
const LEAST_RISE = 0.5;
/** A week on both sides, so that weekends weigh the same. */
const SHIFT_DAYS = 7;
const SHIFT_RATIO = 1.4;

/** Runs of two or more zeros amid load, where zeros are not a habit: probably an outage that was recorded as zero. */
export function zeroOutages({ times, values }: Samples): ZeroRun[] {
  const first = values.findIndex((value) => value > 0);
  if (first < 0) return [];
  const runs: ZeroRun[] = [];
  let zeros = 0;
  for (let i = first; i < values.length; i++) {
    if (values[i] !== 0) continue;
    const from = i;
    while (i < values.length && values[i] === 0) i++;
    zeros += i - from;
    const levelBefore = median(values.slice(Math.max(first, from - ROWS_BEFORE), from));
    const end = Math.min(i, times.length - 1);
    if (i - from >= 2) runs.push({ startSeconds: times[from]!, seconds: times[end]! - times[from]!, levelBefore });
  }
  const level = median(values);
  const isHabit = runs.length > MAX_ZERO_RUNS || zeros > MAX_ZERO_SHARE * (values.length - first);
  // A fall to zero from near zero is what a quiet night looks like.
  return isHabit ? [] : runs.filter(({ levelBefore }) => levelBefore > 0.1 * level);
}

/** How many there are, and the largest. */
export function outliers(samples: Samples): Outliers {
  let count = 0;
  let largest: Outlier | undefined;
  for (const outlier of outlierRows(samples)) {
    count++;
    if (!largest || outlier.value > largest.value) largest = outlier;
  }
  return { count, largest };
}

/** Single rows or short bursts that the surrounding three blocks do not explain, in the order of time. */
export function* outlierRows({ times, values }: Samples): Generator<Outlier> {
  const step = medianStepSeconds(times) ?? 0;
  for (let from = 0; from < values.length; from += BLOCK_ROWS) {
    const first = Math.max(0, from - BLOCK_ROWS);
    const end = Math.min(values.length, from + 2 * BLOCK_ROWS);
    // Rows on the other side of a gap say nothing of what is usual here.
    if (times[end - 1]! - times[first]! > 1.2 * (end - first) * step) continue;
    const around = values.slice(first, end).sort();
    const centre = medianOfSorted(around);
    const spread = median(around.map((value) => Math.abs(value - centre)));
    const limit = centre + Math.max(OUTLIER_SIGMAS * 1.4826 * spread, LEAST_RISE * centre);
    if (!(centre > 0)) continue;
    for (let i = from; i < Math.min(from + BLOCK_ROWS, values.length); i++) {
      if (values[i]! > limit) yield { timeSeconds: times[i]!, value: values[i]!, around: centre };
    }
  }
}

/** Days from which the week that follows lies clearly above or below the week before. */
export function levelShifts(samples: Samples): LevelShift[] {
  const days = dailyMeans(samples);
  const found: (LevelShift & { size: number })[] = [];
  for (let day = SHIFT_DAYS; day + SHIFT_DAYS <= days.length; day++) {
    const fortnight = days[day + SHIFT_DAYS - 1]!.startSeconds - days[day - SHIFT_DAYS]!.startSeconds;
    // Across missing days, weekdays and weekends would no longer weigh the same.
    if (fortnight !== (2 * SHIFT_DAYS - 1) * DAY_SECONDS) continue;
    const before = days.slice(day - SHIFT_DAYS, day).map(({ mean }) => mean);
    const after = days.slice(day, day + SHIFT_DAYS).map(({ mean }) => mean);
    const [a, b] = [median(Float64Array.from(before)), median(Float64Array.from(after))];
    // Both the usual day and the extremes must part, or a few promotions would count as a new level.
    const parted = Math.min(...after) > a || Math.max(...after) < a;
    if (!parted || !(Math.abs(Math.log(b / a)) > Math.log(SHIFT_RATIO))) continue;
    // Medians hardly move while up to three days are on the wrong side; the sums part most at the true day.
    const size = Math.abs(Math.log(sum(after) / sum(before)));
    if (Number.isFinite(size)) found.push({ timeSeconds: days[day]!.startSeconds, before: a, after: b, size });
  }
  // One shift shows on several neighbouring days: keep the clearest of each.
  return found
    .filter((shift) => !found.some((other) => isClearer(other, shift)))
    .map(({ size: _size, ...shift }) => shift);
}

function isClearer(other: LevelShift & { size: number }, shift: LevelShift & { size: number }): boolean {
  const near = Math.abs(other.timeSeconds - shift.timeSeconds) < SHIFT_DAYS * DAY_SECONDS;
  return near && (other.size > shift.size || (other.size === shift.size && other.timeSeconds < shift.timeSeconds));
}

/** Means of the UTC days; the first and the last are rarely whole and stay out. */
function dailyMeans({ times, values }: Samples): { startSeconds: number; mean: number }[] {
  const days: { startSeconds: number; mean: number }[] = [];
  let start = Math.floor(times[0]! / DAY_SECONDS) * DAY_SECONDS;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < times.length; i++) {
    const day = Math.floor(times[i]! / DAY_SECONDS) * DAY_SECONDS;
    if (day !== start) {
      if (count > 0) days.push({ startSeconds: start, mean: sum / count });
      [start, sum, count] = [day, 0, 0];
    }
    sum += values[i]!;
    count++;
  }
  days.push({ startSeconds: start, mean: sum / count });
  const isWhole = times[0]! % DAY_SECONDS < 3600;
  return days.slice(isWhole ? 0 : 1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: Float64Array): number {
  return medianOfSorted(values.slice().sort());
}

function medianOfSorted(sorted: Float64Array): number {
  return sorted.length === 0 ? Number.NaN : sorted[sorted.length >> 1]!;
}
