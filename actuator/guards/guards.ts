import type { Decision, Reason } from '../../core/decision.ts';
import type { Paused, WorkloadPolicy } from '../../core/policy/policy.ts';
import type { GuardMemory } from './guard-memory.ts';
import type { StartFailures } from './starting-pods.ts';

/**
 * Growth in one tick that is allowed to anybody: the HPA's default policy is 100 % or 4 pods each 15 s, and a guard must not make us
 * slower than that. Source: kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior
 */
const STEP_FACTOR = 2;
const STEP_PODS = 10;
/** Up to this multiple of the most pods that the history ever needed, one write may go at once: 3 → 500 by forecast is no runaway. */
const STEP_OVER_HISTORY = 2;

/** One pod that hangs among ten must not keep a workload from growing for ever: up to this share, one more at a time is tried. */
const FEW_STUCK = 0.1;

/** All that the guards look at. */
export interface GuardContext {
  /**
   * What the target's field holds now (`TargetState.replicas`): the workload's replicas, or the floor of its HPA. A rule that holds
   * keeps it as it is.
   */
  readonly current: number;
  /** Pods that are Ready. */
  readonly ready: number;
  /** Pods that are asked for: those of a rollout's surge exist beside them. */
  readonly asked: number;
  /** An HPA does nothing while somebody has set its workload to 0. */
  readonly hpaRests?: boolean;
  /** How starting goes: see `startFailures`. */
  readonly starting: StartFailures;
  /** Pods that were asked for and that nobody created for half a minute: a quota, an admission webhook. */
  readonly uncreated: number;
  /** Their controller has not tried for minutes and does so at any other number: one more, or as many as before that. */
  readonly tryAnew?: -1 | 0 | 1;
  /** Metrics that the policy names, and those of them that have a value now. */
  readonly metrics: { readonly asked: number; readonly known: number };
  /** Our clock is not that of the metrics' server. */
  readonly clockOff?: boolean;
  /** A metric stands still that moved before. */
  readonly frozen: boolean;
  /** The pods are at their limit: the load is censored. */
  readonly saturated: boolean;
  /** Pods that the observed load alone needs, with its headroom; undefined: no observation. */
  readonly observedNeed: number | undefined;
  /** A metric is measured on the pods themselves, so that none shows no load either. */
  readonly metricFromPods: boolean;
  /** The user's, scheduled ones included, at this moment. */
  readonly bounds: { readonly min: number; readonly max: number };
  /** The administrator's. */
  readonly maxReplicas: number;
  readonly paused: Paused;
  /** The need of so many last ticks is kept by the plan; default: none. */
  readonly stabilizationTicks?: number;
  /** Has seen this tick already. */
  readonly memory: GuardMemory;
}

/** What a rule makes of a proposal; the same number: it has nothing to say. */
type Guard = readonly [Reason, (proposal: number, context: GuardContext) => number];

/** Holds a decrease while `when` is true: additions pass. */
const noDecrease =
  (when: (context: GuardContext) => boolean): Guard[1] =>
  (proposal, context) =>
    when(context) ? Math.max(proposal, context.current) : proposal;

/** Holds everything as it is while `when` is true. */
const nothing =
  (when: (context: GuardContext) => boolean): Guard[1] =>
  (proposal, context) =>
    when(context) ? context.current : proposal;

/**
 * In the order in which they are asked: what the measurement can't be trusted in, then how fast and how often, then other writers,
 * then bounds, which nothing before them can break; last what forbids to write at all.
 */
export const GUARDS: readonly Guard[] = [
  ['clock-jump', noDecrease(({ memory, clockOff }) => memory.clockJumped || clockOff === true)],
  ['data-gap', noDecrease(({ memory }) => memory.gap)],
  ['metric-missing', noDecrease(({ metrics }) => metrics.known < metrics.asked)],
  ['frozen-metric', noDecrease(({ frozen }) => frozen)],
  ['saturated', noDecrease(({ saturated }) => saturated)],
  ['false-zero', falseZero],
  ['warming-up', noDecrease(({ memory, stabilizationTicks = 0 }) => memory.warmingUp(stabilizationTicks))],
  ['reversals', noDecrease(({ memory }) => memory.tooManyReversals)],
  ['step-limit', stepLimit],
  ['not-created', notCreated],
  ['never-ready', neverReady],
  ['external-change', externalChange],
  ['last-pod', (proposal, { metricFromPods }) => (metricFromPods ? Math.max(1, proposal) : proposal)],
  ['min', (proposal, { bounds }) => Math.max(bounds.min, proposal)],
  ['max', (proposal, { bounds }) => Math.min(bounds.max, proposal)],
  ['cap', (proposal, { maxReplicas }) => Math.min(maxReplicas, proposal)],
  ['switched-off', nothing(({ memory, hpaRests }) => memory.external.switchedOff || hpaRests === true)],
  ['conflict', nothing(({ memory }) => memory.external.conflict !== undefined)],
  ['paused', paused],
];

