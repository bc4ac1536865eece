import { BLOCKS_PER_DAY, DAYS } from './known-load.ts';

/** Days are compared over the four hours before and after the target. */
const AROUND_BLOCKS = 8;
const ORIGIN_BLOCK = BLOCKS_PER_DAY + AROUND_BLOCKS;

/** Prefix sums of one day's distance from the same weekday a week ago, by half hours; the origin's time of day is at ORIGIN_BLOCK. */
export interface WeekDistances {
  readonly sums: Float64Array;
  readonly counts: Int32Array;
}

/** @param blocks logarithms of half hours, the newest first: see KnownLoad. @param day 1: yesterday */
export function distancesFromWeek(blocks: Float64Array, day: number): WeekDistances {
  const sums = new Float64Array(ORIGIN_BLOCK + AROUND_BLOCKS + 1);
  const counts = new Int32Array(sums.length);
  for (let i = 0; i + 1 < sums.length; i++) {
    const back = day * BLOCKS_PER_DAY - 1 + i - ORIGIN_BLOCK;
    const difference = blocks[back]! - blocks[back + (DAYS - day) * BLOCKS_PER_DAY]!;
    const known = day < DAYS && Number.isFinite(difference);
    sums[i + 1] = sums[i]! + (known ? Math.abs(difference) : 0);
    counts[i + 1] = counts[i]! + (known ? 1 : 0);
  }
  return { sums, counts };
}

/** Mean distance around the half hour that begins `block` half hours after the origin; NaN where unknown. */
export function distanceAround({ sums, counts }: WeekDistances, block: number): number {
  const from = Math.max(0, ORIGIN_BLOCK - block - AROUND_BLOCKS);
  const to = Math.min(counts.length - 1, ORIGIN_BLOCK - block + AROUND_BLOCKS);
  return (sums[to]! - sums[from]!) / (counts[to]! - counts[from]!);
}
