import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectRedis, type RedisConnection } from '../../redis/connection.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { freePorts } from '../cluster/ports.ts';
import { type SentinelGroup, startSentinelGroup } from './redis-groups.ts';
import type { RedisServer } from './redis-server.ts';
import { answers, KeptLog, redisSettings, storeParts, until } from './redis-settings.ts';

const T0 = 1_800_000_000;
let group: SentinelGroup;
let connection: RedisConnection | undefined;

beforeEach(async () => {
  group = await startSentinelGroup();
});
afterEach(async () => {
  connection?.close();
  await group?.stop();
});

async function isReplica(server: RedisServer): Promise<boolean> {
  return (await server.cli('info', 'replication')).includes('role:slave');
}

function connect(names: readonly string[]): RedisConnection {
  const settings = redisSettings({ sentinels: { names, master: 'mymaster' } });
  connection = connectRedis(settings, { log: new KeptLog(), random: Math.random, name: 'prescale-test' });
  return connection;
}

it('where no Sentinel answers, says so', async () => {
  const [port] = await freePorts(1);
  const redis = connect([`127.0.0.1:${port}`]);
  const words = `Redis (mymaster of the Sentinels 127.0.0.1:${port}): no Sentinel knows where the master is`;
  await expect(redis.opened).rejects.toThrow(words);
  expect(redis.problem).toContain(words);
});

it('asks the Sentinels for the master, and follows when a replica takes its place', async () => {
  const [port] = await freePorts(1);
  // The first one is away: the others are asked.
  const redis = connect([`127.0.0.1:${port}`, ...group.names]);
  await redis.opened;
  const blocking = redis.blocking();
  const store = new RedisHistoryStore(redis.client, 'prescale', 2, storeParts({ onDamage: () => {} }));
  await store.append('web', T0, 4);
  await group.master.cli('wait', '1', '1000');
  const popped = blocking.blpop('prescale:list', 0);
  await group.master.kill('SIGKILL');
  await until('the loss is noticed', () => redis.problem !== undefined);
  await until('the replica is master', () => answers(redis), 60);
  expect(await group.replica.cli('get', 'prescale:probe')).toBe('1');
  await store.append('web', T0 + 60, 4);
  expect((await store.read('web'))!.values.length).toBe(2);
  await redis.client.rpush('prescale:list', 'a');
  expect(await popped).toEqual(['prescale:list', 'a']);
  // The old one comes back as a replica: nobody writes to it.
  await group.master.restart();
  await until('the old master follows', () => isReplica(group.master), 60);
  expect(await redis.client.set('prescale:probe', '2')).toBe('OK');
  expect(await group.replica.cli('get', 'prescale:probe')).toBe('2');
});

it('follows an operator who gives the place to the replica while both run', async () => {
  const redis = connect(group.names);
  await redis.opened;
  const blocking = redis.blocking();
  const popped = blocking.blpop('prescale:list', 0);
  expect(await group.sentinels[0]!.cli('sentinel', 'failover', 'mymaster')).toBe('OK');
  await until('the master has become a replica', () => isReplica(group.master), 60);
  await until('it is written to', () => answers(redis), 60);
  await redis.client.set('prescale:probe', '3');
  expect(await group.replica.cli('get', 'prescale:probe')).toBe('3');
  await redis.client.rpush('prescale:list', 'a');
  expect(await popped).toEqual(['prescale:list', 'a']);
});
