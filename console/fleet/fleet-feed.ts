import type { Baseline, NoBaseline } from '../../addon/console/console-data.ts';
import { decidingNeed, describeReason } from '../../addon/status/describe.ts';
import { workloadKey } from '../../core/workload.ts';
import type { Condition, ExpectedChange, WorkloadStatus } from '../../core/workload-status.ts';
import { FIGURES, type FleetMessage, type FleetTexts, type Source } from './fleet-message.ts';

const UNKNOWN = Number.NaN;
const NOT_SIMULATED: NoBaseline = { why: 'the HPA was not simulated yet: that is done each night', madeSeconds: null };

/** The addon's side: turns the statuses of each tick into what the console does not know yet. */
export class FleetFeed {
  /** What was sent of each row. */
  private sent: { texts: FleetTexts; wanted: number }[] = [];

  /** All is sent anew: the console begins again. */
  forget(): void {
    this.sent = [];
  }

  /**
   * @param statuses in any order: a row is a place in it
   * @param baselines by key; the same object while it says the same
   * @param next the next change, where one is known
   */
  message(
    statuses: readonly WorkloadStatus[],
    source: Source,
    baselines: ReadonlyMap<string, Baseline | NoBaseline> = new Map(),
    next: (status: WorkloadStatus) => ExpectedChange | undefined = () => undefined,
  ): FleetMessage {
    const figures = new Float64Array(statuses.length * FIGURES.length);
    const texts: [number, FleetTexts][] = [];
    const shared = new Map<string, Condition>();
    for (const [row, status] of statuses.entries()) {
      figures.set(figuresOf(status, next(status)), row * FIGURES.length);
      const baseline = baselines.get(workloadKey(status.ref)) ?? NOT_SIMULATED;
      const changed = this.changed(row, status, baseline);
      if (changed)
        texts.push([row, { ...changed, conditions: changed.conditions.map((one) => sharedOf(one, shared)) }]);
    }
    this.sent.length = statuses.length;
    return { kind: 'fleet', source, figures, rows: statuses.length, texts };
  }

  /** Identities are compared: conditions are the same objects while they say the same. */
  private changed(row: number, status: WorkloadStatus, baseline: FleetTexts['baseline']): FleetTexts | undefined {
    const before = this.sent[row];
    const { wanted } = status.replicas;
    const texts = before?.texts;
    const reason = status.reasons.at(-1);
    const isSameDecision = before !== undefined && Object.is(before.wanted, wanted) && texts?.reason === reason;
    if (
      texts &&
      isSameDecision &&
      texts.ref === status.ref &&
      texts.mode === status.mode &&
      texts.target === status.target &&
      texts.error === status.error &&
      texts.leadTimeSource === status.leadTime.source &&
      texts.baseline === baseline &&
      texts.conditions.length === status.conditions.length &&
      status.conditions.every((condition, i) => condition === texts.conditions[i])
    ) {
      return undefined;
    }
    const why = isSameDecision && texts?.ref === status.ref ? texts.why : describeReason(status);
    const changed: FleetTexts = {
      ref: status.ref,
      mode: status.mode,
      target: status.target,
      unit: (decidingNeed(status)?.metric ?? status.metrics[0])?.unit ?? '',
      leadTimeSource: status.leadTime.source,
      reason,
      why,
      error: status.error,
      conditions: status.conditions,
      baseline,
    };
    this.sent[row] = { texts: changed, wanted };
    return changed;
  }
}

/** Most workloads are in the same few conditions: what is one object here is one on the other side. */
function sharedOf(condition: Condition, shared: Map<string, Condition>): Condition {
  const { type, status, reason, message, sinceSeconds } = condition;
  const key = `${type} ${status} ${reason} ${sinceSeconds} ${message}`;
  const before = shared.get(key);
  if (!before) shared.set(key, condition);
  return before ?? condition;
}

function figuresOf(status: WorkloadStatus, next: ExpectedChange | undefined): number[] {
  const { replicas, leadTime, model } = status;
  const metric = decidingNeed(status)?.metric;
  const { slo, unmetShare } = model;
  return [
    replicas.current,
    replicas.ready,
    replicas.wanted,
    replicas.proactive ?? UNKNOWN,
    replicas.reactive ?? UNKNOWN,
    replicas.min,
    replicas.max,
    metric?.load ?? UNKNOWN,
    metric?.podCapacity ?? UNKNOWN,
    metric?.wape ?? UNKNOWN,
    leadTime.seconds,
    metric?.learnedDays ?? 0,
    budgetUsed(slo, unmetShare),
    status.decidedSeconds === 0 ? UNKNOWN : status.decidedSeconds,
    next?.atSeconds ?? UNKNOWN,
    next?.replicas ?? UNKNOWN,
  ];
}

/** Share of the SLO's error budget. Rounded, as 1 − 0.9999 is 0.0001 to eleven digits only. */
function budgetUsed(slo: number, unmetShare: number | undefined): number {
  if (unmetShare === undefined || !(slo < 1)) return UNKNOWN;
  return Math.round((unmetShare / (1 - slo)) * 1e6) / 1e6;
}
