import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisCollectionList } from '../../redis/collection/collection-list.io.ts';
import { RedisCollectorsAlive } from '../../redis/collection/collectors-alive.io.ts';
import { RedisReadingsStore } from '../../redis/collection/readings-store.io.ts';
import { connectRedis, type RedisConnection } from '../../redis/connection.io.ts';
import { checkRedis } from '../../redis/health.io.ts';
import { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import { bullWorker } from '../../redis/queue/refit-worker.io.ts';
import { trainingQueue } from '../../redis/queue/training-queue.io.ts';
import { WhatIfJobs } from '../../redis/queue/what-if-jobs.io.ts';
import { RedisForecastStore } from '../../redis/stores/forecast-store.io.ts';
import { RedisGuardStore } from '../../redis/stores/guard-store.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { RedisNeuralModelStore } from '../../redis/stores/neural-model-store.io.ts';
import { RedisStartupStore } from '../../redis/stores/startup-store.io.ts';
import { textCodec } from './payload.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { KeptLog, redisSettings, storeParts, until } from './redis-settings.ts';

/**
 * The rights that Prescale needs; docs/security.md has the same lines. Keys of its prefix only, no channel, and no command that reads
 * other keys, changes the server or ends it.
 */
const ACL_RIGHTS =
  '~prescale:* resetchannels -@all +@read +@write +@blocking +@transaction +@connection -@dangerous +eval +evalsha +script|load +time +info';
/** In a Cluster these, too, to know which node has what. */
const CLUSTER_RIGHTS = '+cluster|slots +cluster|info';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'prescale-rights-'));
  writeFileSync(join(folder, 'password'), 'secret');
});
afterAll(() => rmSync(folder, { recursive: true }));

const T0 = 1_800_000_000;
const ID = 'shop/Deployment/web#0';
const onDamage = () => {};

async function serve(rights: string, config: readonly string[] = []): Promise<RedisServer> {
  const users = ['user default on nopass ~* &* +@all', `user prescale on >secret ${rights}`];
  return startRedis({ config: [...users, ...config] });
}

async function connectTo(where: { url: string } | { cluster: readonly string[] }): Promise<RedisConnection> {
  const settings = redisSettings({ ...where, username: 'prescale', passwordFile: join(folder, 'password') });
  const connection = connectRedis(settings, { log: new KeptLog(), random: Math.random, name: 'prescale-test' });
  await connection.opened;
  return connection;
}

/** One node with all slots. */
async function serveCluster(): Promise<RedisServer> {
  const server = await serve(`${ACL_RIGHTS} ${CLUSTER_RIGHTS}`, [
    'cluster-enabled yes',
    'cluster-announce-ip 127.0.0.1',
  ]);
  await server.cli('cluster', 'addslotsrange', '0', '16383');
  await until('it serves', async () => (await server.cli('cluster', 'info')).includes('cluster_state:ok'));
  return server;
}

