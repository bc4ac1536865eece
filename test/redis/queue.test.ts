import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { jobQueueContract } from '../../forecaster/job-queue.contract.ts';
import type { JobQueue } from '../../forecaster/job-queue.ts';
import { BullRefitQueue } from '../../redis/refit-queue.ts';
import { bullWorker } from '../../redis/refit-worker.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

let opened = 0;

jobQueueContract('the queue on Redis', async (handler): Promise<JobQueue<number>> => {
  const client = new Redis(server.port, { enableOfflineQueue: true });
  const connection = new Redis(server.port, { maxRetriesPerRequest: null });
  const fault = (error: Error) => {
    throw error;
  };
  const keyPrefix = `contract-${opened++}`;
  const queue = new BullRefitQueue<number>({ client, keyPrefix, attempts: 3, backoffSeconds: 0.005 }, fault);
  const worker = bullWorker(queue, handler, {
    ...{ connection, concurrency: 2, lockSeconds: 30, jobSeconds: 30, perSecond: 0, name: 'contract' },
    ...{ random: () => 0.5, nowSeconds: () => performance.now() / 1000, onFault: fault },
  });
  await worker.ready;
  const close = async () => {
    await worker.close();
    await queue.close();
    client.disconnect();
    connection.disconnect();
  };
  return {
    submit: (...job) => queue.submit(...job),
    cancel: (id) => queue.cancel(id),
    depth: () => queue.depth(),
    failed: () => queue.failed(),
    retry: (id) => queue.retry(id),
    close,
  };
});
