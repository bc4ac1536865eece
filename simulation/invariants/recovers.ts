import type { Tick, WorkloadTick } from '../timeline.ts';
import { type Invariant, lastFaultSeconds, type Observed, recent, violation } from './invariant.ts';

const SECONDS = 60;
/** A write that is refused is tried again each two minutes at the latest. */
const REFUSED_SECONDS = 120;
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
        const { endedSeconds, most } = fault;
        const needs = recent(observed.history, now.name, tick.atSeconds - KNOWN_SECONDS).map(
          ({ seenNeed }) => seenNeed,
        );
        const least = Math.min(now.max, most, Math.min(...needs));
        if (now.replicas >= least) return [];
        const what = `${Math.round(tick.atSeconds - endedSeconds)} s after the last fault ended: ${now.replicas} replicas for a need of ${least}`;
        return [violation('recovers', tick, now.name, what)];
      });
    },
  };
}

interface Recovery {
  readonly endedSeconds: number;
  /** Pods that were needed at most while it recovered: what is asked for later has nothing to do with the fault. */
  readonly most: number;
}

/** The fault that is long enough over to be judged. */
function faultBefore({ history, tick, truth }: Observed, now: WorkloadTick): Recovery | undefined {
  const { name, closed } = now;
  const endedSeconds = lastFaultSeconds(history, name);
  // Long over, or none: not worth counting steps.
  if (!(tick.atSeconds - endedSeconds <= LONG_SECONDS)) return undefined;
  const refused = lastFaultSeconds(history, name, (action) => action === 'api-forbidden') === endedSeconds;
  const waits = refused ? REFUSED_SECONDS : SECONDS;
  const first = endedSeconds + waits + truth.startupSeconds(name, 0.99);
  if (tick.atSeconds < first || (!closed && tick.atSeconds > first + LOOKED_AT_SECONDS)) return undefined;
  const since = history.ticks.slice(firstSince(history.ticks, endedSeconds));
  // In closed loop a rise is followed a start-up at a time, as each new pod adds a baseline: one that came later is followed for longer.
  const last = closed ? endedSeconds + waits : first;
  const own = since
    .filter(({ atSeconds }) => atSeconds <= last)
    .flatMap(({ workloads }) => workloads.filter((one) => one.name === name));
  const most = Math.max(1, ...own.map(({ toleratedNeed }) => toleratedNeed));
  const due = first + (closed ? stepsSeconds(own[0]?.replicas ?? 1, most) : 0);
  return tick.atSeconds >= due && tick.atSeconds <= due + LOOKED_AT_SECONDS ? { endedSeconds, most } : undefined;
}

/** Pods at their limit show no more than that: what they hide is found step by step, each at most a doubling, as soon as the new pods are measured. */
function stepsSeconds(replicas: number, most: number): number {
  return STEP_SECONDS * Math.max(0, Math.ceil(Math.log2(most / Math.max(1, replicas))));
}

function isExcused({ history, tick }: Observed, { name, status, paused, replicas }: WorkloadTick): boolean {
  const external = lastFaultSeconds(history, name, (action) => action === 'scale' || action === 'gitops');
  const conflict = status?.conditions.some(({ type, status: holds }) => type === 'Conflict' && holds) === true;
  const off = status?.reasons.at(-1) === 'switched-off' && replicas === 0;
  return paused || conflict || off || status?.mode === 'observe' || tick.atSeconds - external < RESPECTED_SECONDS;
}

/** The index of the first tick since then. */
function firstSince(ticks: readonly Tick[], seconds: number): number {
  let first = ticks.length;
  while (first > 0 && ticks[first - 1]!.atSeconds >= seconds) first--;
  return first;
}
