import { jobQueueContract } from './job-queue.contract.ts';
import { InProcessQueue } from './job-queue.ts';

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

jobQueueContract(
  'the in-process queue',
  async (handler) => new InProcessQueue(handler, { concurrency: 2, attempts: 3, backoffMs: 5, sleep }),
);
