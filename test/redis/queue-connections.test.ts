import { afterEach, expect, it } from 'vitest';
import { connectRedis, type RedisConnection } from '../../redis/connection.io.ts';
import { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import { bullWorker } from '../../redis/queue/refit-worker.io.ts';
import type { RedisSettings } from '../../redis/settings.ts';
import { freePorts } from '../cluster/ports.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { KeptLog, redisSettings, storeParts, until } from './redis-settings.ts';

const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** A queue with a worker, connected as the roles are. */
async function open(settings: Partial<RedisSettings>, handler: (id: string) => Promise<void>) {
  const connection: RedisConnection = connectRedis(redisSettings(settings), {
    log: new KeptLog(),
    random: () => 0.5,
    name: 'queue-test',
  });
  await connection.opened;
  const { client } = connection;
  const queue = new BullRefitQueue<number>(
    { client, keyPrefix: 'prescale', attempts: 3, backoffSeconds: 0.1, mac: storeParts().mac },
    () => {},
  );
  const worker = bullWorker(queue, handler, {
    ...{
      connection: connection.blocking(),
      concurrency: 2,
      lockSeconds: 6,
      jobSeconds: 30,
      perSecond: 0,
      name: 'test',
    },
    random: () => 0.5,
    nowSeconds: () => performance.now() / 1000,
    onFault: () => {},
  });
  await worker.ready;
  ending.push(async () => {
    await worker.close();
    await queue.close();
    connection.close();
  });
  return queue;
}

const server = async (options: Parameters<typeof startRedis>[0]): Promise<RedisServer> => {
  const started = await startRedis(options);
  ending.push(() => started.stop());
  return started;
};

const idle = (queue: BullRefitQueue<number>) =>
  until('idle', () =>
    queue.depth().then(
      (depth) => depth === 0,
      () => false,
    ),
  );

it('works on a Redis Cluster, and goes on when the node that holds it was killed and is back', async () => {
  const ports = await freePorts(6);
  const nodes = await Promise.all(
    ports
      .slice(0, 3)
      .map((port, i) =>
        server({ port, config: ['cluster-enabled yes', `cluster-port ${ports[3 + i]}`, 'cluster-node-timeout 2000'] }),
      ),
  );
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await nodes[0]!.cli('--cluster', 'create', ...addresses, '--cluster-yes');
  for (const node of nodes) {
    await until('the cluster', async () => (await node.cli('cluster', 'info')).includes('cluster_state:ok'));
  }
  const done = new Set<string>();
  const queue = await open({ cluster: addresses }, async (id) => {
    done.add(id);
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
  const ids = Array.from({ length: 200 }, (_, i) => `job${i}`);
  for (const id of ids) await queue.submit(id, 1, 1);
  await queue.repeat('again', 1, 1, 86_400);
  await until('some are done', () => done.size > 20);
  const slot = Number(await nodes[0]!.cli('cluster', 'keyslot', 'prescale:{jobs}:refit:wait'));
  const shards = (await nodes[0]!.cli('cluster', 'slots')).split('\n');
  const holder = nodes.find(({ port }) => holds(shards, port, slot))!;
  await holder.restart();
  await idle(queue);
  expect([...done].sort()).toEqual([...ids].sort());
  expect(await queue.counts()).toMatchObject({ waiting: 0, running: 0, failed: 0, repeating: 1 });
});

it('goes on by itself when a frozen Redis wakes; a submission meanwhile fails soon', async () => {
  const redis = await server({});
  const done = new Set<string>();
  const queue = await open({ url: redis.url }, async (id) => {
    done.add(id);
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
  const ids = Array.from({ length: 200 }, (_, i) => `job${i}`);
  for (const id of ids) await queue.submit(id, 1, 1);
  await until('some are done', () => done.size > 20);
  await redis.kill('SIGSTOP');
  await expect(queue.submit('late', 1, 1)).rejects.toThrow(/timed out|closed|writeable/i);
  // Longer than the lock: what ran is taken for stalled, and done once more.
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  await redis.kill('SIGCONT');
  await idle(queue);
  for (const id of ids) expect(done).toContain(id);
  await until('a submission', () =>
    queue.submit('after', 1, 1).then(
      () => true,
      () => false,
    ),
  );
  await idle(queue);
  expect(done).toContain('after');
});

/** Lines of CLUSTER SLOTS: first slot, last slot, address, port, … */
function holds(lines: readonly string[], port: number, slot: number): boolean {
  return lines.some(
    (line, i) =>
      line === String(port) &&
      Number(lines[i - 3]) <= slot &&
      slot <= Number(lines[i - 2]) &&
      lines[i - 1] === '127.0.0.1',
  );
}
