import { BLOCKS_PER_DAY, DAYS } from './known-load.ts';

/** Of so many days it is looked up how far the season of the days before missed them. */
const TESTED_DAYS = 3;
const DAY_DECAY = 0.7;
/** Mean absolute to standard deviation, of a normal distribution. */
const DEVIATION = 1.25;

/**
 * Standard deviations of the last days' half hours from the season of the days before them, and of the change of that from one to the next;
 * NaN: unknown.
 * @param blocks logarithms of half hours, the newest first: see KnownLoad
 * @param everything the mean of all, where no day before is known
 */
export function missesOfSeason(blocks: Float64Array, everything: number): { missed: number; added: number } {
  let missed = 0;
  let count = 0;
  let added = 0;
  let steps = 0;
  let after = Number.NaN;
  for (let b = 0; b < TESTED_DAYS * BLOCKS_PER_DAY; b++) {
    let sum = 0;
    let weight = 0;
    for (let d = 1, own = 1; d <= DAYS; d++, own *= DAY_DECAY) {
      const level = blocks[b + d * BLOCKS_PER_DAY];
      if (level === undefined || Number.isNaN(level)) continue;
      sum += own * level;
      weight += own;
    }
    const miss = blocks[b]! - (weight > 0 ? sum / weight : everything);
    const step = after - miss;
    after = miss;
    if (!Number.isNaN(miss)) {
      missed += Math.abs(miss);
      count++;
    }
    if (Number.isNaN(step)) continue;
    added += Math.abs(step);
    steps++;
  }
  return { missed: (DEVIATION * missed) / count, added: (DEVIATION * added) / steps };
}
