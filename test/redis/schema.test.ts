import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RedisClient } from '../../redis/clients.io.ts';
import { RedisKeys } from '../../redis/keys.ts';
import { ensureSchema, type Migration } from '../../redis/schema.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { codeOf, demandOf } from '../../redis/stores/minute-codec.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { storeParts } from './redis-settings.ts';

const T0 = 1_800_000_000;
const { schema } = new RedisKeys('prescale');

let server: RedisServer;
let client: Redis;

beforeAll(async () => {
  server = await startRedis();
  client = new Redis({ port: server.port });
});
afterAll(async () => {
  client.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await client.flushall();
});

const histories = (of: RedisClient = client) =>
  new RedisHistoryStore(of, 'prescale', 2, storeParts({ onDamage: () => {} }));

describe('the version of what is stored', () => {
  it('is set where nothing is stored, and left as it is afterwards', async () => {
    await ensureSchema(client, 'prescale');
    expect(await client.get(schema)).toBe('1');
    await ensureSchema(client, 'prescale');
    await ensureSchema(client, 'another');
    expect((await client.keys('*')).sort()).toEqual(['another:schema', 'prescale:schema']);
  });

  it('that is newer is refused in words, and nothing is written', async () => {
    await client.set(schema, '7');
    await expect(ensureSchema(client, 'prescale')).rejects.toThrow(
      'Redis: found data of version 7 under prescale:schema; expected 1 at most: a newer Prescale wrote it',
    );
    expect(await client.get(schema)).toBe('7');
  });

  it('that is none, or that nothing leads on from, is refused in words', async () => {
    await client.set(schema, 'a poem');
    await expect(ensureSchema(client, 'prescale')).rejects.toThrow('found "a poem" under prescale:schema');
    await client.set(schema, '0');
    await expect(ensureSchema(client, 'prescale')).rejects.toThrow('nothing here brings it to 1');
  });
});

/** A made-up version 0: rings of single-precision numbers, each under prescale:float:<id>, after the minute of the first. */
const FLOATS = 'prescale:float:';
const floats = (first: number, ...values: number[]) =>
  Buffer.concat([Buffer.from(Float64Array.of(first).buffer), Buffer.from(Float32Array.from(values).buffer)]);

const fromFloats: Migration = {
  from: 0,
  run: async (some) => {
    const store = histories(some);
    for (const key of await client.keys(`${FLOATS}*`)) {
      const bytes = await client.getBuffer(key);
      // Another process was faster with this one.
      if (bytes === null) continue;
      const values = Float64Array.from({ length: (bytes.length - 8) / 4 }, (_, i) => bytes.readFloatLE(8 + 4 * i));
      await store.fill(key.slice(FLOATS.length), { startSeconds: 60 * bytes.readDoubleLE(0), stepSeconds: 60, values });
      await client.del(key);
    }
  },
};

describe('a migration', () => {
  const ids = Array.from({ length: 40 }, (_, i) => `team-${i}/Deployment/app#0`);
  beforeEach(async () => {
    await client.set(schema, '0');
    for (const [i, id] of ids.entries()) await client.set(FLOATS + id, floats(T0 / 60, i, Number.NaN, i + 2));
  });

  async function expectMigrated(): Promise<void> {
    expect(await client.get(schema)).toBe('1');
    expect((await histories().ids()).sort()).toEqual([...ids].sort());
    for (const [i, id] of ids.entries()) {
      const values = Float64Array.of(i, Number.NaN, i + 2).map((value) => demandOf(codeOf(value)));
      expect(await histories().read(id)).toEqual({ startSeconds: T0, stepSeconds: 60, values });
    }
    expect(await client.keys(`${FLOATS}*`)).toEqual([]);
  }

  it('brings what is stored to the next version', async () => {
    await ensureSchema(client, 'prescale', 1, [fromFloats]);
    await expectMigrated();
  });

  it('that died in the middle is done again, and one more process at it does no harm', async () => {
    const dying: Migration = {
      from: 0,
      run: async (some, keyPrefix) => {
        await client.rename(FLOATS + ids[7], 'aside');
        await fromFloats.run(some, keyPrefix);
        await client.rename('aside', FLOATS + ids[7]);
        throw new Error('killed');
      },
    };
    await expect(ensureSchema(client, 'prescale', 1, [dying])).rejects.toThrow('killed');
    expect(await client.get(schema)).toBe('0');
    await Promise.all([1, 2, 3].map(() => ensureSchema(client, 'prescale', 1, [fromFloats])));
    await expectMigrated();
  });

  it('goes step by step', async () => {
    const steps: number[] = [];
    const step = (from: number): Migration => ({ from, run: async () => void steps.push(from) });
    await ensureSchema(client, 'prescale', 3, [step(2), step(0), step(1)]);
    expect(steps).toEqual([0, 1, 2]);
    expect(await client.get(schema)).toBe('3');
  });
});
