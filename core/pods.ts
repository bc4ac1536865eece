/**
 * Pods that a demand needs. The small allowance keeps floating-point dust from adding a pod: 20.000000000000004 pods'
 * worth of demand needs 20.
 * @param demand NaN or ≤ 0: none.
 */
export function podsFor(demand: number, podCapacity: number): number {
  return demand > 0 ? Math.ceil(demand / podCapacity - 1e-9) : 0;
}
