import { Redis } from 'ioredis';
import { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import {
  bullWorker,
  type JobHandler,
  type RefitWorkerOptions,
  type RunningWorker,
} from '../../redis/queue/refit-worker.io.ts';
import type { RedisServer } from './redis-server.ts';
import { storeParts } from './redis-settings.ts';

let opened = 0;

/** A queue of its own on a real Redis, and workers on connections of their own; what goes wrong beside the jobs is kept. */
export class QueueWorld {
  readonly queue: BullRefitQueue<number>;
  readonly client: Redis;
  readonly faults: Error[] = [];
  readonly keyPrefix: string;
  private readonly server: RedisServer;
  private readonly connections: Redis[] = [];
  private readonly closing: (() => Promise<void>)[] = [];

  /** @param user of the producer; others use the default one. @param keyPrefix by default a new one */
  constructor(
    server: RedisServer,
    user?: { username: string; password: string },
    keyPrefix = `world-${process.pid}-${opened++}`,
  ) {
    this.server = server;
    this.keyPrefix = keyPrefix;
    this.client = this.connect(user ?? {});
    this.queue = new BullRefitQueue<number>(
      { client: this.client, keyPrefix: this.keyPrefix, attempts: 3, backoffSeconds: 0.005, mac: storeParts().mac },
      this.onFault,
    );
  }

  /** @returns when it takes jobs */
  async work(handler: JobHandler<number>, options: Partial<RefitWorkerOptions> = {}): Promise<RunningWorker> {
    const worker = bullWorker(this.queue, handler, {
      connection: this.connect({ maxRetriesPerRequest: null }),
      concurrency: 2,
      lockSeconds: 30,
      jobSeconds: 30,
      perSecond: 0,
      name: 'test',
      random: () => 0.5,
      nowSeconds: () => performance.now() / 1000,
      onFault: this.onFault,
      ...options,
    });
    this.closing.push(() => worker.close());
    await worker.ready;
    return worker;
  }

  /** Until nothing waits or runs. */
  async idle(): Promise<void> {
    await until(async () => (await this.queue.depth()) === 0);
  }

  /** As where the process is killed: nothing that it says arrives any more. */
  cut(): void {
    for (const connection of this.connections) connection.disconnect();
  }

  async close(): Promise<void> {
    for (const close of this.closing) await close();
    await this.queue.close();
    for (const connection of this.connections) connection.disconnect();
  }

  private readonly onFault = (error: Error): void => {
    this.faults.push(error);
  };

  private connect(options: { username?: string; password?: string; maxRetriesPerRequest?: null }): Redis {
    const connection = new Redis(this.server.url, { retryStrategy: () => 50, ...options });
    connection.on('error', () => undefined);
    this.connections.push(connection);
    return connection;
  }
}

/** @param holds asked again each few milliseconds */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2));
}
