import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisKeys } from '../../redis/keys.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { codeOf, demandOf } from '../../redis/stores/minute-codec.ts';
import { historyStoreContract } from '../../storage/history-store.contract.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { storeParts } from './redis-settings.ts';

const T0 = 1_800_000_000;
const ID = 'shop/Deployment/web#0';
const keys = new RedisKeys('prescale');
const kept = (value: number) => demandOf(codeOf(value));
const values = (...given: number[]) => Float64Array.from(given, kept);

let server: RedisServer;
let client: Redis;
let damage: [string, string][];

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

const open = (days = 2) =>
  new RedisHistoryStore(
    client,
    'prescale',
    days,
    storeParts({ onDamage: (message, id) => damage.push([message, id]) }),
  );

historyStoreContract('Redis', async () => open(), kept);

describe('histories of many', () => {
  const minutes = (count: number, at: number) =>
    Array.from({ length: count }, (_, i) => ({ id: `team-${i}/Deployment/app#0`, timeSeconds: at, value: i }));

  it('go on at once, and are all there', async () => {
    const store = open(8);
    await store.appendAll(minutes(3_000, T0));
    await store.appendAll(minutes(3_000, T0 + 120));
    expect((await store.ids()).length).toBe(3_000);
    for (const i of [0, 1, 1_500, 2_999]) {
      const series = await store.read(`team-${i}/Deployment/app#0`);
      expect(series!.values).toEqual(values(i, Number.NaN, i));
    }
  });

  it('take little more than two bytes a minute', async () => {
    const store = open(8);
    await store.appendAll(minutes(64, T0));
    for (let minute = 1; minute < 20; minute++) await store.appendAll(minutes(64, T0 + 60 * minute));
    const used = await Promise.all(minutes(64, 0).map(({ id }) => client.call('memory', 'usage', keys.ring(id))));
    for (const bytes of used) expect((bytes as number) / (8 * 1_440)).toBeLessThan(2.2);
  });

  it('of the weeks are kept by five minutes, beside the minutes', async () => {
    const weeks = new RedisHistoryStore(client, 'prescale:weeks', 28, storeParts({ onDamage: () => {} }), 300);
    await open(8).append(ID, T0, 7);
    await weeks.fill(ID, { startSeconds: T0 - 900, stepSeconds: 300, values: Float64Array.of(1, Number.NaN, 3) });
    for (let at = T0; at <= T0 + 600; at += 300) await weeks.append(ID, at, 9);
    const series = { startSeconds: T0 - 900, stepSeconds: 300, values: values(1, Number.NaN, 3, 9, 9, 9) };
    expect(await weeks.read(ID)).toEqual(series);
    expect((await open(8).read(ID))!.values).toEqual(values(7));
    const bytes = await client.call('memory', 'usage', new RedisKeys('prescale:weeks').ring(ID));
    expect(bytes as number).toBeLessThan(21_000);
    await weeks.forget(ID);
    expect(await open(8).ids()).toEqual([ID]);
  });

  it('are of one prefix each', async () => {
    const other = new RedisHistoryStore(client, 'another', 2, storeParts({ onDamage: () => {} }));
    await open().append(ID, T0, 1);
    expect(await other.ids()).toEqual([]);
    expect(await other.read(ID)).toBeUndefined();
  });

  it('are written by two at once, and filled meanwhile, without a minute lost', async () => {
    const [one, two] = [open(), open()];
    const past = { startSeconds: T0 - 600 * 60, stepSeconds: 60, values: new Float64Array(600).fill(4) };
    const jobs: Promise<void>[] = [one.fill(ID, past), two.fill(ID, past)];
    for (let minute = 0; minute < 50; minute++) {
      jobs.push(one.append(ID, T0 + 60 * minute, 7), two.append(ID, T0 + 60 * minute, 7));
    }
    await Promise.all(jobs);
    const series = (await one.read(ID))!;
    expect(series.startSeconds).toBe(T0 - 600 * 60);
    expect(series.values).toEqual(values(...new Array(600).fill(4), ...new Array(50).fill(7)));
  });

  it('keep the larger of two values of a minute that is only a lower bound, whoever comes first', async () => {
    const store = open();
    const measured = { id: ID, timeSeconds: T0, value: 10, atLeast: true };
    const expected = { id: ID, timeSeconds: T0, value: 14, atLeast: true };
    await store.appendAll([measured]);
    await store.appendAll([expected]);
    await store.appendAll([measured]);
    expect((await store.read(ID))!.values).toEqual(values(14));
    // The next minute has its own place, where a minute of two days before stood.
    await store.append(ID, T0 + 60 - 2 * 86_400, 99);
    await store.appendAll([{ ...measured, timeSeconds: T0 + 60 }]);
    expect((await store.read(ID))!.values.subarray(-2)).toEqual(values(14, 10));
    // Of a ring of another length it is the same.
    await open(3).appendAll([expected, { ...measured, timeSeconds: T0 + 60, value: 3 }]);
    expect((await open(3).read(ID))!.values.subarray(-2)).toEqual(values(14, 10));
  });

  it('are there after a crash of Redis, and its scripts are told anew', async () => {
    await open().append(ID, T0, 1);
    await server.kill('SIGKILL');
    await server.restart();
    await open().append(ID, T0 + 60, 2);
    expect((await open().read(ID))!.values).toEqual(values(1, 2));
  });
});

