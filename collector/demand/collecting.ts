import { type Clock, eachTick } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { Backfills } from './backfills.ts';
import type { CollectedMetric, CollectionList, CollectorsAlive, ReadingsStore } from './collection.ts';
import type { DemandSource } from './demand-source.ts';
import { Measuring, type MinutePoint } from './measuring.ts';
import { Shard, type ShardPods } from './shard.ts';

/** How often it looks whether the list changed, and who is alive. */
const LOOK_SECONDS = 2;
/** Whoever can't list pods for so long begins all the same: what needs none is collected. */
const PATIENCE_SECONDS = 60;

/** Where nobody else is alive for so long, and up to as long again by chance, one whose clock is off measures all the same. */
const NOBODY_SECONDS = 10;

/** Histories of which many are gone on with at once. */
export interface RecordedMinutes extends Pick<HistoryStore, 'read' | 'fill'> {
  appendAll(points: readonly MinutePoint[]): Promise<void>;
}

export interface CollectingParts {
  /** Among the collectors; another one for each process. */
  readonly name: string;
  readonly list: CollectionList;
  readonly readingsStore: ReadingsStore;
  readonly alive: CollectorsAlive;
  readonly history: RecordedMinutes;
  /** Of five minutes: the weeks before are asked for, which `history` goes on with (recorded-weeks.ts). Without it, they are not. */
  readonly weeks?: Pick<HistoryStore, 'read' | 'fill'>;
  readonly source: Pick<DemandSource, 'latest' | 'history'>;
  readonly pods: ShardPods;
  /** Monotonic. */
  readonly clock: Clock;
  readonly epochSeconds: () => number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Log;
  /** Why its clock can't be trusted, so that it would measure another time than is meant; undefined: it can. */
  readonly clockOff?: () => string | undefined;
  /** Told of each tick how long it took. */
  readonly onTick?: (seconds: number) => void;
}

export interface CollectingSettings {
  readonly heartbeatSeconds: number;
  readonly deadAfterSeconds: number;
  readonly backfillsAtOnce: number;
}

/** What a collector is doing now. */
export interface CollectingState {
  /** Metrics that are its shard. */
  readonly owned: number;
  /** Of these without a value at the last tick. */
  readonly missing: number;
  /** Metrics whose last week is not read yet. */
  readonly backfillsWaiting: number;
  /** Metrics whose history could not be read and is tried again. */
  readonly backfillsFailing: number;
  /** Collectors that it takes for alive, itself among them. */
  readonly alive: number;
  /** When the last tick ended, epoch seconds. */
  readonly lastTickSeconds: number;
}

/** What is done with the store, each with a fate of its own. */
type Step = 'look' | 'beat' | 'tick';

/**
 * The collector's role: takes its shard of what is to be collected, measures it each tick, publishes the readings, and goes on with the
 * histories. It needs no word from the others but their signs of life. While the store is away it measures on with what it knew, and
 * what could not be recorded is asked of the source afterwards.
 */
export class Collecting {
  private readonly parts: CollectingParts;
  private readonly settings: CollectingSettings;
  private readonly shard: Shard;
  private readonly backfills: Backfills;
  private readonly measuring: Measuring;
  private list: ReadonlyMap<string, CollectedMetric> | undefined;
  private version: string | undefined;
  private filled = new Set<string>();
  private collectors: readonly string[];
  /** Until then, who is not known to be alive may only have had no way to say so. */
  private doubtsUntilSeconds = Number.NEGATIVE_INFINITY;
  private joined = false;
  /** It may join from then on, though its clock is off: nobody else is there. Undefined: somebody is, or it is right. */
  private aloneFromSeconds: number | undefined;
  private resting = false;
  /** When the list was first read. */
  private readSeconds = Number.POSITIVE_INFINITY;
  /** Why the store can't be read or written; empty: it can. */
  private readonly problems = new Map<Step, string>();
  private lastTickSeconds: number;

