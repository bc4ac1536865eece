import { GuardMemory } from '../actuator/guard-memory.ts';
import { applyGuards, startTroubles, zeroIsOurs } from '../actuator/guards.ts';
import { MOST_STABILIZATION_TICKS } from '../actuator/plan.ts';
import type { ScalingPolicy } from '../actuator/scaler.ts';
import type { ScaleTarget, TargetState } from '../actuator/targets/target.ts';
import type { Decision, Reason } from '../core/decision.ts';
import type { PodRecord } from '../core/pod-record.ts';
import type { MetricTarget, WorkloadPolicy } from '../core/policy.ts';
import { boundsAhead } from '../core/scheduled-bounds.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { type WorkloadRef, workloadKey } from '../core/workload.ts';
import { MetricScaler } from './metric-scaler.ts';
import type { LeadStatus } from './workload-status.ts';

/** Until pods were asked about their requests, or where they request nothing, a share of it is no number. */
export const NO_REQUEST =
  'its pods request none of it, so that a share of the request is no number: set a request, or an absolute target';

/** What is planned for one workload at one tick. */
export interface Proposal {
  readonly decision: Decision;
  readonly bounds: { readonly min: number; readonly max: number };
  readonly proactive: number | undefined;
  readonly reactive: number | undefined;
}

/** What is done for a workload again and again, each with its own failures. */
export type Attempt = 'opening' | 'read' | 'write' | 'refit' | 'history' | 'tick';

/** Units of what is read, by metric. */
export type UnitOf = (metric: MetricTarget['metric']) => string;

/** One opted-in workload: its metrics, its target, and what the guards remember of it. Plans; does no I/O. */
export class ScaledWorkload {
  readonly key: string;
  readonly ref: WorkloadRef;
  readonly uid: string;
  readonly policy: WorkloadPolicy;
  readonly metrics: readonly MetricScaler[];
  readonly memory: GuardMemory;
  /** Undefined until it was found out how the workload may be written to. */
  target: ScaleTarget | undefined;
  /** The newest that is known of the target; undefined before the first read. */
  state: TargetState | undefined;
  lead: LeadStatus;
  /** It was decided on before its history was learned. */
  carried = false;
  /** Pods that may be created at once: what the lead is measured for. */
  batch = 1;
  /** Why it can't be acted on, with the fix: a route that is refused, rights that are missing. */
  blocked: string | undefined;
  /** Why the last attempt of each kind failed; one that succeeds takes its own back. */
  private readonly failures = new Map<Attempt, string>();
  proposal: Proposal | undefined;
  decidedSeconds = 0;
  writtenSeconds: number | undefined;

  /** @param before the same workload under its last policy: what it learned of a metric that stays is kept. */
  constructor(ref: WorkloadRef, uid: string, policy: WorkloadPolicy, unitOf: UnitOf, before?: ScaledWorkload) {
    this.ref = ref;
    this.uid = uid;
    this.key = workloadKey(ref);
    this.policy = policy;
    this.metrics = policy.metrics.map(({ metric }, index) => {
      const query = { id: `${this.key}#${index}`, workload: ref, metric };
      const old = before?.metrics[index];
      if (old && JSON.stringify(old.query) === JSON.stringify(query)) return old;
      return new MetricScaler(query, nameOf(metric), unitOf(metric));
    });
    this.memory = before?.memory ?? new GuardMemory();
    this.lead = before?.lead ?? { seconds: 0, source: 'default', samples: 0 };
    this.state = before?.state;
    this.writtenSeconds = before?.writtenSeconds;
  }

  /** Why something failed that was not made good since; undefined: all went well. */
  get error(): string | undefined {
    return this.failures.values().next().value;
  }

  failed(attempt: Attempt, why: string): void {
    this.failures.set(attempt, why);
  }

  succeeded(attempt: Attempt): void {
    this.failures.delete(attempt);
  }

  /** The proposal is not carried out, for this reason. */
  hold(reason: Reason): void {
    const { decision } = this.proposal!;
    const held: Decision = { kind: 'hold', replicas: this.state!.replicas, reasons: [...decision.reasons, reason] };
    this.proposal = { ...this.proposal!, decision: held };
  }

