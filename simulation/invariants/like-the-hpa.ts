import type { WorkloadTick } from '../timeline.ts';
import { type Invariant, lastFaultSeconds, type Observed, violation } from './invariant.ts';

const TOLERANCE = 0.1;
/** Five minutes; a pod that became Ready between the measurement and the tick moves a recommendation by one or two ticks. */
const STABILIZATION_TICKS = 20;
const EDGE_TICKS = 2;
const UP_FACTOR = 2;
const UP_PODS = 4;
const QUIET_SECONDS = 900;
/** Until the first refit and the first whole window. */
const SETTLED_SECONDS = 600;

/**
 * Like the HPA where it is one: under mode `reactive`, without a fault in the last quarter of an hour, what is decided is within one
 * pod of what the HPA's replica calculator gives on the same observation and the same pods (tolerance 10 %, pods that are starting
 * count as 0 % on the way up, a scale-down stabilization of five minutes, at most double or four more a tick).
 */
export function likeTheHpa(): Invariant {
  const recommendations = new Map<string, { readonly least: number; readonly most: number }[]>();
  return {
    name: 'like-the-hpa',
    check(observed) {
      const { tick, history } = observed;
      return tick.workloads.flatMap((now) => {
        const load = now.status?.metrics[0]?.load;
        const capacity = now.status?.metrics[0]?.podCapacity;
        if (now.status?.mode !== 'reactive' || load === undefined || capacity === undefined) return [];
        const { current, ready, wanted, min, max } = now.status.replicas;
        const from = before(observed, now) ?? current;
        const recommended = recommend(load / capacity, from, Math.min(ready, from));
        // Those that run and are not measured yet are taken for full on the way down: up to all that aren't Ready.
        const full =
          now.closed && recommended < from ? Math.min(from, recommended + Math.max(0, from - ready)) : recommended;
        const past = [...(recommendations.get(now.name) ?? []), { least: recommended, most: full }].slice(
          -STABILIZATION_TICKS - EDGE_TICKS,
        );
        recommendations.set(now.name, past);
        // What a guard holds is not the rule's.
        if (now.status.reasons.at(-1) !== 'reactive') return [];
        if (tick.atSeconds - history.startSeconds < SETTLED_SECONDS) return [];
        if (tick.atSeconds - lastFaultSeconds(history, now.name) < QUIET_SECONDS) return [];
        const up = Math.min(recommended, Math.max(UP_FACTOR * from, from + UP_PODS));
        const bounded = (within: readonly number[]) =>
          Math.min(max, Math.max(min, recommended < from ? Math.min(from, Math.max(...within)) : up));
        const [least, most] = [
          bounded(past.slice(-STABILIZATION_TICKS).map((one) => one.least)),
          bounded(past.map((one) => one.most)),
        ];
        if (wanted >= least - 1 && wanted <= most + 1) return [];
        const what = `decided ${wanted}, the HPA's calculator ${least} for ${(load / capacity).toFixed(2)} pods' worth on ${ready} Ready of ${from}`;
        return [violation('like-the-hpa', tick, now.name, what)];
      });
    },
  };
}

/** Replicas that this tick's decision was made on. */
function before({ history }: Observed, { name }: WorkloadTick): number | undefined {
  return history.ticks.at(-2)?.workloads.find((one) => one.name === name)?.replicas;
}

function recommend(needed: number, total: number, ready: number): number {
  if (ready === 0) return total;
  const ratio = needed / ready;
  if (Math.abs(ratio - 1) <= TOLERANCE) return total;
  const replicas = Math.ceil(needed - 1e-9);
  if (ratio < 1) return Math.min(total, replicas);
  return ready < total && needed / total <= 1 + TOLERANCE ? total : replicas;
}