  constructor(parts: CollectingParts, settings: CollectingSettings) {
    this.parts = parts;
    this.settings = settings;
    const { name, pods, clock, epochSeconds, log } = parts;
    this.collectors = [name];
    this.lastTickSeconds = epochSeconds();
    this.shard = new Shard(name, pods, clock.nowSeconds, log);
    this.backfills = new Backfills({
      ...parts,
      atOnce: settings.backfillsAtOnce,
      onFilled: async (id) => {
        await parts.list.markFilled([id]);
        this.filled.add(id);
      },
    });
    this.measuring = new Measuring({
      ...parts,
      // A tick that was under way when the shard was given up shows nothing any more.
      readingsStore: {
        read: () => parts.readingsStore.read(),
        publish: async (...args) => {
          if (this.joined) await parts.readingsStore.publish(...args);
        },
      },
      podsOf: pods.podsOf,
      appendAll: (points) => parts.history.appendAll(points),
      backfills: this.backfills,
    });
  }

  get state(): CollectingState {
    return {
      owned: this.shard.own.size,
      missing: this.measuring.missing,
      backfillsWaiting: this.backfills.waiting,
      backfillsFailing: this.backfills.failing,
      alive: this.collectors.length,
      lastTickSeconds: this.lastTickSeconds,
    };
  }

  /** Why it can't do its work now, each with the fix. */
  unready(): string[] {
    for (const why of this.problems.values()) return [`Redis is away or refuses: ${why}`];
    if (this.resting) return [`${this.parts.clockOff?.() ?? 'the clock was off'}; others measure meanwhile`];
    if (this.list === undefined) return ['what is to be collected was not read yet: does an actuator run, and lead?'];
    return this.joined ? [] : ['the pods are not listed yet: is the API server reachable?'];
  }

  /** A history was found to be damaged, and began anew: its week is read again. */
  refill(id: string): void {
    const metric = this.shard.own.get(id);
    if (metric) this.backfills.week(metric.query);
  }

  /** A history began with one minute. Of one whose week was read before, that week is lost: it is read again. */
  begun(id: string): void {
    if (!this.filled.has(id)) return;
    this.parts.log.error('a history was lost and is read again', { metric: id });
    this.refill(id);
  }

  /** The weeks before were damaged or lost: they are read again. Those of a metric whose week is not read yet come after it. */
  refillWeeks(id: string): void {
    const metric = this.shard.own.get(id);
    if (metric && this.filled.has(id)) this.backfills.weeks(metric.query);
  }

  /** Runs until the signal, then leaves, so that the others need not wait. */
  async run(signal: AbortSignal): Promise<void> {
    const { alive, name, log } = this.parts;
    await Promise.all([
      this.each('look', LOOK_SECONDS, () => this.look(), signal),
      this.each('beat', this.settings.heartbeatSeconds, () => this.beat(), signal),
      this.ticks(signal),
    ]);
    try {
      await alive.leave(name);
    } catch (error) {
      log.warn('the others could not be told that this collector leaves', { error });
    }
    await this.backfills.settled();
  }

