import type { Refitted } from '../../addon/refits/refit.ts';
import type { CollectedMetric } from '../../collector/demand/collection.ts';
import {
  MemoryCollectionList,
  MemoryCollectorsAlive,
  MemoryReadingsBoard,
} from '../../collector/demand/memory-collection.ts';
import { WorldError } from '../../core/errors.ts';
import type { Series } from '../../core/series.ts';
import type { ForecastStore, Published } from '../../storage/forecast-store.ts';
import { MemoryGuardStore } from '../../storage/guard-store.ts';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import type { SimulationClock } from '../clock.ts';
import type { Action } from '../scenarios/scenario.ts';
import type { SimulatedProcess } from './process.ts';
import { SimulatedQueue } from './queue.ts';

/** A command that is not answered is given up (redis/settings.ts). */
const TIMEOUT_SECONDS = 5;
/** What a rollback falls back to was so long ago. */
const ROLLBACK_SECONDS = 10;

/** What Redis holds. */
export interface RedisState {
  readonly list: MemoryCollectionList;
  readonly board: MemoryReadingsBoard;
  readonly alive: MemoryCollectorsAlive;
  readonly history: MemoryHistoryStore;
  readonly forecasts: Map<string, { readonly place: number; readonly published: Published<Refitted> }>;
  readonly queue: SimulatedQueue;
  readonly guards: MemoryGuardStore;
  startups: unknown;
}

interface Kept {
  readonly metrics: readonly CollectedMetric[] | undefined;
  readonly filled: readonly string[];
  readonly histories: ReadonlyMap<string, Series>;
  readonly forecasts: RedisState['forecasts'];
  readonly guards: ReadonlyMap<string, string>;
  readonly startups: unknown;
}

interface Trouble {
  readonly action: 'redis-frozen' | 'redis-refused';
  readonly hits: (process: string) => boolean;
}

/** The Redis of a distributed Prescale: lost, rolled back, frozen or refusing when the scenario says so. */
export class SimulatedRedis {
  state: RedisState;
  private readonly clock: SimulationClock;
  private readonly retentionDays: number;
  private readonly deadAfterSeconds: number;
  private readonly troubles = new Set<Trouble>();
  private kept: Kept | undefined;
  private places = 0;

  constructor(clock: SimulationClock, retentionDays: number, deadAfterSeconds: number) {
    this.clock = clock;
    this.retentionDays = retentionDays;
    this.deadAfterSeconds = deadAfterSeconds;
    this.state = this.empty();
  }

  /** Why it can't be used, as the connection of a process knows it; undefined: it can. */
  problemOf({ name }: SimulatedProcess): string | undefined {
    const trouble = this.troubleOf(name);
    return trouble && `Redis does not answer (${trouble.action})`;
  }

  /** A state to roll back to is kept in time. @param atSeconds of the rollback */
  keepBefore(atSeconds: number): void {
    this.clock.at(atSeconds - ROLLBACK_SECONDS, () => void this.keep());
  }

  /** @param hits who is cut off, by the name of the process. @returns what ends it */
  begin(action: Action, hits: Trouble['hits']): (() => void) | undefined {
    if (action === 'redis-frozen' || action === 'redis-refused') {
      const trouble = { action, hits };
      this.troubles.add(trouble);
      return () => void this.troubles.delete(trouble);
    }
    this.state = this.empty();
    if (action === 'redis-rolled-back') void this.restore();
    return undefined;
  }

  /** A part of the state as one process sees it over its connection. Every method of the part must be asynchronous. */
  through<T extends object>(process: SimulatedProcess, part: (state: RedisState) => T): T {
    const call =
      (name: string | symbol) =>
      (...given: readonly unknown[]) =>
        this.call(process, () => {
          const target = part(this.state) as Record<string | symbol, (...all: readonly unknown[]) => Promise<unknown>>;
          return target[name]!(...given);
        });
    return new Proxy({} as T, { get: (_, name) => call(name) });
  }

  /** The forecasts as one reader sees them: it remembers what it took. */
  readerOf(process: SimulatedProcess): ForecastStore<Refitted> {
    const taken = new Map<string, number>();
    const ask = <R>(task: (forecasts: RedisState['forecasts']) => R) =>
      this.call(process, async () => task(this.state.forecasts));
    return {
      publish: (id, published) =>
        ask((all) => {
          const before = all.get(id);
          if (before && before.published.untilSeconds > published.untilSeconds) return;
          all.set(id, { place: ++this.places, published });
        }),
      take: (id, nowSeconds) =>
        ask((all) => {
          const found = all.get(id);
          if (!found || taken.get(id) === found.place) return undefined;
          taken.set(id, found.place);
          // What is read was decoded from bytes: another object for each reader.
          return nowSeconds < found.published.expiresSeconds ? structuredClone(found.published) : undefined;
        }),
      peek: (id) => ask((all) => structuredClone(all.get(id)?.published)),
      news: () => ask((all) => new Set([...all].flatMap(([id, { place }]) => (taken.get(id) === place ? [] : [id])))),
      forget: (id) => ask((all) => void all.delete(id)),
    };
  }

  async call<T>(process: SimulatedProcess, task: () => Promise<T>): Promise<T> {
    // A promise the less for each call of one that runs, and the same turn.
    await (process.alive && !process.isFrozen ? undefined : process.running());
    const { action } = this.troubleOf(process.name) ?? {};
    if (action === 'redis-refused') throw new WorldError('connect ECONNREFUSED redis:6379');
    if (action === 'redis-frozen') {
      await process.clock.sleep(TIMEOUT_SECONDS);
      throw new WorldError('Redis did not answer within 5 s');
    }
    return process.received(task());
  }

  private troubleOf(process: string): Trouble | undefined {
    for (const trouble of this.troubles) if (trouble.hits(process)) return trouble;
    return undefined;
  }

  private empty(): RedisState {
    const { nowSeconds } = this.clock;
    return {
      list: new MemoryCollectionList(),
      board: new MemoryReadingsBoard(),
      alive: new MemoryCollectorsAlive(nowSeconds, this.deadAfterSeconds),
      history: new MemoryHistoryStore(this.retentionDays),
      forecasts: new Map(),
      queue: new SimulatedQueue(nowSeconds),
      guards: new MemoryGuardStore(),
      startups: undefined,
    };
  }

  private async keep(): Promise<void> {
    const { list, history, forecasts, startups } = this.state;
    const metrics = await list.read();
    const histories = new Map<string, Series>();
    for (const id of await history.ids()) {
      const series = await history.read(id);
      if (series) histories.set(id, series);
    }
    const filled = [...(await list.filled())];
    this.kept = {
      metrics: metrics && [...metrics.values()],
      filled,
      histories,
      forecasts: new Map(forecasts),
      guards: this.state.guards.snapshot(),
      startups,
    };
  }

  private async restore(): Promise<void> {
    const { kept, state } = this;
    if (!kept) return;
    state.startups = kept.startups;
    state.guards.rollBack(kept.guards);
    for (const [id, forecast] of kept.forecasts) state.forecasts.set(id, forecast);
    if (kept.metrics) await state.list.put(kept.metrics);
    await state.list.markFilled(kept.filled);
    for (const [id, series] of kept.histories) await state.history.fill(id, series);
  }
}
