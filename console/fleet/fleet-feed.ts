import type { Baseline, NoBaseline } from '../../addon/console/console-data.ts';
import { decidingNeed, describeReason } from '../../addon/status/describe.ts';
import { workloadKey } from '../../core/workload.ts';
import type { Condition, ExpectedChange, WorkloadStatus } from '../../core/workload-status.ts';
import { FIGURES, type FleetMessage, type FleetTexts, type Source } from './fleet-message.ts';

const UNKNOWN = Number.NaN;
/** The words of a decision that lasts are made anew where the load, or what is expected, moved by more than this share … */
const MOST_DRIFT = 0.1;
/** … and each so many messages: they name times, too. */
const WORDS_MESSAGES = 20;
const NOT_SIMULATED: NoBaseline = { why: 'the HPA was not simulated yet: that is done each night', madeSeconds: null };

/** What the words of a decision are about. */
interface About {
  readonly wanted: number;
  readonly reason: FleetTexts['reason'];
  readonly model: WorkloadStatus['model']['kind'];
  readonly load: number;
  readonly expectedPeak: number;
}

/** The addon's side: turns the statuses of each tick into what the console does not know yet. */
export class FleetFeed {
  /** What was sent of each row. */
  private readonly sent: { texts: FleetTexts; about: About }[] = [];
  private messages = 0;

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
    const draft = this.begin(statuses.length, source, baselines, next);
    for (const status of statuses) draft.add(status);
    return draft.end();
  }

  /** The same, row by row: of thousands it takes a while. One at a time. */
  begin(
    rows: number,
    source: Source,
    baselines: ReadonlyMap<string, Baseline | NoBaseline>,
    next: (status: WorkloadStatus) => ExpectedChange | undefined,
  ): { add(status: WorkloadStatus): void; end(): FleetMessage } {
    const figures = new Float64Array(rows * FIGURES.length);
    const texts: [number, FleetTexts][] = [];
    const shared = new Map<string, Condition>();
    let row = 0;
    return {
      add: (status) => {
        figures.set(figuresOf(status, next(status)), row * FIGURES.length);
        const baseline = baselines.get(workloadKey(status.ref)) ?? NOT_SIMULATED;
        const changed = this.changed(row, status, baseline);
        if (changed)
          texts.push([row, { ...changed, conditions: changed.conditions.map((one) => sharedOf(one, shared)) }]);
        row++;
      },
      end: () => {
        this.sent.length = rows;
        this.messages++;
        return { kind: 'fleet', source, figures, rows, texts };
      },
    };
  }

  /** Identities are compared: conditions are the same objects while they say the same. */
  private changed(row: number, status: WorkloadStatus, baseline: FleetTexts['baseline']): FleetTexts | undefined {
    const before = this.sent[row];
    const texts = before?.texts;
    const about = aboutOf(status);
    const isDue = (this.messages + row) % WORDS_MESSAGES === 0;
    const keepsWords =
      before !== undefined && !isDue && texts?.ref === status.ref && isSameDecision(about, before.about);
    const why = keepsWords ? before.texts.why : describeReason(status);
    const reason = about.reason;
    if (
      texts?.why === why &&
      texts.reason === reason &&
      texts.ref === status.ref &&
      texts.mode === status.mode &&
      texts.target === status.target &&
      texts.error === status.error &&
      texts.leadTimeSource === status.leadTime.source &&
      texts.baseline === baseline &&
      texts.conditions.length === status.conditions.length &&
      status.conditions.every((condition, i) => condition === texts.conditions[i])
    ) {
      if (!keepsWords) this.sent[row] = { texts, about };
      return undefined;
    }
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
    this.sent[row] = { texts: changed, about: keepsWords ? before.about : about };
    return changed;
  }
}

function aboutOf(status: WorkloadStatus): About {
  const { load = UNKNOWN, expectedPeak = UNKNOWN } = decidingNeed(status)?.metric ?? {};
  const { replicas, reasons, model } = status;
  return { wanted: replicas.wanted, reason: reasons.at(-1), model: model.kind, load, expectedPeak };
}

function isSameDecision(now: About, before: About): boolean {
  return (
    Object.is(now.wanted, before.wanted) &&
    now.reason === before.reason &&
    now.model === before.model &&
    isNear(now.load, before.load) &&
    isNear(now.expectedPeak, before.expectedPeak)
  );
}

function isNear(value: number, before: number): boolean {
  return Object.is(value, before) || Math.abs(value - before) <= MOST_DRIFT * Math.abs(before);
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
