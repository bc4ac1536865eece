import { podsFor } from '../../core/pods.ts';
import type { Autoscaler, StartupSequence } from '../pods.ts';
import { TICK_SECONDS } from '../result.ts';

/**
 * The floor under every objective: it knows the demand and what a start costs. At each tick it has the largest need over [t, t + L of
 * the pods it is about to create], and keeps the n-th pod while the ticks until that pod would be created again cost
 * less than its start. Pods start in the same time or not: the k-th takes L(k), and only where these differ can another order of
 * starts be cheaper by parts of a start-up.
 * @param end of the grid's ticks, exclusive: later demand is nobody's.
 */
export function oracle(
  demand: Float64Array,
  end: number,
  podCapacity: number,
  startup: StartupSequence,
  startCostSeconds: number,
): Autoscaler {
  const largestNeed = (tick: number, ticks: number) => {
    const last = Math.min(end - 1, tick + ticks);
    let load = 0;
    for (let i = tick; i <= last; i++) if (demand[i]! > load) load = demand[i]!;
    return podsFor(load, podCapacity);
  };
  // Kept for k ticks it costs k × 15 s; at the price of a start, or above it, it goes.
  const keptTicks = Math.ceil(startCostSeconds / TICK_SECONDS) - 1;
  return {
    decide(tick, { total, created }) {
      // Demand is known at ticks: a pod that is Ready between two ticks serves from the later one on.
      let horizon = Math.ceil(startup(created) / TICK_SECONDS);
      let wanted = largestNeed(tick, horizon);
      if (wanted < total) return Math.max(wanted, Math.min(total, largestNeed(tick, horizon + keptTicks)));
      for (let n = 1; n < wanted - total; n++) {
        const latency = Math.ceil(startup(created + n) / TICK_SECONDS);
        if (latency <= horizon) continue;
        horizon = latency;
        wanted = largestNeed(tick, horizon);
      }
      return wanted;
    },
  };
}
