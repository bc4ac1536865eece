import { DAY_SECONDS, HOUR_SECONDS, WEEK_SECONDS } from '../core/series.ts';
import type { Autoscaler, StartupSequence } from './pods.ts';
import { TICK_SECONDS } from './result.ts';

/** The targets that `hpa-tuned` picks from: 30, 35, … 95 %. */
export const TUNED_TARGETS: readonly number[] = Array.from({ length: 14 }, (_, i) => (30 + 5 * i) / 100);

/** HPA defaults: tolerance 0.1, scale-down stabilization 300 s, scale-up at most max(100 %, 4 pods) each 15 s. */
const TOLERANCE = 0.1;
const STABILIZATION_TICKS = 300 / TICK_SECONDS;
const SCALE_UP_PODS = 4;

/**
 * The Kubernetes HPA on a utilisation target: desired = ceil(observed ÷ (capacity × target)) outside the tolerance,
 * where pods that are not Ready count as 0 % when scaling up; hold on no data.
 * Source: kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ (algorithm details, default behavior).
 */
export function hpa(observed: Float64Array, podCapacity: number, target: number): Autoscaler {
  const recent = new StabilizationWindow(STABILIZATION_TICKS);
  return {
    decide(tick, { total, ready }) {
      const load = observed[tick]!;
      if (Number.isNaN(load)) {
        recent.skip();
        return total;
      }
      const recommended = recommend(load / (podCapacity * target), total, ready);
      const held = recent.max(recommended);
      if (recommended < total) return Math.min(total, held);
      return Math.min(recommended, Math.max(2 * total, total + SCALE_UP_PODS));
    },
  };
}

/** The replica calculator: `needed` is the load in pods at the target. */
function recommend(needed: number, total: number, ready: number): number {
  // ceil(1.0000000000000002 × 3) must not be 4: the same guard against floating-point dust as a careful ceil.
  const replicas = Math.ceil(needed - 1e-9);
  const ratio = ready > 0 ? needed / ready : needed > 0 ? Number.POSITIVE_INFINITY : 1;
  if (Math.abs(ratio - 1) <= TOLERANCE) return total;
  if (ratio < 1) return Math.min(total, replicas);
  if (ready === total) return replicas;
  // Pods that are starting count as 0 %: the ratio over all pods decides whether more are needed.
  const diluted = needed / total;
  return diluted <= 1 + TOLERANCE ? total : replicas;
}

/** The largest of the recommendations of the last `ticks` ticks, the newest included. */
class StabilizationWindow {
  private readonly values: Float64Array;
  private next = 0;
  constructor(ticks: number) {
    this.values = new Float64Array(ticks).fill(Number.NEGATIVE_INFINITY);
  }
  /** A tick without a recommendation: the oldest one still ages out. */
  skip(): void {
    this.push(Number.NEGATIVE_INFINITY);
  }
  max(value: number): number {
    this.push(value);
    let largest = value;
    for (const other of this.values) if (other > largest) largest = other;
    return largest;
  }
  private push(value: number): void {
    this.values[this.next] = value;
    this.next = (this.next + 1) % this.values.length;
  }
}

/** The same number of replicas all the time. */
export function fixed(replicas: number): Autoscaler {
  return { decide: () => replicas };
}

/** Pods that the demand needs; no data needs none. */
export function podsFor(demand: number, podCapacity: number): number {
  return demand > 0 ? Math.ceil(demand / podCapacity - 1e-9) : 0;
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