describe('a history that is damaged', () => {
  const damaged: [string, () => Promise<unknown>][] = [
    ['cut short', async () => client.set(keys.ring(ID), (await client.getBuffer(keys.ring(ID)))!.subarray(0, 1_000))],
    ['foreign', () => client.set(keys.ring(ID), '{"values": [1, 2, 3]}')],
    ['of another type', async () => [await client.del(keys.ring(ID)), await client.hset(keys.ring(ID), 'a', '1')]],
    ['with a ring of no length', () => client.setrange(keys.ring(ID), 4, '\0\0\0\0')],
  ];

  it.each(damaged)('%s is no number, is said with its name, and begins anew', async (_, spoil) => {
    const store = open();
    await store.appendAll([
      { id: ID, timeSeconds: T0, value: 1 },
      { id: 'healthy', timeSeconds: T0, value: 1 },
    ]);
    await spoil();
    expect(await store.read(ID)).toBeUndefined();
    expect(damage.map(([, id]) => id)).toEqual([ID]);
    expect(damage[0]![0]).toContain(`the history of ${ID}: found`);
    await store.appendAll([
      { id: ID, timeSeconds: T0 + 60, value: 2 },
      { id: 'healthy', timeSeconds: T0 + 60, value: 2 },
    ]);
    expect((await store.read(ID))!.values).toEqual(values(2));
    expect((await store.read('healthy'))!.values).toEqual(values(1, 2));
    await store.fill(ID, { startSeconds: T0, stepSeconds: 60, values: Float64Array.of(5) });
    expect((await store.read(ID))!.values).toEqual(values(5, 2));
  });

  it('filled again is whole at once', async () => {
    const store = open();
    await client.set(keys.ring(ID), 'x');
    await store.fill(ID, { startSeconds: T0, stepSeconds: 60, values: Float64Array.of(5, 6) });
    expect((await store.read(ID))!.values).toEqual(values(5, 6));
    expect(damage).toEqual([[expect.stringContaining('begins anew'), ID]]);
  });

  it('of a newer version is left as it is by all that an older one does', async () => {
    const store = open();
    await store.append(ID, T0, 1);
    await client.setrange(keys.ring(ID), 3, '\x03');
    const before = await client.getBuffer(keys.ring(ID));
    expect(await store.read(ID)).toBeUndefined();
    await store.appendAll([
      { id: ID, timeSeconds: T0 + 60, value: 2 },
      { id: 'healthy', timeSeconds: T0 + 60, value: 2 },
    ]);
    await expect(store.fill(ID, { startSeconds: T0, stepSeconds: 60, values: Float64Array.of(5) })).rejects.toThrow(
      `the history of ${ID}: found a ring of version 3; expected 2`,
    );
    expect(await client.getBuffer(keys.ring(ID))).toEqual(before);
    expect((await store.read('healthy'))!.values).toEqual(values(2));
    expect(damage.every(([message]) => message.includes('version 3'))).toBe(true);
  });

  it('with numbers that no demand has, keeps what can be told', async () => {
    const store = open();
    const given = [Number.NaN, -5, Number.POSITIVE_INFINITY, 1e300, 3];
    for (const [i, value] of given.entries()) await store.append(ID, T0 + 60 * i, value);
    expect((await store.read(ID))!.values).toEqual(Float64Array.of(2 ** 48, 2 ** 48, kept(3)));
  });
});

it('another retention takes over what it has room for', async () => {
  const minutes = Float64Array.from({ length: 2_000 }, (_, i) => i + 1);
  await open(2).fill(ID, { startSeconds: T0, stepSeconds: 60, values: minutes });
  const shorter = open(1);
  await shorter.append(ID, T0 + 60 * 2_000, 9);
  expect((await shorter.read(ID))!.values).toEqual(values(...minutes.subarray(561), 9));
  const longer = open(3);
  await longer.append(ID, T0 + 60 * 2_001, 9);
  expect((await longer.read(ID))!.values).toEqual(values(...minutes.subarray(561), 9, 9));
  expect(damage).toEqual([]);
});
