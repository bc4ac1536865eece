import { type JobsOptions, Queue } from 'bullmq';
import { shareOf } from '../../core/hash.ts';
import type { FailedJob, JobQueue } from '../../storage/job-queue.ts';
import type { RedisClient } from '../clients.io.ts';
import { MacError, type ValueMac } from '../value-mac.ts';
import { DesiredJobs } from './desired-jobs.io.ts';
import { BrokenJobError, decodeJob, encodeJob, NewerJobError } from './job-envelope.ts';

/** BullMQ's 0 stands for "none", which it runs before all others. */
export const LEAST_PRIORITY = 1;
/** BullMQ's last. */
export const MOST_PRIORITY = 2_097_151;
/** Failed jobs are kept for an operator: so many, so long. */
const KEPT_FAILED = { count: 10_000, age: 7 * 86_400 };
/** BullMQ writes each step to a stream that nobody here reads. */
const EVENTS_KEPT = 1000;
const SWEPT_AT_ONCE = 500;
const REOPEN_MS = 1000;
const QUEUE_NAMES = { jobs: 'refit', due: 'refit-due' } as const;
/** BullMQ's code of an error: there is no such job. */
const MISSING = -1;

export interface RefitQueueSettings {
  /** Not ours to close; best one that fails at once where Redis is away. */
  readonly client: RedisClient;
  /** Every key begins with it. */
  readonly keyPrefix: string;
  readonly attempts: number;
  /** Before the second attempt; doubles for each further one, less up to a half by chance. */
  readonly backoffSeconds: number;
  /** Who only looks (an operator's command) leaves none of BullMQ's settings behind. Default: no. */
  readonly onlyLooks?: boolean;
  /** Signs what is asked of a job. */
  readonly mac: ValueMac;
  /** Told where something else stood under our keys. */
  readonly onDamage?: (message: string) => void;
}

export interface JobCounts {
  readonly waiting: number;
  readonly running: number;
  readonly backingOff: number;
  readonly failed: number;
  /** Ids that come again by themselves. */
  readonly repeating: number;
  /** How long the oldest that isn't done is wanted. */
  readonly oldestSeconds: number;
}

/**
 * Jobs on Redis, run by any number of workers (bullWorker). A BullMQ job carries an id and nothing else; what is asked stands
 * in DesiredJobs, where a worker reads the newest at its start.
 */
export class BullRefitQueue<P> implements JobQueue<P> {
  readonly wanted: DesiredJobs;
  readonly settings: RefitQueueSettings;
  /** Of BullMQ's keys and ours; the hash tag holds them in one slot of a Cluster. */
  readonly prefix: string;
  jobs: Queue;
  /** Jobs that only submit: a job scheduler's own job has another id at each time. */
  due: Queue;
  private readonly again: string;
  private readonly reopening: { jobs?: NodeJS.Timeout; due?: NodeJS.Timeout } = {};
  private readonly onError: (error: Error) => void;
  private closed = false;

  /** @param onError told of what goes wrong with the connection */
  constructor(settings: RefitQueueSettings, onError: (error: Error) => void) {
    const { client, keyPrefix } = settings;
    this.settings = settings;
    this.onError = onError;
    this.prefix = `${keyPrefix}:{jobs}`;
    this.wanted = new DesiredJobs(client, `${this.prefix}:refit`, settings.onDamage);
    this.again = `${this.prefix}:refit-again`;
    this.jobs = this.open('jobs');
    this.due = this.open('due');
  }

  async submit(id: string, payload: P, priority: number): Promise<void> {
    await this.submitText(id, this.signed(id, payload), priority);
  }

  async repeat(id: string, payload: P, priority: number, everySeconds: number): Promise<void> {
    const every = Math.max(2, Math.round(everySeconds * 1000));
    await this.settings.client.hset(this.again, id, `${priority} ${this.signed(id, payload)}`);
    const offset = 1 + Math.floor(shareOf(id) * (every - 1));
    const found = await this.due.getJobScheduler(jobIdOf(id));
    if (found?.every === every && found.next !== undefined && found.next > 0) return;
    await this.due.upsertJobScheduler(jobIdOf(id), { every, offset }, { name: 'due', opts: this.options(0) });
  }

