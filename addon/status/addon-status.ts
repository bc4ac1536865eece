import type { Mode } from '../../core/policy/policy.ts';
import { HOUR_SECONDS } from '../../core/series.ts';
import { sloShare } from '../../core/slo.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import {
  type Condition,
  type ConditionType,
  type ModelStatus,
  POLICY_ERROR,
  type WorkloadStatus,
} from '../../core/workload-status.ts';
import type { Proposal, ScaledWorkload } from '../engine/scaled-workload.ts';
import { durationWords } from './quantity-text.ts';

/** A forecast wants two days before it can show a daily period; the store keeps seven. */
const WANTED_DAYS = 7;

/** The HPA's word for pods that more than one of them counts. */
export const AMBIGUOUS_SELECTOR = 'AmbiguousSelector';

/** Reason of the Ready condition and of the Event where pods without a measurement hide how many are needed. */
export const PARTLY_MEASURED = 'PartlyMeasured';

type Conditions = Partial<Record<ConditionType, Condition>>;

/** Remembers since when each condition stands as it does. */
export class ConditionTimes {
  private readonly newest = new Map<string, Conditions>();

  /** The same object as before where nothing changed: 40,000 new ones a tick would be most of the garbage. */
  stamp(key: string, condition: Omit<Condition, 'sinceSeconds'>, nowSeconds: number): Condition {
    const { type, status, reason, message } = condition;
    const known = this.newest.get(key) ?? {};
    this.newest.set(key, known);
    const before = known[type];
    if (before && before.status === status && before.reason === reason && before.message === message) return before;
    const sinceSeconds = before?.status === status ? before.sinceSeconds : nowSeconds;
    known[type] = { type, status, reason, message, sinceSeconds };
    return known[type];
  }

  forget(key: string): void {
    this.newest.delete(key);
  }
}

/** All that is shown of a workload after a tick. @param ready pods. @param proposal what was decided; default: the newest. */
export function statusOf(
  workload: ScaledWorkload,
  ready: number,
  nowSeconds: number,
  times: ConditionTimes,
  proposal: Proposal | undefined = workload.proposal,
): WorkloadStatus {
  const { ref, policy, state, target, key, leadTime } = workload;
  // What was not read is not zero: a workload that is refused has the pods that it has.
  const current = state?.replicas ?? Number.NaN;
  const isAsked = leadTime.source !== 'default' || leadTime.seconds > 0;
  const conditions = [
    readiness(workload),
    forecasting(workload),
    paused(workload),
    conflict(workload),
    replicaFailure(workload),
    saturation(workload),
  ];
  return {
    ref,
    mode: policy.mode,
    target: policy.mode === 'observe' ? 'dry-run' : (target?.kind ?? 'dry-run'),
    replicas: {
      current,
      ready: state ? ready : Number.NaN,
      wanted: proposal?.decision.replicas ?? current,
      proactive: proposal?.proactive,
      reactive: proposal?.reactive,
      min: proposal?.bounds.min ?? policy.minReplicas,
      max: proposal?.bounds.max ?? policy.maxReplicas,
      ...(state?.bounds && { ofHpa: true as const }),
      ...(state && { asked: state.asked }),
    },
    metrics: workload.metrics.map((metric) => metric.status()),
    // Nobody asked yet how long pods take: that is no zero.
    leadTime: isAsked ? leadTime : { ...leadTime, seconds: Number.NaN },
    model: modelOf(workload),
    reasons: proposal?.decision.reasons ?? [],
    conditions: conditions.map((condition) => times.stamp(key, condition, nowSeconds)),
    decidedSeconds: workload.decidedSeconds,
    writtenSeconds: workload.writtenSeconds,
    error: workload.error,
  };
}

function modelOf({ metrics, policy }: ScaledWorkload): ModelStatus {
  const scaler = metrics.find(({ learned }) => learned)?.scaler;
  if (!scaler) {
    return {
      kind: 'learning',
      why: 'its history is being read and learned: until then the observed load alone decides',
      neural: undefined,
      safetyMultiplier: undefined,
      headroom: undefined,
      stabilizationSeconds: undefined,
      reactiveTarget: undefined,
      slo: sloShare(policy.unmetTargetBp),
      unmetShare: undefined,
    };
  }
  const { mode, unmetBp } = scaler;
  const { why } = scaler.calibration;
  const margins = mode.kind === 'predictive' ? mode.margins : undefined;
  return {
    kind: policy.mode === 'reactive' ? 'reactive' : scaler.calibrated ? mode.kind : 'learning',
    why,
    neural: mode.kind === 'predictive' ? mode.neural : undefined,
    safetyMultiplier: margins?.safetyMultiplier,
    headroom: margins?.headroom,
    stabilizationSeconds: margins ? margins.stabilizationTicks * TICK_SECONDS : undefined,
    reactiveTarget: mode.kind === 'reactive' ? mode.target : policy.mode === 'reactive' ? 1 : undefined,
    slo: sloShare(policy.unmetTargetBp),
    unmetShare: unmetBp === undefined ? undefined : unmetBp / 10_000,
  };
}

/** What grows step by step, and why it isn't at once what is needed. */
function saturation({ saturatedBy }: ScaledWorkload): Unstamped {
  const type = 'Saturated';
  if (saturatedBy.length === 0) return { type, status: false, reason: 'None', message: 'no pod is at its limit' };
  const message =
    `pods are at their limit of ${saturatedBy.join(', ')} and hide the demand: nothing is taken away, ` +
    'and pods are added in steps, the next one when those before it are measured';
  return { type, status: true, reason: 'AtLimit', message };
}

type Unstamped = Omit<Condition, 'sinceSeconds'>;

