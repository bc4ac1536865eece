import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { guardStoreContract } from '../../actuator/guard-store.contract.ts';
import { RedisGuardStore } from '../../redis/guard-store.ts';
import { RedisKeys } from '../../redis/keys.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

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
beforeEach(() => client.flushall());

guardStoreContract(
  'Redis',
  async () => new RedisGuardStore(client, 'prescale'),
  () => new RedisGuardStore(client, 'prescale'),
);

it('something else under its key is said, and removed: it would stand in the way for ever', async () => {
  const damage: string[] = [];
  const store = new RedisGuardStore(client, 'prescale', { onDamage: (message) => damage.push(message) });
  const { guards } = new RedisKeys('prescale');
  await client.set(guards, 'no hash');
  expect((await store.read()).size).toBe(0);
  expect(damage).toEqual([expect.stringContaining(guards)]);
  await store.write(new Map([['a', '1']]), []);
  expect(await store.get('a')).toBe('1');
});

it('a write that a full Redis refuses changes nothing', async () => {
  const store = new RedisGuardStore(client, 'prescale');
  await store.write(new Map([['a', '1']]), []);
  await client.config('SET', 'maxmemory', '1');
  await expect(store.write(new Map([['a', '2']]), ['a'])).rejects.toThrow(/OOM|EXECABORT/);
  expect(await store.get('a')).toBe('1');
  await client.config('SET', 'maxmemory', '0');
});