describe.each([
  ['a Redis', () => serve(ACL_RIGHTS), ({ port }: RedisServer) => ({ url: `redis://127.0.0.1:${port}` })],
  ['a Redis Cluster', serveCluster, ({ port }: RedisServer) => ({ cluster: [`127.0.0.1:${port}`] })],
])('on %s', (_, start, whereOf) => {
  let server: RedisServer;
  let connection: RedisConnection;

  beforeAll(async () => {
    server = await start();
    connection = await connectTo(whereOf(server));
  });
  afterAll(async () => {
    connection?.close();
    await server?.stop();
  });

  it('all that roles store and look at needs no more than this', async () => {
    const { client } = connection;
    expect((await checkRedis(client, 'prescale', () => performance.now() / 1000)).problems).toEqual([]);
    const history = new RedisHistoryStore(client, 'prescale', 2, storeParts({ onDamage }));
    await history.append(ID, T0, 1);
    await history.append(ID, T0 + 180, 1);
    await history.fill(ID, { startSeconds: T0 + 60, stepSeconds: 60, values: Float64Array.of(3) });
    expect((await history.read(ID))!.values.length).toBe(4);
    expect(await history.ids()).toEqual([ID]);
    const forecasts = new RedisForecastStore(client, 'prescale', textCodec, storeParts({ onDamage }));
    const now = Date.now() / 1000;
    const payload = { text: 'a', numbers: Float64Array.of(1) };
    await forecasts.publish(ID, { untilSeconds: now, expiresSeconds: now + 60, payload });
    expect(await forecasts.news()).toEqual(new Set([ID]));
    expect((await forecasts.take(ID, now))!.payload).toEqual(payload);
    const list = new RedisCollectionList(client, 'prescale', storeParts());
    const workload = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
    await list.put([
      { query: { id: ID, workload, metric: { kind: 'resource', resource: 'cpu' } }, selector: 'app=web' },
    ]);
    await list.markFilled([ID]);
    expect([(await list.read())!.size, (await list.filled()).size]).toEqual([1, 1]);
    expect(await list.version()).toBeDefined();
    const readingsStore = new RedisReadingsStore(client, 'prescale', storeParts());
    await readingsStore.publish('one', now, new Map([[ID, { kind: 'value', value: 1, timeSeconds: now }]]));
    expect([(await readingsStore.read()).readings.size, (await readingsStore.read()).readings.size]).toEqual([1, 1]);
    const alive = new RedisCollectorsAlive(client, 'prescale', 15, storeParts());
    await alive.beat('one');
    expect(await alive.alive()).toEqual(['one']);
    await alive.leave('one');
    const neuralModels = new RedisNeuralModelStore(client, 'prescale', storeParts());
    for (const byte of [1, 2]) await neuralModels.publish(Uint8Array.of(byte));
    await neuralModels.rollBack();
    expect(await neuralModels.current()).toEqual(Buffer.of(1));
    const startups = new RedisStartupStore(client, 'prescale', storeParts());
    await startups.save({});
    expect(await startups.load()).toEqual({});
    const guards = new RedisGuardStore(client, 'prescale', storeParts());
    await guards.write(new Map([[ID, '{}']]), ['gone']);
    expect([...(await guards.read())]).toEqual([[ID, await guards.get(ID)]]);
    await Promise.all([history.forget(ID), forecasts.forget(ID), list.remove([ID])]);
    expect(await server.cli('acl', 'log')).toBe('');
  });

  it('so do the queue and its workers', async () => {
    const faults: Error[] = [];
    const onFault = (error: Error) => void faults.push(error);
    const settings = {
      client: connection.client,
      keyPrefix: 'prescale',
      attempts: 2,
      backoffSeconds: 0.01,
      mac: storeParts().mac,
    };
    const queue = new BullRefitQueue<number>(settings, onFault);
    let runs = 0;
    const handler = async (id: string) => {
      runs++;
      if (id === 'bad') throw new Error('no');
    };
    let schedule = 0;
    const trainings = trainingQueue(
      {
        client: connection.client,
        connection: connection.blocking(),
        keyPrefix: 'prescale',
        hourUtc: 2,
        onFault,
      },
      async () => void schedule++,
    );
    await trainings.schedule();
    await trainings.trainNow();
    await until('a training', async () => schedule === 1);
    await trainings.close();
    const whatIf = new WhatIfJobs(queue, () => performance.now() / 1000);
    const worker = bullWorker(queue, handler, {
      whatIf: {
        jobs: whatIf,
        answer: async function* (question) {
          yield `${question}!`;
        },
      },
      connection: connection.blocking(),
      concurrency: 2,
      lockSeconds: 3,
      jobSeconds: 30,
      perSecond: 50,
      name: 'test',
      random: () => 0.5,
      nowSeconds: () => performance.now() / 1000,
      onFault,
    });
    await worker.ready;
    for (const id of ['a', 'b', 'bad']) await queue.submit(id, 1, 5);
    await queue.repeat('a', 1, 5, 3_600);
    await until('the jobs are done', async () => (await queue.failed()).length === 1 && runs >= 4);
    await queue.retry('bad');
    await until('it failed again', async () => (await queue.failed()).length === 1 && runs >= 6);
    await queue.cancel('a');
    expect(await queue.depth()).toBe(0);
    const asked = whatIf.ask('web', new AbortController().signal);
    expect((await asked.next()).value).toBe('web!');
    expect((await asked.next()).done).toBe(true);
    await worker.close();
    await queue.close();
    expect(await server.cli('acl', 'log')).toBe('');
    expect(faults).toEqual([]);
  });

  it('what others keep in this Redis can not be read, nor can it be emptied', async () => {
    const { client } = connection;
    await server.cli('set', 'of-others', '1');
    for (const command of [
      ['get', 'of-others'],
      ['eval', "return redis.call('GET', 'of-others')", '0'],
      ['keys', '*'],
    ]) {
      await expect(client.call(command[0]!, ...command.slice(1))).rejects.toThrow(
        /NOPERM|executing the script can't access/,
      );
    }
    for (const command of [
      ['flushall'],
      ['config', 'get', '*'],
      ['shutdown'],
      ['acl', 'list'],
      ['publish', 'a', 'b'],
    ]) {
      await expect(client.call(command[0]!, ...command.slice(1))).rejects.toThrow(/NOPERM/);
    }
  });
});
