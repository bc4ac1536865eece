import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectionContract } from '../../collector/demand/collection.contract.ts';
import { RedisCollectionList } from '../../redis/collection/collection-list.io.ts';
import { RedisCollectorsAlive } from '../../redis/collection/collectors-alive.io.ts';
import { RedisReadingsBoard } from '../../redis/collection/readings-store.io.ts';
import { connectRedis, type RedisConnection } from '../../redis/connection.io.ts';
import { checkRedis } from '../../redis/health.io.ts';
import { RedisForecastStore } from '../../redis/stores/forecast-store.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { codeOf, demandOf } from '../../redis/stores/minute-codec.ts';
import { forecastStoreContract } from '../../storage/forecast-store.contract.ts';
import { historyStoreContract } from '../../storage/history-store.contract.ts';
import { pause } from '../cluster/server-process.ts';
import { textCodec } from './payload.ts';
import { type RedisCluster, startRedisCluster } from './redis-groups.ts';
import { answers, KeptLog, redisSettings, storeParts, until } from './redis-settings.ts';

const PASSWORD = 'of the cluster';
const DEAD_AFTER_SECONDS = 1.5;
let folder: string;
let passwordFile: string;
let cluster: RedisCluster;
let redis: RedisConnection;

const connect = () => {
  const settings = redisSettings({ cluster: cluster.names.slice(0, 2), passwordFile });
  return connectRedis(settings, { log: new KeptLog(), random: Math.random, name: 'prescale-test' });
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'prescale-cluster-'));
  passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'of yesterday');
  cluster = await startRedisCluster({ password: PASSWORD });
});
afterAll(async () => {
  redis?.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true });
});

it('a wrong password is said in words, and once it is right it serves', async () => {
  redis = connect();
  await expect(redis.opened).rejects.toThrow(/refused the password/);
  writeFileSync(passwordFile, PASSWORD);
  await until('it is taken', () => answers(redis));
});

const emptied = async () => {
  for (const node of cluster.nodes) await node.cli('flushall');
};
const onDamage = (message: string) => expect.unreachable(message);

historyStoreContract(
  'a Redis Cluster',
  async () => {
    await emptied();
    return new RedisHistoryStore(redis.client, 'prescale', 2, storeParts({ onDamage }));
  },
  (value) => demandOf(codeOf(value)),
);
forecastStoreContract(
  'a Redis Cluster',
  async () => {
    await emptied();
    return new RedisForecastStore(redis.client, 'prescale', textCodec, storeParts({ onDamage }));
  },
  Math.floor(Date.now() / 1000),
);
// Its hooks are for its own tests only.
describe('what collectors share', () => {
  collectionContract('a Redis Cluster', async () => {
    await emptied();
    return {
      list: new RedisCollectionList(redis.client, 'prescale', storeParts({ onDamage })),
      board: new RedisReadingsBoard(redis.client, 'prescale', storeParts({ onDamage })),
      alive: new RedisCollectorsAlive(redis.client, 'prescale', DEAD_AFTER_SECONDS, storeParts()),
      deadAfterSeconds: DEAD_AFTER_SECONDS,
      pass: (seconds) => pause(seconds * 1000),
      close: async () => {},
    };
  });
});

describe('a Redis Cluster', () => {
  it('is looked at node by node', async () => {
    const health = await checkRedis(redis.client, 'prescale', () => performance.now() / 1000);
    expect(health.problems).toEqual([]);
    await cluster.nodes[2]!.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    const evicting = await checkRedis(redis.client, 'prescale', () => performance.now() / 1000);
    expect(evicting.problems).toEqual([expect.stringContaining('allkeys-lru')]);
  });

  it('has histories on every node, and goes on when one was killed and came back', async () => {
    await emptied();
    const store = new RedisHistoryStore(redis.client, 'prescale', 2, storeParts({ onDamage }));
    const points = Array.from({ length: 200 }, (_, i) => ({ id: `app-${i}`, timeSeconds: 1_800_000_000, value: i }));
    await store.appendAll(points);
    for (const node of cluster.nodes) expect(Number(await node.cli('dbsize'))).toBeGreaterThan(20);
    await cluster.nodes[1]!.kill('SIGKILL');
    await expect(store.appendAll(points)).rejects.toThrow();
    await cluster.nodes[1]!.restart();
    const later = points.map((point) => ({ ...point, timeSeconds: point.timeSeconds + 60 }));
    const goesOn = () =>
      store.appendAll(later).then(
        () => true,
        () => false,
      );
    await until('it goes on', goesOn);
    for (const { id } of points) expect((await store.read(id))!.values.length).toBe(2);
  });

  it('whose password was changed takes the new one for each new connection, without a restart', async () => {
    for (const node of cluster.nodes) await node.cli('config', 'set', 'masterauth', 'second', 'requirepass', 'second');
    writeFileSync(passwordFile, 'second');
    expect(await answers(redis)).toBe(true);
    // Of one node only: the others keep their connections.
    const killed = ['client', 'kill', 'type', 'normal', 'skipme', 'yes'];
    await cluster.nodes[0]!.cli('-a', 'second', ...killed).catch(() => {});
    const store = new RedisHistoryStore(redis.client, 'prescale', 2, storeParts({ onDamage }));
    const all = () =>
      store.ids().then(
        (ids) => ids.length === 200,
        () => false,
      );
    await until('all nodes answer', all);
  });
});
