import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { RedisKeys } from '../../redis/keys.ts';
import { RedisGuardStore } from '../../redis/stores/guard-store.io.ts';
import { guardStoreContract } from '../../storage/guard-store.contract.ts';
import { World } from '../engine-world.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { storeParts } from './redis-settings.ts';

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
  async () => new RedisGuardStore(client, 'prescale', storeParts()),
  () => new RedisGuardStore(client, 'prescale', storeParts()),
);

it('something else under its key is said, and removed: it would stand in the way for ever', async () => {
  const damage: string[] = [];
  const store = new RedisGuardStore(client, 'prescale', storeParts({ onDamage: (message) => damage.push(message) }));
  const { guards } = new RedisKeys('prescale');
  await client.set(guards, 'no hash');
  expect((await store.read()).size).toBe(0);
  expect(damage).toEqual([expect.stringContaining(guards)]);
  await store.write(new Map([['a', '1']]), []);
  expect(await store.get('a')).toBe('1');
});

it('a write that a full Redis refuses changes nothing', async () => {
  const store = new RedisGuardStore(client, 'prescale', storeParts());
  await store.write(new Map([['a', '1']]), []);
  await client.config('SET', 'maxmemory', '1');
  await expect(store.write(new Map([['a', '2']]), ['a'])).rejects.toThrow(/OOM|EXECABORT/);
  expect(await store.get('a')).toBe('1');
  await client.config('SET', 'maxmemory', '0');
});

it('a false zero is held by the next leader for the rest of its quarter of an hour, over a real Redis', async () => {
  const guards = new RedisGuardStore(client, 'prescale', storeParts());
  const world = new World({}, { guards });
  const web = await world.add('web', { replicas: 12, loads: [() => 100] });
  await world.pass(20 * 60);
  const before = await world.replicas(web);
  world.change(web, () => 0);
  const began = world.now;
  await world.pass(5 * 60);
  world.kill();
  const unread = { begin: async () => true, record: async () => {}, end: async () => {} };
  const next = await world.join({ guards: new RedisGuardStore(client, 'prescale', storeParts()), recording: unread });
  await next.tick();
  await next.lead();
  while (next.now < began + 15 * 60) {
    await next.tick();
    expect(await next.replicas(web)).toBe(before);
  }
  await next.pass(15 * 60);
  expect(await next.replicas(web)).toBe(1);
  await next.engine.apply({ kind: 'out', ref: web, uid: 'web' });
  await next.pass(60);
  await next.engine.stop();
  expect([...(await guards.read()).keys()]).toEqual(['fleet']);
});
