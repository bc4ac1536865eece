/* Over 350 lines: one world of collectors, and what may happen to them. */
import { describe, expect, it } from 'vitest';
import { InputError, WorldError } from '../../core/errors.ts';
import type { PodRecord } from '../../core/pod-record.ts';
import type { MetricRef } from '../../core/policy/policy.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { VirtualClock } from '../../kubernetes/fake/virtual-clock.ts';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import { type Log, SILENT } from '../../telemetry/log/log.ts';
import { Collecting } from './collecting.ts';
import type { CollectedMetric } from './collection.ts';
import { contractPod } from './demand-source.contract.ts';
import type { DemandReading, DemandSource } from './demand-source.ts';
import { MemoryCollectionList, MemoryCollectorsAlive, MemoryReadingsStore } from './memory-collection.ts';
import type { ShardPods } from './shard.ts';

/** A full hour. */
const START = 1_800_000_000;
const HOUR = 3_600;
const WEEK_MINUTES = 7 * 1_440;
const SETTINGS = { heartbeatSeconds: 5, deadAfterSeconds: 15, backfillsAtOnce: 4 };
const REQUESTS: MetricRef = { kind: 'template', template: 'requests', args: {} };
const CPU: MetricRef = { kind: 'resource', resource: 'cpu' };

const ref = (i: number): WorkloadRef => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: `team-${i % 10}`,
  name: `app-${i}`,
});
const idOf = (i: number) => `${workloadKey(ref(i))}#0`;
const metricOf = (i: number, metric: MetricRef = REQUESTS): CollectedMetric => ({
  query: { id: idOf(i), workload: ref(i), metric },
  selector: `app=app-${i}`,
});
const metrics = (count: number, metric?: MetricRef) => Array.from({ length: count }, (_, i) => metricOf(i, metric));
/** What was really asked of a workload in the minute that ends then: whole numbers, so that they come back as they were. */
const demand = (id: string, timeSeconds: number) => (id.length * 131 + Math.round(timeSeconds / 60)) % 1_009;

/** A Prometheus that measured everything all the time, though it can't always be asked. */
class Measured implements Pick<DemandSource, 'latest' | 'history'> {
  away = false;
  slowSeconds = 0;
  readonly poisoned = new Set<string>();
  perPod: ReadonlyMap<string, number> | undefined;
  asked = 0;
  underWay = 0;
  mostUnderWay = 0;
  readonly histories: string[] = [];
  /** Most histories that were asked for while the newest values were. */
  historiesUnderWay = 0;
  private readonly clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  readonly latest: DemandSource['latest'] = async (queries, atSeconds) => {
    this.asked++;
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    const asked = this.histories.length;
    await this.clock.sleep(this.slowSeconds);
    this.historiesUnderWay = Math.max(this.historiesUnderWay, this.histories.length - asked);
    this.underWay--;
    const reading = (id: string): DemandReading => {
      if (this.away) return { kind: 'missing', why: 'refuses connections' };
      if (this.poisoned.has(id)) return { kind: 'missing', why: 'the query gives 3 series' };
      const more = this.perPod === undefined ? {} : { perPod: this.perPod };
      return { kind: 'value', value: demand(id, atSeconds - 15), timeSeconds: atSeconds - 15, ...more };
    };
    return new Map(queries.map(({ id }) => [id, reading(id)]));
  };

  readonly history: DemandSource['history'] = async ({ id }, { startSeconds, endSeconds, stepSeconds }) => {
    this.histories.push(id);
    await this.clock.sleep(0.2);
    if (this.away) throw new WorldError('refuses connections');
    if (this.poisoned.has(id)) throw new InputError('the query gives 3 series');
    const length = (endSeconds - startSeconds) / stepSeconds + 1;
    const times = Float64Array.from({ length }, (_, i) => startSeconds + i * stepSeconds);
    return { times, values: times.map((time) => demand(id, time)) };
  };
}

/** Pods as the cluster has them. */
class Pods implements ShardPods {
  synced = true;
  refuses: Error | undefined;
  pods: readonly PodRecord[] = [];
  readonly registered = new Set<string>();

  async registerAll(workloads: readonly { workload: WorkloadRef }[]): Promise<Map<string, Error>> {
    const keys = workloads.map(({ workload }) => workloadKey(workload));
    if (this.refuses) return new Map(keys.map((key) => [key, this.refuses!]));
    for (const key of keys) this.registered.add(key);
    return new Map();
  }

  unregister(workload: WorkloadRef): void {
    this.registered.delete(workloadKey(workload));
  }

