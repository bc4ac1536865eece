import { podsFor } from '../../core/pods.ts';
import { targetShare } from '../plant/workload.ts';
import type { WorkloadPlan } from '../scenarios/scenario.ts';
import type { WorkloadTick } from '../timeline.ts';
import { type Invariant, lastFaultSeconds, type Observed, violation } from './invariant.ts';

const TOLERANCE = 0.1;
/** Five minutes. */
const STABILIZATION_TICKS = 20;
const UP_FACTOR = 2;
const UP_PODS = 4;
const QUIET_SECONDS = 900;
/** Until the first refit and the first whole window. */
const SETTLED_SECONDS = 600;

/**
 * Like the HPA where it is one: under mode `reactive`, without a fault in the last quarter of an hour, what is decided is within one
 * pod of what the HPA's replica calculator gives on the same observation and the same pods (tolerance 10 %, a scale-down stabilization
 * of five minutes, at most double or four more a tick). Whose usage counts depends on the resource there: see `recommend`.
 */
export function likeTheHpa(): Invariant {
  const recommendations = new Map<string, number[]>();
  return {
    name: 'like-the-hpa',
    check(observed) {
      const { tick, history } = observed;
      return tick.workloads.flatMap((now) => {
        const metric = now.status?.metrics[0];
        const { load, podCapacity } = metric ?? {};
        if (now.status?.mode !== 'reactive' || load === undefined || podCapacity === undefined) return [];
        const { current, ready, wanted, min, max } = now.status.replicas;
        const from = before(observed, now) ?? current;
        // A load that is not measured on pods: those that are Ready serve it, the others are starting.
        const serving = Math.min(ready, from);
        const pods = metric!.pods ?? { counted: serving, unmeasured: 0, starting: from - serving };
        const plan = history.scenario.workloads.find(({ name }) => name === now.name)!;
        const recommended = recommend(load, podCapacity, from, { ...pods, full: fullUsage(plan, podCapacity) });
        const past = [...(recommendations.get(now.name) ?? []), recommended].slice(-STABILIZATION_TICKS);
        recommendations.set(now.name, past);
        // What a guard holds is not the rule's.
        if (now.status.reasons.at(-1) !== 'reactive') return [];
        if (tick.atSeconds - history.startSeconds < SETTLED_SECONDS) return [];
        if (tick.atSeconds - lastFaultSeconds(history, now.name) < QUIET_SECONDS) return [];
        const up = Math.min(recommended, Math.max(UP_FACTOR * from, from + UP_PODS));
        const down = Math.min(from, Math.max(...past));
        const expected = Math.min(max, Math.max(min, recommended < from ? down : up));
        if (Math.abs(wanted - expected) <= 1) return [];
        const what =
          `decided ${wanted}, the HPA's calculator ${expected} for ${(load / podCapacity).toFixed(2)} pods' worth ` +
          `on ${pods.counted} measured pods of ${from} (${pods.unmeasured} unmeasured, ${pods.starting} starting)`;
        return [violation('like-the-hpa', tick, now.name, what)];
      });
    },
  };
}

/** Replicas that this tick's decision was made on. */
function before({ history }: Observed, { name }: WorkloadTick): number | undefined {
  return history.ticks.at(-2)?.workloads.find((one) => one.name === name)?.replicas;
}

/** Usage of a pod that is taken for full: its request, or its target where that is more or no share of a request. */
function fullUsage(plan: WorkloadPlan, podCapacity: number): number {
  return plan.ofRequest ? podCapacity / Math.min(1, targetShare(plan)) : podCapacity;
}

interface Counted {
  readonly counted: number;
  readonly unmeasured: number;
  readonly starting: number;
  readonly full: number;
}

/**
 * The calculator of kubernetes v1.35 pkg/controller/podautoscaler/replica_calculator.go, on its groups of pods (groupPods): those with
 * metrics count; of CPU alone, not while they start: of memory they count as soon as they run. Running ones without metrics are full on
 * the way down and idle on the way up; those that start are idle on the way up, and none at all on the way down.
 */
function recommend(
  load: number,
  target: number,
  total: number,
  { counted, unmeasured, starting, full }: Counted,
): number {
  if (counted === 0) return total;
  const usage = load / target / counted;
  const withUnready = starting > 0 && usage > 1;
  if (!withUnready && unmeasured === 0) return isWithin(usage) ? total : podsFor(load, target);
  const all = usage < 1 ? load + unmeasured * full : load;
  const ratio = all / target / (counted + unmeasured + (withUnready ? starting : 0));
  if (isWithin(ratio) || usage < 1 !== ratio < 1) return total;
  const replicas = podsFor(all, target);
  return ratio < 1 ? Math.min(total, replicas) : Math.max(total, replicas);
}

function isWithin(ratio: number): boolean {
  return Math.abs(ratio - 1) <= TOLERANCE + 1e-9;
}
