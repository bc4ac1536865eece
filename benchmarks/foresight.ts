import { PodPlan } from '../actuator/scaler/plan.ts';
import { LEAD_TIME_QUANTILE } from '../actuator/scaler/scaler.ts';
import type { StartupLatency } from '../core/startup.ts';
import { KEEP_TICKS, settleTicksOf } from '../forecaster/lead-time/lead-time-forecast.ts';
import { FLOOR_PODS } from '../forecaster/lead-time/learner.ts';
import type { Autoscaler } from '../replay/pods.ts';
import type { Stage } from '../replay/stage.ts';

/** Nothing that is known needs a margin. */
const NO_MARGINS = { safetyMultiplier: 0, headroom: 0, keepMultiplier: 0, stabilizationTicks: 1 };

/**
 * The plan of `predictive` with the true peaks in place of its forecasts, and the demand of the tick in place of the newest observation: what
 * the plan's own rules and the spread of start-up latencies cost. What `predictive` costs over it, not knowing costs.
 */
export function foresight({ grid, span, settings }: Stage, startup: StartupLatency): Autoscaler {
  const { demand } = grid;
  const { podCapacity } = settings;
  const leadTimeTicks = settleTicksOf(startup.quantile(LEAD_TIME_QUANTILE)) - 1;
  const floor = podCapacity * FLOOR_PODS;
  const plan = new PodPlan(podCapacity, floor, leadTimeTicks, 1);
  for (const past of demand.subarray(0, span.first)) if (past > 0) plan.see(past);
  const peakUntil = (tick: number, ticks: number) => {
    let peak = 0;
    const last = Math.min(span.end - 1, tick + ticks);
    for (let i = tick; i <= last; i++) if (demand[i]! > peak) peak = demand[i]!;
    return peak;
  };
  return {
    decide(tick, { total, ready }) {
      const load = demand[tick]!;
      if (Number.isNaN(load)) {
        plan.gap();
        return total;
      }
      const peakPlusFloor = peakUntil(tick, leadTimeTicks) + floor;
      plan.observe(peakPlusFloor, load, load);
      const keepPeakPlusFloor = peakUntil(tick, leadTimeTicks + KEEP_TICKS) + floor;
      const known = { peakPlusFloor, keepPeakPlusFloor, relativeError: 0, load, estimate: load, unusuallyLow: false };
      return plan.replicas({ ...known, total, ready }, NO_MARGINS);
    },
  };
}