  readonly podsOf = (key: string) => (this.registered.has(key) ? this.pods : []);
}

/** A store, a Prometheus, and collectors that come and go. */
function world() {
  const clock = new VirtualClock(START);
  const list = new MemoryCollectionList();
  const readingsStore = new MemoryReadingsStore();
  const alive = new MemoryCollectorsAlive(clock.nowSeconds, SETTINGS.deadAfterSeconds);
  const history = new MemoryHistoryStore(8);
  const source = new Measured(clock);
  const store = { away: false };
  const ticks: number[] = [];
  const lines: string[] = [];
  const note = (message: string) => void lines.push(message);
  const log: Log = { ...SILENT, info: note, warn: note, error: note };

  /** Another process: what it sees of the store can be cut, and it can die in the middle of whatever it does. */
  const collector = (name: string, seesOthers = true, wall: { aheadSeconds: number } = { aheadSeconds: 0 }) => {
    const pods = new Pods();
    const stop = new AbortController();
    const process = { dead: false };
    const never = new Promise<never>(() => {});
    const reached = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        if (process.dead) return never;
        if (store.away) throw new WorldError('ECONNREFUSED');
        return call(...args);
      };
    };
    const collecting = new Collecting(
      {
        name,
        pods,
        random: () => 0.5,
        log,
        epochSeconds: () => clock.nowSeconds() + wall.aheadSeconds,
        clockOff: () => (Math.abs(wall.aheadSeconds) > 10 ? `the clock is ${wall.aheadSeconds} s ahead` : undefined),
        list: {
          put: reached((some) => list.put(some)),
          remove: reached((ids) => list.remove(ids)),
          read: reached(() => list.read()),
          version: reached(() => list.version()),
          markFilled: reached((ids) => list.markFilled(ids)),
          filled: reached(() => list.filled()),
        },
        readingsStore: {
          publish: reached((...args) => readingsStore.publish(...args)),
          read: reached(() => readingsStore.read()),
        },
        alive: {
          beat: reached((own) => alive.beat(own)),
          leave: reached((own) => alive.leave(own)),
          alive: reached(async () => (seesOthers ? alive.alive() : [name])),
        },
        history: {
          read: reached((id) => history.read(id)),
          fill: reached((id, series) => history.fill(id, series)),
          appendAll: reached(async (points) => {
            for (const { id, timeSeconds, value } of points) await history.append(id, timeSeconds, value);
          }),
        },
        source: {
          latest: async (...args) => (process.dead ? never : source.latest(...args)),
          history: async (...args) => (process.dead ? never : source.history(...args)),
        },
        clock: {
          nowSeconds: clock.nowSeconds,
          sleep: async (seconds, signal) => {
            await clock.sleep(seconds, signal);
            if (process.dead) await never;
          },
        },
        onTick: (seconds) => ticks.push(seconds),
      },
      SETTINGS,
    );
    const done = collecting.run(stop.signal);
    return {
      collecting,
      pods,
      kill: () => {
        process.dead = true;
      },
      leave: async () => {
        stop.abort();
        await clock.advance(1);
        await done;
      },
    };
  };

  /** Ids that have a value of the newest tick. */
  const fresh = async () => {
    const newest = Math.floor(clock.nowSeconds() / 15) * 15 - 15;
    const { readings } = await readingsStore.read();
    return [...readings].filter(([, one]) => one.kind === 'value' && one.timeSeconds >= newest).map(([id]) => id);
  };
  /** Minutes since then that are not in the history, or not as they were, of all these metrics. */
  const holes = async (count: number, sinceSeconds: number) => {
    let wrong = 0;
    const end = Math.floor((clock.nowSeconds() - 60) / 60) * 60;
    for (let i = 0; i < count; i++) {
      const series = await history.read(idOf(i));
      for (let at = sinceSeconds; at <= end; at += 60) {
        const value = series?.values[(at - series.startSeconds) / 60];
        if (value !== demand(idOf(i), at)) wrong++;
      }
    }
    return wrong;
  };
  return { clock, list, readingsStore, alive, history, source, store, ticks, lines, collector, fresh, holes };
}

