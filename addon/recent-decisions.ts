import { workloadKey } from '../core/workload.ts';
import { decidingNeed, describeChange } from './describe.ts';
import type { WorkloadStatus } from './workload-status.ts';

/** Decisions kept of each workload. */
export const KEPT_DECISIONS = 40;
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

interface Kept {
  decisions: PastDecision[];
  minutes: RecentMinute[];
  /** Replicas at the end of the last tick: a status stands after the write of its own. */
  replicas: number | undefined;
}

/** The last decisions and the recent hour of each workload; a workload that is gone takes its own along. */
export class RecentDecisions {
  private readonly byWorkload = new Map<string, Kept>();

  /** One tick's statuses, all that there are. */
  record(statuses: readonly WorkloadStatus[]): void {
    const present = new Set<string>();
    for (const status of statuses) {
      const key = workloadKey(status.ref);
      present.add(key);
      let kept = this.byWorkload.get(key);
      if (kept === undefined) {
        kept = { decisions: [], minutes: [], replicas: undefined };
        this.byWorkload.set(key, kept);
      }
      // Nothing was decided yet: its annotations were just read, or it may not be written to.
      if (status.decidedSeconds === 0) continue;
      const { current } = status.replicas;
      const wrote = status.writtenSeconds === status.decidedSeconds;
      addDecision(kept.decisions, status, wrote ? (kept.replicas ?? current) : current);
      addMinute(kept.minutes, status);
      kept.replicas = current;
    }
    for (const key of this.byWorkload.keys()) if (!present.has(key)) this.byWorkload.delete(key);
  }

  /** Oldest first; empty for a workload that is not known. */
  decisions(key: string): readonly PastDecision[] {
    return this.byWorkload.get(key)?.decisions ?? [];
  }

  /** The last hour by minute, oldest first. */
  minutes(key: string): readonly RecentMinute[] {
    return this.byWorkload.get(key)?.minutes ?? [];
  }

  get size(): number {
    return this.byWorkload.size;
  }
}

/** @param from the replicas that it was decided on */
function addDecision(decisions: PastDecision[], status: WorkloadStatus, from: number): void {
  const { replicas, reasons, decidedSeconds } = status;
  const last = decisions.at(-1);
  if (last !== undefined && last.to === replicas.wanted && last.reasons.at(-1) === reasons.at(-1)) {
    decisions[decisions.length - 1] = { ...last, ticks: last.ticks + 1 };
    return;
  }
  const words = describeChange(status, from, replicas.wanted);
  decisions.push({ atSeconds: decidedSeconds, ticks: 1, from, to: replicas.wanted, reasons, words });
  if (decisions.length > KEPT_DECISIONS) decisions.shift();
}

function addMinute(minutes: RecentMinute[], status: WorkloadStatus): void {
  const { replicas, decidedSeconds } = status;
  const atSeconds = Math.floor(decidedSeconds / MINUTE_SECONDS) * MINUTE_SECONDS;
  const metric = decidingNeed(status)?.metric;
  const capacity = metric?.podCapacity === undefined ? null : metric.podCapacity * replicas.ready;
  const minute: RecentMinute = {
    atSeconds,
    load: metric?.load ?? null,
    forecastUpper: metric?.forecastUpper ?? null,
    capacity,
    wanted: replicas.wanted,
  };
  if (minutes.at(-1)?.atSeconds === atSeconds) minutes[minutes.length - 1] = minute;
  else minutes.push(minute);
  if (minutes.length > HOUR_MINUTES) minutes.shift();
}
