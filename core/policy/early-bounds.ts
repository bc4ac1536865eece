import { TICK_SECONDS } from '../tick.ts';
import { type Bounded, type BoundsNow, boundsAhead, boundsAt } from './scheduled-bounds.ts';

/**
 * The bounds of a workload, tick by tick, with the scheduled minimums that begin within its lead time. What is ordered early stays until its
 * window begins, though the lead time turns out to be shorter: the pods of that very order are the newest that it is measured by. A new leader
 * does not know how early that was; it removes nothing for its first stabilization window.
 */
export class EarlyBounds {
  /** How early the minimum that is ordered for now was; 0: there is none. */
  private earlySeconds = 0;

  at(policy: Bounded, nowSeconds: number, leadTimeSeconds: number): BoundsNow {
    // A tick more: the next one might be up to 15 s too late for pods that need the whole lead.
    const seconds = Math.max(leadTimeSeconds + TICK_SECONDS, this.earlySeconds);
    const ahead = boundsAhead(policy, nowSeconds, seconds);
    this.earlySeconds = ahead.min > boundsAt(policy, nowSeconds).min ? seconds : 0;
    return ahead;
  }
}
