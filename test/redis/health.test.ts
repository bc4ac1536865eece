import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { ClockCheck } from '../../core/clock-check.ts';
import { checkRedis, redisTime } from '../../redis/health.io.ts';
import { type RedisOptions, type RedisServer, startRedis } from './redis-server.ts';

const servers: RedisServer[] = [];
const clients: Redis[] = [];
const monotonic = () => performance.now() / 1000;

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(options: RedisOptions = {}, user: { username?: string; password?: string } = {}): Promise<Redis> {
  const server = await startRedis(options);
  servers.push(server);
  const client = new Redis({ port: server.port, ...user });
  clients.push(client);
  return client;
}

it('a Redis as it should be has no problem, and says what it uses', async () => {
  const client = await serve({ maxmemory: '64mb' });
  const health = await checkRedis(client, 'prescale', monotonic);
  expect(health.problems).toEqual([]);
  expect(health.limitBytes).toBe(64 * 2 ** 20);
  expect(health.usedBytes).toBeGreaterThan(100_000);
  expect(health.usedBytes).toBeLessThan(health.limitBytes);
  expect(health.latencySeconds).toBeGreaterThan(0);
  expect(health.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(await client.get('prescale:schema')).toBe('1');
});

it('a policy that evicts is a problem, with its name and the fix, until it is put right', async () => {
  const client = await serve({ config: ['maxmemory-policy allkeys-lru'] });
  const { problems } = await checkRedis(client, 'prescale', monotonic);
  expect(problems).toEqual([expect.stringMatching(/maxmemory-policy allkeys-lru.*set it to noeviction/)]);
  await client.config('SET', 'maxmemory-policy', 'noeviction');
  expect((await checkRedis(client, 'prescale', monotonic)).problems).toEqual([]);
});

it('data of a newer version is a problem', async () => {
  const client = await serve();
  await client.set('prescale:schema', '2');
  const { problems } = await checkRedis(client, 'prescale', monotonic);
  expect(problems).toEqual([expect.stringContaining('found data of version 2')]);
});

it('a replica is a problem', async () => {
  const master = await serve();
  const replica = await serve({ config: [`replicaof 127.0.0.1 ${master.options.port}`] });
  const { problems } = await checkRedis(replica, 'prescale', monotonic);
  expect(problems).toEqual([expect.stringContaining('give the address of the master')]);
});

it('without the right to INFO nothing is known, which is a problem', async () => {
  const client = await serve(
    { config: ['user default on nopass ~* &* +@all', 'user narrow on >x ~prescale* +@all -info'] },
    { username: 'narrow', password: 'x' },
  );
  const { problems } = await checkRedis(client, 'prescale', monotonic);
  expect(problems).toEqual([expect.stringContaining('give it +info')]);
});

it('nearly full is a warning, as is a version with a known hole', async () => {
  const client = await serve({ maxmemory: '64mb' });
  const { warnings, version } = await checkRedis(client, 'prescale', monotonic);
  const isOpen = /^7\.0\./.test(version);
  expect(warnings.filter((warning) => warning.includes('CVE-2025-49844')).length).toBe(isOpen ? 1 : 0);
  await client.setrange('filling', 50_000_000, 'x');
  await client.setrange('more', 10_000_000, 'x');
  const nearly = await checkRedis(client, 'prescale', monotonic);
  expect(nearly.warnings.some((warning) => warning.includes('% of its maxmemory'))).toBe(true);
  expect(nearly.problems).toEqual([]);
  await client.setrange('even more', 8_000_000, 'x');
  const full = await checkRedis(client, 'prescale', monotonic);
  expect(full.problems).toEqual([expect.stringMatching(/^Redis is full \(.*raise maxmemory$/)]);
});

it('a clock that is 90 s ahead of that of Redis is found by its TIME, and one that agrees is not', async () => {
  const client = await serve();
  const found = async (aheadSeconds: number) => {
    const check = new ClockCheck(monotonic);
    check.compare('Redis', await redisTime(client, () => Date.now() / 1000 + aheadSeconds));
    return check.ownProblem;
  };
  expect(await found(0)).toBeUndefined();
  expect(await found(90)).toMatch(/^the clock of this pod's node is 90 s ahead of Redis; expected within 10 s/);
  expect(await found(-90)).toMatch(/is 90 s behind Redis/);
});
