import { randomUUID } from 'node:crypto';
import type { Job } from 'bullmq';
import { messageOf, WorldError } from '../../core/errors.ts';
import { pause } from './pause.ts';
import { type BullRefitQueue, MOST_PRIORITY } from './refit-queue.io.ts';

/** Name of the jobs, and what their ids begin with: no refit's does. */
const NAME = 'what-if';

/** What of the queue is used, whatever its own jobs are asked. */
type JobsQueue = Pick<BullRefitQueue<never>, 'prefix' | 'settings' | 'jobs' | 'counts'>;

/** A question as text, answered by texts that are more and more complete. Is to end soon after the signal is aborted. */
export type AnswerWhatIf = (question: string, signal: AbortSignal) => AsyncIterable<string>;

/** Milliseconds. */
export interface WhatIfTiming {
  /** So often whoever asked looks. */
  readonly look: number;
  /** So often whoever answers says that it is there, and looks whether a newer question came. */
  readonly beat: number;
  /** Who was silent for so long is lost. */
  readonly silent: number;
  /** A question that nobody took by then is taken back. */
  readonly taken: number;
  /** An answer takes no longer, and is kept no longer. */
  readonly most: number;
}

const TIMING: WhatIfTiming = { look: 100, beat: 500, silent: 5_000, taken: 30_000, most: 120_000 };

export const SUPERSEDED = 'a newer question came before this one was answered: one is replayed at a time';

/**
 * Replays for the console as jobs in the queue of the refits, behind all of them: a forecaster takes one when no refit waits. There is one
 * question at a time over all replicas; the newest wins. Nothing of it outlives its asker by more than minutes.
 */
export class WhatIfJobs {
  private readonly queue: JobsQueue;
  private readonly nowSeconds: () => number;
  private readonly timing: WhatIfTiming;
  /** Holds the id of the newest question. */
  private readonly newest: string;

  /** @param nowSeconds monotonic */
  constructor(queue: JobsQueue, nowSeconds: () => number, timing: Partial<WhatIfTiming> = {}) {
    this.queue = queue;
    this.nowSeconds = nowSeconds;
    this.timing = { ...TIMING, ...timing };
    this.newest = `${queue.prefix}:${NAME}`;
  }

  /** Whether it is one of these, and no refit. */
  static is({ name }: Pick<Job, 'name'>): boolean {
    return name === NAME;
  }

  static isId(jobId: string): boolean {
    return jobId.startsWith(`${NAME}-`);
  }

  /** @throws WorldError: why there is no answer, in words; what Redis says where it is away */
  async *ask(question: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
    const id = randomUUID();
    await this.submit(id, question);
    let isDone = false;
    try {
      for await (const answer of this.answersOf(id, signal)) yield answer;
      isDone = true;
    } finally {
      // Whoever works on it ends, and whoever would take it finds nothing.
      if (!isDone) await this.takeBack(id).catch(() => undefined);
    }
  }

  /** For a worker: answers one, unless it was taken back. Does not reject for what the answer fails of: that is told to who asked. */
  async run(
    job: Job<{ readonly question?: unknown }>,
    worker: string,
    answer: AnswerWhatIf,
    closing: AbortSignal,
  ): Promise<void> {
    const { client, mac } = this.queue.settings;
    const id = job.id!.slice(NAME.length + 1);
    if ((await client.get(this.newest)) !== id) return;
    const state = this.stateOf(id);
    const ending = new AbortController();
    const stop = () => ending.abort(new WorldError('the forecaster was told to end: ask again'));
    closing.addEventListener('abort', stop, { once: true });
    const beat = async () => {
      const found = await client
        .pipeline()
        .hset(state, 'worker', worker)
        .pexpire(state, this.timing.silent)
        .get(this.newest)
        .exec();
      if (found?.[2]?.[1] !== id) ending.abort(new WorldError(SUPERSEDED));
    };
    const put = async (fields: Readonly<Record<string, string>>, keptMs: number) => {
      await client.pipeline().hset(state, fields).pexpire(state, keptMs).exec();
    };
    await beat();
    // One that fails is followed by the next one, or by silence, which is told from outside.
    const beating = setInterval(() => void beat().catch(() => undefined), this.timing.beat);
    try {
      const question = mac.openText(this.nameOf(id, 'question'), String(job.data.question));
      let count = 0;
      for await (const text of answer(question, ending.signal)) {
        ending.signal.throwIfAborted();
        count++;
        const signed = mac.signText(this.nameOf(id, `answer ${count}`), text);
        await put({ count: String(count), answer: signed }, this.timing.silent);
      }
      ending.signal.throwIfAborted();
      await put({ done: '1' }, this.timing.most);
    } catch (error) {
      await put({ error: mac.signText(this.nameOf(id, 'error'), messageOf(error)) }, this.timing.most);
    } finally {
      clearInterval(beating);
      closing.removeEventListener('abort', stop);
    }
  }

