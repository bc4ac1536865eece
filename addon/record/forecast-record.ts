import { MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { workloadKey } from '../../core/workload.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import type { Log } from '../../telemetry/log/log.ts';

/** Minutes that wait for a store that doesn't answer; what is older is lost: a gap. */
const MOST_WAITING_MINUTES = 10;

/** A minute of one series. */
interface Point {
  readonly id: string;
  readonly timeSeconds: number;
  readonly value: number;
}

export interface ForecastRecordParts {
  readonly store: Pick<HistoryStore, 'read' | 'forget' | 'ids'>;
  readonly append: (points: readonly Point[]) => Promise<void>;
  /** Replicas of the addon share the store: only the one that leads writes to it. */
  readonly shared: boolean;
  readonly isLeader: () => boolean;
  /** Whether all that is opted in is known by now. */
  readonly settled: () => boolean;
  readonly log: Log;
}

/** What was forecast for each minute one lead time before it; undefined: nothing is kept. */
export interface RecordedForecasts {
  readonly median: Series | undefined;
  readonly upper: Series | undefined;
}

/**
 * The forecasts that were made for each minute, beside the demand that came: two values a minute for each metric, for as long as its
 * store keeps them. Written beside the ticks; nothing here waits for the store.
 */
export class ForecastRecord {
  private readonly parts: ForecastRecordParts;
  /** The series of each workload that is there. */
  private readonly idsOf = new Map<string, readonly string[]>();
  private waiting: (readonly Point[])[] = [];
  private gone = new Set<string>();
  private flushing: Promise<void> | undefined;
  private failing = false;
  private reconciled = false;

  constructor(parts: ForecastRecordParts) {
    this.parts = parts;
  }

  /**
   * After each tick, with all workloads that there are; those that are gone take theirs along.
   * @param endSeconds end of the minute that was observed, as in the history of demand: only whole minutes are kept
   */
  record(statuses: readonly WorkloadStatus[], endSeconds: number): void {
    if (endSeconds % MINUTE_SECONDS !== 0) return;
    const points: Point[] = [];
    const before = new Map(this.idsOf);
    this.idsOf.clear();
    for (const status of statuses) {
      const key = workloadKey(status.ref);
      const ids = status.metrics.map(({ name }, index) => idOf(key, index, name));
      this.idsOf.set(key, ids);
      status.metrics.forEach(({ forecastForNow: made }, index) => {
        if (made === undefined) return;
        points.push({ id: `${ids[index]!} ${MEDIAN}`, timeSeconds: endSeconds, value: made.median });
        points.push({ id: `${ids[index]!} ${UPPER}`, timeSeconds: endSeconds, value: made.upper });
      });
    }
    for (const [key, ids] of before) {
      const kept = this.idsOf.get(key) ?? [];
      // A workload whose annotations are wrong for now has no metrics.
      if (kept.length === 0 && this.idsOf.has(key)) this.idsOf.set(key, ids);
      else for (const id of ids) if (!kept.includes(id)) this.gone.add(id);
    }
    if (points.length === 0) return;
    this.waiting = [...this.waiting, points].slice(-MOST_WAITING_MINUTES);
  }

  /** Stores what waits; one at a time, and never rejects: what could not be stored waits on. */
  flush(): Promise<void> {
    this.flushing ??= this.write().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  /** @throws where the store can't be read */
  async read(key: string, metric: { readonly index: number; readonly name: string }): Promise<RecordedForecasts> {
    const id = idOf(key, metric.index, metric.name);
    const { store } = this.parts;
    const [median, upper] = await Promise.all([store.read(`${id} ${MEDIAN}`), store.read(`${id} ${UPPER}`)]);
    return { median, upper };
  }

  private get writes(): boolean {
    return this.parts.isLeader() || !this.parts.shared;
  }

  private async write(): Promise<void> {
    const { append, log } = this.parts;
    if (!this.writes) {
      this.waiting = [];
      this.gone.clear();
      this.reconciled = false;
      return;
    }
    try {
      for (let points = this.waiting[0]; points !== undefined; points = this.waiting[0]) {
        await append(points);
        if (this.waiting[0] === points) this.waiting.shift();
      }
      await this.forgetOthers();
      if (this.failing) log.info('forecasts made for each minute are stored again');
      this.failing = false;
    } catch (error) {
      if (!this.failing)
        log.warn('forecasts made for each minute could not be stored: their record has a gap', { error });
      this.failing = true;
    }
  }

  private async forgetOthers(): Promise<void> {
    const { store, settled } = this.parts;
    if (!this.reconciled && settled()) {
      const wanted = new Set([...this.idsOf.values()].flat());
      for (const id of await store.ids()) if (!wanted.has(seriesOf(id))) await store.forget(id);
      this.reconciled = true;
    }
    for (const id of this.gone) {
      await Promise.all([store.forget(`${id} ${MEDIAN}`), store.forget(`${id} ${UPPER}`)]);
      this.gone.delete(id);
    }
  }
}

const MEDIAN = 'median';
const UPPER = 'upper';

/** Another metric in the same place of the policy has another record. */
function idOf(key: string, index: number, name: string): string {
  return `${key}#${index}:${name}`;
}

/** Without the quantile. */
function seriesOf(id: string): string {
  return id.slice(0, id.lastIndexOf(' '));
}