describe('two collectors', () => {
  it('share 100 workloads, read their week, and measure each of them each tick', async () => {
    const { clock, list, history, collector, fresh, holes } = world();
    await list.put(metrics(100));
    const [a, b] = [collector('a'), collector('b')];
    await clock.advance(600);
    const owned = [a, b].map(({ collecting }) => collecting.state.owned);
    expect(owned[0]! + owned[1]!).toBe(100);
    expect(Math.min(...owned)).toBeGreaterThan(30);
    expect(await fresh()).toHaveLength(100);
    expect(await list.filled()).toEqual(new Set(metrics(100).map(({ query }) => query.id)));
    expect((await history.read(idOf(7)))!.values.length).toBeGreaterThan(WEEK_MINUTES);
    expect(await holes(100, START - HOUR)).toBe(0);
    for (const { collecting } of [a, b]) {
      expect(collecting.unready()).toEqual([]);
      expect(collecting.state).toMatchObject({ alive: 2, missing: 0, backfillsWaiting: 0, backfillsFailing: 0 });
    }
  });

  it('one dies: the other measures all within the time of silence and a tick, and no history has a gap', async () => {
    const { clock, list, source, collector, fresh, holes } = world();
    await list.put(metrics(100));
    const [a, b] = [collector('a'), collector('b')];
    // After its last sign of life, and just before a tick: the worst moment.
    await clock.advance(614.5);
    expect(await fresh()).toHaveLength(100);
    b.kill();
    source.histories.length = 0;
    let tookSeconds = 0;
    while ((await fresh()).length < 100 || tookSeconds < 3) {
      await clock.advance(1);
      tookSeconds++;
    }
    // A look each 2 s is in between.
    expect(tookSeconds).toBeLessThanOrEqual(SETTINGS.deadAfterSeconds + 15 + 2);
    await clock.advance(300);
    expect(a.collecting.state).toMatchObject({ owned: 100, alive: 1, missing: 0 });
    expect(await holes(100, START)).toBe(0);
    // Only what lacked something was asked for.
    expect(new Set(source.histories).size).toBeLessThan(75);
  });

  it('one leaves in order: its shard is taken at the next look, without a tick that lacks anything', async () => {
    const { clock, list, collector, fresh } = world();
    await list.put(metrics(100));
    const [a, b] = [collector('a'), collector('b')];
    await clock.advance(603);
    await b.leave();
    await clock.advance(12);
    expect(a.collecting.state.owned).toBe(100);
    expect(await fresh()).toHaveLength(100);
  });

  it('both believe that all is theirs: everything is there once, and right', async () => {
    const { clock, list, readingsStore, history, collector, fresh, holes } = world();
    await list.put(metrics(50));
    const [a, b] = [collector('a', false), collector('b', false)];
    await clock.advance(900);
    expect([a.collecting.state.owned, b.collecting.state.owned]).toEqual([50, 50]);
    expect(await fresh()).toHaveLength(50);
    expect((await readingsStore.read()).publishedSeconds.size).toBe(2);
    expect(await holes(50, START - HOUR)).toBe(0);
    expect(await history.ids()).toHaveLength(50);
  });

  it('a third one takes its shard only when it has listed the pods, and nobody waits for it until then', async () => {
    const { clock, list, alive, collector, fresh } = world();
    await list.put(metrics(90, CPU));
    const [a, b] = [collector('a'), collector('b')];
    await clock.advance(120);
    const c = collector('c');
    c.pods.synced = false;
    await clock.advance(30);
    expect(await alive.alive()).toEqual(['a', 'b']);
    expect(c.collecting.unready()).toEqual([expect.stringContaining('pods are not listed yet')]);
    expect(a.collecting.state.owned + b.collecting.state.owned).toBe(90);
    c.pods.synced = true;
    await clock.advance(30);
    expect(await alive.alive()).toEqual(['a', 'b', 'c']);
    const owned = [a, b, c].map(({ collecting }) => collecting.state.owned);
    expect(owned.reduce((sum, one) => sum + one)).toBe(90);
    for (const [i, one] of [a, b, c].entries()) expect(one.pods.registered.size).toBe(owned[i]);
    expect(await fresh()).toHaveLength(90);
  });

  it('pods that can not be listed keep nobody from measuring what needs none', async () => {
    const { clock, list, collector, fresh } = world();
    await list.put([...metrics(3), metricOf(3, CPU)]);
    const a = collector('a');
    a.pods.refuses = new WorldError('the API server is away');
    await clock.advance(30);
    expect(a.collecting.unready()).toHaveLength(1);
    await clock.advance(75);
    expect(await fresh()).toEqual(expect.arrayContaining([0, 1, 2].map(idOf)));
    a.pods.refuses = undefined;
    await clock.advance(15);
    expect(a.pods.registered).toEqual(new Set([workloadKey(ref(3))]));
  });
});