/**
 * The decision that may be carried out. Each rule that changed the number adds its reason; a rule whose change another one took
 * back stays in the list, as it is part of why.
 */
export function applyGuards(decision: Decision, context: GuardContext): Decision {
  const reasons = [...decision.reasons];
  // Without data the proposal is to leave the field as it is, whatever the pods are that the scaler counted.
  let replicas = decision.kind === 'no-data' ? context.current : decision.replicas;
  for (const [reason, guard] of GUARDS) {
    const guarded = guard(replicas, context);
    if (guarded !== replicas || speaksAnyway(reason, guarded, context)) reasons.push(reason);
    replicas = guarded;
  }
  if (replicas !== context.current) return { kind: 'scale', replicas, reasons };
  return { kind: decision.kind === 'no-data' ? 'no-data' : 'hold', replicas, reasons };
}

/**
 * A load that broke off or stands still is said as soon as it is seen, also while another rule still keeps the pods; and that an HPA rests,
 * also where its floor is as it should be.
 */
function speaksAnyway(reason: Reason, replicas: number, { current, memory, frozen, hpaRests }: GuardContext): boolean {
  if (reason === 'switched-off') return hpaRests === true;
  if (replicas > current) return false;
  return reason === 'frozen-metric' ? frozen : reason === 'false-zero' && memory.falseZeroReplicas !== undefined;
}

/**
 * What a load that broke off had stays, and nothing is added: nobody knows of any demand, and what another writer or an earlier need left
 * is not less than what the last five minutes needed, which the plan keeps until the break is seen.
 */
function falseZero(proposal: number, { current, memory }: GuardContext): number {
  return Math.max(proposal, Math.min(current, memory.falseZeroReplicas ?? 0));
}

/** Only what no history ever saw is slowed down; a ramp that the forecast knows, or one that the HPA could follow, is not. */
function stepLimit(proposal: number, { current, ready, memory }: GuardContext): number {
  const have = Math.max(current, ready);
  const most = Math.max(STEP_FACTOR * have, have + STEP_PODS, Math.ceil(STEP_OVER_HISTORY * memory.mostPods));
  return Math.min(proposal, most);
}

/**
 * Pods that can't be created are not asked for: what stands in the field stays, or one more than there are, by which it is noticed
 * that the quota was raised. Fewer may be asked for at any time. Now and then the number is another one, so that the controller tries.
 */
function notCreated(proposal: number, { current, uncreated, tryAnew = 0, starting }: GuardContext): number {
  if (uncreated === 0) return proposal;
  if (tryAnew !== 0 && proposal >= current) return current + tryAnew;
  return Math.min(proposal, Math.max(current, starting.total + 1));
}

/**
 * A crash loop looks like failing demand, and would be answered by ever more pods; so would a cluster that is full. Once pods that
 * were asked for can't be Ready, and fewer came up beside them, no more are asked for. Never below what there is; what a stuck rollout made
 * beside the pods that were asked for is a surge, and nobody needed it.
 */
function neverReady(proposal: number, { current, ready, asked, starting }: GuardContext): number {
  const { total, stuck, becameReady } = starting;
  if (stuck === 0 || becameReady >= stuck) return proposal;
  const tried = stuck <= Math.max(1, FEW_STUCK * ready) ? Math.max(0, 1 - starting.starting) : 0;
  return Math.min(proposal, Math.max(current, Math.min(total, asked) + tried));
}

/** See ExternalChanges for the rule. */
function externalChange(proposal: number, { current, memory, observedNeed }: GuardContext): number {
  const change = memory.external.respected;
  if (change === undefined) return proposal;
  if (change.raised) return Math.max(proposal, Math.min(change.replicas, current));
  if (proposal <= current) return proposal;
  return Math.min(proposal, Math.max(current, observedNeed ?? current));
}

function paused(proposal: number, context: GuardContext): number {
  if (context.paused === 'all') return context.current;
  if (context.paused === 'scale-in') return Math.max(proposal, context.current);
  return context.paused === 'scale-out' ? Math.min(proposal, context.current) : proposal;
}

/**
 * Whether we may have scaled it to 0 ourselves, at whatever hour: then a 0 found at the start is no switch. By the whole policy, not the
 * bounds of the moment: a process that dies at dawn, between the end of a night at 0 and its write, must still bring the pods back.
 */
export function zeroIsOurs({ minReplicas, bounds }: Pick<WorkloadPolicy, 'minReplicas' | 'bounds'>): boolean {
  return minReplicas === 0 || bounds.some(({ min, max }) => min === 0 || max === 0);
}
