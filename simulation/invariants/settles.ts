import type { Reason } from '../../core/decision.ts';
import type { WorkloadTick } from '../timeline.ts';
import { type Invariant, lastFaultSeconds, MEASURED_SHARE, type Observed, recent, violation } from './invariant.ts';

const QUIET_SECONDS = 600;
const FACTOR = 1.3;
const SPARE_PODS = 1;
/** Constant means: for so long. */
const STEADY_SECONDS = 300;

/** The HPA's stabilization window, and the ticks around it. */
const FALLING_SECONDS = 345;

/** Needs of so long are kept by the HPA: what it asked for within them it still keeps. */
const KEPT_SECONDS = 300;

/** What may keep more pods than that for longer, and how long after the demand became constant: documented holds. */
const HELD_SECONDS: Partial<Record<Reason, number>> = {
  'warming-up': 1_200,
  'frozen-metric': 1_800,
  'unusually-low': 7_200,
  reversals: 3_600,
  'foreign-change': 900,
  'false-zero': 1_020,
  'fleet-breaker': 1_800,
  // A lasting drop that no day before had: the forecast still expects what usually comes.
  'needed-again': 1_200,
  // Windows are calibrated up to ten minutes, and begin when less is expected.
  stabilization: 900,
};

/**
 * It settles: ten minutes of constant demand and one start-up (p99) without a fault, and replicas are constant, between the need (within
 * the HPA's tolerance of 10 %) and need × 1.3 + 1, in open and closed loop. In closed loop the tolerance is of what is measured, and cAdvisor's
 * rates are up to 10 % too low without a fault, as for recovers: an HPA on them rests there too. An ordinary measurement is up to 5 %
 * too low at the edge of the tolerance, as for tells-the-truth. In closed loop its rule may also rest above the need; where it
 * asks for one pod more now and then, its stabilization keeps that one, as the HPA's does: what it asked for within the last five minutes
 * counts, and not this tick's answer alone. A person's bounds come first; paused, observed and foreign workloads are not judged. The
 * holds that the documents name (an unusual low, too many reversals) are given their time.
 */
export function settles(): Invariant {
  const holds = new Map<string, Hold[]>();
  return {
    name: 'settles',
    check(observed) {
      const { tick, history } = observed;
      for (const one of tick.workloads) remember(holds, one, tick.atSeconds);
      return tick.workloads.flatMap((now) => {
        const quiet = quietSince(observed, now, holds.get(now.name) ?? []);
        const needed = QUIET_SECONDS + observed.truth.startupSeconds(now.name, 0.99);
        if (quiet === undefined || tick.atSeconds - quiet < needed) return [];
        const what = wrong(
          { ...now, hpaStays: hpaKeeps(history, now) },
          recent(history, now.name, tick.atSeconds - Math.min(STEADY_SECONDS, tick.atSeconds - quiet - needed)),
        );
        return what === undefined ? [] : [violation('settles', tick, now.name, what)];
      });
    },
  };
}

function quietSince(
  { history, tick }: Observed,
  { name, constantSince, status, paused, rolling, obstacles, replicas, closed }: WorkloadTick,
  holds: readonly Hold[],
): number | undefined {
  if (constantSince === undefined || status === undefined || status.mode === 'observe') return undefined;
  // Somebody put it to 0, and what is at 0 was switched off.
  if (replicas === 0 && status.reasons.at(-1) === 'switched-off') return undefined;
  if (closed && isFalling(history, name, replicas)) return undefined;
  if (paused || rolling || obstacles.some(({ kind }) => kind !== 'max')) return undefined;
  if (status.conditions.some(({ type, status: holds }) => type === 'Conflict' && holds)) return undefined;
  // Somebody else set it to 0: until somebody sets another number.
  if (status.reasons.at(-1) === 'switched-off') return undefined;
  const fault = lastFaultSeconds(history, name);
  const began = Math.max(constantSince, history.startSeconds, fault);
  const since = Math.max(began, heldUntil(holds, began));
  return since > tick.atSeconds ? undefined : since;
}

/** A documented hold that spoke last at a tick, and how long it may after the demand became constant. */
interface Hold {
  readonly atSeconds: number;
  readonly mostSeconds: number;
}

function remember(holds: Map<string, Hold[]>, { name, status }: WorkloadTick, atSeconds: number): void {
  const reason = status?.reasons.at(-1);
  const mostSeconds = reason === undefined ? undefined : HELD_SECONDS[reason];
  if (mostSeconds === undefined) return;
  const own = holds.get(name);
  if (own) own.push({ atSeconds, mostSeconds });
  else holds.set(name, [{ atSeconds, mostSeconds }]);
}

/** The newest tick since then at which one of the documented holds spoke last, and may still have. */
function heldUntil(holds: readonly Hold[], since: number): number {
  for (let i = holds.length - 1; i >= 0 && holds[i]!.atSeconds >= since; i--) {
    const { atSeconds, mostSeconds } = holds[i]!;
    if (atSeconds - since < mostSeconds) return atSeconds;
  }
  return since;
}

/**
 * With each pod that goes, its baseline goes: the HPA's rule falls step by step, each a stabilization window after the one before. Under
 * way it is while nothing was added since the last step, and that one isn't longer ago.
 */
function isFalling(history: Observed['history'], name: string, replicas: number): boolean {
  const since = history.ticks.at(-1)!.atSeconds - FALLING_SECONDS;
  const lately = recent(history, name, since).map((one) => one.replicas);
  return lately[0]! > replicas && lately.every((count, i) => i === 0 || count <= lately[i - 1]!);
}

/** Whether the HPA's rule asked for these replicas within its stabilization window. */
function hpaKeeps(history: Observed['history'], { name, replicas }: WorkloadTick): boolean {
  const since = history.ticks.at(-1)!.atSeconds - KEPT_SECONDS;
  return recent(history, name, since).some((one) => one.hpaStays && one.replicas === replicas);
}

function wrong(
  { meanNeed, toleratedNeed, seenNeed, min, max, replicas, closed, hpaStays }: WorkloadTick,
  lately: readonly WorkloadTick[],
): string | undefined {
  const least = Math.min(max, Math.max(min, Math.round(MEASURED_SHARE * (closed ? seenNeed : toleratedNeed))));
  const most = Math.min(max, Math.max(min, Math.floor(FACTOR * meanNeed) + SPARE_PODS));
  if (replicas < least || (replicas > most && !(closed && hpaStays))) {
    return `constant demand for over ten minutes: ${replicas} replicas, expected ${least} to ${most} for a need of ${meanNeed}`;
  }
  const seen = lately.map((one) => one.replicas).filter((count, i, all) => count !== all[i - 1]);
  // Demand at the edge of one pod more is followed once, when its noise lets the window forget that pod.
  return seen.length > 2
    ? `constant demand for over ten minutes, and replicas go on changing: ${seen.join(', ')}`
    : undefined;
}
