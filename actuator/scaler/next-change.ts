import { podsFor } from '../../core/pods.ts';
import type { Bounds } from './scaling-policy.ts';

/** A change of replicas that is to come, as far as it can be told now. */
export interface ChangeAhead {
  /** The step at which it comes; 1: one step from now. */
  readonly step: number;
  readonly replicas: number;
}

/** Less over or under what is wanted may come and go with the next observation. */
const LEAST_SHARE = 0.05;

/**
 * The first change from what is wanted now. A higher need is kept for its time, as the plan keeps it: a fall is told for when that is over.
 * @param needs pods at each coming step, with fractions
 * @param boundsAt of a coming step
 * @param keptSteps for how many steps a higher need is kept
 */
export function nextChange(
  needs: readonly number[],
  wanted: number,
  boundsAt: (step: number) => Bounds,
  keptSteps: number,
): ChangeAhead | undefined {
  for (const [i, need] of needs.entries()) {
    const { min, max } = boundsAt(i + 1);
    const pods = (need: number) => Math.min(max, Math.max(min, podsFor(need, 1)));
    // A maximum takes at once what is over it.
    if (max < wanted) return { step: i + 1, replicas: max };
    const rise = pods(need / (1 + LEAST_SHARE));
    // What a rise that goes on comes to within the next step is told as one.
    if (rise > wanted) return { step: i + 1, replicas: Math.max(pods(need), pods(needs[i + 1] ?? need)) };
    const first = i - keptSteps;
    const kept = pods((1 + LEAST_SHARE) * Math.max(...needs.slice(Math.max(0, first), i + 1)));
    if (first >= 0 && kept < wanted) return { step: i + 1, replicas: kept };
  }
  return undefined;
}
