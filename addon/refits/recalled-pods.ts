import { RECALLED_TICKS } from '../../actuator/guards/false-zero.ts';

/**
 * Pods' worth of the newest demand by tick, as far back as a guard looks; NaN: not known.
 * @param demand by tick, the newest last.
 * @param gapTicks since the newest of it, all unknown. A store may answer with a history of any age: no more than a guard looks back is made.
 */
export function recalledPods(demand: Float64Array, podCapacity: number, gapTicks: number): number[] {
  const gap = Math.min(gapTicks, RECALLED_TICKS);
  const known = demand.slice(Math.max(0, demand.length - (RECALLED_TICKS - gap)));
  return [...Array.from(known, (one) => one / podCapacity), ...new Array<number>(gap).fill(Number.NaN)];
}
