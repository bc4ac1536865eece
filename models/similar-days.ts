import { localDayOf } from '../core/calendar/calendar.ts';
import type { FitContext } from '../core/forecast.ts';
import { DAY_SECONDS, endSeconds, type Series, WEEK_SECONDS } from '../core/series.ts';

/** Days are compared half hour by half hour, over the six hours before and after: over fewer, a Sunday that is quiet at noon is no witness of how the evening falls. */
const BLOCK_SECONDS = 1_800;
const REACH_BLOCKS = 12;
/** At most so many earlier weeks tell what a weekday is like. */
const MAX_WEEKS = 4;
/** The same weekday, days ago. */
const WEEKDAYS = [7, 14, 21, 28];

/**
 * How much each earlier day resembles the weekday to be forecast, at each half hour of it: 1 ÷ (1 + (d ÷ noise)²), d its distance from
 * the same weekday of earlier weeks, noise what days of one kind differ by. So Saturdays learn from Sundays where weekends differ, from
 * all days where they don't, and on Friday evening from both: no calendar needed. (Analog forecasting.)
 * @param isAlike days that stand in for the same weekday of earlier weeks: what a holiday is like
 * @returns weight of the day `daysAgo` (1 …) for a step that many seconds after the history's end; undefined under a week
 */
export function similarDays(history: Series, days: number, isAlike?: FitContext['isAlike']): DayLikeness | undefined {
  const known = lastAnswer.get(history.values);
  if (known?.days === days && known.stepSeconds === history.stepSeconds && known.isAlike === isAlike)
    return known.likeness;
  const likeness = compareDays(history, days, isAlike);
  lastAnswer.set(history.values, { days, stepSeconds: history.stepSeconds, isAlike, likeness });
  return likeness;
}

/** The weight of the day `daysAgo` for a step so many seconds after the history's end. */
type DayLikeness = (daysAgo: number, secondsAhead: number) => number;

/** Three models ask the same of the same history. */
const lastAnswer = new WeakMap<
  Float64Array,
  {
    readonly days: number;
    readonly stepSeconds: number;
    readonly isAlike: FitContext['isAlike'];
    readonly likeness: DayLikeness | undefined;
  }
>();

function compareDays(history: Series, days: number, isAlike: FitContext['isAlike']): DayLikeness | undefined {
  const spanSeconds = history.values.length * history.stepSeconds;
  if (spanSeconds < WEEK_SECONDS || days < 2) return undefined;
  const blocksPerDay = DAY_SECONDS / BLOCK_SECONDS;
  const means = blockMeans(history, days * blocksPerDay);
  const weights = new Float64Array(days * blocksPerDay).fill(1);
  const distances = new Float64Array(days);
  for (let block = 0; block < blocksPerDay; block++) {
    const references = isAlike
      ? alikeDays(endSeconds(history) + block * BLOCK_SECONDS, days, isAlike)
      : WEEKDAYS.filter((k) => k <= days);
    for (let k = 1; k <= days; k++) distances[k - 1] = distanceFromDays(means, blocksPerDay, k, references, block);
    const noise = noiseFloor(means, blocksPerDay, days, block);
    for (let k = 1; k <= days; k++) {
      const d = distances[k - 1]!;
      if (references.includes(k) || !(d > 0)) continue;
      weights[(k - 1) * blocksPerDay + block] = 1 / (1 + (d / noise) ** 2);
    }
  }
  return (daysAgo, secondsAhead) => {
    const block = Math.floor((secondsAhead % DAY_SECONDS) / BLOCK_SECONDS);
    return weights[(daysAgo - 1) * blocksPerDay + block] ?? 1;
  };
}

const NOISE_QUANTILE = 0.25;

/** How much two days of the same kind differ around a block: a low quantile of the distances of all pairs of days. */
function noiseFloor(means: Float64Array, perDay: number, days: number, block: number): number {
  const compared = Math.min(days, 8);
  const pairs: number[] = [];
  for (let i = 1; i <= compared; i++) {
    for (let j = i + 1; j <= compared; j++) {
      const distance = distanceOf(means, perDay, i, j, block);
      if (distance.count > 0) pairs.push(distance.sum / distance.count);
    }
  }
  pairs.sort((a, b) => a - b);
  return pairs[Math.floor(NOISE_QUANTILE * pairs.length)] ?? 0;
}

function distanceOf(means: Float64Array, perDay: number, daysAgo: number, reference: number, block: number) {
  let sum = 0;
  let count = 0;
  for (let o = -REACH_BLOCKS; o <= REACH_BLOCKS; o++) {
    const at = block + o;
    const a =
      at < 0
        ? daysAgo * perDay + perDay + at
        : at >= perDay
          ? (daysAgo - 2) * perDay + at - perDay
          : (daysAgo - 1) * perDay + at;
    const b = a + (reference - daysAgo) * perDay;
    const difference = Math.abs((means[a] ?? Number.NaN) - (means[b] ?? Number.NaN));
    if (Number.isNaN(difference)) continue;
    sum += difference;
    count++;
  }
  return { sum, count };
}

/** Means of half hours counted back from the end: [k days ago − 1] × blocksPerDay + block, block 0 first after the same time. */
function blockMeans(history: Series, blocks: number): Float64Array {
  const perBlock = BLOCK_SECONDS / history.stepSeconds;
  const n = history.values.length;
  const blocksPerDay = DAY_SECONDS / BLOCK_SECONDS;
  const means = new Float64Array(blocks).fill(Number.NaN);
  for (let b = 0; b < blocks; b++) {
    const day = Math.floor(b / blocksPerDay) + 1;
    const start = n - (day * DAY_SECONDS) / history.stepSeconds + (b % blocksPerDay) * perBlock;
    let sum = 0;
    let count = 0;
    for (let i = Math.max(0, Math.round(start)); i < Math.min(n, Math.round(start + Math.max(1, perBlock))); i++) {
      if (Number.isNaN(history.values[i]!)) continue;
      sum += history.values[i]!;
      count++;
    }
    if (count > 0) means[b] = sum / count;
  }
  return means;
}

/** Mean absolute difference from some days around a block; NaN where unknown or the day itself. @param references days ago */
function distanceFromDays(
  means: Float64Array,
  perDay: number,
  daysAgo: number,
  references: readonly number[],
  block: number,
): number {
  let sum = 0;
  let count = 0;
  for (const reference of references) {
    if (reference === daysAgo) continue;
    const distance = distanceOf(means, perDay, daysAgo, reference, block);
    sum += distance.sum;
    count += distance.count;
  }
  return count > 0 ? sum / count : Number.NaN;
}

/** How many days ago those were that the day of an instant is like, newest first. */
function alikeDays(targetSeconds: number, days: number, isAlike: (localDay: number) => boolean): number[] {
  const target = localDayOf(targetSeconds);
  const alike: number[] = [];
  for (let k = 1; k <= days && alike.length < MAX_WEEKS; k++) if (isAlike(target - k)) alike.push(k);
  return alike;
}
