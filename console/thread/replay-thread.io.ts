import { Worker } from 'node:worker_threads';
import { WorldError } from '../../core/errors.ts';
import type { WhatIfAnswer } from '../api/what-if.ts';
import type { WhatIfWork } from '../what-if/what-if-task.ts';

/** To the thread; without work, it compiles by a replay of its own what the first question will need. */
export interface ReplayRequest {
  readonly run: number;
  readonly work: WhatIfWork | undefined;
}

/** From the thread: answers of a run, the last one `done`, or why there is none. */
export type ReplayMessage =
  | { readonly run: number; readonly answer: WhatIfAnswer; readonly done: boolean }
  | { readonly run: number; readonly error: string };

/** What the thread is started with: the newest run that is to end, and the newest that was asked for. */
export interface ReplayThreadData {
  readonly ended: Int32Array<SharedArrayBuffer>;
  readonly asked: Int32Array<SharedArrayBuffer>;
  /** As of os.setPriority; null: that of the process. */
  readonly priority: number | null;
}

/** A week takes a fifth of it. A --max-old-space-size of the process takes its place. */
const HEAP_MB = 256;
const MOST_MS = 120_000;
/** One that is to end and goes on for so long is ended with its thread. */
const GRACE_MS = 500;
/** The thread waits so long for the next question: what the first one compiled serves it. */
const WARM_MS = 60_000;

interface Current {
  readonly run: number;
  readonly take: (message: ReplayMessage) => void;
  readonly fail: (why: string) => void;
}

/**
 * Replays on a thread of its own, one at a time; it is begun by a question or before it, and ends when none comes for a minute. Whoever calls sees to it that a
 * run is aborted before the next one.
 */
export class ReplayThread {
  private readonly script: URL;
  private readonly priority: number | null;
  private worker: Worker | undefined;
  private ended = shared();
  private asked = shared();
  private current: Current | undefined;
  private lastRun = 0;
  private idle: NodeJS.Timeout | undefined;

  /** @param priority of the thread, as of os.setPriority; null: that of the process */
  constructor(script: URL, priority: number | null = null) {
    this.script = script;
    this.priority = priority;
  }

  /** Each answer is more complete than the one before. @throws WorldError: why there is none */
  async *replay(work: WhatIfWork, signal: AbortSignal): AsyncGenerator<WhatIfAnswer, void, void> {
    if (signal.aborted) return;
    await this.free();
    if (signal.aborted) return;
    const worker = this.started();
    const run = ++this.lastRun;
    const queue = new MessageQueue();
    this.current = { run, take: (message) => queue.push(message), fail: (error) => queue.push({ run, error }) };
    const abort = () => {
      Atomics.store(this.ended, 0, run);
      queue.push({ run, error: 'it was called off' });
    };
    signal.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(() => this.kill(`it took over ${MOST_MS / 1000} s`), MOST_MS);
    Atomics.store(this.asked, 0, run);
    worker.postMessage({ run, work } satisfies ReplayRequest);
    try {
      for (let isDone = false; !isDone; ) {
        const message = await queue.next();
        if ('error' in message) throw new WorldError(`the replay failed: ${message.error}`);
        yield message.answer;
        isDone = message.done;
      }
      if (this.current?.run === run) this.current = undefined;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      // Whoever stops listening early wants no more of it.
      Atomics.store(this.ended, 0, run);
      this.rest();
    }
  }

  /** A question comes soon: a thread that is new reads and compiles its code meanwhile. */
  begin(): void {
    if (this.current) return;
    const isNew = this.worker === undefined;
    const worker = this.started();
    if (isNew) worker.postMessage({ run: this.lastRun, work: undefined } satisfies ReplayRequest);
    this.rest();
  }

  /** Ends the thread, and with it what it does. */
  close(): void {
    this.kill('the process ends');
  }

  /** Waits until what was called off has ended, and ends it with its thread where it does not. */
  private async free(): Promise<void> {
    const before = this.current;
    if (!before) return;
    for (let waited = 0; this.current === before && waited < GRACE_MS; waited += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (this.current === before) this.kill('it did not end when it was called off');
  }

  private started(): Worker {
    clearTimeout(this.idle);
    if (this.worker) return this.worker;
    this.ended = shared();
    this.asked = shared();
    const worker = new Worker(this.script, {
      workerData: { ended: this.ended, asked: this.asked, priority: this.priority } satisfies ReplayThreadData,
      name: 'what-if',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      execArgv: [],
    });
    worker.on('message', (message: ReplayMessage) => this.take(message));
    worker.on('error', (error) => this.lost(worker, error.message));
    worker.on('exit', () => this.lost(worker, 'its thread ended'));
    this.worker = worker;
    return worker;
  }

  private take(message: ReplayMessage): void {
    if (this.current?.run !== message.run) return;
    const { take } = this.current;
    if ('error' in message || message.done) {
      this.current = undefined;
      this.rest();
    }
    take(message);
  }

  private lost(worker: Worker, why: string): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    const { current } = this;
    this.current = undefined;
    current?.fail(why);
  }

  private kill(why: string): void {
    clearTimeout(this.idle);
    const { worker } = this;
    if (!worker) return;
    this.lost(worker, why);
    void worker.terminate();
  }

  private rest(): void {
    clearTimeout(this.idle);
    if (!this.current) this.idle = setTimeout(() => this.kill('no question came'), WARM_MS).unref();
  }
}

function shared(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** Messages in their order, for one who waits for them. */
class MessageQueue {
  private readonly messages: ReplayMessage[] = [];
  private wake: (() => void) | undefined;

  push(message: ReplayMessage): void {
    this.messages.push(message);
    this.wake?.();
  }

  async next(): Promise<ReplayMessage> {
    for (;;) {
      const message = this.messages.shift();
      if (message) return message;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
