import { type Job, UnrecoverableError, Worker } from 'bullmq';
import { WorldError } from '../../core/errors.ts';
import type { RedisClient } from '../clients.io.ts';
import type { Settled } from './desired-jobs.io.ts';
import { BrokenJobError, NewerJobError } from './job-envelope.ts';
import { pause } from './pause.ts';
import { type BullRefitQueue, idOf } from './refit-queue.io.ts';
import { type AnswerWhatIf, WhatIfJobs } from './what-if-jobs.io.ts';

/**
 * A worker that is killed costs the job that it ran one stall. Many kills in a row hit one job by bad luck (each kill takes the
 * job that runs, and that one runs first again), so BullMQ's 1 would fail healthy ones. A job that kills each worker itself
 * must end some time all the same: it would take every forecaster down for ever.
 */
const MOST_STALLS = 20;
/** A worker of another version comes with the next rollout, not in two seconds. */
const NEWER_BACKOFF_MS = 60_000;
const MOST_BACKOFF_MS = 600_000;
/** Jobs that only submit take a millisecond, all of it waiting. */
const DUE_AT_ONCE = 8;
/** Between the two looks of a sweep: longer than any step between two commands. */
const SWEEP_SETTLE_MS = 2_000;
/** After a connection was lost in the middle of a job, or was of no use at the start. */
const RETRY_MS = 1_000;
/** Stalled jobs are looked for six times in the life of a lock. */
const STALL_CHECKS = 6;

export interface RefitWorkerOptions {
  /** With maxRetriesPerRequest null; BullMQ duplicates it for its blocking commands. Not ours to close. */
  readonly connection: RedisClient;
  readonly concurrency: number;
  /** Another worker takes the job of one that was silent so long, a sixth of it later at the latest. */
  readonly lockSeconds: number;
  /** A run that takes longer has failed; its signal is aborted. */
  readonly jobSeconds: number;
  /** Over all workers; 0: no limit. Must be the same in each. */
  readonly perSecond: number;
  /** Shown on the jobs that it runs. */
  readonly name: string;
  readonly random: () => number;
  /** Monotonic. */
  readonly nowSeconds: () => number;
  /** Told of each run: how long it took, and how it ended. */
  readonly onRun?: (id: string, seconds: number, outcome: 'done' | 'failed') => void;
  /** Told of each attempt that failed. */
  readonly onError?: (id: string, error: unknown, attempt: number) => void;
  /** Told of a job whose worker was silent for too long, now given to another. */
  readonly onStalled?: (id: string) => void;
  /** Answers the console's questions while no refit waits; without it, nobody here does. */
  readonly whatIf?: { readonly jobs: WhatIfJobs; readonly answer: AnswerWhatIf };
  /** Told of what goes wrong beside the jobs: a lost connection, a lock that could not be renewed. */
  readonly onFault: (error: Error) => void;
}

/**
 * Must stand a second run. Is to end soon after the signal is aborted; nobody waits for it then.
 * @param wanted whether it is still to be done: a process that stood still finds that another one did it, or that it was cancelled
 */
export type JobHandler<P> = (
  id: string,
  payload: P,
  signal: AbortSignal,
  wanted: () => Promise<boolean>,
) => Promise<void>;

export interface RunningWorker {
  /** Resolves when it takes jobs. */
  readonly ready: Promise<void>;
  /** Takes no more jobs and waits for those that run. */
  close(): Promise<void>;
}

/** Runs the queue's jobs in this process. The handler must leave the event loop free: locks are renewed on it. */
export function bullWorker<P>(
  queue: BullRefitQueue<P>,
  handler: JobHandler<P>,
  options: RefitWorkerOptions,
): RunningWorker {
  return new RefitWorker(queue, handler, options);
}

class RefitWorker<P> implements RunningWorker {
  readonly ready: Promise<void>;
  private readonly queue: BullRefitQueue<P>;
  private readonly handler: JobHandler<P>;
  private readonly options: RefitWorkerOptions;
  private workers: readonly Worker[] = [];
  private readonly sweeping: Promise<void>;
  /** The submission that a job runs, by id. */
  private readonly running = new Map<string, string>();
  private readonly settling = new Set<Promise<void>>();
  private readonly closing = new AbortController();

  constructor(queue: BullRefitQueue<P>, handler: JobHandler<P>, options: RefitWorkerOptions) {
    this.queue = queue;
    this.handler = handler;
    this.options = options;
    this.ready = this.start();
    const sweepMs = (options.lockSeconds * 1000) / 2;
    this.sweeping = this.keepSweeping(sweepMs);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all([...this.workers.map((worker) => worker.close()), this.sweeping]);
    await Promise.all(this.settling);
  }

