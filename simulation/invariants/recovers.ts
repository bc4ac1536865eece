import type { Tick, WorkloadTick } from '../timeline.ts';
import { type Invariant, lastFaultSeconds, type Observed, recent, violation } from './invariant.ts';

const SECONDS = 60;
/** The need that must be met is one that was known: the least of so long. */
const KNOWN_SECONDS = 120;
/** Start-up and a measurement of new pods. */
const STEP_SECONDS = 60;
/** It is looked at for so long from then on: what comes later is not the fault's. */
const LOOKED_AT_SECONDS = 120;
/** No start-up and no number of steps is due so late. */
const LONG_SECONDS = 3_600;
/** After a false number was set by somebody else, it is respected for ten minutes. */
const RESPECTED_SECONDS = 600;

/**
 * It recovers: 60 s after the last fault ended, and one start-up (p99) later, replicas are at least what is needed again: the least
 * need of the last two minutes, so that a ramp is not held against it, within the HPA's tolerance. No more is forgiven than a measurement
 * is worse than an ordinary one without any fault, as for down-is-safe: the specification asks for an estimate whose error is known and
 * bounded, and the rates of cAdvisor's series are up to 10 % too low; an instant gauge is off by how much the load flickers. That is of
 * what is measured, which in closed loop holds the pods' baselines as well (see seenNeedOf). What legitimately still holds: a person's maximum or pause, another writer's number, a conflict, observing.
 */
export function recovers(): Invariant {
  return {
    name: 'recovers',
    check(observed) {
      const { tick } = observed;
      return tick.workloads.flatMap((now) => {
        const fault = faultBefore(observed, now);
        if (fault === undefined || isExcused(observed, now)) return [];
        const needs = recent(observed.history, now.name, tick.atSeconds - KNOWN_SECONDS).map(
          ({ seenNeed }) => seenNeed,
        );
        const least = Math.min(now.max, Math.min(...needs));
        if (now.replicas >= least) return [];
        const what = `${Math.round(tick.atSeconds - fault)} s after the last fault ended: ${now.replicas} replicas for a need of ${least}`;
        return [violation('recovers', tick, now.name, what)];
      });
    },
  };
}

/** The fault that is long enough over to be judged. */
function faultBefore({ history, tick, truth }: Observed, now: WorkloadTick): number | undefined {
  const { name } = now;
  const fault = lastFaultSeconds(history, name);
  // Long over, or none: not worth counting steps.
  if (!(tick.atSeconds - fault <= LONG_SECONDS)) return undefined;
  const first = fault + SECONDS + truth.startupSeconds(name, 0.99);
  const due = first + stepsSeconds(history, now, fault, first);
  return tick.atSeconds >= due && tick.atSeconds <= due + LOOKED_AT_SECONDS ? fault : undefined;
}

/**
 * Pods at their limit show no more than that: what they hide is found step by step, each at most a doubling, as soon as the new pods
 * are measured. Steps up to the most that was needed while it recovered: what is asked later has nothing to do with the fault.
 */
function stepsSeconds(
  { ticks }: Observed['history'],
  { name, closed }: WorkloadTick,
  fault: number,
  until: number,
): number {
  if (!closed) return 0;
  const since = ticks.slice(firstSince(ticks, fault)).filter(({ atSeconds }) => atSeconds <= until);
  const own = since.flatMap(({ workloads }) => workloads.filter((one) => one.name === name));
  const most = Math.max(1, ...own.map(({ toleratedNeed }) => toleratedNeed));
  return STEP_SECONDS * Math.max(0, Math.ceil(Math.log2(most / Math.max(1, own[0]?.replicas ?? 1))));
}

function isExcused({ history, tick }: Observed, { name, status, paused, replicas }: WorkloadTick): boolean {
  const foreign = lastFaultSeconds(history, name, (action) => action === 'scale' || action === 'gitops');
  const conflict = status?.conditions.some(({ type, status: holds }) => type === 'Conflict' && holds) === true;
  const off = status?.reasons.at(-1) === 'switched-off' && replicas === 0;
  return paused || conflict || off || status?.mode === 'observe' || tick.atSeconds - foreign < RESPECTED_SECONDS;
}

/** The index of the first tick since then. */
function firstSince(ticks: readonly Tick[], seconds: number): number {
  let first = ticks.length;
  while (first > 0 && ticks[first - 1]!.atSeconds >= seconds) first--;
  return first;
}