  /**
   * Plans on what the metrics observed at this tick.
   * @param pods that exist. @param maxReplicas the administrator's cap. @param acts whether this replica of the addon writes.
   */
  plan(
    nowSeconds: number,
    pods: readonly PodRecord[],
    ready: number,
    maxReplicas: number,
    acts: boolean,
  ): Proposal | undefined {
    const { policy, state, memory } = this;
    if (!state) return undefined;
    // A tick more: the next one might be up to 15 s too late for pods that need the whole lead.
    const ahead = boundsAhead(policy, nowSeconds, this.lead.seconds + TICK_SECONDS);
    const bounds = {
      min: Math.max(ahead.min, state.bounds?.min ?? 0),
      max: Math.min(Math.max(ahead.max, state.bounds?.min ?? 0), state.bounds?.max ?? Number.POSITIVE_INFINITY),
    };
    const writes = acts && policy.mode !== 'observe';
    const current = state.replicas;
    const total = this.target?.kind === 'hpa' ? Math.max(current, state.running) : current;
    const decisions = this.metrics.flatMap(
      (metric) => metric.decide({ total, ready: Math.min(ready, total) }, bounds) ?? [],
    );
    const decision = largest(decisions, current);
    const demands = this.metrics.map((metric) => metric.demandPods).filter((pods) => !Number.isNaN(pods));
    const demandPods = demands.length > 0 ? Math.max(...demands) : Number.NaN;
    memory.see({ nowSeconds, demandPods, current, ready, zeroIsOurs: zeroIsOurs(policy), writes });
    const reactive = most(this.metrics.map(({ reactivePods }) => reactivePods));
    const guarded = applyGuards(decision, {
      current,
      ready,
      starting: startTroubles(pods, this.lead.seconds, nowSeconds),
      metrics: { asked: this.metrics.length, known: decisions.length },
      saturated: this.metrics.some(({ censored }) => censored),
      observedNeed: reactive,
      metricFromPods: policy.metrics.every(({ metric }) => metric.kind === 'resource'),
      bounds,
      maxReplicas,
      paused: policy.paused,
      stabilizationTicks: this.stabilizationTicks,
      memory,
    });
    this.decidedSeconds = nowSeconds;
    const proactive = most(this.metrics.map(({ proactivePods }) => proactivePods));
    this.proposal = { decision: guarded, bounds, proactive, reactive };
    return this.proposal;
  }

  /** What the history tells the guards of the minutes before, so that they need not wait for their windows to fill. */
  remember(demandPods: readonly number[], mostPods: number): void {
    const { state, memory } = this;
    memory.mostPods = Math.max(memory.mostPods, mostPods);
    memory.recall(demandPods, state?.replicas);
  }

  /** For so many ticks the plan keeps a higher need: the longest window of its metrics. */
  private get stabilizationTicks(): number {
    const { stabilization } = this.policy;
    let most = stabilization === 'auto' ? 1 : Math.ceil(stabilization / TICK_SECONDS);
    for (const { scaler } of this.metrics) {
      if (scaler?.mode.kind === 'predictive') most = Math.max(most, scaler.mode.margins.stabilizationTicks);
    }
    return Math.min(MOST_STABILIZATION_TICKS, most);
  }

  /**
   * What the scaler of a metric is made for, from the pods as they are now.
   * @returns words where the target can't be told
   */
  scalingPolicy(index: number, pods: readonly PodRecord[], maxReplicas: number): ScalingPolicy | string {
    const { policy } = this;
    const podCapacity = podCapacityOf(policy.metrics[index]!, pods);
    if (podCapacity === undefined) return NO_REQUEST;
    return {
      podCapacity,
      unmetTargetBp: policy.unmetTargetBp,
      min: policy.minReplicas,
      max: Math.min(policy.maxReplicas, maxReplicas),
      mode: policy.mode === 'observe' ? 'auto' : policy.mode,
      ...(policy.stabilization === 'auto'
        ? {}
        : {
            leastStabilizationTicks: Math.min(
              MOST_STABILIZATION_TICKS,
              Math.max(1, Math.ceil(policy.stabilization / TICK_SECONDS)),
            ),
          }),
    };
  }
}

/** Demand that one Ready pod serves; undefined: a share of a request that no pod has. The newest pods' request is the template's. */
function podCapacityOf({ metric, target }: MetricTarget, pods: readonly PodRecord[]): number | undefined {
  if (target.kind === 'absolute') return target.perPod;
  if (metric.kind !== 'resource') return undefined;
  const request = ({ requests }: PodRecord) =>
    metric.resource === 'cpu' ? requests.cpuCores : metric.resource === 'memory' ? requests.memoryBytes : requests.gpus;
  let newest: PodRecord | undefined;
  for (const pod of pods) {
    if (request(pod) > 0 && (!newest || pod.createdSeconds > newest.createdSeconds)) newest = pod;
  }
  return newest ? request(newest) * target.fraction : undefined;
}

/** The decision that asks for the most pods; no data where there is none. */
function largest(decisions: readonly Decision[], current: number): Decision {
  if (decisions.length === 0) return { kind: 'no-data', replicas: current, reasons: ['no-data'] };
  return decisions.reduce((a, b) => (b.replicas > a.replicas ? b : a));
}

function most(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined);
}

function nameOf(metric: MetricTarget['metric']): string {
  if (metric.kind === 'resource') return metric.resource;
  return metric.kind === 'template' ? metric.template : 'query';
}