  /** A BullMQ worker whose first words with Redis failed never works again, whatever becomes of the connection: others are opened. */
  private async start(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      const workers = [this.openJobs(), this.openDue()];
      this.workers = workers;
      try {
        await Promise.all(workers.map((worker) => worker.waitUntilReady()));
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.options.onFault(error as Error);
        await Promise.all(workers.map((worker) => worker.close(true).catch(this.options.onFault)));
        await pause(RETRY_MS, signal);
      }
    }
  }

  private openJobs(): Worker {
    const { concurrency, perSecond, onStalled } = this.options;
    const limiter = perSecond > 0 ? { limiter: limiterOf(perSecond) } : {};
    const worker = this.open(this.queue.jobs.name, (job) => this.run(job), { concurrency, ...limiter });
    worker.on('completed', (job) => {
      if (!WhatIfJobs.is(job)) this.track(this.settle(job, 'done'));
    });
    worker.on('failed', (job) => {
      // Without an end it is tried again.
      if (job?.finishedOn !== undefined && !WhatIfJobs.is(job)) this.track(this.settle(job, 'dead'));
    });
    worker.on('stalled', (jobId) => {
      if (!WhatIfJobs.isId(jobId)) onStalled?.(idOf(jobId));
    });
    return worker;
  }

  private openDue(): Worker {
    const submit = (job: Job) => this.queue.submitAgain(job.id!);
    return this.open(this.queue.due.name, submit, { concurrency: DUE_AT_ONCE });
  }

  private open(
    name: string,
    processor: (job: Job) => Promise<void>,
    own: { concurrency: number; limiter?: { max: number; duration: number } },
  ): Worker {
    const { connection, lockSeconds, name: workerName, random, onFault } = this.options;
    // Redis takes whole milliseconds.
    const lockDuration = Math.round(lockSeconds * 1000);
    const worker = new Worker(name, processor, {
      ...own,
      connection,
      prefix: this.queue.prefix,
      name: workerName,
      lockDuration,
      stalledInterval: Math.ceil(lockDuration / STALL_CHECKS),
      maxStalledCount: MOST_STALLS,
      runRetryDelay: RETRY_MS,
      settings: {
        backoffStrategy: (attempts, _type, error) =>
          error instanceof NewerJobError
            ? NEWER_BACKOFF_MS
            : backoffMs(this.queue.settings.backoffSeconds, attempts, random()),
      },
    });
    worker.on('error', onFault);
    return worker;
  }

  private async run(job: Job): Promise<void> {
    if (WhatIfJobs.is(job)) return this.answerWhatIf(job);
    const id = idOf(job.id!);
    const wanted = await this.queue.wanted.read(id);
    this.running.delete(id);
    // Cancelled while it waited for its turn.
    if (!wanted) return;
    this.running.set(id, wanted.sequence);
    const started = this.options.nowSeconds();
    const ended = (outcome: 'done' | 'failed') =>
      this.options.onRun?.(id, this.options.nowSeconds() - started, outcome);
    try {
      await this.inTime(id, this.queue.payloadOf(id, wanted.body));
      ended('done');
    } catch (error) {
      ended('failed');
      this.options.onError?.(id, error, job.attemptsMade + 1);
      if (error instanceof BrokenJobError) throw new UnrecoverableError(error.message);
      throw error;
    }
  }

  private async answerWhatIf(job: Job): Promise<void> {
    const { whatIf, name } = this.options;
    await whatIf?.jobs.run(job, name, whatIf.answer, this.closing.signal);
  }

  private async inTime(id: string, payload: P): Promise<void> {
    const { jobSeconds } = this.options;
    const ending = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new WorldError(`it took longer than ${jobSeconds} s and was ended`);
        ending.abort(error);
        reject(error);
      }, jobSeconds * 1000);
    });
    try {
      await Promise.race([this.handler(id, payload, ending.signal, () => this.queue.wanted.has(id)), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Strikes off what was done or failed; what came meanwhile gets a job of its own. */
  private async settle(job: Job, how: 'done' | 'dead'): Promise<void> {
    const id = idOf(job.id!);
    // Failed before it ran, after too many stalls: whatever is wanted now.
    const sequence = this.running.get(id) ?? (await this.queue.wanted.read(id))?.sequence;
    this.running.delete(id);
    const settled: Settled = sequence === undefined ? 'cancelled' : await this.queue.wanted.settle(id, sequence, how);
    if (typeof settled === 'object') await this.queue.addAnew(id, settled.newerPriority);
    else if (settled === 'cancelled' && how === 'dead') await this.queue.jobs.remove(job.id!);
  }

  /** One worker of all at a time. */
  private async keepSweeping(everyMs: number): Promise<void> {
    const { signal } = this.closing;
    const settle = async () => {
      await pause(SWEEP_SETTLE_MS, signal);
      signal.throwIfAborted();
    };
    while (!signal.aborted) {
      await pause(everyMs, signal);
      try {
        if (!signal.aborted && (await this.queue.takeTurn('sweep', everyMs * 0.9))) await this.queue.sweep(settle);
      } catch (error) {
        if (!signal.aborted) this.options.onFault(error as Error);
      }
    }
  }

  private track(work: Promise<void>): void {
    // What could not be settled stays wanted, and the next sweep finds it.
    const settled = work.catch((error) => this.options.onFault(error as Error));
    this.settling.add(settled);
    void settled.then(() => this.settling.delete(settled));
  }
}

/** Less up to a half by chance, so that what failed together doesn't come back together. */
export function backoffMs(backoffSeconds: number, attempts: number, random: number): number {
  const most = Math.min(MOST_BACKOFF_MS, backoffSeconds * 1000 * 2 ** (attempts - 1));
  return Math.round(most * (1 - random / 2));
}

/** BullMQ counts whole jobs. */
function limiterOf(perSecond: number): { max: number; duration: number } {
  const max = Math.max(1, Math.floor(perSecond));
  return { max, duration: Math.round((1000 * max) / perSecond) };
}
