/* Over 350 lines: whatever a stranger may write into each key of one Redis. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeFleetRecord, decodeGuardRecord } from '../../actuator/guards/guard-record.ts';
import type { Margins } from '../../actuator/scaler/plan.ts';
import { MetricScaler } from '../../addon/engine/metric-scaler.ts';
import { type Refitted, refit } from '../../addon/refits/refit.ts';
import { decodeRefitted, encodeRefitted } from '../../addon/refits/refit-codec.ts';
import { runRefitJob } from '../../addon/refits/refit-job.ts';
import { CollectedDemand } from '../../addon/sources/collected-demand.ts';
import { Collecting } from '../../collector/demand/collecting.ts';
import type { CollectedMetric } from '../../collector/demand/collection.ts';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { VirtualClock } from '../../kubernetes/fake/virtual-clock.ts';
import { RedisCollectionList } from '../../redis/collection/collection-list.io.ts';
import { RedisCollectorsAlive } from '../../redis/collection/collectors-alive.io.ts';
import { RedisReadingsStore } from '../../redis/collection/readings-store.io.ts';
import { RedisKeys, shardOf } from '../../redis/keys.ts';
import { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import { bullWorker } from '../../redis/queue/refit-worker.io.ts';
import type { RedisStoreParts } from '../../redis/store-parts.ts';
import { RedisForecastStore } from '../../redis/stores/forecast-store.io.ts';
import { RedisGuardStore } from '../../redis/stores/guard-store.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { PackedRing } from '../../redis/stores/minute-codec.ts';
import { RedisNeuralModelStore } from '../../redis/stores/neural-model-store.io.ts';
import { RedisStartupStore } from '../../redis/stores/startup-store.io.ts';
import { ValueMac } from '../../redis/value-mac.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { textCodec } from './payload.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { until } from './redis-settings.ts';

/*
 * Somebody who may write to Redis, and would scale, blind or stop others with it. `he` writes whatever he likes; the roles are the real
 * stores on a real server.
 */

const NOW = Math.floor(Date.now() / 1000 / TICK_SECONDS) * TICK_SECONDS;
/** The year 10136. */
const FAR_MINUTE = 2 ** 32 - 2;
const ID = 'shop/Deployment/web#0';
const OTHER = 'shop/Deployment/api#0';
const keys = new RedisKeys('prescale');
const KEY = Buffer.from('a key that the roles share and that he does not have');

let server: RedisServer;
let he: Redis;
let damage: string[];

beforeAll(async () => {
  server = await startRedis();
  he = new Redis({ port: server.port });
});
afterAll(async () => {
  he.disconnect();
  await server.stop();
});
beforeEach(async () => {
  damage = [];
  await he.flushall();
});

/** What the roles' stores are told. @param key of the MACs; by default there is none */
function parts(key?: Buffer): RedisStoreParts {
  const onDamage = (message: string) => void damage.push(message);
  return { onDamage, mac: new ValueMac(key), epochSeconds: () => Date.now() / 1000 };
}

const metric: CollectedMetric = {
  query: {
    id: ID,
    workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    metric: { kind: 'template', template: 'requests', args: {} },
  },
  selector: 'app=web',
};

/** A forged ring: one minute of this one, with whatever checks there are for who has no key. */
function forgedRing(minute: number, value = 5): Buffer {
  const ring = new PackedRing(8 * 1_440);
  ring.set(minute, value);
  return Buffer.from(ring.encode({ key: keys.ring(ID), mac: new ValueMac() }));
}

/** A collector that owns one metric, of which Prometheus knows a week; its clock goes by the second of `pass`. */
async function collector(of: RedisStoreParts) {
  const clock = new VirtualClock(NOW);
  const list = new RedisCollectionList(he, 'prescale', of);
  await list.put([metric]);
  const history = new RedisHistoryStore(he, 'prescale', 8, {
    ...of,
    epochSeconds: clock.nowSeconds,
    onDamage: (message, id) => {
      damage.push(message);
      collecting.refill(id);
    },
    onBegun: (id) => collecting.begun(id),
  });
  const collecting: Collecting = new Collecting(
    {
      name: 'a',
      list,
      history,
      clock,
      epochSeconds: clock.nowSeconds,
      random: () => 0.5,
      log: { ...SILENT, error: (message) => damage.push(message) },
      readingsStore: new RedisReadingsStore(he, 'prescale', of),
      alive: { alive: async () => ['a'], beat: async () => {}, leave: async () => {} },
      source: {
        latest: async (_, at) => new Map([[ID, { kind: 'value', value: 7, timeSeconds: at - 15 }]]),
        history: async (_, { startSeconds, endSeconds }) => {
          const times = Float64Array.from(
            { length: (endSeconds - startSeconds) / 60 + 1 },
            (__, i) => startSeconds + 60 * i,
          );
          return { times, values: times.map(() => 7) };
        },
      },
      pods: { registerAll: async () => new Map(), unregister: () => {}, podsOf: () => [], synced: true },
    },
    { heartbeatSeconds: 5, deadAfterSeconds: 15, backfillsAtOnce: 4 },
  );
  const stop = new AbortController();
  const done = collecting.run(stop.signal);
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed++) {
      await clock.advance(1);
      await new Promise((resolve) => setTimeout(resolve, 8));
    }
  };
  const end = async () => {
    stop.abort();
    await pass(3);
    await done;
  };
  return { pass, history, end, now: clock.nowSeconds };
}

