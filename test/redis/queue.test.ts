import { afterAll, beforeAll } from 'vitest';
import { jobQueueContract } from '../../storage/job-queue.contract.ts';
import type { JobQueue } from '../../storage/job-queue.ts';
import { QueueWorld } from './queue-world.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

jobQueueContract('the queue on Redis', async (handler): Promise<JobQueue<number>> => {
  const world = new QueueWorld(server);
  const { queue } = world;
  await world.work(handler);
  return {
    submit: (...job) => queue.submit(...job),
    cancel: (id) => queue.cancel(id),
    depth: () => queue.depth(),
    failed: () => queue.failed(),
    retry: (id) => queue.retry(id),
    close: () => world.close(),
  };
});
