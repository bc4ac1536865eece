import { Worker } from 'node:worker_threads';
import { atMost } from '../../core/concurrency/at-most.ts';
import { WorldError } from '../../core/errors.ts';
import { type RefitPool, type RefitRequest, type Refitted, refit } from './refit.ts';

/** A refit takes a tenth of a second; one that takes a minute hangs. */
const DEADLINE_SECONDS = 60;
/** A week of one workload takes about 10 MB; what needs more than this is at fault, and dies alone. */
const WORKER_HEAP_MB = 128;
const WORKER_YOUNG_MB = 8;

/** What a thread says to a request; it has one at a time. */
export type Answer = { readonly refitted: Refitted } | { readonly error: string };

/** Refits on this thread: for `workers: 0` and for tests on a virtual clock. */
export function refitHere(): RefitPool {
  return { run: async (request) => refit(request), close: async () => {} };
}

/**
 * Refits on threads of their own, one at a time each, so that the tick never waits for a fit; requests wait for an idle one. A
 * thread that dies or hangs fails the request that it had, and the next one gets a new thread.
 * @param script the compiled refit-worker
 * @param deadlineSeconds a refit that takes longer is ended with its thread
 */
export function refitThreads(script: URL, threads: number, deadlineSeconds = DEADLINE_SECONDS): RefitPool {
  const all = Array.from({ length: threads }, () => new RefitThread(script, deadlineSeconds));
  const idle = [...all];
  const slot = atMost(threads);
  let closed = false;
  return {
    run: (request) =>
      slot(async () => {
        if (closed) throw new WorldError('refits have ended');
        const thread = idle.pop()!;
        try {
          return await thread.run(request);
        } finally {
          idle.push(thread);
        }
      }),
    close: async () => {
      closed = true;
      await Promise.all(all.map((thread) => thread.close()));
    },
  };
}

class RefitThread {
  private readonly script: URL;
  private readonly deadlineSeconds: number;
  private worker: Worker | undefined;

  constructor(script: URL, deadlineSeconds: number) {
    this.script = script;
    this.deadlineSeconds = deadlineSeconds;
  }

  async run(request: RefitRequest): Promise<Refitted> {
    this.worker ??= this.start();
    const { worker, deadlineSeconds } = this;
    const listening = new AbortController();
    const { signal } = listening;
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = await new Promise<Answer>((resolve, reject) => {
        const on = <T>(event: string, listener: (value: T) => void) => {
          worker.on(event, listener);
          signal.addEventListener('abort', () => worker.off(event, listener));
        };
        on<Answer>('message', resolve);
        on('error', (error: Error) =>
          reject(new WorldError(`a refit thread died: ${error.message}`, { cause: error })),
        );
        on('exit', (code: number) => reject(new WorldError(`a refit thread ended with code ${code}`)));
        timer = setTimeout(() => {
          this.leave(worker);
          void worker.terminate();
          reject(new WorldError(`a refit took longer than ${deadlineSeconds} s and was ended`));
        }, deadlineSeconds * 1000);
        worker.postMessage(request);
      });
      if ('error' in answer) throw new WorldError(answer.error);
      return answer.refitted;
    } finally {
      clearTimeout(timer);
      listening.abort();
    }
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(this.script, {
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB, maxYoungGenerationSizeMb: WORKER_YOUNG_MB },
    });
    worker.unref();
    worker.on('error', () => this.leave(worker));
    worker.on('exit', () => this.leave(worker));
    return worker;
  }

  /** The next request gets a new one. The end of an old one is no word on the one after it. */
  private leave(worker: Worker): void {
    if (this.worker === worker) this.worker = undefined;
  }
}
