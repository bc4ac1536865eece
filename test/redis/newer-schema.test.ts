import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisCollectionList } from '../../redis/collection/collection-list.io.ts';
import { RedisCollectorsAlive } from '../../redis/collection/collectors-alive.io.ts';
import { RedisReadingsStore } from '../../redis/collection/readings-store.io.ts';
import { connectRedis, type RedisConnection } from '../../redis/connection.io.ts';
import { checkRedis } from '../../redis/health.io.ts';
import { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import { bullWorker } from '../../redis/queue/refit-worker.io.ts';
import { trainingQueue } from '../../redis/queue/training-queue.io.ts';
import { RedisForecastStore } from '../../redis/stores/forecast-store.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { RedisNeuralModelStore } from '../../redis/stores/neural-model-store.io.ts';
import { RedisStartupStore } from '../../redis/stores/startup-store.io.ts';
import { pause } from '../cluster/server-process.ts';
import { textCodec } from './payload.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { KeptLog, redisSettings, storeParts, until } from './redis-settings.ts';

const T0 = 1_800_000_000;
const ID = 'shop/Deployment/web#0';
const NEWER =
  'Redis: found data of version 2 under prescale:schema; expected 1 at most: a newer Prescale wrote it. Run that version, or give another redis.keyPrefix';

let server: RedisServer;
/** Another one's, which goes through no gate. */
let other: Redis;
let log: KeptLog;
let connection: RedisConnection;

beforeEach(async () => {
  server = await startRedis();
  other = new Redis({ port: server.port });
  log = new KeptLog();
});
afterEach(async () => {
  connection?.close();
  other.disconnect();
  await server.stop();
});

function connect(): RedisConnection {
  connection = connectRedis(redisSettings({ url: server.url }), { log, random: Math.random, name: 'prescale-test' });
  return connection;
}

/** All that a role writes, of every kind. */
function writers({ client }: RedisConnection): Record<string, () => Promise<unknown>> {
  const onDamage = () => {};
  const list = new RedisCollectionList(client, 'prescale', storeParts({ onDamage }));
  const readingsStore = new RedisReadingsStore(client, 'prescale', storeParts({ onDamage }));
  const alive = new RedisCollectorsAlive(client, 'prescale', 15, storeParts());
  const history = new RedisHistoryStore(client, 'prescale', 8, storeParts({ onDamage }));
  const forecasts = new RedisForecastStore(client, 'prescale', textCodec, storeParts({ onDamage }));
  const query = {
    id: ID,
    workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    metric: { kind: 'resource', resource: 'cpu' },
  } as const;
  const payload = { text: 'a', numbers: new Float64Array(0) };
  return {
    'the readings': () => readingsStore.publish('a', T0, new Map()),
    'the list': () => list.put([{ query, selector: 'app=web' }]),
    'a list without it': () => list.remove([ID]),
    'marks of histories': () => list.markFilled([ID]),
    'a heartbeat': () => alive.beat('a'),
    'a leave': () => alive.leave('a'),
    'a minute': () => history.append(ID, T0, 1),
    'a week': () => history.fill(ID, { startSeconds: T0, stepSeconds: 60, values: Float64Array.of(1) }),
    'a history let go': () => history.forget(ID),
    'a forecast': () => forecasts.publish(ID, { untilSeconds: T0, expiresSeconds: T0 + 1_000, payload }),
    'a forecast let go': () => forecasts.forget(ID),
    'start-up latencies': () => new RedisStartupStore(client, 'prescale', storeParts()).save({}),
    'a network': () => new RedisNeuralModelStore(client, 'prescale', storeParts()).publish(Uint8Array.of(1)),
  };
}

describe('data of a newer version', () => {
  it('is found at the first connection: nothing is written over it by anybody, and it is said why', async () => {
    await other.set('prescale:schema', '2');
    const redis = connect();
    await expect(redis.opened).rejects.toThrow(NEWER);
    for (const [what, write] of Object.entries(writers(redis))) await expect(write(), what).rejects.toThrow(NEWER);
    const settings = {
      client: redis.client,
      keyPrefix: 'prescale',
      attempts: 5,
      backoffSeconds: 1,
      mac: storeParts().mac,
    };
    const queue = new BullRefitQueue<string>(settings, () => {});
    await expect(queue.submit(ID, 'fit', 0)).rejects.toThrow(NEWER);
    await expect(queue.cancel(ID)).rejects.toThrow(NEWER);
    const worker = bullWorker(queue, async () => {}, {
      connection: redis.blocking(),
      concurrency: 1,
      lockSeconds: 2,
      jobSeconds: 5,
      perSecond: 0,
      name: 'a',
      random: Math.random,
      nowSeconds: () => performance.now() / 1000,
      onFault: () => {},
    });
    const options = { client: redis.client, connection: redis.blocking(), keyPrefix: 'prescale', hourUtc: 3 };
    const training = trainingQueue({ ...options, onFault: () => {} }, async () => {});
    await expect(training.schedule()).rejects.toThrow();
    await pause(3_000);
    expect(await other.keys('*')).toEqual(['prescale:schema']);
    expect(await other.get('prescale:schema')).toBe('2');
    expect(log.lines).toContain(`error: what is stored in Redis can not be used: ${NEWER}`);
    // Whoever is asked for problems has it among them, once.
    const health = await checkRedis(redis.client, 'prescale', () => 0);
    expect(health).toMatchObject({ problems: [NEWER], schema: NEWER });
    await Promise.all([worker.close(), training.close()].map((closing) => closing.catch(() => {})));
    await queue.close().catch(() => {});
  });

  it('that comes while a role runs stops it at its next look, and when it is gone all goes on', async () => {
    const redis = connect();
    await redis.opened;
    for (const write of Object.values(writers(redis))) await write();
    await other.flushall();
    await other.set('prescale:schema', '2');
    redis.gate.set((await checkRedis(redis.client, 'prescale', () => 0)).schema);
    for (const [what, write] of Object.entries(writers(redis))) await expect(write(), what).rejects.toThrow(NEWER);
    expect(await other.keys('*')).toEqual(['prescale:schema']);
    await other.set('prescale:schema', '1');
    redis.gate.set((await checkRedis(redis.client, 'prescale', () => 0)).schema);
    for (const write of Object.values(writers(redis))) await write();
  });

  it('is found after a reconnection, before anything is looked at otherwise', async () => {
    const redis = connect();
    await redis.opened;
    await other.set('prescale:schema', '2');
    await server.restart();
    await until('it is found', () => redis.gate.shut !== undefined);
    expect(redis.problem).toBeUndefined();
    await expect(redis.client.set('prescale:a', 'b')).rejects.toThrow(NEWER);
  });

  it('a key that is no text in its place is said, and neither read nor written', async () => {
    await other.rpush('prescale:schema', 'a');
    const redis = connect();
    await expect(redis.opened).rejects.toThrow('found a key that is no text under prescale:schema');
    await expect(redis.client.set('prescale:a', 'b')).rejects.toThrow('found a key that is no text');
  });
});

describe('what a person reads of a failed command', () => {
  it('without a connection is the cause and what to do, not what the client says of its own state', async () => {
    const redis = connect();
    await redis.opened;
    await server.kill('SIGKILL');
    await until('the loss is noticed', () => redis.problem?.includes('nobody listens') === true);
    const readingsStore = new RedisReadingsStore(redis.client, 'prescale', storeParts());
    const found = await readingsStore.read().catch((error: Error) => error.message);
    expect(found).toMatch(/^Redis \(127\.0\.0\.1:\d+\): nobody listens there: does Redis run, and is the port right\?/);
    expect(found).not.toMatch(/isn't writeable|enableOfflineQueue/);
    // Of several commands at once as well.
    const list = new RedisCollectionList(redis.client, 'prescale', storeParts());
    await expect(list.read()).rejects.toThrow(/nobody listens there/);
    await expect(list.remove([ID])).rejects.toThrow(/nobody listens there/);
    await server.restart();
  });

  it('that is refused is what Redis lacks', async () => {
    const redis = connect();
    await redis.opened;
    await other.config('SET', 'maxmemory', '1');
    const alive = new RedisCollectorsAlive(redis.client, 'prescale', 15, storeParts());
    await expect(alive.beat('a')).rejects.toThrow(/it is full \(maxmemory\).*: raise maxmemory/);
    await other.config('SET', 'maxmemory', '0');
    await other.replicaof('127.0.0.1', '1');
    await expect(redis.client.set('a', 'b')).rejects.toThrow(/it is a replica that may not be written to/);
  });
});
