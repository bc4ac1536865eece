import { Worker } from 'node:worker_threads';
import { WorldError } from '../core/errors.ts';
import { type RefitPool, type RefitRequest, type Refitted, refit } from './refit.ts';

/** A refit takes a tenth of a second; one that takes a minute hangs. */
const DEADLINE_SECONDS = 60;
/** A week of one workload takes about 10 MB; what needs more than this is at fault, and dies alone. */
const WORKER_HEAP_MB = 128;
const WORKER_YOUNG_MB = 8;

interface Answer {
  readonly number: number;
  readonly refitted?: Refitted;
  readonly error?: string;
}

interface Pending {
  readonly resolve: (refitted: Refitted) => void;
  readonly reject: (error: Error) => void;
}

/** Refits on this thread: for `workers: 0` and for tests on a virtual clock. */
export function refitHere(): RefitPool {
  return { run: async (request) => refit(request), close: async () => {} };
}

/**
 * Refits on threads of their own, one at a time each, so that the tick never waits for a fit. A thread that dies or hangs
 * fails its own request only; the next request starts a new one.
 * @param script the compiled refit-worker
 * @param deadlineSeconds a refit that takes longer is ended with its thread
 */
export function refitThreads(script: URL, threads: number, deadlineSeconds = DEADLINE_SECONDS): RefitPool {
  const pool = Array.from({ length: threads }, () => new RefitThread(script, deadlineSeconds));
  let next = 0;
  return {
    run: (request) => {
      const idle = pool.find(({ busy }) => busy === 0) ?? pool[next++ % pool.length]!;
      return idle.run(request);
    },
    close: async () => {
      await Promise.all(pool.map((thread) => thread.close()));
    },
  };
}

class RefitThread {
  /** Requests under way. */
  busy = 0;
  private readonly script: URL;
  private readonly deadlineSeconds: number;
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private number = 0;

  constructor(script: URL, deadlineSeconds: number) {
    this.script = script;
    this.deadlineSeconds = deadlineSeconds;
  }

  async run(request: RefitRequest): Promise<Refitted> {
    const worker = this.started();
    const number = this.number++;
    this.busy++;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Refitted>((resolve, reject) => {
        this.pending.set(number, { resolve, reject });
        timer = setTimeout(() => {
          this.fail(new WorldError(`a refit took longer than ${this.deadlineSeconds} s and was ended`));
          void worker.terminate();
        }, this.deadlineSeconds * 1000);
        worker.postMessage({ number, request });
      });
    } finally {
      clearTimeout(timer);
      this.busy--;
      this.pending.delete(number);
    }
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private started(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(this.script, {
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB, maxYoungGenerationSizeMb: WORKER_YOUNG_MB },
    });
    worker.unref();
    worker.on('message', ({ number, refitted, error }: Answer) => {
      const waiting = this.pending.get(number);
      if (refitted) waiting?.resolve(refitted);
      else waiting?.reject(new WorldError(error ?? 'a refit gave nothing'));
    });
    worker.on('error', (error) => this.fail(new WorldError(`a refit thread died: ${error.message}`, { cause: error })));
    worker.on('exit', (code) => this.fail(new WorldError(`a refit thread ended with code ${code}`)));
    this.worker = worker;
    return worker;
  }

  /** All that is under way fails; the next request gets a new thread. */
  private fail(error: Error): void {
    this.worker = undefined;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}