  private async each(step: Step, seconds: number, task: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await task();
        this.worked(step);
      } catch (error) {
        this.failed(step, error);
      }
      await this.parts.clock.sleep(seconds, signal);
    }
  }

  /** With a clock that is off it measures only where nobody else does. @param alive who gave signs of life */
  private mustRest(alive: readonly string[]): boolean {
    const { clockOff, clock, name, random } = this.parts;
    if (clockOff?.() === undefined) this.aloneFromSeconds = undefined;
    else if (alive.some((other) => other !== name)) {
      this.aloneFromSeconds = undefined;
      return true;
    } else if (!this.joined) {
      this.aloneFromSeconds ??= clock.nowSeconds() + NOBODY_SECONDS * (1 + random());
      return clock.nowSeconds() < this.aloneFromSeconds;
    }
    return false;
  }

  /** Gives up its shard, so that the others take it at their next look; what it published under a wrong time is taken back. */
  private async rest(): Promise<void> {
    const { alive, readingsStore, name, epochSeconds, log, clockOff } = this.parts;
    this.resting = true;
    // When it goes on, the list is read and its shard taken as at first.
    this.version = undefined;
    for (const { query } of this.shard.take(new Map(), [name]).lost) this.backfills.drop(query.id);
    if (!this.joined) return;
    this.joined = false;
    log.error('the shard is given up to the others', { problem: clockOff?.() });
    await alive.leave(name);
    await readingsStore.publish(name, Math.floor(epochSeconds()), new Map());
  }

  private async beat(): Promise<void> {
    if (this.joined) await this.parts.alive.beat(this.parts.name);
  }

  /** Reads the list where it changed, and who is alive; joins when all is there that it needs. */
  private async look(): Promise<void> {
    const { list, alive, clock, log } = this.parts;
    const names = await alive.alive();
    if (this.mustRest(names)) return this.rest();
    this.resting = false;
    const version = await list.version();
    const changed = version !== undefined && version !== this.version;
    // Lost, and not to be confused with empty: what was known goes on.
    if (version === undefined && this.version !== undefined) this.doubt();
    const read = changed ? await list.read() : undefined;
    const collectors = this.believed(names);
    const others = collectors.join(' ') !== this.collectors.join(' ');
    if (read !== undefined || others) {
      if (others) log.info('collectors came or went', { before: this.collectors.length, now: collectors.length });
      // What others read meanwhile.
      if (version !== undefined) this.filled = new Set(await list.filled());
      this.list = read ?? this.list;
      this.readSeconds = Math.min(this.readSeconds, clock.nowSeconds());
      this.collectors = collectors;
      this.takeShare();
    }
    if (!changed || read !== undefined) this.version = version;
    this.shard.register();
    this.backfills.start();
    await this.join();
  }

  /** After an outage everybody looks dead who was not quicker than we to give a sign. */
  private believed(names: readonly string[]): readonly string[] {
    const inDoubt = this.parts.clock.nowSeconds() < this.doubtsUntilSeconds ? this.collectors : [];
    return [...new Set([...names, ...inDoubt, this.parts.name])].sort();
  }

  private doubt(): void {
    this.doubtsUntilSeconds = this.parts.clock.nowSeconds() + this.settings.deadAfterSeconds;
  }

  private takeShare(): void {
    const { gained, lost } = this.shard.take(this.list ?? new Map(), this.collectors);
    for (const { query } of lost) this.backfills.drop(query.id);
    for (const { query } of gained) {
      this.backfills.gaps(query);
      if (this.filled.has(query.id)) this.backfills.weeks(query);
    }
    for (const { query } of this.shard.own.values()) if (!this.filled.has(query.id)) this.backfills.week(query);
    if (gained.length + lost.length > 0) {
      const [gains, losses] = [gained.length, lost.length];
      this.parts.log.info('shard taken', { metrics: this.shard.own.size, gained: gains, lost: losses });
    }
  }

  /** Alive only when it can measure: until then those who do so now go on. */
  private async join(): Promise<void> {
    if (this.joined || this.list === undefined) return;
    const ready = this.parts.pods.synced && this.shard.complete;
    if (!ready && this.parts.clock.nowSeconds() - this.readSeconds < PATIENCE_SECONDS) return;
    this.joined = true;
    await this.beat();
  }

  private async ticks(signal: AbortSignal): Promise<void> {
    const { clock, epochSeconds, onTick } = this.parts;
    await eachTick(clock, epochSeconds, signal, async (atSeconds) => {
      const started = clock.nowSeconds();
      if (this.joined) {
        await this.tick(atSeconds);
        onTick?.(clock.nowSeconds() - started);
      }
      this.lastTickSeconds = epochSeconds();
    });
  }

  private async tick(atSeconds: number): Promise<void> {
    const queries = [...this.shard.own.values()].map(({ query }) => query);
    try {
      await this.backfills.hold(() => this.measuring.tick(queries, atSeconds));
      this.worked('tick');
    } catch (error) {
      this.failed('tick', error);
    }
  }

  private failed(what: Step, error: unknown): void {
    this.doubt();
    if (this.problems.size === 0) this.parts.log.error('the store failed: what is known is collected on', { error });
    this.problems.set(what, messageOf(error));
  }

  private worked(what: Step): void {
    if (this.problems.delete(what) && this.problems.size === 0) this.parts.log.info('the store answers again');
  }
}
