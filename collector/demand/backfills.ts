import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { backfill, backfillWeeks, type Lacking } from './backfill.ts';
import type { DemandQuery, DemandSource } from './demand-source.ts';

const LEAST_BACKOFF_SECONDS = 5;
const MOST_BACKOFF_SECONDS = 600;
/** A metric whose history was looked over has rest for so long: one that is missing each second minute asks for no range each time. */
const REST_SECONDS = 600;
/** The weeks before can wait, and a server that refuses so long a range refuses it tomorrow, too: four minutes, 16, 64, … a day. */
const LEAST_WEEKS_BACKOFF_SECONDS = 240;
const WEEKS_BACKOFF_GROWTH = 4;

type Store = Pick<HistoryStore, 'read' | 'fill'>;

export interface BackfillsParts {
  readonly source: Pick<DemandSource, 'history'>;
  readonly history: Store;
  /** Of five minutes, for the weeks before; without it, they are not asked for. */
  readonly weeks?: Store;
  /** Told of a metric whose week is in the store. */
  readonly onFilled: (id: string) => Promise<void>;
  readonly atOnce: number;
  /** Monotonic. */
  readonly clock: Clock;
  readonly epochSeconds: () => number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Log;
}

/** The weeks before the days of minutes come last. */
type Wants = Lacking | 'weeks';

interface Wanted {
  readonly query: DemandQuery;
  readonly lacking: Wants;
  readonly fromSeconds: number;
  readonly failures: number;
}

/**
 * Histories that lack something, a few at a time: first those of which nothing was read yet, then those that may have gaps, then the weeks
 * before. One that fails waits ever longer, and the others go on meanwhile.
 */
export class Backfills {
  private readonly parts: BackfillsParts;
  /** In the order in which they are taken up. */
  private readonly wanted: Readonly<Record<Wants, Map<string, Wanted>>> = {
    week: new Map(),
    gaps: new Map(),
    weeks: new Map(),
  };
  private readonly lookedOver = new Map<string, number>();
  private readonly running = new Map<string, Promise<void>>();
  private held = false;

  constructor(parts: BackfillsParts) {
    this.parts = parts;
  }

  /** Metrics whose week is not read yet. */
  get waiting(): number {
    return this.wanted.week.size;
  }

  /** Metrics that failed and are tried again. */
  get failing(): number {
    let failing = 0;
    for (const some of Object.values(this.wanted))
      for (const { failures } of some.values()) if (failures > 0) failing++;
    return failing;
  }

  /** The whole week of a metric is wanted, whatever was read of it before. */
  week(query: DemandQuery): void {
    if (this.wanted.week.has(query.id)) return;
    this.wanted.gaps.delete(query.id);
    this.put({ query, lacking: 'week', fromSeconds: Number.NEGATIVE_INFINITY, failures: 0 });
  }

  /**
   * Minutes of the last day may be lacking. It begins a minute or two later, so that the minute under way is recorded and need not
   * be asked for, and thousands don't ask at once.
   */
  gaps(query: DemandQuery): void {
    const { id } = query;
    if (this.wanted.week.has(id) || this.wanted.gaps.has(id)) return;
    const soon = this.parts.clock.nowSeconds() + MINUTE_SECONDS * (1 + this.parts.random());
    const rested = (this.lookedOver.get(id) ?? Number.NEGATIVE_INFINITY) + REST_SECONDS;
    this.put({ query, lacking: 'gaps', fromSeconds: Math.max(soon, rested), failures: 0 });
  }

  /** The weeks before may be lacking: they are looked at when nothing else is wanted. */
  weeks(query: DemandQuery): void {
    if (this.parts.weeks === undefined || this.wanted.weeks.has(query.id)) return;
    this.put({ query, lacking: 'weeks', fromSeconds: Number.NEGATIVE_INFINITY, failures: 0 });
  }

  /** It is not ours any more; what is under way for it ends without a word, and is not kept. */
  drop(id: string): void {
    for (const some of Object.values(this.wanted)) some.delete(id);
    this.lookedOver.delete(id);
  }

  /** Nothing is taken up while the task runs: the past can wait for the newest values. */
  async hold(task: () => Promise<void>): Promise<void> {
    this.held = true;
    try {
      await task();
    } finally {
      this.held = false;
      this.start();
    }
  }

  /** Takes up what is due, as much as may be under way at once; to be called each second or two. */
  start(): void {
    if (this.held) return;
    for (const one of [...this.due(this.parts.atOnce - this.running.size)]) {
      const { id } = one.query;
      const under = this.fill(one).finally(() => {
        this.running.delete(id);
        this.start();
      });
      this.running.set(id, under);
    }
  }

  /** What is under way has ended. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running.values());
  }

  private *due(count: number): Iterable<Wanted> {
    const now = this.parts.clock.nowSeconds();
    let left = count;
    for (const some of [this.wanted.week, this.wanted.gaps, this.wanted.weeks]) {
      for (const [id, one] of some) {
        if (left <= 0) return;
        if (one.fromSeconds > now || this.running.has(id)) continue;
        left--;
        yield one;
      }
    }
  }

  private async fill(one: Wanted): Promise<void> {
    const { source, history, weeks, epochSeconds, onFilled, clock } = this.parts;
    const { query, lacking } = one;
    const mine = this.wanted[lacking];
    const isWanted = () => mine.get(query.id) === one;
    try {
      if (lacking !== 'weeks') await backfill(source, storeWhile(isWanted, history), query, epochSeconds(), lacking);
      else if (weeks) await backfillWeeks(source, storeWhile(isWanted, weeks), query, epochSeconds());
      if (!isWanted()) return;
      if (lacking === 'week') {
        await onFilled(query.id);
        this.weeks(query);
      }
      mine.delete(query.id);
      if (lacking === 'weeks') return;
      this.lookedOver.set(query.id, clock.nowSeconds());
    } catch (error) {
      if (isWanted()) this.again(one, error);
    }
  }

  private again(one: Wanted, error: unknown): void {
    const { clock, random, log } = this.parts;
    const failures = one.failures + 1;
    const inSeconds = backoffSeconds(one.lacking, failures) * (0.5 + 0.5 * random());
    // At the end of the queue: whoever did not fail comes first.
    this.wanted[one.lacking].delete(one.query.id);
    this.put({ ...one, failures, fromSeconds: clock.nowSeconds() + inSeconds });
    const { id } = one.query;
    log.warn('a history could not be read', {
      metric: id,
      lacking: one.lacking,
      failures,
      inSeconds: Math.round(inSeconds),
      why: messageOf(error),
    });
  }

  private put(one: Wanted): void {
    this.wanted[one.lacking].set(one.query.id, one);
  }
}

/** Before a metric that failed so many times is tried again, at most. @param failures 1 … */
function backoffSeconds(lacking: Wants, failures: number): number {
  return lacking === 'weeks'
    ? Math.min(DAY_SECONDS, LEAST_WEEKS_BACKOFF_SECONDS * WEEKS_BACKOFF_GROWTH ** (failures - 1))
    : Math.min(MOST_BACKOFF_SECONDS, LEAST_BACKOFF_SECONDS * 2 ** (failures - 1));
}

/** What comes for a metric that is gone by then would be kept for nobody. */
function storeWhile(isWanted: () => boolean, store: Store): Store {
  return {
    read: (id) => store.read(id),
    fill: async (id, series) => {
      if (isWanted()) await store.fill(id, series);
    },
  };
}
