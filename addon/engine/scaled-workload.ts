import { GuardMemory } from '../../actuator/guards/guard-memory.ts';
import type { GuardRecord, MetricsRecord } from '../../actuator/guards/guard-record.ts';
import { applyGuards, zeroIsOurs } from '../../actuator/guards/guards.ts';
import { type StartFailures, startFailures } from '../../actuator/guards/starting-pods.ts';
import { KEPT_TICKS, MOST_STABILIZATION_TICKS } from '../../actuator/scaler/plan.ts';
import type { ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import type { ScaleTarget, TargetState } from '../../actuator/targets/target.ts';
import { capped, type WriteBounds } from '../../actuator/targets/write-bounds.ts';
import type { Decision, Reason } from '../../core/decision.ts';
import { EXACT, type Measurement } from '../../core/measurement.ts';
import type { PodObstacle, PodRecord } from '../../core/pod-record.ts';
import { EarlyBounds } from '../../core/policy/early-bounds.ts';
import type { MetricTarget, WorkloadPolicy } from '../../core/policy/policy.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import type { LeadTimeStatus } from '../../core/workload-status.ts';
import { durationWords } from '../status/quantity-text.ts';
import { MetricScaler } from './metric-scaler.ts';
import { NO_POD, PodCapacity } from './pod-capacity.ts';
import { stabilizationOf } from './stabilization.ts';
import { UncreatedPods } from './uncreated-pods.ts';

/** What is planned for one workload at one tick. */
export interface Proposal {
  readonly decision: Decision;
  readonly bounds: { readonly min: number; readonly max: number };
  /** What the policy and the administrator allow to be written: nothing in it was read from the cluster. */
  readonly writable: WriteBounds;
  readonly proactive: number | undefined;
  readonly reactive: number | undefined;
}

/** What is done for a workload again and again, each with its own failures. */
export type Attempt = 'onboarding' | 'read' | 'write' | 'refit' | 'history' | 'holidays' | 'tick';

/** Units of what is read, by metric. */
export type UnitOf = (metric: MetricTarget['metric']) => string;
/** What their numbers are of the demand, by metric. */
export type MeasurementOf = (metric: MetricTarget['metric']) => Measurement;

/** One opted-in workload: its metrics, its target, and what the guards remember of it. Plans; does no I/O. */
export class ScaledWorkload {
  readonly key: string;
  readonly ref: WorkloadRef;
  readonly uid: string;
  readonly policy: WorkloadPolicy;
  readonly metrics: readonly MetricScaler[];
  /** What one pod serves, in the order of the metrics. */
  private readonly capacities: readonly PodCapacity[];
  readonly memory: GuardMemory;
  /** Undefined until it was found out how the workload may be written to. */
  target: ScaleTarget | undefined;
  /** The newest that is known of the target; undefined before the first read. */
  state: TargetState | undefined;
  leadTime: LeadTimeStatus;
  /** Why what was observed may be of another instant: our clock is not that of the metrics' server. */
  clockProblem: string | undefined;
  /** It was decided on before its history was learned. */
  carried = false;
  /** Pods that may be created at once: what the lead time is measured for. */
  batch = 1;
  /** Pods that were asked for and that nobody creates. */
  readonly uncreated: UncreatedPods;
  /** Why pods that were asked for can't be: one word, CamelCase, and Kubernetes' own words. */
  obstacle: PodObstacle | undefined;
  /** A pod that may be another workload's as well. */
  ambiguous: { readonly pod: string; readonly workloads: readonly string[] } | undefined;
  /** What stands in an Event since it began: it is not said again. */
  readonly told: Set<string>;
  /** Why it can't be acted on, with the fix: a route that is refused, rights that are missing. */
  blocked: string | undefined;
  private readonly earlyBounds: EarlyBounds;
  /** Why the last attempt of each kind failed; one that succeeds takes its own back. */
  private readonly failures = new Map<Attempt, string>();
  proposal: Proposal | undefined;
  decidedSeconds = 0;
  writtenSeconds: number | undefined;

  /** @param before the same workload under its last policy: what it learned of a metric that stays is kept. */
  constructor(
    ref: WorkloadRef,
    uid: string,
    policy: WorkloadPolicy,
    unitOf: UnitOf,
    before?: ScaledWorkload,
    measurementOf: MeasurementOf = () => EXACT,
  ) {
    this.ref = ref;
    this.uid = uid;
    this.key = workloadKey(ref);
    this.policy = policy;
    this.metrics = policy.metrics.map(({ metric }, index) => {
      const query = { id: `${this.key}#${index}`, workload: ref, metric };
      const old = before?.metrics[index];
      if (old && JSON.stringify(old.query) === JSON.stringify(query)) return old;
      return new MetricScaler(query, nameOf(metric), unitOf(metric), measurementOf(metric));
    });
    this.capacities = policy.metrics.map((target, index) => new PodCapacity(target, before?.capacities[index]));
    this.memory = before?.memory ?? new GuardMemory();
    this.uncreated = before?.uncreated ?? new UncreatedPods();
    this.told = before?.told ?? new Set();
    this.leadTime = before?.leadTime ?? { seconds: 0, source: 'default', samples: 0 };
    this.earlyBounds = before?.earlyBounds ?? new EarlyBounds();
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
    const ahead = this.earlyBounds.at(policy, nowSeconds, this.leadTime.seconds);
    const bounds = {
      min: Math.max(ahead.min, state.bounds?.min ?? 0),
      max: Math.min(Math.max(ahead.max, state.bounds?.min ?? 0), state.bounds?.max ?? Number.POSITIVE_INFINITY),
    };
    const writes = acts && policy.mode !== 'observe';
    const current = state.replicas;
    const isHpa = this.target?.kind === 'hpa';
    const total = isHpa ? Math.max(current, state.asked) : current;
    for (const [index, metric] of this.metrics.entries()) {
      const capacity = this.capacities[index]!;
      metric.serve(capacity.update(pods), capacity.request);
      capacity.tick();
    }
    const decisions = this.metrics.flatMap(
      (metric) => metric.decide({ total, ready: Math.min(ready, total) }, bounds) ?? [],
    );
    const decision = largest(decisions, current);
    // Pods of which none is Ready serve nothing: what they use may ask for more, and is no sign of a load that fell.
    const speaking = ready > 0 ? this.metrics : this.metrics.filter(({ query }) => query.metric.kind !== 'resource');
    const demands = speaking.map((metric) => metric.demandPods).filter((pods) => !Number.isNaN(pods));
    const demandPods = demands.length > 0 ? Math.max(...demands) : Number.NaN;
    const ownUsage = policy.metrics.every(({ metric }) => metric.kind === 'resource');
    memory.metrics = this.metricsRecord();
    memory.see({ nowSeconds, demandPods, current, ready, zeroIsOurs: zeroIsOurs(policy), writes, ownUsage });
    const reactive = most(this.metrics.map(({ reactivePods }) => reactivePods));
    const starting = startFailures(pods, this.leadTime.seconds, nowSeconds);
    const { kind, apiVersion } = this.ref;
    const isKnown = apiVersion.startsWith('apps/');
    this.uncreated.update(
      isHpa ? state.asked : current,
      starting.total,
      starting.starting,
      kind === 'StatefulSet',
      isKnown,
    );
    this.obstacle = this.obstacleOf(starting);
    const guarded = applyGuards(decision, {
      current,
      ready,
      asked: total,
      hpaRests: isHpa && state.asked === 0,
      starting,
      uncreated: this.uncreated.count,
      tryAnew: this.uncreated.tryAnew,
      metrics: {
        asked: this.metrics.length,
        known: decisions.length - this.metrics.filter(({ partlyMeasured }) => partlyMeasured).length,
      },
      clockOff: this.clockProblem !== undefined,
      frozen: this.metrics.some(({ frozen }) => frozen),
      saturated: this.metrics.some(({ censored }) => censored),
      observedNeed: reactive,
      metricFromPods: ownUsage,
      bounds,
      // A floor of the user's own above the cap is not ours to take down.
      maxReplicas: Math.max(maxReplicas, state.bounds?.min ?? 0),
      paused: policy.paused,
      stabilizationTicks: this.stabilizationTicks,
      memory,
    });
    this.decidedSeconds = nowSeconds;
    const proactive = most(this.metrics.map(({ proactivePods }) => proactivePods));
    this.proposal = { decision: guarded, bounds, writable: capped(ahead, maxReplicas), proactive, reactive };
    return this.proposal;
  }

  /** Goes on from what the guards of another process stored. */
  restore(record: GuardRecord, nowSeconds: number): void {
    this.memory.restore(record, nowSeconds);
    this.restoreMetrics(record, nowSeconds);
  }

  /** The same, of what is known of the metrics alone. */
  restoreMetrics(record: MetricsRecord, nowSeconds: number): void {
    for (const metric of this.metrics) metric.restore(record, nowSeconds);
  }

  private metricsRecord(): MetricsRecord {
    const doubts = this.metrics.flatMap(({ hour }) => hour.doubt ?? []);
    const baselines = this.metrics.flatMap(({ baselineRecord }) => baselineRecord ?? []);
    return { ...(doubts.length > 0 && { doubts }), ...(baselines.length > 0 && { baselines }) };
  }

  /** Why a share of its pods' request is no number, for the metric for which it isn't; undefined: it is, or isn't asked for. */
  get requestProblem(): string | undefined {
    for (const { present } of this.capacities) if (typeof present === 'string') return present;
    return undefined;
  }

  /** Some of its pods have no measurement, so that more may be needed than can be seen; with what would be right. */
  get partlyMeasured(): string | undefined {
    for (const { name, hiding } of this.metrics) {
      if (!hiding) continue;
      const { counted, unmeasured } = hiding;
      return (
        `${unmeasured} of ${counted + unmeasured} running pods have no measured ${name}, and the others are over their target: ` +
        'more may be needed than can be seen; does what measures them reach all nodes?'
      );
    }
    return undefined;
  }

  /** The metrics whose pods were at their limit within the last two minutes. */
  get saturatedBy(): readonly string[] {
    return this.metrics.filter(({ saturated }) => saturated).map(({ name }) => name);
  }

  private obstacleOf({ total, stuck, obstacle, delayed, delay }: StartFailures): PodObstacle | undefined {
    const { count, why } = this.uncreated;
    if (count > 0) {
      const message = `${count} of ${total + count} pods are not created${why === undefined ? '' : `: ${why}`}`;
      return { reason: 'FailedCreate', message };
    }
    if (delay !== undefined) {
      const { reason, message } = delay;
      return { reason, message: `${delayed} of ${total} pods can't start: ${message === '' ? reason : message}` };
    }
    if (stuck === 0) return undefined;
    if (obstacle === undefined) {
      const usual = durationWords(this.leadTime.seconds);
      return { reason: 'NotReady', message: `${stuck} of ${total} pods are not Ready long after the usual ${usual}` };
    }
    const { reason, message } = obstacle;
    return { reason, message: `${stuck} of ${total} pods can't start: ${message === '' ? reason : message}` };
  }

  /** What the history tells the guards of the minutes before, so that they need not wait for their windows to fill. */
  remember(demandPods: readonly number[], mostPods: number): void {
    const { state, memory } = this;
    memory.mostPods = Math.max(memory.mostPods, mostPods);
    memory.recall(demandPods, state?.replicas);
  }

  /** For so many ticks the plan keeps a higher need: the longest window of its metrics. */
  get stabilizationTicks(): number {
    const { stabilization } = this.policy;
    let most = stabilization === 'auto' ? KEPT_TICKS : Math.max(KEPT_TICKS, Math.ceil(stabilization / TICK_SECONDS));
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
    const capacity = this.capacities[index]!;
    const present = capacity.update(pods) ?? NO_POD;
    if (typeof present === 'string') return present;
    return {
      podCapacity: capacity.settled!,
      unmetTargetBp: policy.unmetTargetBp,
      min: policy.minReplicas,
      max: Math.min(policy.maxReplicas, maxReplicas),
      mode: policy.mode === 'observe' ? 'auto' : policy.mode,
      measurement: this.metrics[index]!.measurement,
      ...(policy.calendarNames && { calendarNames: policy.calendarNames }),
      ...(policy.startCost === 'auto' ? {} : { startCostSeconds: policy.startCost }),
      ...stabilizationOf(policy),
    };
  }
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
