import { chunks } from '../core/concurrency/chunks.ts';
import type { Log } from '../telemetry/log/log.ts';

/** Looked over so often by the leader, and soon after a failure. */
const EVERY_SECONDS = 600;
const SOON_SECONDS = 5;
const AT_ONCE = 50;

/** Something that the store holds by metric. */
export interface StoredByMetric {
  /** For the log: `forecasts`. */
  readonly what: string;
  /** Of all that is stored, whoever stored it. */
  ids(): Promise<readonly string[]>;
  forget(ids: readonly string[]): Promise<unknown>;
  /** These are wanted and are not there; without it, it comes by itself. */
  restore?(ids: readonly string[]): Promise<void> | void;
}

export interface ReconcileParts {
  readonly stored: readonly StoredByMetric[];
  readonly isLeader: () => boolean;
  /** Whether a metric is known to be wanted by nobody, which takes that all that is opted in is known. */
  readonly unwanted: (id: string) => boolean;
  /** Metrics of which all of this is to be there. */
  readonly expected: () => readonly string[];
  /** Monotonic. */
  readonly nowSeconds: () => number;
  readonly log: Log;
}

/**
 * Brings what is stored in step with what is opted in, in both directions: an opt-out may meet a store that can't be written, or a leader
 * that dies, and a store may come back from before. The leader looks it over now and then, and soon after something failed.
 */
export class ReconcileStored {
  private readonly parts: ReconcileParts;
  private dueSeconds = Number.NEGATIVE_INFINITY;
  private led = false;

  constructor(parts: ReconcileParts) {
    this.parts = parts;
  }

  /** Lets go of something; where that fails it is said, and done by the next look. */
  async letGo(what: string, id: string, forget: () => Promise<unknown>): Promise<void> {
    try {
      await forget();
    } catch (error) {
      this.soon();
      this.parts.log.warn('something that nobody wants any more could not be removed and is removed later', {
        what,
        metric: id,
        error,
      });
    }
  }

  /** The store was away, or answered otherwise than it should: looked over soon. */
  soon(): void {
    this.dueSeconds = Math.min(this.dueSeconds, this.parts.nowSeconds() + SOON_SECONDS);
  }

  /** To be called each second or so. @throws what the store throws; what could be done is done, and the rest is done soon */
  async tend(): Promise<void> {
    const { isLeader, nowSeconds } = this.parts;
    // Whoever leads from now on knows nothing of what its predecessor left.
    if (!isLeader()) {
      this.led = false;
      return;
    }
    if (!this.led) this.soon();
    this.led = true;
    if (nowSeconds() < this.dueSeconds) return;
    this.dueSeconds = nowSeconds() + EVERY_SECONDS;
    const outcomes = await Promise.allSettled(this.parts.stored.map((one) => this.reconcile(one)));
    const failed = outcomes.find((one) => one.status === 'rejected');
    if (!failed) return;
    this.soon();
    throw failed.reason;
  }

  private async reconcile(one: StoredByMetric): Promise<void> {
    const { unwanted, expected, isLeader, log } = this.parts;
    // Before the store is asked: what is opted in meanwhile is not missing.
    const wanted = expected();
    const there = new Set(await one.ids());
    let removed = 0;
    for (const some of chunks([...there].filter(unwanted), AT_ONCE)) {
      // One may be opted in again, or somebody else lead, before its turn comes.
      const gone = isLeader() ? some.filter(unwanted) : [];
      if (gone.length > 0) await one.forget(gone);
      removed += gone.length;
    }
    if (removed > 0) log.info('what nobody wants any more was removed', { what: one.what, removed });
    const missing = one.restore ? wanted.filter((id) => !there.has(id) && !unwanted(id)) : [];
    if (missing.length === 0 || !isLeader()) return;
    log.warn('what is wanted was not there and is asked for', { what: one.what, missing: missing.length });
    await one.restore?.(missing);
  }
}
