import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Collecting } from '../../collector/demand/collecting.ts';
import type { CollectedMetric } from '../../collector/demand/collection.ts';
import { VirtualClock } from '../../kubernetes/fake/virtual-clock.ts';
import { RedisCollectionList } from '../../redis/collection/collection-list.io.ts';
import { RedisCollectorsAlive } from '../../redis/collection/collectors-alive.io.ts';
import { RedisReadingsStore } from '../../redis/collection/readings-store.io.ts';
import { RedisKeys, shardOf } from '../../redis/keys.ts';
import { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import { RedisForecastStore } from '../../redis/stores/forecast-store.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { RedisNeuralModelStore } from '../../redis/stores/neural-model-store.io.ts';
import { RedisStartupStore } from '../../redis/stores/startup-store.io.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { textCodec } from './payload.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { storeParts } from './redis-settings.ts';

/*
 * Somebody else wrote under one of our keys, and it is of another type now: every command of ours on it fails, for good.
 */

const T0 = 1_800_000_000;
const ID = 'shop/Deployment/web#0';
const keys = new RedisKeys('prescale');
const metric: CollectedMetric = {
  query: {
    id: ID,
    workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    metric: { kind: 'template', template: 'requests', args: {} },
  },
  selector: 'app=web',
};

let server: RedisServer;
let client: Redis;
let damage: string[];
const handlers = storeParts({ onDamage: (message: string) => damage.push(message) });

beforeAll(async () => {
  server = await startRedis();
  client = new Redis({ port: server.port });
});
afterAll(async () => {
  client.disconnect();
  await server.stop();
});
beforeEach(async () => {
  damage = [];
  await client.flushall();
});

/** What is there becomes a list, or a hash where it was to be one. */
async function spoil(key: string): Promise<void> {
  const list = (await client.type(key)) === 'list';
  await client.del(key);
  if (list) await client.hset(key, 'a', '1');
  else await client.rpush(key, 'a');
}

describe('a key of another type is said by its name, removed, and works again', () => {
  it('the list of what is collected is lost and not empty: the leader writes it again', async () => {
    const list = new RedisCollectionList(client, 'prescale', handlers);
    for (const key of [keys.collected, keys.collectedVersion]) {
      await list.put([metric]);
      await spoil(key);
      // Empty, it would be "nothing is wanted", and every collector would let go of its metrics.
      expect(await list.read()).toBeUndefined();
      expect(await list.version()).toBeUndefined();
    }
    await list.put([metric]);
    expect((await list.read())!.size).toBe(1);
    expect(damage).toEqual([
      `the list of what is collected (${keys.collected}): found a list; expected a hash: it is removed, and the leader writes it anew`,
      `the list of what is collected (${keys.collectedVersion}): found a list; expected a string: it is removed, and the leader writes it anew`,
    ]);
  });

  it('the marks of histories that were read: all are read again', async () => {
    const list = new RedisCollectionList(client, 'prescale', handlers);
    await list.markFilled([ID]);
    await spoil(keys.filled);
    expect(await list.filled()).toEqual(new Set());
    await spoil(keys.filled);
    await list.markFilled([ID]);
    expect(await list.filled()).toEqual(new Set([ID]));
    expect(damage).toHaveLength(2);
  });

  it('the readings and their readingsStore, and who is alive', async () => {
    const readingsStore = new RedisReadingsStore(client, 'prescale', handlers);
    const readings = new Map([[ID, { kind: 'value', value: 3, timeSeconds: T0 } as const]]);
    await spoil(keys.readingsStore);
    await readingsStore.publish('a', T0, readings);
    await spoil(keys.readings('a'));
    expect((await readingsStore.read()).readings.size).toBe(0);
    await readingsStore.publish('a', T0 + 15, readings);
    expect((await readingsStore.read()).readings).toEqual(readings);
    const alive = new RedisCollectorsAlive(client, 'prescale', 10, handlers);
    await spoil(keys.collectors);
    await alive.beat('a');
    await spoil(keys.collectors);
    expect(await alive.alive()).toEqual([]);
    expect(damage.map((line) => line.split(' (')[0])).toEqual([
      'the newest readings',
      'the newest readings',
      'which collectors are alive',
      'which collectors are alive',
    ]);
  });

  it('a forecast and its index: others are published and found, and the next refit is', async () => {
    const forecasts = new RedisForecastStore(client, 'prescale', textCodec, handlers);
    const published = {
      untilSeconds: T0,
      expiresSeconds: T0 + 1_000,
      payload: { text: 'a', numbers: new Float64Array(0) },
    };
    await forecasts.publish(ID, published);
    await spoil(keys.forecasts(shardOf(ID)));
    expect(await forecasts.news()).toEqual(new Set());
    // By its id it is found all the same.
    expect((await forecasts.take(ID, T0))!.payload.text).toBe('a');
    await spoil(keys.forecasts(shardOf(ID)));
    await spoil(keys.forecast(ID));
    await forecasts.publish(ID, {
      ...published,
      untilSeconds: T0 + 60,
      payload: { text: 'b', numbers: new Float64Array(0) },
    });
    expect((await forecasts.take(ID, T0))!.payload.text).toBe('b');
    expect(damage.every((line) => line.startsWith('an index of forecasts ('))).toBe(true);
    expect(damage).toHaveLength(2);
  });

  it('refits that are wanted, start-up latencies, networks', async () => {
    const { mac } = handlers;
    const onDamage = (message: string) => damage.push(message);
    const settings = { client, keyPrefix: 'prescale', attempts: 5, backoffSeconds: 1, mac, onDamage };
    const queue = new BullRefitQueue<string>(settings, () => {});
    for (const key of ['wanted', 'since', 'sequence']) {
      await queue.submit(ID, 'fit', 0);
      await spoil(`prescale:{jobs}:refit-${key}`);
      expect(await queue.depth().then(() => queue.wanted.has(ID))).toBe(key === 'sequence');
      await queue.submit(ID, 'fit', 0);
      expect(await queue.wanted.has(ID)).toBe(true);
    }
    await queue.close();
    const startups = new RedisStartupStore(client, 'prescale', handlers);
    await spoil(keys.startups);
    expect(await startups.load()).toBeUndefined();
    const neuralModels = new RedisNeuralModelStore(client, 'prescale', handlers);
    await neuralModels.publish(Uint8Array.of(1));
    await spoil(keys.neuralModels);
    expect(await neuralModels.current()).toBeUndefined();
    expect(damage.map((line) => line.split(' (')[0])).toEqual([
      ...new Array(3).fill('the refits that are wanted'),
      'start-up latencies',
      'trained neural models',
    ]);
  });
});

describe('a history', () => {
  /** A collector that owns one metric, of which Prometheus knows a week. */
  async function collector() {
    const clock = new VirtualClock(T0);
    const list = new RedisCollectionList(client, 'prescale', handlers);
    await list.put([metric]);
    const history = new RedisHistoryStore(
      client,
      'prescale',
      8,
      storeParts({
        onDamage: (message, id) => {
          damage.push(message);
          collecting.refill(id);
        },
        onBegun: (id) => collecting.begun(id),
      }),
    );
    const collecting: Collecting = new Collecting(
      {
        name: 'a',
        list,
        history,
        clock,
        epochSeconds: clock.nowSeconds,
        random: () => 0.5,
        log: { ...SILENT, error: (message) => damage.push(message) },
        readingsStore: new RedisReadingsStore(client, 'prescale', handlers),
        alive: { alive: async () => ['a'], beat: async () => {}, leave: async () => {} },
        source: {
          latest: async (_, at) => new Map([[ID, { kind: 'value', value: 7, timeSeconds: at - 15 }]]),
          history: async (_, { startSeconds, endSeconds }) => {
            const length = (endSeconds - startSeconds) / 60 + 1;
            const times = Float64Array.from({ length }, (__, i) => startSeconds + 60 * i);
            return { times, values: times.map(() => 7) };
          },
        },
        pods: { registerAll: async () => new Map(), unregister: () => {}, podsOf: () => [], synced: true },
      },
      { heartbeatSeconds: 5, deadAfterSeconds: 15, backfillsAtOnce: 4 },
    );
    const stop = new AbortController();
    const done = collecting.run(stop.signal);
    const minutes = async () => (await history.read(ID))?.values.length ?? 0;
    /** Redis answers in real time, the collector's clock goes by itself. */
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
    return { pass, minutes, end };
  }

  it('of another type is said, and its week is read again', { timeout: 30_000 }, async () => {
    const { pass, minutes, end } = await collector();
    await pass(120);
    expect(await minutes()).toBeGreaterThan(7 * 1_440);
    await spoil(keys.ring(ID));
    await pass(90);
    expect(damage).toContainEqual(
      `the history of ${ID}: found a key that is no string; expected a ring; it begins anew`,
    );
    expect(await minutes()).toBeGreaterThan(7 * 1_440);
    await end();
  });

  it('that was removed is said, and its week is read again', { timeout: 30_000 }, async () => {
    const { pass, minutes, end } = await collector();
    await pass(120);
    await client.del(keys.ring(ID));
    await pass(90);
    expect(damage).toEqual(['a history was lost and is read again']);
    expect(await minutes()).toBeGreaterThan(7 * 1_440);
    await end();
  });

  it('whose index is of another type is written on, and stands in the index again', async () => {
    const history = new RedisHistoryStore(client, 'prescale', 2, handlers);
    await client.rpush(keys.rings(shardOf(ID)), 'a');
    await history.append(ID, T0, 1);
    await history.fill(ID, { startSeconds: T0 - 60, stepSeconds: 60, values: Float64Array.of(5) });
    expect((await history.read(ID))!.values).toHaveLength(2);
    expect(await history.ids()).toEqual([ID]);
    expect(damage).toEqual([expect.stringMatching(/^an index of histories \(.*found a list; expected a set/)]);
  });
});
