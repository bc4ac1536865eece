import type { Reason } from '../../core/decision.ts';
import { classOf, type FaultClass } from '../scenarios/scenario.ts';
import type { WorkloadTick } from '../timeline.ts';
import { type Invariant, lastFaultSeconds, type Observed, violation } from './invariant.ts';

/** What a person asks for is there within so long: an annotation is seen at once and acted on at the next tick, an HPA syncs each 15 s. */
const FOLLOWED_SECONDS = 60;
/** A process or an API server that was in trouble: watches, and writes that failed, have their waiting times. */
const TROUBLE_SECONDS = 300;
const TROUBLE: readonly FaultClass[] = ['process', 'api', 'redis'];
/** Another writer puts a number back each quarter of a minute. */
const FOUGHT_SECONDS = 30;
/** Others, or a person, decided otherwise. */
const OTHERS: readonly Reason[] = ['paused', 'conflict', 'switched-off'];

/**
 * A raised minimum is followed: a workload is not below its minimum for a minute while the same leader lives and its API server answers,
 * whatever is or is not known of the load. The minimum is prescale.dev/min-replicas or, where an HPA was taken over, the larger of that and the
 * HPA's own minReplicas. A person's pause, a conflict and a workload that was switched off come before it.
 */
export function followsTheMinimum(): Invariant {
  const below = new Map<string, number>();
  let leader = '';
  return {
    name: 'follows-the-minimum',
    check(observed) {
      const { tick } = observed;
      const leads = tick.leaders.length === 1 ? tick.leaders[0]! : '';
      if (leads !== leader) below.clear();
      leader = leads;
      return tick.workloads.flatMap((now) => {
        if (leads === '' || now.replicas >= now.min || isExcused(observed, now)) {
          below.delete(now.name);
          return [];
        }
        const since = below.get(now.name) ?? tick.atSeconds;
        below.set(now.name, since);
        if (tick.atSeconds - since < FOLLOWED_SECONDS) return [];
        const what = `${now.replicas} replicas for ${tick.atSeconds - since} s, under the minimum ${now.min}`;
        return [violation('follows-the-minimum', tick, now.name, what)];
      });
    },
  };
}

function isExcused({ history, tick }: Observed, now: WorkloadTick): boolean {
  const { name, status, min, max, paused, replicas } = now;
  if (paused || min > max || replicas === 0) return true;
  if (!status || status.mode === undefined || status.mode === 'observe') return true;
  if (status.reasons.some((reason) => OTHERS.includes(reason))) return true;
  const trouble = lastFaultSeconds(history, name, (action) => TROUBLE.includes(classOf(action)));
  if (tick.atSeconds - trouble < TROUBLE_SECONDS) return true;
  return tick.atSeconds - lastFaultSeconds(history, name, (action) => classOf(action) === 'writers') < FOUGHT_SECONDS;
}
