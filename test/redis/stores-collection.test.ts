import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collectionContract } from '../../collector/demand/collection.contract.ts';
import type { CollectedMetric } from '../../collector/demand/collection.ts';
import type { DemandReading } from '../../collector/demand/demand-source.ts';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import { RedisCollectionList } from '../../redis/collection/collection-list.io.ts';
import { RedisCollectorsAlive } from '../../redis/collection/collectors-alive.io.ts';
import { RedisReadingsStore } from '../../redis/collection/readings-store.io.ts';
import { RedisKeys } from '../../redis/keys.ts';
import { RedisStartupStore } from '../../redis/stores/startup-store.io.ts';
import { pause } from '../cluster/server-process.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { storeParts } from './redis-settings.ts';

const keys = new RedisKeys('prescale');
const DEAD_AFTER_SECONDS = 1.5;

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

const openList = () => new RedisCollectionList(client, 'prescale', handlers);
const openReadings = () => new RedisReadingsStore(client, 'prescale', handlers);

// Its hooks are for its own tests only.
describe('what collectors share', () => {
  collectionContract('Redis', async () => ({
    list: openList(),
    readingsStore: openReadings(),
    alive: new RedisCollectorsAlive(client, 'prescale', DEAD_AFTER_SECONDS, storeParts()),
    deadAfterSeconds: DEAD_AFTER_SECONDS,
    pass: (seconds) => pause(seconds * 1000),
    close: async () => {},
  }));
});

const metric = (name: string): CollectedMetric => ({
  query: {
    id: `shop/Deployment/${name}#0`,
    workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name },
    metric: { kind: 'resource', resource: 'cpu' },
  },
  selector: `app=${name}`,
});

describe('the list', () => {
  it('that was lost is not known, and written again has a version that it never had', async () => {
    const list = openList();
    const versions = new Set<string | undefined>();
    for (let round = 0; round < 5; round++) {
      await list.put([metric('web')]);
      versions.add(await list.version());
      await client.flushall();
      expect(await list.read()).toBeUndefined();
      expect(await list.version()).toBeUndefined();
    }
    expect(versions.size).toBe(5);
  });

  it('is read whole or not at all while it is changed', async () => {
    const [writer, reader] = [openList(), openList()];
    const all = Array.from({ length: 2_500 }, (_, i) => metric(`app-${i}`));
    const writing = writer.put(all);
    const sizes = await Promise.all(Array.from({ length: 20 }, async () => (await reader.read())?.size));
    await writing;
    for (const size of sizes) expect([undefined, 2_500]).toContain(size);
    expect((await reader.read())!.size).toBe(2_500);
  });

  it('leaves out an entry that is damaged, and says whose', async () => {
    const list = openList();
    await list.put([metric('web'), metric('api')]);
    await client.hset(keys.collected, 'shop/Deployment/api#0', '{"query":', 'other', JSON.stringify(metric('web')));
    expect([...(await list.read())!.keys()]).toEqual(['shop/Deployment/web#0']);
    expect(damage.sort()).toEqual([
      expect.stringContaining('for other: found'),
      expect.stringContaining('for shop/Deployment/api#0: found {"query":;'),
    ]);
  });
});

describe('the readingsStore', () => {
  const at = Math.floor(Date.now() / 15_000) * 15;
  const value = (demand: number): DemandReading => ({ kind: 'value', value: demand, timeSeconds: at - 15 });

  it('shows what is new to one that has read before, also of the same tick', async () => {
    const [writer, reader] = [openReadings(), openReadings()];
    await writer.publish('one', at, new Map([['a', value(1)]]));
    const first = await reader.read();
    expect(await reader.read()).toBe(first);
    await writer.publish('one', at, new Map([['a', value(2)]]));
    expect((await reader.read()).readings.get('a')).toEqual(value(2));
  });

  it('lets go of what a collector published that is silent', async () => {
    const [writer, reader] = [openReadings(), openReadings()];
    await writer.publish('gone', at - 15, new Map([['a', value(1)]]));
    await writer.publish('here', at, new Map([['b', value(2)]]));
    expect((await reader.read()).readings.size).toBe(2);
    expect(await client.ttl(keys.readings('gone'))).toBeGreaterThan(0);
    // As if a minute had passed.
    await client.del(keys.readings('gone'));
    const { readings, publishedSeconds } = await reader.read();
    expect([...readings.keys()]).toEqual(['b']);
    expect([...publishedSeconds.keys()]).toEqual(['here']);
    await writer.publish('here', at + 900, new Map());
    expect(await client.hkeys(keys.readingsStore)).toEqual(['here']);
  });

  it('leaves out what can not be read, and says so', async () => {
    const [writer, reader] = [openReadings(), openReadings()];
    await writer.publish('good', at, new Map([['a', value(1)]]));
    await writer.publish('cut', at, new Map([['b', value(1)]]));
    await writer.publish('newer', at, new Map([['c', value(1)]]));
    await writer.publish('partly', at, new Map([['d', value(1)]]));
    await client.set(keys.readings('cut'), '{"version":1,"read');
    await client.set(keys.readings('newer'), '{"version":3,"readings":{"c":7}}');
    const numbers = { nan: [null, at], negative: [-1, at], text: ['5', at], fine: [5, at] };
    await client.set(
      keys.readings('partly'),
      JSON.stringify({ version: 2, atSeconds: at, readings: numbers }).replace('-1', '1e999'),
    );
    expect([...(await reader.read()).readings.keys()].sort()).toEqual(['a', 'fine']);
    await reader.read();
    expect(damage.length).toBe(5);
    expect(damage.join('\n')).toContain('readings of newer: found version 3; expected 2');
  });
});

describe('start-up latencies', () => {
  it('come back as they were saved', async () => {
    const store = new RedisStartupStore(client, 'prescale', handlers);
    expect(await store.load()).toBeUndefined();
    const sketches = new StartupSketches(1_800_000_000);
    sketches.started({
      workload: 'shop/Deployment/web',
      nodeClass: 'virtual',
      atSeconds: 1_800_000_000,
      batch: 1,
      totalSeconds: 9,
      stageSeconds: {},
      live: true,
    });
    const saved = sketches.serialize(1_800_000_100);
    await store.save(saved);
    expect(await store.load()).toEqual(saved);
    new StartupSketches(1_800_000_200).restore(await store.load(), 1_800_000_200);
  });

  it('that are damaged are none, and said', async () => {
    const store = new RedisStartupStore(client, 'prescale', handlers);
    await client.set(keys.startups, '{"version":');
    expect(await store.load()).toBeUndefined();
    expect(damage).toEqual([expect.stringContaining('they are measured again')]);
  });
});
