import type { MemoryHistoryStore } from '../../storage/history-store.ts';
import type { RecordedMinutes } from './collecting.ts';
import type { CollectedMetric, CollectionList, CollectorsAlive, NewestReadings, ReadingsStore } from './collection.ts';
import type { DemandReading } from './demand-source.ts';

/*
 * What the roles tell each other, in the memory of one process: for tests on a virtual clock, and for all roles in one.
 */

export class MemoryCollectionList implements CollectionList {
  private metrics: Map<string, CollectedMetric> | undefined;
  private readonly marks = new Set<string>();
  private changes = 0;

  async put(metrics: readonly CollectedMetric[]): Promise<void> {
    this.metrics ??= new Map();
    for (const metric of metrics) this.metrics.set(metric.query.id, metric);
    this.changes++;
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      this.metrics?.delete(id);
      this.marks.delete(id);
    }
    this.changes++;
  }

  async read(): Promise<ReadonlyMap<string, CollectedMetric> | undefined> {
    return this.metrics && new Map(this.metrics);
  }

  async version(): Promise<string | undefined> {
    return this.metrics && String(this.changes);
  }

  async markFilled(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.marks.add(id);
  }

  async filled(): Promise<ReadonlySet<string>> {
    return new Set(this.marks);
  }

  /** Everything is lost, as when a server comes back empty. */
  lose(): void {
    this.metrics = undefined;
    this.marks.clear();
  }
}

interface Published {
  readonly atSeconds: number;
  readonly readings: ReadonlyMap<string, DemandReading>;
}

export class MemoryReadingsStore implements ReadingsStore {
  private readonly published = new Map<string, Published>();

  async publish(collector: string, atSeconds: number, readings: ReadonlyMap<string, DemandReading>): Promise<void> {
    const carried = [...readings].map(([id, reading]) => [id, carriedOver(reading)] as const);
    this.published.set(collector, { atSeconds, readings: new Map(carried) });
  }

  async read(): Promise<NewestReadings> {
    const readings = new Map<string, DemandReading>();
    // The older first, and of the same tick those without a value: what comes later replaces them.
    const inOrder = [...this.published.values()].sort((a, b) => a.atSeconds - b.atSeconds);
    const since = new Map<string, number>();
    for (const { atSeconds, readings: own } of inOrder) {
      for (const [id, reading] of own) {
        if (since.get(id) === atSeconds && reading.kind === 'missing') continue;
        readings.set(id, reading);
        since.set(id, atSeconds);
      }
    }
    const ticks = [...this.published].map(([name, { atSeconds }]) => [name, atSeconds] as const);
    return { readings, ticks: since, publishedSeconds: new Map(ticks) };
  }
}

function carriedOver(reading: DemandReading): DemandReading {
  if (reading.kind === 'missing') return reading;
  const { perPod: _, ...rest } = reading;
  return rest;
}

export class MemoryCollectorsAlive implements CollectorsAlive {
  private readonly beats = new Map<string, number>();
  private readonly nowSeconds: () => number;
  private readonly deadAfterSeconds: number;

  constructor(nowSeconds: () => number, deadAfterSeconds: number) {
    this.nowSeconds = nowSeconds;
    this.deadAfterSeconds = deadAfterSeconds;
  }

  async beat(collector: string): Promise<void> {
    this.beats.set(collector, this.nowSeconds());
  }

  async leave(collector: string): Promise<void> {
    this.beats.delete(collector);
  }

  async alive(): Promise<readonly string[]> {
    const since = this.nowSeconds() - this.deadAfterSeconds;
    return [...this.beats].flatMap(([name, at]) => (at > since ? [name] : [])).sort();
  }
}

/** Histories that collectors go on with, over a store in memory. @param onBegun told of a history that began with one minute */
export function memoryMinutes(history: MemoryHistoryStore, onBegun: (id: string) => void = () => {}): RecordedMinutes {
  return {
    read: (id) => history.read(id),
    fill: (id, series) => history.fill(id, series),
    appendAll: async (points) => {
      for (const { id, timeSeconds, value, atLeast } of points) {
        const ring = history.ring(id);
        if (ring.newest < 0) onBegun(id);
        const minute = Math.floor(timeSeconds / history.stepSeconds);
        if (!(atLeast && ring.get(minute) >= value)) ring.set(minute, value);
      }
    },
  };
}