  async cancel(id: string): Promise<void> {
    await this.wanted.forget(id);
    await Promise.all([
      this.jobs.remove(jobIdOf(id)),
      this.due.removeJobScheduler(jobIdOf(id)),
      this.settings.client.hdel(this.again, id),
    ]);
  }

  /** Ids of which anything is known: that wait, run, come again by themselves, or failed. */
  async ids(): Promise<string[]> {
    const { client } = this.settings;
    const [schedules, again, wanted] = await Promise.all([
      client.zrange(this.due.toKey('repeat'), '0', '-1'),
      client.hkeys(this.again),
      this.wanted.all(),
    ]);
    return [...new Set([...schedules.map(idOf), ...again, ...wanted])];
  }

  /** Ids that come again by themselves. */
  async repeated(): Promise<string[]> {
    const { client } = this.settings;
    const schedules = await client.zrange(this.due.toKey('repeat'), '0', '-1');
    const again = new Set(await client.hkeys(this.again));
    return schedules.map(idOf).filter((id) => again.has(id));
  }

  async depth(): Promise<number> {
    return this.wanted.count();
  }

  async failed(): Promise<FailedJob[]> {
    const jobs = await this.jobs.getFailed(0, KEPT_FAILED.count - 1);
    return jobs.map((job) => ({ id: idOf(job.id!), attempts: job.attemptsMade, error: job.failedReason }));
  }

  async retry(id: string): Promise<boolean> {
    const job = await this.jobs.getJob(jobIdOf(id));
    if (!job || !(await job.isFailed())) return false;
    const priority = await this.wanted.revive(id);
    if (priority === undefined) return false;
    await this.addAnew(id, priority);
    return true;
  }

  /** What is asked of a job. @param body as it is stored. @throws NewerJobError, BrokenJobError */
  payloadOf(id: string, body: string): P {
    return decodeJob<P>(this.envelopeOf(id, body));
  }

  /** The envelope with its version, without the MAC that it is stored with. @throws NewerJobError, BrokenJobError */
  envelopeOf(id: string, body: string): string {
    try {
      return this.settings.mac.openText(this.nameOf(id), body);
    } catch (error) {
      if (!(error instanceof MacError)) throw error;
      // Another worker has the key.
      if (error.keyless) throw new NewerJobError(`a job: ${error.message}`);
      throw new BrokenJobError(`a job: ${error.message}`);
    }
  }

  private signed(id: string, payload: P): string {
    return this.settings.mac.signText(this.nameOf(id), encodeJob(payload));
  }

