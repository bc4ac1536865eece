import type { RecordedMinutes } from '../../collector/demand/collecting.ts';
import type { CollectedMetric, CollectionList } from '../../collector/demand/collection.ts';
import type { DemandQuery } from '../../collector/demand/demand-source.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import type { Recording } from './recording.ts';

/** Of so many looks at the version one is at all of the list: the version is no proof to who doesn't trust its store. Ten minutes. */
const WHOLE_LOOK = 600;

export interface CollectedRecordingParts {
  readonly list: CollectionList;
  readonly history: Pick<HistoryStore, 'forget'> & Pick<RecordedMinutes, 'appendAll'>;
  /** Only the leader writes; a standby knows what it would write. */
  readonly isLeader: () => boolean;
  /** Whether a listed metric is known to be wanted by nobody, which takes that all that is opted in is known. */
  readonly unwanted: (id: string) => boolean;
  /** Told where the list was lost: what else stood beside it is lost as well. */
  readonly onLost?: () => void;
}

/**
 * Histories that collectors read and go on with. Nothing is written while a metric begins or ends: `tend` brings the list in step,
 * also where it was lost, or written by a leader before us, or by whoever may write to Redis.
 */
export class CollectedRecording implements Recording {
  private readonly parts: CollectedRecordingParts;
  private readonly wanted = new Map<string, CollectedMetric>();
  /** Metrics whose history is waited for. */
  private readonly waiting = new Set<string>();
  private readonly ended = new Set<string>();
  private filled = new Set<string>();
  /** The list is as it was written under this version. */
  private version: string | undefined;
  private changed = true;
  private looks = 0;

  constructor(parts: CollectedRecordingParts) {
    this.parts = parts;
  }

  async begin(query: DemandQuery, selector: string): Promise<boolean> {
    const { id } = query;
    const before = this.wanted.get(id);
    if (before === undefined || !same(before, { query, selector })) {
      this.wanted.set(id, { query, selector });
      this.changed = true;
    }
    if (this.filled.has(id)) {
      this.waiting.delete(id);
      return true;
    }
    this.waiting.add(id);
    return false;
  }

  /**
   * Collectors record what they measure. Of a minute whose pods were saturated that is a lower bound; what was expected of it the leader
   * alone knows, whose forecast it is, and raises it to that, as one process does. Of the two the larger stands, whoever comes first.
   */
  async record(id: string, timeSeconds: number, value: number, expected: boolean): Promise<void> {
    if (!expected || !this.parts.isLeader()) return;
    await this.parts.history.appendAll([{ id, timeSeconds, value, atLeast: true }]);
  }

  async end(id: string): Promise<void> {
    this.wanted.delete(id);
    this.waiting.delete(id);
    this.filled.delete(id);
    // A standby need not remember: once it leads, what is listed and unwanted goes.
    if (this.parts.isLeader()) this.ended.add(id);
    this.changed = true;
  }

  /** Brings the list in step with what is wanted, and looks which histories are there; to be called each second or so. */
  async tend(): Promise<void> {
    if (this.waiting.size > 0) this.filled = new Set(await this.parts.list.filled());
    if (!this.parts.isLeader()) {
      // Somebody else may write from now on.
      this.version = undefined;
      return;
    }
    const { list } = this.parts;
    const version = await list.version();
    const whole = ++this.looks % WHOLE_LOOK === 0;
    if (!this.changed && !whole && version !== undefined && version === this.version) return;
    if (version === undefined && this.version !== undefined) this.parts.onLost?.();
    this.changed = false;
    try {
      await this.write();
      this.version = await list.version();
    } catch (error) {
      this.changed = true;
      throw error;
    }
  }

  /** Their histories are not there any more, though they were read: collectors read them again. */
  async refill(ids: readonly string[]): Promise<void> {
    const { list } = this.parts;
    await list.remove(ids);
    await list.put(ids.flatMap((id) => this.wanted.get(id) ?? []));
  }

  private async write(): Promise<void> {
    const { list, history, unwanted } = this.parts;
    const listed = await list.read();
    // Under the same id, another metric: what was recorded is none of its own.
    const others = [...(listed ?? [])].filter(([id, { query }]) => {
      const wanted = this.wanted.get(id);
      return wanted === undefined ? unwanted(id) : !sameQuery(query, wanted.query);
    });
    const gone = [...new Set([...this.ended, ...others.map(([id]) => id)])];
    if (gone.length > 0) await list.remove(gone);
    for (const id of gone) {
      await history.forget(id);
      this.ended.delete(id);
      this.filled.delete(id);
    }
    const taken = new Set(gone);
    const missing = [...this.wanted].filter(([id, metric]) => {
      const there = taken.has(id) ? undefined : listed?.get(id);
      return there === undefined || there.selector !== metric.selector;
    });
    // Also where nothing is wanted: a list that was written is not one that was lost.
    if (missing.length > 0 || listed === undefined) await list.put(missing.map(([, metric]) => metric));
  }
}

function same(a: CollectedMetric, b: CollectedMetric): boolean {
  return a.selector === b.selector && sameQuery(a.query, b.query);
}

function sameQuery(a: DemandQuery, b: DemandQuery): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
