import { ReactiveRule } from '../actuator/reactive.ts';
import { podsFor } from '../core/pods.ts';
import { DAY_SECONDS, HOUR_SECONDS, WEEK_SECONDS } from '../core/series.ts';
import type { Autoscaler, StartupSequence } from './pods.ts';
import { TICK_SECONDS } from './result.ts';

/** The targets that `hpa-tuned` picks from: 30, 35, … 95 %. */
export const TUNED_TARGETS: readonly number[] = Array.from({ length: 14 }, (_, i) => (30 + 5 * i) / 100);

/** The HPA at one utilisation target, a fraction. */
export function hpa(observed: Float64Array, podCapacity: number, target: number): Autoscaler {
  const rule = new ReactiveRule(podCapacity);
  return { decide: (tick, { total, ready }) => rule.replicas(observed[tick]!, target, total, ready) };
}

/** The same number of replicas all the time. */
export function fixed(replicas: number): Autoscaler {
  return { decide: () => replicas };
}

/**
 * CronHPA as a careful operator writes it: for each hour of the week (of the day with under 14 days of history) the
 * largest need that the history had, switched on one start-up p90 early. Hours are UTC. An hour that the history never
 * saw takes the largest need of all.
 */
export function cron(
  demand: Float64Array,
  startSeconds: number,
  first: number,
  podCapacity: number,
  startupP90Seconds: number,
): Autoscaler {
  const cycle = first * TICK_SECONDS >= 14 * DAY_SECONDS ? WEEK_SECONDS : DAY_SECONDS;
  const slots = cycle / HOUR_SECONDS;
  const slot = (seconds: number) => Math.floor((seconds % cycle) / HOUR_SECONDS) % slots;
  const needs = new Int32Array(slots).fill(-1);
  let largest = 0;
  for (let i = 0; i < first; i++) {
    const load = demand[i]!;
    if (Number.isNaN(load)) continue;
    const at = slot(startSeconds + i * TICK_SECONDS);
    const need = podsFor(load, podCapacity);
    if (need > needs[at]!) needs[at] = need;
    if (need > largest) largest = need;
  }
  const needAt = (seconds: number) => {
    const need = needs[slot(seconds)]!;
    return need < 0 ? largest : need;
  };
  return {
    decide(tick) {
      const now = startSeconds + tick * TICK_SECONDS;
      return Math.max(needAt(now), needAt(now + startupP90Seconds));
    },
  };
}

/** Clairvoyant: at each tick the largest need over [t, t + L of the pods it is about to create]. */
export function oracle(demand: Float64Array, end: number, podCapacity: number, startup: StartupSequence): Autoscaler {
  const largestNeed = (tick: number, seconds: number) => {
    // Demand is known at ticks: a pod that is Ready between two ticks serves from the later one on.
    const last = Math.min(end - 1, tick + Math.ceil(seconds / TICK_SECONDS));
    let load = 0;
    for (let i = tick; i <= last; i++) if (demand[i]! > load) load = demand[i]!;
    return podsFor(load, podCapacity);
  };
  return {
    decide(tick, { total, created }) {
      let horizon = startup(created);
      let wanted = largestNeed(tick, horizon);
      for (let n = 1; n < wanted - total; n++) {
        const latency = startup(created + n);
        if (latency <= horizon) continue;
        horizon = latency;
        wanted = largestNeed(tick, horizon);
      }
      return wanted;
    },
  };
}