  /** What the MAC of a job is for. */
  private nameOf(id: string): string {
    return `${this.prefix}:refit ${id}`;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of Object.values(this.reopening)) clearTimeout(timer);
    await Promise.all([this.jobs.close(), this.due.close()]);
  }

  async counts(): Promise<JobCounts> {
    const [counts, repeating, oldestSeconds] = await Promise.all([
      this.jobs.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed'),
      this.due.getJobSchedulersCount(),
      this.wanted.oldestSeconds(),
    ]);
    const { wait = 0, prioritized = 0, active = 0, delayed = 0, failed = 0 } = counts;
    return { waiting: wait + prioritized, running: active, backingOff: delayed, failed, repeating, oldestSeconds };
  }

  /** For a job of `due`: submits what is to come again. */
  async submitAgain(jobId: string): Promise<void> {
    const id = idOf(jobId);
    const again = await this.askedAgain(id);
    if (again) await this.submitText(id, again.body, again.priority);
  }

  /** What is asked each time that it comes again; undefined: it does not. */
  async askedAgain(id: string): Promise<{ readonly priority: number; readonly body: string } | undefined> {
    const found = /^(\d{1,15}) /.exec((await this.settings.client.hget(this.again, id)) ?? '');
    return found ? { priority: Number(found[1]), body: found.input.slice(found[0].length) } : undefined;
  }

  /** For a worker whose run of a job came to nothing newer: takes what is left of it away and queues it again. */
  async addAnew(id: string, priority: number): Promise<void> {
    await this.jobs.remove(jobIdOf(id));
    await this.add(id, priority);
  }

  /** Whether the caller is the one, of all processes, that does this in the coming time. */
  async takeTurn(what: string, forMs: number): Promise<boolean> {
    const key = `${this.prefix}:refit-turn-${what}`;
    return (await this.settings.client.set(key, '1', 'PX', Math.round(forMs), 'NX')) === 'OK';
  }

  /**
   * Queues again what is wanted and has no job that would do it, as where a process died between two steps. Looks twice, so
   * that one that is just being submitted or finished is left alone.
   * @param settle waits between the two looks
   * @returns how many there were
   */
  async sweep(settle: () => Promise<void>): Promise<number> {
    let found = 0;
    for await (const ids of this.wanted.ids(SWEPT_AT_ONCE)) {
      const lost = await this.withoutJob(ids);
      if (lost.length === 0) continue;
      const before = await Promise.all(lost.map((id) => this.wanted.read(id)));
      await settle();
      const still = new Set(await this.withoutJob(lost));
      for (const [i, id] of lost.entries()) {
        const now = still.has(id) ? await this.wanted.read(id) : undefined;
        // Wanted since some time, and nobody knows what.
        if (still.has(id) && now === undefined && before[i] === undefined) await this.wanted.forget(id);
        if (now === undefined || now.sequence !== before[i]?.sequence) continue;
        await this.addAnew(id, now.priority);
        found++;
      }
    }
    return found;
  }

  private async submitText(id: string, body: string, priority: number): Promise<void> {
    const { priority: best, improved, wasDead } = await this.wanted.submit(id, priority, body);
    if (wasDead) return this.addAnew(id, best);
    await this.add(id, best);
    if (!improved) return;
    const job = await this.jobs.getJob(jobIdOf(id));
    // It may have ended in between.
    await job?.changePriority({ priority: bullPriority(best) }).catch((error: Error & { code?: number }) => {
      if (error.code !== MISSING) throw error;
    });
  }

  /** Nothing where there is one already. */
  private async add(id: string, priority: number): Promise<void> {
    await this.jobs.add('refit', {}, { ...this.options(bullPriority(priority)), jobId: jobIdOf(id) });
  }

  private options(priority: number): JobsOptions {
    return {
      priority,
      attempts: this.settings.attempts,
      backoff: { type: 'refit' },
      removeOnComplete: true,
      removeOnFail: KEPT_FAILED,
      stackTraceLimit: 1,
    };
  }

  /** Which of them have no job, or one that failed. */
  private async withoutJob(ids: readonly string[]): Promise<string[]> {
    const pipeline = this.settings.client.pipeline();
    for (const id of ids) pipeline.hmget(this.jobs.toKey(jobIdOf(id)), 'name', 'finishedOn');
    const answers = (await pipeline.exec()) ?? [];
    return ids.filter((_, i) => {
      const [error, fields] = answers[i] ?? [new Error('no answer')];
      if (error) throw error;
      const [name, finishedOn] = fields as [string | null, string | null];
      return name === null || finishedOn !== null;
    });
  }

  /** A BullMQ queue whose first words with Redis failed never works again, whatever becomes of the connection: another is opened. */
  private open(which: 'jobs' | 'due'): Queue {
    const { client, onlyLooks = false } = this.settings;
    const queue = new Queue(QUEUE_NAMES[which], {
      connection: client,
      prefix: this.prefix,
      streams: { events: { maxLen: EVENTS_KEPT } },
      skipMetasUpdate: onlyLooks,
    });
    queue.on('error', this.onError);
    queue.waitUntilReady().catch(() => {
      if (this.closed) return;
      queue.close().catch(this.onError);
      this.reopening[which] = setTimeout(() => {
        this[which] = this.open(which);
      }, REOPEN_MS).unref();
    });
    return queue;
  }
}

/** BullMQ refuses colons and bare numbers, and an id must not be the name of one of its keys. */
export function jobIdOf(id: string): string {
  return `@${id.replace(/[%:]/g, (sign) => (sign === '%' ? '%25' : '%3A'))}`;
}

/** Also of a scheduler's job: `repeat:<job id>:<time>`. */
export function idOf(jobId: string): string {
  const own = /^repeat:(.*):\d+$/s.exec(jobId)?.[1] ?? jobId;
  return own.slice(1).replace(/%(25|3A)/g, (_, code: string) => (code === '25' ? '%' : ':'));
}

function bullPriority(priority: number): number {
  return Math.min(MOST_PRIORITY, Math.max(LEAST_PRIORITY, Math.round(priority) + LEAST_PRIORITY));
}
