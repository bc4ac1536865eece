import type { RefitJob } from '../../addon/refits/refit-job.ts';
import { messageOf } from '../../core/errors.ts';
import { shareOf } from '../../core/hash.ts';
import type { FailedJob, JobQueue } from '../../storage/job-queue.ts';

const ATTEMPTS = 5;
/** A job whose worker says nothing for so long is another one's. */
const LOCK_SECONDS = 30;
const BACKOFF_SECONDS = 5;

interface Job {
  readonly id: string;
  payload: RefitJob;
  priority: number;
  attempts: number;
  /** Not before then: it backs off, or somebody has it. */
  notBeforeSeconds: number;
  order: number;
}

interface Repeated {
  readonly payload: RefitJob;
  readonly priority: number;
  readonly everySeconds: number;
  nextSeconds: number;
}

/** The queue as Redis holds it: what waits, what is repeated, what failed. A worker takes a job for a while, and may die with it. */
export class SimulatedQueue implements JobQueue<RefitJob> {
  private readonly jobs = new Map<string, Job>();
  private readonly repeats = new Map<string, Repeated>();
  private readonly dead = new Map<string, FailedJob & { readonly payload: RefitJob; readonly priority: number }>();
  private readonly nowSeconds: () => number;
  private made = 0;

  constructor(nowSeconds: () => number) {
    this.nowSeconds = nowSeconds;
  }

  async submit(id: string, payload: RefitJob, priority: number): Promise<void> {
    this.dead.delete(id);
    const before = this.jobs.get(id);
    if (before) Object.assign(before, { payload, priority: Math.min(before.priority, priority) });
    else this.jobs.set(id, { id, payload, priority, attempts: 0, notBeforeSeconds: 0, order: this.made++ });
  }

  async repeat(id: string, payload: RefitJob, priority: number, everySeconds: number): Promise<void> {
    const nextSeconds = this.repeats.get(id)?.nextSeconds ?? this.nowSeconds() + shareOf(id) * everySeconds;
    this.repeats.set(id, { payload, priority, everySeconds, nextSeconds });
  }

  async cancel(id: string): Promise<void> {
    this.jobs.delete(id);
    this.repeats.delete(id);
    this.dead.delete(id);
  }

  async depth(): Promise<number> {
    return this.jobs.size;
  }

  async failed(): Promise<FailedJob[]> {
    return [...this.dead.values()].map(({ id, attempts, error }) => ({ id, attempts, error }));
  }

  async retry(id: string): Promise<boolean> {
    const job = this.dead.get(id);
    if (job) await this.submit(id, job.payload, job.priority);
    return job !== undefined;
  }

  async close(): Promise<void> {}

  /** The next job for a worker; undefined: there is none. */
  async take(): Promise<{ readonly id: string; readonly payload: RefitJob } | undefined> {
    const now = this.nowSeconds();
    for (const [id, repeated] of this.repeats) {
      if (repeated.nextSeconds > now) continue;
      repeated.nextSeconds += repeated.everySeconds;
      await this.submit(id, repeated.payload, repeated.priority);
    }
    const due = [...this.jobs.values()].filter(({ notBeforeSeconds }) => notBeforeSeconds <= now);
    const [next] = due.sort((a, b) => a.priority - b.priority || a.order - b.order);
    if (next) next.notBeforeSeconds = now + LOCK_SECONDS;
    return next && { id: next.id, payload: next.payload };
  }

  async done(id: string): Promise<void> {
    this.jobs.delete(id);
  }

  async failedOnce(id: string, error: unknown): Promise<void> {
    const job = this.jobs.get(id);
    if (!job) return;
    job.attempts++;
    job.notBeforeSeconds = this.nowSeconds() + BACKOFF_SECONDS * 2 ** job.attempts;
    if (job.attempts < ATTEMPTS) return;
    this.jobs.delete(id);
    const { payload, priority, attempts } = job;
    this.dead.set(id, { id, attempts, error: messageOf(error), payload, priority });
  }
}
