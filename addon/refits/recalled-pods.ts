import { RECALLED_TICKS } from '../../actuator/guards/guard-memory.ts';

/**
 * Pods' worth of the newest demand by tick, as far back as a guard looks; NaN: not known.
 * @param demand by tick, the newest last. @param gapTicks that are not known after it: any number, as a store may answer with a history of
 *   another age.
 */
export function recalledPods(demand: Float64Array, podCapacity: number, gapTicks: number): number[] {
  const gap = Math.min(gapTicks, RECALLED_TICKS);
  const known = demand.slice(Math.max(0, demand.length - (RECALLED_TICKS - gap)));
  return [...Array.from(known, (one) => one / podCapacity), ...new Array<number>(gap).fill(Number.NaN)];
}