function readiness(workload: ScaledWorkload): Unstamped {
  const { blocked, error, state, metrics, policy, ambiguous, key, partlyMeasured, clockProblem } = workload;
  const not = (reason: string, message: string): Unstamped => ({ type: 'Ready', status: false, reason, message });
  if (blocked !== undefined) return not('Refused', blocked);
  if (state?.blocked !== undefined) return not('Refused', state.blocked);
  if (ambiguous !== undefined) return not(AMBIGUOUS_SELECTOR, ambiguousWords(ambiguous, key));
  if (!state) return not('NotRead', error ?? 'its scale subresource was not read yet');
  const silent = metrics.filter(({ missing }) => missing !== undefined);
  if (silent.length === metrics.length) {
    const why = silent.map(({ name, missing }) => `${name}: ${missing}`).join('; ');
    return not('NoMetric', `no data, so nothing changes: ${why}`);
  }
  if (metrics.every(({ scaler }) => !scaler)) return not('Learning', error ?? 'its history is being read and learned');
  if (error !== undefined) return not('Failing', error);
  if (clockProblem !== undefined) return not('ClockOff', `${clockProblem}; until then nothing is taken away`);
  if (partlyMeasured !== undefined) return not(PARTLY_MEASURED, partlyMeasured);
  const message =
    policy.mode === 'observe' ? 'decides and shows it, changes nothing (mode observe)' : 'can be acted on';
  return { type: 'Ready', status: true, reason: 'Ready', message };
}

function forecasting({ metrics }: ScaledWorkload): Unstamped {
  const condition = (status: boolean, reason: string, message: string): Unstamped => {
    return { type: 'Forecasting', status, reason, message };
  };
  const metric = metrics.find(({ learned }) => learned);
  if (!metric?.scaler) return condition(false, 'Learning', 'nothing is learned yet');
  const { learnedDays, period, scaler } = metric;
  if (scaler.ticksLeft === 0)
    return condition(false, 'Expired', 'no refit came in time: the reactive path carries the load');
  const collected = `collected ${learnedDays.toFixed(1)} of ${WANTED_DAYS} days`;
  if (!period?.found) {
    return condition(false, 'NoPeriod', `no period (${period?.reason ?? 'not looked for yet'}); ${collected}`);
  }
  const found = period.seconds.map(periodWords).join(' and ');
  return condition(true, 'Period', `a period of ${found}; ${collected}`);
}

/** `24 h` and `168 h`, as everybody calls them; 10 min. */
function periodWords(seconds: number): string {
  return seconds % HOUR_SECONDS === 0 ? `${seconds / HOUR_SECONDS} h` : durationWords(seconds);
}

function paused({ policy }: ScaledWorkload): Unstamped {
  if (policy.paused === 'no') return { type: 'Paused', status: false, reason: 'Active', message: 'not paused' };
  const what = policy.paused === 'all' ? 'nothing is changed' : `${policy.paused} is held`;
  return { type: 'Paused', status: true, reason: 'Annotation', message: `prescale.dev/paused: ${what}` };
}

function conflict({ memory }: ScaledWorkload): Unstamped {
  const fight = memory.external.conflict;
  if (!fight) return { type: 'Conflict', status: false, reason: 'None', message: 'nobody else writes its replicas' };
  const minutes = Math.ceil((fight.ticksLeft * TICK_SECONDS) / 60);
  return {
    type: 'Conflict',
    status: true,
    reason: 'PutBack',
    message:
      `another writer puts its replicas back to ${fight.replicas} each time; tried again in ${minutes} min: ` +
      'leave spec.replicas out of what is applied (GitOps: ignore the difference)',
  };
}

function replicaFailure({ obstacle }: ScaledWorkload): Unstamped {
  if (!obstacle)
    return {
      type: 'ReplicaFailure',
      status: false,
      reason: 'None',
      message: 'no pod is refused or kept from starting',
    };
  return { type: 'ReplicaFailure', status: true, ...obstacle };
}

/** What is the matter and what would be right. @param key of the workload */
export function ambiguousWords({ pod, workloads }: NonNullable<ScaledWorkload['ambiguous']>, key: string): string {
  const others = workloads.filter((other) => other !== key).join(' and ');
  return `its pods can't be told from those of ${others}: the selectors of all match pod ${pod}; give them different labels`;
}

/**
 * Of a workload that is ignored because its annotations are wrong: nothing of it is read, so nothing but that is shown.
 * @param mode as its annotations say; undefined: none that there is
 */
export function wrongStatus(
  key: string,
  ref: WorkloadRef,
  { message, mode }: { readonly message: string; readonly mode: Mode | undefined },
  nowSeconds: number,
  times: ConditionTimes,
): WorkloadStatus {
  const condition = { type: 'Ready', status: false, reason: POLICY_ERROR, message } as const;
  return {
    ref,
    mode,
    target: 'dry-run',
    replicas: {
      current: Number.NaN,
      ready: Number.NaN,
      wanted: Number.NaN,
      min: Number.NaN,
      max: Number.NaN,
      proactive: undefined,
      reactive: undefined,
    },
    metrics: [],
    leadTime: { seconds: Number.NaN, source: 'default', samples: 0 },
    model: {
      kind: 'learning',
      why: 'ignored: its annotations are wrong',
      neural: undefined,
      safetyMultiplier: undefined,
      headroom: undefined,
      stabilizationSeconds: undefined,
      reactiveTarget: undefined,
      slo: Number.NaN,
      unmetShare: undefined,
    },
    reasons: [],
    conditions: [times.stamp(key, condition, nowSeconds)],
    decidedSeconds: 0,
    writtenSeconds: undefined,
    error: undefined,
  };
}