describe('a collector whose Prometheus', () => {
  it('is away for two minutes says so, publishes no value, and fills the gap afterwards', async () => {
    const { clock, list, readingsStore, source, collector, fresh, holes } = world();
    await list.put(metrics(20));
    const a = collector('a');
    await clock.advance(300);
    source.away = true;
    await clock.advance(120);
    expect(await fresh()).toEqual([]);
    expect((await readingsStore.read()).readings.get(idOf(0))).toEqual({ kind: 'missing', why: 'refuses connections' });
    expect(a.collecting.state.missing).toBe(20);
    expect(a.collecting.unready()).toEqual([]);
    source.away = false;
    await clock.advance(15);
    expect(await fresh()).toHaveLength(20);
    await clock.advance(285);
    expect(await holes(20, START)).toBe(0);
  });

  it('is away at first: nothing is called read, and all is read once it is there', async () => {
    const { clock, list, source, collector, holes } = world();
    await list.put(metrics(20));
    source.away = true;
    const a = collector('a');
    await clock.advance(300);
    expect(a.collecting.state).toMatchObject({ backfillsWaiting: 20, backfillsFailing: 20 });
    expect((await list.filled()).size).toBe(0);
    source.away = false;
    await clock.advance(300);
    expect((await list.filled()).size).toBe(20);
    expect(await holes(20, START - HOUR)).toBe(0);
  });

  it('is slow: a history is asked for before or after the newest values, never meanwhile', async () => {
    const { clock, list, source, collector } = world();
    await list.put(metrics(1_000));
    source.slowSeconds = 5;
    const a = collector('a');
    await clock.advance(45);
    expect(a.collecting.state.backfillsWaiting).toBeGreaterThan(0);
    expect(source.histories.length).toBeGreaterThan(100);
    expect(source.historiesUnderWay).toBe(0);
  });

  it('refuses one query: that one waits ever longer, and the others are read', async () => {
    const { clock, list, readingsStore, source, collector, holes } = world();
    await list.put(metrics(20));
    source.poisoned.add(idOf(0));
    const a = collector('a');
    await clock.advance(HOUR);
    expect((await list.filled()).size).toBe(19);
    expect(a.collecting.state).toMatchObject({ missing: 1, backfillsWaiting: 1, backfillsFailing: 1 });
    expect(source.histories.filter((id) => id === idOf(0)).length).toBeLessThan(15);
    expect((await readingsStore.read()).readings.get(idOf(0))).toMatchObject({ kind: 'missing' });
    source.poisoned.clear();
    await clock.advance(700);
    expect((await list.filled()).size).toBe(20);
    expect(await holes(20, START - HOUR)).toBe(0);
  });

  it('takes 40 s a tick: ticks are left out, never two at once, and the minutes left out are asked for', async () => {
    const { clock, list, source, ticks, collector, holes } = world();
    await list.put(metrics(5));
    collector('a');
    await clock.advance(60);
    source.slowSeconds = 40;
    const before = ticks.length;
    await clock.advance(450);
    expect(ticks.length - before).toBe(9);
    expect(source.mostUnderWay).toBe(1);
    source.slowSeconds = 0;
    await clock.advance(900);
    expect(await holes(5, START)).toBe(0);
  });
});

describe('a collector whose store', () => {
  it('is away for three minutes measures on, publishes again, and fills the gap', async () => {
    const { clock, list, source, store, lines, collector, fresh, holes } = world();
    await list.put(metrics(40));
    const [a, b] = [collector('a'), collector('b')];
    await clock.advance(302);
    const owned = a.collecting.state.owned;
    store.away = true;
    const asked = source.asked;
    await clock.advance(180);
    expect(source.asked - asked).toBe(24);
    expect(a.collecting.unready()).toEqual(['Redis is away or refuses: ECONNREFUSED']);
    expect(await fresh()).toEqual([]);
    store.away = false;
    await clock.advance(15);
    expect(await fresh()).toHaveLength(40);
    // Nobody took the other for dead, though each was silent for long.
    expect([a.collecting.state.owned, b.collecting.state.owned]).toEqual([owned, 40 - owned]);
    expect(lines.filter((line) => line === 'collectors came or went').length).toBeLessThanOrEqual(2);
    expect(a.collecting.unready()).toEqual([]);
    await clock.advance(285);
    expect(await holes(40, START)).toBe(0);
  });

  it('lost the list goes on with what it knew, and reads the weeks again when the list is there again', async () => {
    const { clock, list, history, collector, fresh, holes } = world();
    await list.put(metrics(20));
    const a = collector('a');
    await clock.advance(300);
    list.lose();
    for (const id of await history.ids()) await history.forget(id);
    await clock.advance(90);
    expect(a.collecting.state.owned).toBe(20);
    expect(await fresh()).toHaveLength(20);
    await list.put(metrics(20));
    await clock.advance(120);
    expect((await list.filled()).size).toBe(20);
    expect((await history.read(idOf(3)))!.values.length).toBeGreaterThan(WEEK_MINUTES);
    expect(await holes(20, START - HOUR)).toBe(0);
  });

  it('has no list yet says so, and is not among the living', async () => {
    const { clock, alive, collector } = world();
    const a = collector('a');
    await clock.advance(120);
    expect(a.collecting.unready()).toEqual([expect.stringContaining('does an actuator run')]);
    expect(await alive.alive()).toEqual([]);
  });
});

