import { Queue, Worker } from 'bullmq';
import type { RedisClient } from '../clients.io.ts';

const NAME = 'train';
const NIGHTLY = 'nightly';
const ATTEMPTS = 3;
const BACKOFF_MS = 300_000;
const KEPT = 10;
const RETRY_MS = 1_000;
/** The lock is renewed on the event loop, which a training on its thread leaves free. */
const LOCK_MS = 60_000;

export interface TrainingQueueOptions {
  readonly client: RedisClient;
  /** With maxRetriesPerRequest null; not ours to close. */
  readonly connection: RedisClient;
  readonly keyPrefix: string;
  readonly hourUtc: number;
  readonly onFault: (error: Error) => void;
}

/** One training a night over all forecasters: whoever is free runs it; one that is killed is taken over by another. */
export interface TrainingQueue {
  /** Asks for it each night at the hour, however many ask. */
  schedule(): Promise<void>;
  /** Asks for one now. */
  trainNow(): Promise<void>;
  close(): Promise<void>;
}

/** @param train must stand a second run; what it throws is tried again twice, after five minutes and after ten more. */
export function trainingQueue(options: TrainingQueueOptions, train: () => Promise<void>): TrainingQueue {
  const { client, connection, keyPrefix, hourUtc, onFault } = options;
  const prefix = `${keyPrefix}:{jobs}`;
  const queue = new Queue(NAME, { connection: client, prefix, skipWaitingForReady: true });
  const worker = new Worker(NAME, train, {
    connection,
    prefix,
    concurrency: 1,
    lockDuration: LOCK_MS,
    runRetryDelay: RETRY_MS,
  });
  queue.on('error', onFault);
  worker.on('error', onFault);
  const opts = {
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: BACKOFF_MS },
    removeOnComplete: { count: KEPT },
    removeOnFail: { count: KEPT },
  };
  return {
    schedule: async () => {
      const repeat = { pattern: `0 ${hourUtc} * * *`, tz: 'UTC' };
      await queue.upsertJobScheduler(NIGHTLY, repeat, { name: NAME, opts });
    },
    trainNow: async () => {
      await queue.add(NAME, {}, opts);
    },
    close: async () => {
      await Promise.all([worker.close(), queue.close()]);
    },
  };
}
