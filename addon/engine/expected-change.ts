import { nextChange } from '../../actuator/scaler/next-change.ts';
import { boundsAhead } from '../../core/policy/scheduled-bounds.ts';
import { TICK_SECONDS, TICKS_PER_HOUR } from '../../core/tick.ts';
import type { ExpectedChange } from '../../core/workload-status.ts';
import type { ScaledWorkload } from './scaled-workload.ts';

/** What comes is looked at in steps of five minutes, for so long as a refit may know it. */
const STEP_TICKS = TICKS_PER_HOUR / 12;
const MOST_TICKS = 4 * TICKS_PER_HOUR;

type Planned = Pick<
  ScaledWorkload,
  'proposal' | 'policy' | 'decidedSeconds' | 'leadTime' | 'metrics' | 'stabilizationTicks'
>;

/**
 * The next change of what is wanted now, as far as the days before and scheduled bounds tell it; undefined: none is known. For people, not
 * for ticks.
 */
export function expectedChange(workload: Planned): ExpectedChange | undefined {
  const { proposal, policy, decidedSeconds, leadTime, stabilizationTicks } = workload;
  if (!proposal || policy.paused === 'all') return undefined;
  const wanted = proposal.decision.replicas;
  const secondsAt = (step: number) => decidedSeconds + step * STEP_TICKS * TICK_SECONDS;
  const boundsAt = (step: number) =>
    policy.bounds.length === 0
      ? proposal.bounds
      : boundsAhead(policy, secondsAt(step), leadTime.seconds + TICK_SECONDS);
  const change = nextChange(needsAhead(workload, wanted), wanted, boundsAt, Math.ceil(stabilizationTicks / STEP_TICKS));
  return change && { atSeconds: secondsAt(change.step), replicas: change.replicas };
}

/** Pods at each coming step, of the metric that needs most; where one is not known, what is wanted now: then bounds alone tell a change. */
function needsAhead({ metrics, policy }: Planned, wanted: number): number[] {
  const all = metrics.map(({ scaler }) => scaler?.needsAhead(STEP_TICKS, MOST_TICKS) ?? []);
  const steps = Math.min(...all.map(({ length }) => length));
  if (steps === 0) {
    const none = policy.bounds.length === 0 ? 0 : MOST_TICKS / STEP_TICKS;
    return Array.from({ length: none }, () => wanted);
  }
  return Array.from({ length: steps }, (_, i) => Math.max(...all.map((needs) => needs[i]!)));
}
