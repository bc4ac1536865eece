import type { Reason } from '../../core/decision.ts';
import { workloadKey } from '../../core/workload.ts';
import type { MetricStatus, WorkloadStatus } from '../../core/workload-status.ts';
import { changeWords, decidingNeed, describeReason } from './describe.ts';

/** Decisions kept of each workload at most, and of all together: with 10,000 workloads the last ten of each. */
export const KEPT_DECISIONS = 40;
const KEPT_IN_ALL = 100_000;
const LEAST_KEPT = 8;
const HOUR_MINUTES = 60;
const MINUTE_SECONDS = 60;

/** A decision that differs from the one before it. */
export interface PastDecision {
  /** Epoch seconds of its first tick, and for how many ticks it held. */
  readonly atSeconds: number;
  readonly ticks: number;
  readonly from: number;
  readonly to: number;
  readonly reasons: readonly string[];
  readonly words: string;
}

/** One minute of the recent hour; null: not known. Loads in the metric's unit, of the metric that needs most. */
export interface RecentMinute {
  readonly atSeconds: number;
  readonly load: number | null;
  readonly forecastUpper: number | null;
  /** What the Ready pods can serve. */
  readonly capacity: number | null;
  readonly wanted: number;
}

/** As it is kept. The words without the numbers before them: those need two bytes a character for their arrow. */
interface Kept {
  readonly atSeconds: number;
  ticks: number;
  readonly from: number;
  readonly to: number;
  readonly reasons: readonly string[];
  readonly why: string;
}

/** Load, upper forecast, capacity, wanted: of each minute of the hour, by its number; NaN: not known. */
const COLUMNS = 4;
const UNKNOWN = Number.NaN;

class Recent {
  readonly decisions: Kept[] = [];
  /** Earlier ones are not kept any more. */
  truncated = false;
  /** Replicas at the end of the last tick: a status stands after the write of its own. */
  replicas: number | undefined;
  private readonly values = new Float32Array(HOUR_MINUTES * COLUMNS);
  private firstMinute = 0;
  private lastMinute: number | undefined;

  add({ decidedSeconds, replicas }: WorkloadStatus, metric: MetricStatus | undefined): void {
    const minute = Math.floor(decidedSeconds / MINUTE_SECONDS);
    const began = this.lastMinute !== undefined && minute >= this.lastMinute;
    const oldest = minute - HOUR_MINUTES + 1;
    // A minute without a decision is not shown.
    if (began)
      for (let m = Math.max(oldest, this.lastMinute! + 1); m < minute; m++) this.values[placeOf(m) + 3] = UNKNOWN;
    this.firstMinute = began ? Math.max(this.firstMinute, oldest) : minute;
    this.lastMinute = minute;
    const capacity = metric?.podCapacity === undefined ? UNKNOWN : metric.podCapacity * replicas.ready;
    const row = [metric?.load ?? UNKNOWN, metric?.forecastUpper ?? UNKNOWN, capacity, replicas.wanted];
    this.values.set(row, placeOf(minute));
  }

  minutes(): RecentMinute[] {
    const minutes: RecentMinute[] = [];
    for (let minute = this.firstMinute; minute <= (this.lastMinute ?? UNKNOWN); minute++) {
      const at = placeOf(minute);
      const [load, forecastUpper, capacity, wanted] = this.values.subarray(at, at + COLUMNS);
      if (Number.isNaN(wanted)) continue;
      minutes.push({
        atSeconds: minute * MINUTE_SECONDS,
        load: known(load!),
        forecastUpper: known(forecastUpper!),
        capacity: known(capacity!),
        wanted: wanted!,
      });
    }
    return minutes;
  }
}

function placeOf(minute: number): number {
  return (((minute % HOUR_MINUTES) + HOUR_MINUTES) % HOUR_MINUTES) * COLUMNS;
}

function known(value: number): number | null {
  // Single precision shows as its seven digits.
  return Number.isNaN(value) ? null : Number(value.toPrecision(7));
}

/** The last decisions and the recent hour of each workload; a workload that is gone takes its own along. */
export class RecentDecisions {
  private readonly byWorkload = new Map<string, Recent>();
  /** Many decisions have the same reasons: each list is kept once. */
  private readonly reasonLists = new Map<string, readonly Reason[]>();

  /** One tick's statuses, all that there are. */
  record(statuses: readonly WorkloadStatus[]): void {
    const round = this.begin(statuses.length);
    for (const status of statuses) round.add(status);
    round.end();
  }

  /** The same, one after another: of thousands it takes a while. */
  begin(count: number): { add(status: WorkloadStatus): void; end(): void } {
    const most = Math.min(KEPT_DECISIONS, Math.max(LEAST_KEPT, Math.floor(KEPT_IN_ALL / count)));
    const present = new Set<string>();
    return {
      add: (status) => {
        const key = workloadKey(status.ref);
        present.add(key);
        this.addOne(key, status, most);
      },
      end: () => {
        for (const key of this.byWorkload.keys()) if (!present.has(key)) this.byWorkload.delete(key);
      },
    };
  }

  private addOne(key: string, status: WorkloadStatus, most: number): void {
    let recent = this.byWorkload.get(key);
    if (recent === undefined) {
      recent = new Recent();
      this.byWorkload.set(key, recent);
    }
    // Nothing was decided yet: its annotations were just read, or it may not be written to.
    if (status.decidedSeconds === 0 || Number.isNaN(status.replicas.wanted)) return;
    const { current } = status.replicas;
    const wrote = status.writtenSeconds === status.decidedSeconds;
    this.addDecision(recent, status, wrote ? (recent.replicas ?? current) : current, most);
    recent.add(status, decidingNeed(status)?.metric);
    recent.replicas = current;
  }

  /** Oldest first; empty for a workload that is not known. */
  decisions(key: string): readonly PastDecision[] {
    const kept = this.byWorkload.get(key)?.decisions ?? [];
    return kept.map(({ why, ...decision }) => ({ ...decision, words: changeWords(decision.from, decision.to, why) }));
  }

  /** Whether there were earlier ones. */
  truncated(key: string): boolean {
    return this.byWorkload.get(key)?.truncated ?? false;
  }

  /** The last hour by minute, oldest first. */
  minutes(key: string): readonly RecentMinute[] {
    return this.byWorkload.get(key)?.minutes() ?? [];
  }

  get size(): number {
    return this.byWorkload.size;
  }

  /** @param from the replicas that it was decided on. @param most so many are kept */
  private addDecision(recent: Recent, status: WorkloadStatus, from: number, most: number): void {
    const { decisions } = recent;
    const { replicas, reasons, decidedSeconds } = status;
    const last = decisions.at(-1);
    if (last !== undefined && last.to === replicas.wanted && last.reasons.at(-1) === reasons.at(-1)) {
      last.ticks++;
      return;
    }
    const why = joined(describeReason(status));
    const kept = { atSeconds: decidedSeconds, ticks: 1, from, to: replicas.wanted, reasons: this.shared(reasons), why };
    decisions.push(kept);
    while (decisions.length > most) {
      decisions.shift();
      recent.truncated = true;
    }
  }

  private shared(reasons: readonly Reason[]): readonly Reason[] {
    const key = reasons.join(' ');
    const known = this.reasonLists.get(key);
    if (known === undefined) this.reasonLists.set(key, reasons);
    return known ?? reasons;
  }
}

/** The same text in one piece: put together from parts, V8 keeps each of them. */
function joined(text: string): string {
  text.charCodeAt(0);
  return text;
}
