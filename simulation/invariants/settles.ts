import type { Reason } from '../../core/decision.ts';
import type { WorkloadTick } from '../timeline.ts';
import { type Invariant, lastFaultSeconds, type Observed, recent, violation } from './invariant.ts';

const QUIET_SECONDS = 600;
const FACTOR = 1.3;
const SPARE_PODS = 1;
/** Constant means: for so long. */
const STEADY_SECONDS = 120;

/** What may keep more pods than that for longer, and how long after the demand became constant: documented holds. */
const HELD_SECONDS: Partial<Record<Reason, number>> = {
  'warming-up': 1_200,
  'frozen-metric': 1_800,
  'unusually-low': 1_800,
  reversals: 3_600,
  'foreign-change': 900,
  'false-zero': 1_020,
  'fleet-breaker': 1_800,
};

/**
 * It settles: ten minutes of constant demand and one start-up (p99) without a fault, and replicas are constant, between the need (within
 * the HPA's tolerance of 10 %) and need × 1.3 + 1, in open and closed loop. A person's bounds come first; paused, observed and foreign workloads are not judged. The
 * holds that the documents name (an unusual low, too many reversals) are given their time.
 */
export function settles(): Invariant {
  return {
    name: 'settles',
    check(observed) {
      const { tick, history } = observed;
      return tick.workloads.flatMap((now) => {
        const quiet = quietSince(observed, now);
        const needed = QUIET_SECONDS + observed.truth.startupSeconds(now.name, 0.99);
        if (quiet === undefined || tick.atSeconds - quiet < needed) return [];
        const what = wrong(
          now,
          recent(history, now.name, tick.atSeconds - Math.min(STEADY_SECONDS, tick.atSeconds - quiet - needed)),
        );
        return what === undefined ? [] : [violation('settles', tick, now.name, what)];
      });
    },
  };
}

function quietSince(
  { history, tick }: Observed,
  { name, constantSince, status, paused, rolling, obstacles }: WorkloadTick,
): number | undefined {
  if (constantSince === undefined || status === undefined || status.mode === 'observe') return undefined;
  if (paused || rolling || obstacles.some(({ kind }) => kind !== 'max')) return undefined;
  if (status.conditions.some(({ type, status: holds }) => type === 'Conflict' && holds)) return undefined;
  // Somebody else set it to 0: until somebody sets another number.
  if (status.reasons.at(-1) === 'switched-off') return undefined;
  const fault = lastFaultSeconds(history, name);
  const began = Math.max(constantSince, history.startSeconds, fault);
  const since = Math.max(began, heldUntil(history, name, began));
  return since > tick.atSeconds ? undefined : since;
}

/** The newest tick since then at which one of the documented holds spoke last, and may still have. */
function heldUntil({ ticks }: Observed['history'], name: string, since: number): number {
  for (let i = ticks.length - 1; i >= 0 && ticks[i]!.atSeconds >= since; i--) {
    const { atSeconds, workloads } = ticks[i]!;
    const reason = workloads.find((one) => one.name === name)?.status?.reasons.at(-1);
    if (reason !== undefined && atSeconds - since < (HELD_SECONDS[reason] ?? 0)) return atSeconds;
  }
  return since;
}

function wrong(
  { meanNeed, toleratedNeed, min, max, replicas }: WorkloadTick,
  lately: readonly WorkloadTick[],
): string | undefined {
  const least = Math.min(max, Math.max(min, toleratedNeed));
  const most = Math.min(max, Math.max(min, Math.floor(FACTOR * meanNeed) + SPARE_PODS));
  if (replicas < least || replicas > most) {
    return `constant demand for over ten minutes: ${replicas} replicas, expected ${least} to ${most} for a need of ${meanNeed}`;
  }
  const seen = [...new Set(lately.map((one) => one.replicas))];
  return seen.length > 1
    ? `constant demand for over ten minutes, and replicas go on changing: ${seen.join(', ')}`
    : undefined;
}