describe('what claims to be from the future is damage: said, begun anew, filled again', () => {
  it('a history whose newest minute is in the year 10136: its week is read again, and minutes go on', {
    timeout: 60_000,
  }, async () => {
    const { pass, history, end, now } = await collector(parts());
    await pass(120);
    expect((await history.read(ID))!.values.length).toBeGreaterThan(7 * 1_440);
    await he.set(keys.ring(ID), forgedRing(FAR_MINUTE));
    // The forecaster reads it, or the actuator.
    expect(await history.read(ID)).toBeUndefined();
    await pass(120);
    const series = (await history.read(ID))!;
    expect(series.values.length).toBeGreaterThan(7 * 1_440);
    expect(series.startSeconds + 60 * (series.values.length - 1)).toBeGreaterThan(now() - 180);
    expect(damage.filter((line) => line.includes('s in the future; expected none'))).toHaveLength(1);
    await end();
  });

  it('a block of a history alone, in the place of the newest one: the collector itself finds it', {
    timeout: 60_000,
  }, async () => {
    const { pass, history, end } = await collector(parts());
    await pass(120);
    const whole = (await he.getBuffer(keys.ring(ID)))!;
    const newest = Math.floor(NOW / 60 / 480);
    // The same place, a thousand rounds of the ring later.
    const far = forgedRing((newest + 25_000) * 480 + 7);
    const at = 12 + 982 * (newest % 25);
    far.copy(whole, at, at, at + 982);
    await he.set(keys.ring(ID), whole);
    await pass(120);
    expect((await history.read(ID))!.values.length).toBeGreaterThan(7 * 1_440);
    expect(damage.some((line) => line.includes('in the future'))).toBe(true);
    await end();
  });

  it('a forecast that never expires: it is not used, and keeps no honest one out', async () => {
    const forecasts = () => new RedisForecastStore(he, 'prescale', textCodec, parts());
    const liar = new RedisForecastStore(he, 'prescale', textCodec, { ...parts(), epochSeconds: () => 1e13 });
    const payload = { text: 'forged', numbers: new Float64Array(0) };
    await liar.publish(ID, { untilSeconds: 2.6e11, expiresSeconds: 2.6e11 + 1, payload });
    await liar.publish(OTHER, { untilSeconds: NOW, expiresSeconds: 2.6e11, payload });
    const reader = forecasts();
    await reader.news();
    expect(await reader.take(ID, NOW)).toBeUndefined();
    expect(await reader.take(OTHER, NOW)).toBeUndefined();
    expect(damage).toEqual([
      expect.stringMatching(/the forecast of shop\/Deployment\/web#0 can't be used: found a time \d+ s in the future/),
      expect.stringMatching(/the forecast of shop\/Deployment\/api#0 can't be used: found a forecast for \d+ s/),
    ]);
    const honest = { untilSeconds: NOW, expiresSeconds: NOW + 1_000, payload: { ...payload, text: 'honest' } };
    await forecasts().publish(ID, honest);
    expect(await reader.news()).toContain(ID);
    expect((await reader.take(ID, NOW))!.payload.text).toBe('honest');
  });

  it('an index of forecasts that is full until the year 10136: what is published is news all the same', async () => {
    const [writer, reader] = [1, 2].map(() => new RedisForecastStore(he, 'prescale', textCodec, parts())) as [
      RedisForecastStore<{ text: string; numbers: Float64Array }>,
      RedisForecastStore<{ text: string; numbers: Float64Array }>,
    ];
    await he.zadd(keys.forecasts(shardOf(ID)), 2.6e17, 'forged', '+inf', 'forged too');
    await reader.news();
    const payload = { text: 'honest', numbers: new Float64Array(0) };
    await writer.publish(ID, { untilSeconds: NOW, expiresSeconds: NOW + 1_000, payload });
    expect(await reader.news()).toEqual(new Set([ID]));
    expect(await he.zcard(keys.forecasts(shardOf(ID)))).toBe(1);
  });

  it('readings of a tick or a time in the future are none, and stand in nobody’s way', async () => {
    const readingsStore = new RedisReadingsStore(he, 'prescale', parts());
    const value = (timeSeconds: number, demand = 9) => ({ kind: 'value', value: demand, timeSeconds }) as const;
    await he.hset(
      keys.readingsStore,
      'liar',
      `1e12 ${'9'.repeat(19)}`,
      'late',
      '5 99999999999999999999999',
      'odd',
      '1e999 7',
    );
    const liar = new RedisReadingsStore(he, 'prescale', { ...parts(), epochSeconds: () => 1e13 });
    await liar.publish('liar', 1e12, new Map([[ID, value(NOW, 0)]]));
    await liar.publish('minutes', NOW, new Map([[OTHER, value(1e12)]]));
    expect((await readingsStore.read()).readings.size).toBe(0);
    await readingsStore.publish('good', NOW, new Map([[ID, value(NOW - 15)]]));
    const { readings, publishedSeconds } = await readingsStore.read();
    expect(readings).toEqual(new Map([[ID, value(NOW - 15)]]));
    expect(damage).toContainEqual(expect.stringMatching(/^readings of liar: found a time \d+ s in the future/));
    expect(damage).toContainEqual(expect.stringMatching(/^readings of minutes: found .* expected a reading$/));
    expect(publishedSeconds.get('good')).toBe(NOW);
    expect(await he.hkeys(keys.readingsStore)).toEqual(['minutes', 'good'].sort().reverse());
  });

  it('a collector that is alive until the year 10136 is not, and takes nobody’s share', async () => {
    const alive = new RedisCollectorsAlive(he, 'prescale', 15, parts());
    await he.zadd(keys.collectors, 2.6e14, 'ghost', '+inf', 'ghost-2', Date.now(), 'bad\nname');
    expect(await alive.alive()).toEqual([]);
    await alive.beat('a');
    expect(await alive.alive()).toEqual(['a']);
    expect(damage).toEqual([expect.stringContaining('found 2 heartbeats from the future')]);
  });

  it('what guards remember, and start-ups, are none where their time is in the future', async () => {
    const far = JSON.stringify({ version: 1, seconds: 1e12, openSeconds: 1e12 });
    await he.hset(keys.guards, 'fleet', far);
    const stored = await new RedisGuardStore(he, 'prescale', parts()).get('fleet');
    expect(decodeFleetRecord(stored!, NOW)).toMatchObject({ damage: expect.stringContaining('in the future') });
    const sketches = new StartupSketches(NOW);
    await he.set(keys.startups, JSON.stringify({ ...sketches.serialize(NOW), atSeconds: 1e12 }));
    expect(await new RedisStartupStore(he, 'prescale', parts()).load()).toBeUndefined();
    expect(damage).toEqual([expect.stringContaining('in the future; they are measured again')]);
  });

  it('a refit that is wanted since the year 10136, or by an entry that is none, is asked for anew', async () => {
    const { mac } = parts();
    const onDamage = (message: string) => void damage.push(message);
    const queue = new BullRefitQueue<number>(
      { client: he, keyPrefix: 'prescale', attempts: 5, backoffSeconds: 1, mac, onDamage },
      () => {},
    );
    const prefix = 'prescale:{jobs}:refit';
    for (const entry of ['1 260000000000000 0 {}', 'garbage', '1 2 x y', `${'9'.repeat(400)} 1 1 {}`]) {
      await he.hset(`${prefix}-wanted`, ID, entry);
      await he.zadd(`${prefix}-since`, '-inf', ID);
      await he.set(`${prefix}-sequence`, entry === 'garbage' ? 'x' : '9223372036854775807');
      await queue.submit(ID, 7, 3);
      expect(queue.payloadOf(ID, (await queue.wanted.read(ID))!.body)).toBe(7);
      expect(await queue.wanted.oldestSeconds()).toBeLessThan(1e9);
      await queue.cancel(ID);
    }
    await he.hset(`${prefix}-wanted`, ID, 'garbage');
    expect(await queue.wanted.read(ID)).toBeUndefined();
    expect(damage).toEqual([expect.stringContaining('found "garbage"; expected an entry of ours: it is removed')]);
    await queue.close();
  });
});

/** What the object asks for: 10 a pod, so that a load of 120 needs 12 pods. */
const POLICY = { podCapacity: 10, unmetTargetBp: 1, min: 1, max: 60 } as const;
const BOUNDS = { min: 1, max: 60 };

function refitFor(policy: Parameters<typeof refit>[0]['policy'], leadTimeSeconds = 20): Refitted {
  const points = 2 * 1_440;
  const values = new Float64Array(points).fill(120);
  return refit({
    history: { startSeconds: NOW - 15 - 60 * points, stepSeconds: 60, values },
    policy,
    leadTimeSeconds,
    seed: 1,
    aimBp: 'fresh',
    aheadTicks: 1_440,
    neural: 'shipped',
    startup: { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 },
  });
}

/** The metric as the actuator has it, after some ticks of a load of 120. */
function observed(): MetricScaler {
  const scaler = new MetricScaler(metric.query, 'requests', 'req/s');
  for (let tick = NOW / TICK_SECONDS - 3; tick <= NOW / TICK_SECONDS; tick++) {
    scaler.observe(tick, { kind: 'value', value: 120, timeSeconds: tick * TICK_SECONDS - 15 }, false);
  }
  return scaler;
}

describe('a forecast says nothing that the object says: capacity, bounds, SLO, mode and measurement', () => {
  const codec = { encode: encodeRefitted, decode: (bytes: Uint8Array) => decodeRefitted(bytes, NOW + 60) };
  const store = () => new RedisForecastStore<Refitted>(he, 'prescale', codec, parts());
  const honest = refitFor(POLICY);
  const learner = (podCapacity: number) => refitFor({ ...POLICY, podCapacity }).state.learner;

  async function takenBy(scaler: MetricScaler, forged: Refitted): Promise<boolean> {
    await store().publish(ID, { untilSeconds: honest.untilSeconds, expiresSeconds: NOW + 3_600, payload: forged });
    const published = await store().take(ID, NOW);
    return published !== undefined && scaler.adopt(published.payload, POLICY, 1e9);
  }

  it('an honest one asks for the pods that the load needs', async () => {
    const scaler = observed();
    expect(await takenBy(scaler, honest)).toBe(true);
    const { replicas } = scaler.decide({ total: 12, ready: 12 }, BOUNDS)!;
    expect(replicas).toBeGreaterThanOrEqual(12);
    expect(replicas).toBeLessThanOrEqual(13);
  });

  it.each<[string, () => Refitted]>([
    ['another capacity: 40 pods instead of 12', () => refitFor({ ...POLICY, podCapacity: 3 })],
    ['another capacity: 1 pod instead of 12', () => refitFor({ ...POLICY, podCapacity: 1_000 })],
    ['another SLO', () => refitFor({ ...POLICY, unmetTargetBp: 1_000 })],
    [
      'the forecast alone, so that no load is a floor',
      () => ({ ...honest, policy: { ...POLICY, mode: 'predictive' } }),
    ],
    ['the reactive rule alone', () => ({ ...honest, policy: { ...POLICY, mode: 'reactive' } })],
    ['a need that is kept for an hour', () => ({ ...honest, policy: { ...POLICY, leastStabilizationTicks: 240 } })],
    [
      'another measurement',
      () => ({ ...honest, policy: { ...POLICY, measurement: { kind: 'rate', windowSeconds: 60 } } }),
    ],
    [
      'a learner of other pods under the right policy',
      () => ({ ...honest, state: { ...honest.state, learner: learner(3) } }),
    ],
  ])('%s: refused, in words, and what is observed decides', async (_, forge) => {
    const scaler = observed();
    scaler.fallBack(POLICY, 20);
    const before = scaler.decide({ total: 12, ready: 12 }, BOUNDS)!.replicas;
    expect(await takenBy(scaler, forge())).toBe(false);
    expect(scaler.refused).toMatch(/^it is for .* is asked for: another one is made$/);
    expect(scaler.decide({ total: 12, ready: 12 }, BOUNDS)!.replicas).toBe(before);
    expect(scaler.refitWanted(0)).toBe('first');
  });

  it.each<[string, (margins: Margins) => Refitted]>([
    ['margins of a thousand errors', (margins) => withMargins({ ...margins, safetyMultiplier: 1_000 })],
    ['margins below what no error needs', (margins) => withMargins({ ...margins, safetyMultiplier: -5 })],
    ['headroom below the load', (margins) => withMargins({ ...margins, headroom: -0.9 })],
    ['a headroom of a hundred loads', (margins) => withMargins({ ...margins, headroom: 100 })],
    ['a window of a day', (margins) => withMargins({ ...margins, stabilizationTicks: 5_760 })],
    ['a target of 1 %', () => withMode({ kind: 'reactive', target: 0.01 })],
    ['a target of 10,000 %', () => withMode({ kind: 'reactive', target: 100 })],
    [
      'a season that never ends',
      () => withLearner((l) => ({ ...l, season: { ...l.season, from: l.season.from + 1e9 } })),
    ],
    ['a floor of a million pods', () => withLearner((l) => ({ ...l, signal: { ...l.signal, floor: 1e7 } }))],
    ['a lead time of a year', () => withLearner((l) => ({ ...l, leadTimeSeconds: 3e7 }))],
    ['a largest demand that is infinite', () => ({ ...honest, state: { ...honest.state, mostSeen: 1e300 } })],
    [
      'a budget that is less than nothing',
      () => ({ ...honest, state: { ...honest.state, budget: { unmet: -1, demand: 1 } } }),
    ],
    ['a time in the future', () => ({ ...honest, untilSeconds: NOW + 3_600 })],
    ['a book for a reason', () => ({ ...honest, period: { ...honest.period, reason: 'x'.repeat(100_000) } })],
  ])('%s is refused where it is decoded', async (_, forge) => {
    const scaler = observed();
    expect(
      await takenBy(scaler, forge({ safetyMultiplier: 1, headroom: 0.1, keepMultiplier: 0, stabilizationTicks: 4 })),
    ).toBe(false);
    expect(damage).toEqual([expect.stringMatching(/can't be used: .*(expected|found)/)]);
    expect(scaler.learned).toBe(false);
  });

  const withMode = (mode: Refitted['state']['calibration']['mode']): Refitted => ({
    ...honest,
    state: { ...honest.state, calibration: { ...honest.state.calibration, mode, costRatio: 1, unmetBp: 0 } },
  });
  const withMargins = (margins: Margins) => withMode({ kind: 'predictive', margins });
  const withLearner = (change: (of: Refitted['state']['learner']) => Refitted['state']['learner']): Refitted => ({
    ...honest,
    state: { ...honest.state, learner: change(honest.state.learner) },
  });

  it('a job that asks for what nobody can want is refused before it is run', async () => {
    const job = {
      policy: POLICY,
      startup: { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 },
      leadTimeSeconds: 20,
    } as const;
    const run = (forged: object) =>
      runRefitJob(
        {
          history: { read: async () => undefined },
          forecasts: { publish: async () => expect.unreachable(), peek: async () => expect.unreachable() },
          pool: { run: async () => expect.unreachable(), close: async () => {} },
          neuralModels: { current: 'none' },
          epochSeconds: () => NOW,
        },
        ID,
        { ...job, seed: 1, aimBp: undefined, aheadTicks: 480, ...forged },
      );
    for (const forged of [
      { aheadTicks: 1e9 },
      { leadTimeSeconds: 1e9 },
      { policy: { ...POLICY, podCapacity: -1 } },
      { policy: { ...POLICY, podCapacity: 'x' } },
      { policy: null },
      { startup: { kind: 'measured', seconds: [] } },
      { startup: { kind: 'measured', seconds: new Array(100_000).fill(1) } },
      { aimBp: 'all' },
      { more: 1 },
    ]) {
      await expect(run(forged), JSON.stringify(forged).slice(0, 60)).rejects.toThrow(`the refit of ${ID}: `);
    }
  });
});

describe('names that are none never become a path of the API', () => {
  const entry = (over: object, selector = 'app=web') =>
    JSON.stringify({ query: { ...metric.query, ...over }, selector });
  const workload = (over: object) => ({ workload: { ...metric.query.workload, ...over } });

  it.each([
    ['a namespace of a dot and a star', ID, entry(workload({ namespace: '.*' }))],
    ['a namespace that leads upwards', ID, entry(workload({ namespace: '../..' }))],
    ['a name with a query', ID, entry(workload({ name: 'web?watch=true' }))],
    ['a name with a slash', ID, entry(workload({ name: 'web/../secrets' }))],
    ['a version that is a path', ID, entry(workload({ apiVersion: 'apps/v1/../..' }))],
    ['a kind that is none', ID, entry(workload({ kind: 'a b' }))],
    ['the query of another workload under this id', OTHER, entry({})],
    ['the workload of another one under this id', ID, entry(workload({ name: 'api' }))],
    ['a selector that is none', ID, JSON.stringify({ query: metric.query, selector: ['app=web'] })],
    ['another shape', ID, '[]'],
  ])('%s: refused, said, and written anew by the leader', async (_, id, text) => {
    const list = new RedisCollectionList(he, 'prescale', parts());
    await list.put([metric]);
    await he.hset(keys.collected, id, text);
    const read = await list.read();
    for (const { query } of read!.values()) expect(query).toEqual(metric.query);
    expect(damage).toEqual([expect.stringContaining(`what is to be collected for ${id}: found`)]);
    // Without its version the list is known to be lost, and is never "nothing".
    expect(await list.version()).toBeUndefined();
    await list.put([metric]);
    expect(await list.read()).toEqual(new Map([[ID, metric]]));
  });
});

describe('with a key, who does not have it can withhold and not lie', () => {
  const roles = () => parts(KEY);
  const his = () => parts(Buffer.from('another key, which he made up himself, of the same length'));

  it('histories: unsigned, by another key, of another metric, or with one code changed', async () => {
    const store = new RedisHistoryStore(he, 'prescale', 8, roles());
    const forge: [string, () => Promise<unknown>][] = [
      ['unsigned', () => he.set(keys.ring(ID), forgedRing(NOW / 60))],
      ['by his key', () => new RedisHistoryStore(he, 'prescale', 8, his()).append(ID, NOW, 0)],
      ['of another metric', async () => he.set(keys.ring(ID), (await he.getBuffer(keys.ring(OTHER)))!)],
      ['one code', () => he.setrange(keys.ring(ID), 12 + 982 * (Math.floor(NOW / 60 / 480) % 25) + 40, '\x01')],
      [
        'the minutes it has reached',
        () => he.setrange(keys.ring(ID), 12 + 982 * (Math.floor(NOW / 60 / 480) % 25) + 20, '\xe0'),
      ],
      ['another place', async () => he.set(keys.ring(ID), rotated((await he.getBuffer(keys.ring(ID)))!))],
    ];
    for (const [what, attack] of forge) {
      await store.append(ID, NOW, 100);
      await store.append(OTHER, NOW, 1);
      await attack();
      expect(await store.read(ID), what).toBeUndefined();
      expect(damage.at(-1), what).toMatch(/the history of .*: found /);
      // And not the second time a history of nothing, which a refit would learn from.
      const before = damage.length;
      expect(await store.read(ID), what).toBeUndefined();
      expect(damage.length, what).toBe(before + 1);
      await store.append(ID, NOW, 100);
      expect((await store.read(ID))!.values[0], what).toBeCloseTo(100, 0);
    }
  });

  it('histories: signed by two collectors in turn, and raised by the leader, they stay whole', async () => {
    const [one, two, leader] = [1, 2, 3].map(() => new RedisHistoryStore(he, 'prescale', 8, roles()));
    const begin = NOW - 600 * 60;
    for (let minute = 0; minute < 600; minute++) {
      const timeSeconds = begin + 60 * minute;
      const point = { id: ID, timeSeconds, value: 10, atLeast: true };
      await (minute % 2 === 0 ? one! : two!).appendAll([point]);
      if (minute % 7 === 0) await leader!.appendAll([{ ...point, value: 14 }]);
    }
    const { values } = (await one!.read(ID))!;
    expect(values.length).toBe(600);
    const expected = Array.from(values, (__, minute) => (minute % 7 === 0 ? 14 : 10));
    expect(Array.from(values, Math.round)).toEqual(expected);
    expect(damage).toEqual([]);
  });

  it('forecasts: unsigned, by another key, of another metric, or with another expiry', async () => {
    const store = (of = roles()) => new RedisForecastStore(he, 'prescale', textCodec, of);
    const forecast = (text: string, untilSeconds = NOW) => ({
      untilSeconds,
      expiresSeconds: NOW + 1_000,
      payload: { text, numbers: new Float64Array(0) },
    });
    const forge: [string, () => Promise<unknown>][] = [
      ['unsigned', () => store(parts()).publish(ID, forecast('forged'))],
      ['by his key', () => store(his()).publish(ID, forecast('forged'))],
      ['of another metric', async () => he.set(keys.forecast(ID), (await he.getBuffer(keys.forecast(OTHER)))!)],
      [
        'with another expiry',
        () => he.setrange(keys.forecast(ID), 20, Buffer.from(new Float64Array([NOW + 86_400]).buffer)),
      ],
    ];
    for (const [what, attack] of forge) {
      await store().forget(ID);
      await store().publish(ID, forecast('honest'));
      await store().publish(OTHER, forecast('of another'));
      await attack();
      expect(await store().take(ID, NOW), what).toBeUndefined();
      expect(damage.at(-1), what).toMatch(/can't be used: found (no MAC|on .* a MAC that is not by the key)/);
      await store().publish(ID, forecast('honest', NOW + 1));
      expect((await store().take(ID, NOW))!.payload.text, what).toBe('honest');
    }
  });

  it('readings, guards’ memory, start-ups, networks and the list of what is collected', async () => {
    const readingsStore = new RedisReadingsStore(he, 'prescale', roles());
    const zero = new Map([[ID, { kind: 'value', value: 0, timeSeconds: NOW - 15 } as const]]);
    await readingsStore.publish('a', NOW, zero);
    await readingsStore.publish('b', NOW, new Map());
    // Of another collector, and then his own.
    await he.set(keys.readings('b'), (await he.get(keys.readings('a')))!);
    await he.del(keys.readings('a'));
    await new RedisReadingsStore(he, 'prescale', parts()).publish('c', NOW, zero);
    expect((await readingsStore.read()).readings.size).toBe(0);

    const guards = new RedisGuardStore(he, 'prescale', roles());
    const record = JSON.stringify({ uid: 'u', mostPods: 4 });
    await guards.write(new Map([['shop/Deployment/web', record]]), []);
    await he.hset(
      keys.guards,
      'shop/Deployment/api',
      (await he.hget(keys.guards, 'shop/Deployment/web'))!,
      'fleet',
      '{"version":1,"seconds":1}',
    );
    const read = await guards.read();
    expect(read.get('shop/Deployment/web')).toBe(record);
    expect(decodeGuardRecord(read.get('shop/Deployment/api')!, NOW)).toHaveProperty('damage');
    expect(decodeFleetRecord(read.get('fleet')!, NOW)).toHaveProperty('damage');

    await he.set(keys.startups, JSON.stringify(new StartupSketches(NOW).serialize(NOW)));
    expect(await new RedisStartupStore(he, 'prescale', roles()).load()).toBeUndefined();

    const neuralModels = new RedisNeuralModelStore(he, 'prescale', roles());
    await neuralModels.publish(Uint8Array.of(1, 2, 3));
    expect([...(await neuralModels.current())!]).toEqual([1, 2, 3]);
    await he.lpush(keys.neuralModels, 'forged');
    expect(await neuralModels.current()).toBeUndefined();
    expect([...(await neuralModels.previous())!]).toEqual([1, 2, 3]);

    const list = new RedisCollectionList(he, 'prescale', roles());
    await list.put([metric]);
    const forged = { ...metric, selector: 'app=everything' };
    await he.hset(keys.collected, ID, JSON.stringify(forged));
    expect((await list.read())!.size).toBe(0);
    expect(await list.version()).toBeUndefined();
    expect(damage.length).toBeGreaterThanOrEqual(7);
    expect(damage.every((line) => line.includes('MAC'))).toBe(true);
  });

  it('readings that he puts back are as old as they are, and no tick is decided on them', async () => {
    const readingsStore = new RedisReadingsStore(he, 'prescale', roles());
    const reading = (value: number, timeSeconds: number) =>
      new Map([[ID, { kind: 'value', value, timeSeconds } as const]]);
    await readingsStore.publish('a', NOW - 60, reading(1, NOW - 75));
    const old = (await he.get(keys.readings('a')))!;
    await readingsStore.publish('a', NOW, reading(100, NOW - 15));
    await he.set(keys.readings('a'), old);
    await he.hset(keys.readingsStore, 'a', `${NOW} ${Date.now() * 1000}`);
    const { ticks, publishedSeconds } = await readingsStore.read();
    expect([ticks.get(ID), publishedSeconds.get('a')]).toEqual([NOW - 60, NOW - 60]);
    const clock = new VirtualClock(0);
    const asked = new CollectedDemand({
      readingsStore,
      collectors: { alive: async () => [], beat: async () => {}, leave: async () => {} },
      clock,
    });
    const [found] = (await asked.latest([metric.query], NOW)).values();
    expect(found).toEqual({ kind: 'missing', why: 'its newest reading is 60 s old' });
  });

  it('a forecast that he puts back is refused by who took a newer one, whatever he does to the index', async () => {
    const reader = new RedisForecastStore(he, 'prescale', textCodec, roles());
    const writer = new RedisForecastStore(he, 'prescale', textCodec, roles());
    const publish = (text: string, untilSeconds: number) =>
      writer.publish(ID, {
        untilSeconds,
        expiresSeconds: NOW + 3_600,
        payload: { text, numbers: new Float64Array(0) },
      });
    await publish('old', NOW - 600);
    const old = (await he.getBuffer(keys.forecast(ID)))!;
    await publish('new', NOW - 15);
    expect((await reader.take(ID, NOW))!.payload.text).toBe('new');
    await he.set(keys.forecast(ID), old);
    expect(await reader.take(ID, NOW)).toBeUndefined();
    expect(damage).toEqual([expect.stringContaining('found one that is 585 s older than one that was taken')]);
    // Without its entry in the index the reader would forget the metric, at the latest when it looks at all of it.
    await he.del(keys.forecasts(shardOf(ID)));
    for (let looks = 0; looks < 121; looks++) await reader.news();
    await he.set(keys.forecast(ID), old);
    expect(await reader.take(ID, NOW)).toBeUndefined();
    await reader.forget(ID);
    await he.set(keys.forecast(ID), old);
    expect(await reader.take(ID, NOW)).toBeUndefined();
    await publish('newest', NOW);
    expect((await reader.take(ID, NOW))!.payload.text).toBe('newest');
  });

  it('a job that he submits, or moves to another workload, has failed and is not run', async () => {
    const ran: unknown[] = [];
    const failures: string[] = [];
    const settings = { client: he, keyPrefix: 'prescale', attempts: 5, backoffSeconds: 0.01 };
    const queue = new BullRefitQueue<string>({ ...settings, mac: roles().mac }, () => {});
    const hisQueue = new BullRefitQueue<string>({ ...settings, mac: parts().mac }, () => {});
    const connection = new Redis({ port: server.port, maxRetriesPerRequest: null });
    const worker = bullWorker(queue, async (id, payload) => void ran.push([id, payload]), {
      connection,
      concurrency: 2,
      lockSeconds: 30,
      jobSeconds: 30,
      perSecond: 0,
      name: 'w',
      random: () => 0.5,
      nowSeconds: () => performance.now() / 1000,
      onFault: () => {},
      onError: (id, error) => failures.push(`${id}: ${String(error)}`),
    });
    await worker.ready;
    await hisQueue.submit(ID, 'forged', 0);
    await until('it failed', async () => (await queue.failed()).length === 1);
    await queue.submit(OTHER, 'honest', 0);
    await until('it ran', () => ran.length === 1);
    // The honest one again, as if it were of the first.
    const body = queue.settings.mac.signText(
      `${queue.prefix}:refit ${OTHER}`,
      JSON.stringify({ version: 1, payload: 'honest' }),
    );
    expect(() => queue.payloadOf(ID, body)).toThrow(/a MAC that is not by the key/);
    expect(queue.payloadOf(OTHER, body)).toBe('honest');
    expect(ran).toEqual([[OTHER, 'honest']]);
    expect(failures).toEqual([expect.stringContaining(`${ID}: BrokenJobError: a job: found no MAC`)]);
    // Asked for anew by who has the key, it is run.
    await queue.submit(ID, 'honest', 0);
    await until('it ran', () => ran.length === 2);
    await worker.close();
    await Promise.all([queue.close(), hisQueue.close()]);
    connection.disconnect();
  });

  it('who has no key leaves what is signed as it is', async () => {
    const keyed = new RedisHistoryStore(he, 'prescale', 8, roles());
    const keyless = new RedisHistoryStore(he, 'prescale', 8, parts());
    await keyed.append(ID, NOW, 100);
    expect(await keyless.read(ID)).toBeUndefined();
    await keyless.append(ID, NOW + 60, 1);
    expect((await keyed.read(ID))!.values.length).toBe(1);
    await new RedisGuardStore(he, 'prescale', roles()).write(new Map([['fleet', '{}']]), []);
    await expect(new RedisGuardStore(he, 'prescale', parts()).read()).rejects.toThrow('redis.macKeyFile gives no key');
    await new RedisCollectionList(he, 'prescale', roles()).put([metric]);
    expect((await new RedisCollectionList(he, 'prescale', parts()).read())!.size).toBe(0);
    expect((await new RedisCollectionList(he, 'prescale', roles()).read())!.size).toBe(1);
  });

  it('switched on over a store without MACs: all of it is begun anew, and said', async () => {
    const before = parts();
    await new RedisHistoryStore(he, 'prescale', 8, before).append(ID, NOW, 100);
    await new RedisCollectionList(he, 'prescale', before).put([metric]);
    await new RedisGuardStore(he, 'prescale', before).write(new Map([['fleet', '{"version":1,"seconds":1}']]), []);
    const { pass, history, end } = await collector(roles());
    await pass(150);
    expect((await history.read(ID))!.values.length).toBeGreaterThan(7 * 1_440);
    expect(damage).toContainEqual(expect.stringContaining(`the history of ${ID}: found a ring without MACs`));
    await end();
  }, 60_000);
});

/** The blocks of a ring, each in the next one's place. */
function rotated(ring: Buffer): Buffer {
  return Buffer.concat([ring.subarray(0, 12), ring.subarray(-982), ring.subarray(12, -982)]);
}
