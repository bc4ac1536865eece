import { messageOf } from '../core/errors.ts';

/** A job that failed at every attempt: an operator may look at it and try again. */
export interface FailedJob {
  readonly id: string;
  readonly attempts: number;
  readonly error: string;
}

/**
 * Work to be done once for each id, soon: a job that waits under an id is replaced by a newer one of the same id, so that a
 * slow worker is never asked the same twice. At least once is all that is promised: a handler must stand a second run.
 */
export interface JobQueue<P> {
  /** @param priority lower runs first. Of two with the same id the newer payload and the better priority count. */
  submit(id: string, payload: P, priority: number): Promise<void>;
  /**
   * And again each so often until it is cancelled, staggered by the id, for the first time within `everySeconds`; a newer payload
   * takes the place of the last one. Asked again, the moments stay. Only where the queue outlives its submitter.
   */
  repeat?(id: string, payload: P, priority: number, everySeconds: number): Promise<void>;
  /** Takes back what waits or is repeated (also among the failed); what runs is finished. */
  cancel(id: string): Promise<void>;
  /** Jobs that wait or run. */
  depth(): Promise<number>;
  failed(): Promise<FailedJob[]>;
  /** Puts a failed job back to the end of the queue. @returns whether there was one. */
  retry(id: string): Promise<boolean>;
  /** Takes no more jobs and waits for those that run. */
  close(): Promise<void>;
}

export interface QueueOptions {
  readonly concurrency: number;
  readonly attempts: number;
  /** Before the second attempt; doubles for each further one. */
  readonly backoffMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Told of each attempt that failed. */
  readonly onError?: (id: string, error: unknown, attempt: number) => void;
}

interface Waiting<P> {
  readonly id: string;
  payload: P;
  priority: number;
  /** Submission order among equals. */
  readonly order: number;
  attempts: number;
}

/** Jobs run in this process, a few at once. One that fails waits its turn again and blocks nobody. */
export class InProcessQueue<P> implements JobQueue<P> {
  private readonly handler: (id: string, payload: P) => Promise<void>;
  private readonly options: QueueOptions;
  private readonly waiting = new Map<string, Waiting<P>>();
  private readonly backingOff = new Map<string, Waiting<P>>();
  private readonly dead = new Map<string, Waiting<P> & { error: string }>();
  private readonly running = new Map<string, Promise<void>>();
  private order = 0;
  private closed = false;

  constructor(handler: (id: string, payload: P) => Promise<void>, options: QueueOptions) {
    this.handler = handler;
    this.options = options;
  }

  async submit(id: string, payload: P, priority: number): Promise<void> {
    if (this.closed) throw new Error('the queue is closed');
    this.dead.delete(id);
    const before = this.waiting.get(id) ?? this.backingOff.get(id);
    if (before) {
      before.payload = payload;
      before.priority = Math.min(before.priority, priority);
      return;
    }
    this.waiting.set(id, { id, payload, priority, order: this.order++, attempts: 0 });
    this.start();
  }

  async cancel(id: string): Promise<void> {
    this.waiting.delete(id);
    this.backingOff.delete(id);
    this.dead.delete(id);
  }

  async depth(): Promise<number> {
    return this.waiting.size + this.backingOff.size + this.running.size;
  }

  async failed(): Promise<FailedJob[]> {
    return [...this.dead.values()].map(({ id, attempts, error }) => ({ id, attempts, error }));
  }

  async retry(id: string): Promise<boolean> {
    const job = this.dead.get(id);
    if (!job) return false;
    await this.submit(id, job.payload, job.priority);
    return true;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.waiting.clear();
    this.backingOff.clear();
    await Promise.all(this.running.values());
  }

  private start(): void {
    while (this.running.size < this.options.concurrency) {
      const job = this.next();
      if (!job) return;
      this.waiting.delete(job.id);
      const run = this.run(job).finally(() => {
        this.running.delete(job.id);
        this.start();
      });
      this.running.set(job.id, run);
    }
  }

  /** The one of best priority that isn't running already (a newer job of a running id waits for it). */
  private next(): Waiting<P> | undefined {
    let best: Waiting<P> | undefined;
    for (const job of this.waiting.values()) {
      if (this.running.has(job.id)) continue;
      if (!best || job.priority < best.priority || (job.priority === best.priority && job.order < best.order))
        best = job;
    }
    return best;
  }

  private async run(job: Waiting<P>): Promise<void> {
    job.attempts++;
    try {
      await this.handler(job.id, job.payload);
    } catch (error) {
      this.options.onError?.(job.id, error, job.attempts);
      this.again(job, error);
    }
  }

  private again(job: Waiting<P>, error: unknown): void {
    // A newer one already waits: it takes the place of this one.
    if (this.closed || this.waiting.has(job.id)) return;
    if (job.attempts >= this.options.attempts) {
      this.dead.set(job.id, { ...job, error: messageOf(error) });
      return;
    }
    this.backingOff.set(job.id, job);
    void this.options.sleep(this.options.backoffMs * 2 ** (job.attempts - 1)).then(() => {
      if (this.backingOff.get(job.id) !== job) return;
      this.backingOff.delete(job.id);
      this.waiting.set(job.id, job);
      this.start();
    });
  }
}
