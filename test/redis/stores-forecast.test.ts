import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisKeys, shardOf } from '../../redis/keys.ts';
import { RedisForecastStore } from '../../redis/stores/forecast-store.io.ts';
import { forecastStoreContract } from '../../storage/forecast-store.contract.ts';
import { pause } from '../cluster/server-process.ts';
import { textCodec } from './payload.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { storeParts } from './redis-settings.ts';

const ID = 'shop/Deployment/web#0';
const NOW = Math.floor(Date.now() / 1000);
const keys = new RedisKeys('prescale');

let server: RedisServer;
let client: Redis;
let damage: string[];

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

const open = () =>
  new RedisForecastStore(client, 'prescale', textCodec, storeParts({ onDamage: (message) => damage.push(message) }));
const forecast = (text: string, untilSeconds = NOW, expiresSeconds = NOW + 100) => ({
  untilSeconds,
  expiresSeconds,
  payload: { text, numbers: Float64Array.of(1.5) },
});

forecastStoreContract('Redis', async () => open(), NOW);

describe('forecasts', () => {
  it('are taken by each reader, once', async () => {
    const [worker, leader, standby] = [open(), open(), open()];
    await worker.publish(ID, forecast('first'));
    for (const reader of [leader, standby]) {
      expect(await reader.news()).toEqual(new Set([ID]));
      expect((await reader.take(ID, NOW))!.payload.text).toBe('first');
      expect(await reader.news()).toEqual(new Set());
      expect(await reader.take(ID, NOW)).toBeUndefined();
    }
  });

  it('a reader that begins finds all that are there, and then what is new', async () => {
    const worker = open();
    const ids = Array.from({ length: 500 }, (_, i) => `team-${i}/Deployment/app#0`);
    await Promise.all(ids.map((id) => worker.publish(id, forecast(id))));
    const reader = open();
    expect([...(await reader.news())].sort()).toEqual([...ids].sort());
    for (const id of ids) expect((await reader.take(id, NOW))!.payload.text).toBe(id);
    expect((await reader.news()).size).toBe(0);
    await worker.publish(ids[7]!, forecast('again', NOW + 15));
    expect(await reader.news()).toEqual(new Set([ids[7]]));
  });

  it('of which Redis lost all are news again once they are published again', async () => {
    const [worker, reader] = [open(), open()];
    await worker.publish(ID, forecast('first'));
    await reader.take(ID, NOW);
    await reader.news();
    await client.flushall();
    expect((await reader.news()).size).toBe(0);
    await worker.publish(ID, forecast('first'));
    expect(await reader.news()).toEqual(new Set([ID]));
    expect((await reader.take(ID, NOW))!.payload.text).toBe('first');
  });

  it('are news also where a replica took over that lost some and whose clock is behind', async () => {
    const reader = open();
    await open().publish(ID, forecast('lost'));
    await reader.take(ID, NOW);
    await reader.news();
    const index = keys.forecasts(shardOf(ID));
    const place = Number(await client.zscore(index, ID));
    await client.zrem(index, ID);
    await client.zadd(index, place - 5e6, 'published since');
    expect(await reader.news()).toEqual(new Set(['published since']));
  });

  it('that expired are gone from Redis, and no news for long', async () => {
    const [worker, reader] = [open(), open()];
    await worker.publish(ID, forecast('short', NOW, Date.now() / 1000 + 0.3));
    await pause(400);
    expect(await client.exists(keys.forecast(ID))).toBe(0);
    await reader.news();
    expect(await reader.take(ID, NOW)).toBeUndefined();
    expect((await reader.news()).size).toBe(0);
  });

  it('that were forgotten leave nothing', async () => {
    await open().publish(ID, forecast('x'));
    await open().forget(ID);
    expect(await client.keys('*')).toEqual([]);
  });

  it('of two writers the newer stands, also when both write at once', async () => {
    const writers = Array.from({ length: 20 }, (_, i) => ({ store: open(), until: NOW + ((i * 7) % 20) }));
    await Promise.all(writers.map(({ store, until }) => store.publish(ID, forecast(String(until), until))));
    expect((await open().take(ID, NOW))!.untilSeconds).toBe(NOW + 19);
  });
});

describe('a forecast that can not be read', () => {
  const spoilt: [string, () => Promise<unknown>][] = [
    [
      'cut short',
      async () => client.set(keys.forecast(ID), (await client.getBuffer(keys.forecast(ID)))!.subarray(0, 12)),
    ],
    [
      'with a payload cut short',
      async () => client.set(keys.forecast(ID), (await client.getBuffer(keys.forecast(ID)))!.subarray(0, -3)),
    ],
    ['foreign', () => client.set(keys.forecast(ID), '{}')],
    [
      'of another type',
      async () => [await client.del(keys.forecast(ID)), await client.hset(keys.forecast(ID), 'a', '1')],
    ],
    ['of a newer version', () => client.setrange(keys.forecast(ID), 3, '\x03')],
  ];

  it.each(spoilt)('%s is not taken, is said once, and the next one is', async (_, spoil) => {
    const [worker, reader] = [open(), open()];
    await worker.publish(ID, forecast('x'));
    await worker.publish('healthy', forecast('y'));
    await spoil();
    for (let tick = 0; tick < 3; tick++) {
      const news = await reader.news();
      expect(news.has(ID)).toBe(tick === 0);
      expect(await reader.take(ID, NOW)).toBeUndefined();
    }
    expect(damage).toEqual([expect.stringContaining(`the forecast of ${ID} can't be used: found`)]);
    expect((await reader.take('healthy', NOW))!.payload.text).toBe('y');
    await worker.publish(ID, forecast('z', NOW + 15));
    expect(await reader.news()).toEqual(new Set([ID]));
    expect((await reader.take(ID, NOW))!.payload.text).toBe('z');
  });
});

it('an index entry of last week goes with the next publication in its shard', async () => {
  const index = keys.forecasts(shardOf(ID));
  await client.zadd(index, (NOW - 8 * 86_400) * 1e6, 'left over');
  await open().publish(ID, forecast('x'));
  expect(await client.zrange(index, '0', '-1')).toEqual([ID]);
});