describe('what a collector', () => {
  it('does not own any more is neither measured nor watched', async () => {
    const { clock, list, readingsStore, collector } = world();
    await list.put(metrics(4, CPU));
    const a = collector('a');
    await clock.advance(60);
    await list.remove([idOf(1), idOf(2)]);
    await clock.advance(30);
    expect([...(await readingsStore.read()).readings.keys()].sort()).toEqual([idOf(0), idOf(3)].sort());
    expect(a.pods.registered).toEqual(new Set([workloadKey(ref(0)), workloadKey(ref(3))]));
  });

  it('publishes tells where pods at their limit hide the demand', async () => {
    const { clock, list, readingsStore, source, collector } = world();
    const requests = { cpuCores: 1, memoryBytes: 1e9, gpus: 0, cpuLimitCores: 2 };
    await list.put(metrics(1, CPU));
    const a = collector('a');
    a.pods.pods = ['x', 'y', 'z'].map((name) => contractPod(name, START, { requests }));
    for (const [usage, censored] of [
      [1.97, true],
      [1.2, false],
    ] as const) {
      source.perPod = new Map(['x', 'y', 'z'].map((name) => [name, usage]));
      await clock.advance(30);
      const reading = (await readingsStore.read()).readings.get(idOf(0));
      expect(reading).toMatchObject({ kind: 'value', censored });
      expect(reading).not.toHaveProperty('perPod');
    }
  });
});

describe('a collector whose clock is 90 s ahead', () => {
  it('says so and gives up its shard: the other measures all from its next tick on, until the clock is right', async () => {
    const { clock, list, alive, lines, collector, fresh, holes } = world();
    await list.put(metrics(60));
    const wall = { aheadSeconds: 0 };
    const [a, b] = [collector('a', true, wall), collector('b')];
    await clock.advance(303);
    expect(await fresh()).toHaveLength(60);
    wall.aheadSeconds = 90;
    await clock.advance(20);
    expect(a.collecting.unready()).toEqual(['the clock is 90 s ahead; others measure meanwhile']);
    expect(a.collecting.state.owned).toBe(0);
    expect(await alive.alive()).toEqual(['b']);
    expect(b.collecting.state.owned).toBe(60);
    // Nothing that was measured under the wrong time is newer than what is measured under the right one.
    for (let tick = 0; tick < 4; tick++) {
      await clock.advance(15);
      expect(await fresh()).toHaveLength(60);
    }
    expect(lines).toContain('the shard is given up to the others');
    wall.aheadSeconds = 0;
    await clock.advance(30);
    expect(a.collecting.unready()).toEqual([]);
    expect(a.collecting.state.owned + b.collecting.state.owned).toBe(60);
    expect(a.collecting.state.owned).toBeGreaterThan(0);
    expect(await fresh()).toHaveLength(60);
    await clock.advance(300);
    expect(await holes(60, START)).toBe(0);
  });

  it('at its start takes no shard from one whose clock is right', async () => {
    const { clock, list, alive, collector, fresh } = world();
    await list.put(metrics(20));
    collector('b');
    await clock.advance(60);
    collector('a', true, { aheadSeconds: 90 });
    await clock.advance(120);
    expect(await alive.alive()).toEqual(['b']);
    expect(await fresh()).toHaveLength(20);
  });

  it('measures all the same where nobody else does, as that of Redis may be the wrong one', async () => {
    const { clock, list, alive, collector, fresh } = world();
    await list.put(metrics(20));
    const [a, b] = [collector('a', true, { aheadSeconds: 30 }), collector('b', true, { aheadSeconds: 30 })];
    await clock.advance(120);
    // One of the two, and not to and fro.
    const names = await alive.alive();
    expect(names).toHaveLength(1);
    expect([a, b].map(({ collecting }) => collecting.state.owned).sort()).toEqual([0, 20]);
    expect((await fresh()).length).toBe(20);
    await clock.advance(300);
    expect(await alive.alive()).toEqual(names);
  });
});