  private async submit(id: string, question: string): Promise<void> {
    const { client, mac } = this.queue.settings;
    const before = await client.get(this.newest);
    await client.set(this.newest, id, 'PX', this.timing.most);
    if (before !== null) await this.queue.jobs.remove(jobIdOf(before));
    const data = { question: mac.signText(this.nameOf(id, 'question'), question) };
    const done = { removeOnComplete: true, removeOnFail: true };
    await this.queue.jobs.add(NAME, data, { jobId: jobIdOf(id), priority: MOST_PRIORITY, attempts: 1, ...done });
  }

  private async *answersOf(id: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
    const { client, mac } = this.queue.settings;
    const { look, taken, most } = this.timing;
    const begun = this.nowSeconds();
    let worker: string | undefined;
    let have = 0;
    for (;;) {
      await pause(look, signal);
      if (signal.aborted) throw new WorldError('it was called off');
      const [newest, state] = ((await client.pipeline().get(this.newest).hgetall(this.stateOf(id)).exec()) ?? []).map(
        answerIn,
      ) as [string | null, Readonly<Record<string, string>>];
      const count = Number(state.count ?? 0);
      if (count > have) {
        have = count;
        yield mac.openText(this.nameOf(id, `answer ${count}`), state.answer ?? '');
      }
      if (state.done !== undefined) return;
      if (newest !== null && newest !== id) throw new WorldError(SUPERSEDED);
      if (state.error !== undefined) throw new WorldError(mac.openText(this.nameOf(id, 'error'), state.error));
      if (state.worker === undefined && worker !== undefined)
        throw new WorldError(`the forecaster ${worker} that replayed it was lost: ask again`);
      worker ??= state.worker;
      const waited = 1000 * (this.nowSeconds() - begun);
      if (worker === undefined && waited > taken) throw await this.notTaken();
      if (waited > most) throw new WorldError(`it took over ${most / 1000} s`);
    }
  }

  private async notTaken(): Promise<WorldError> {
    const { waiting, running } = await this.queue.counts();
    const seconds = this.timing.taken / 1000;
    // This question is one of them.
    const before = Math.max(0, waiting - 1);
    return new WorldError(
      before + running === 0
        ? `no forecaster took it within ${seconds} s: is one running?`
        : `no forecaster took it within ${seconds} s: ${before + running} refits come first; ask again later`,
    );
  }

  private async takeBack(id: string): Promise<void> {
    const { client } = this.queue.settings;
    if ((await client.get(this.newest)) === id) await client.del(this.newest);
    await this.queue.jobs.remove(jobIdOf(id));
  }

  private stateOf(id: string): string {
    return `${this.newest}-${id}`;
  }

  /** What a MAC is for. */
  private nameOf(id: string, what: string): string {
    return `${this.newest} ${id} ${what}`;
  }
}

function jobIdOf(id: string): string {
  return `${NAME}-${id}`;
}

function answerIn([error, value]: readonly [error: Error | null, value: unknown]): unknown {
  if (error) throw error;
  return value;
}
