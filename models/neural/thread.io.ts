import { isMainThread, parentPort, SHARE_ENV, Worker, workerData } from 'node:worker_threads';
import { InputError, messageOf, WorldError } from '../../core/errors.ts';

/** Work for a thread of its own, and what it may take. */
export interface ThreadTask<Progress> {
  /** A compiled script that calls `serveThread`. */
  readonly script: URL;
  /** For messages: "training the neural model". */
  readonly what: string;
  /** Plain data; buffers in `transfer` are moved, not copied. */
  readonly data: unknown;
  readonly transfer?: readonly ArrayBuffer[];
  readonly limits: ThreadLimits;
  /** Ends the thread at once. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface ThreadLimits {
  readonly seconds: number;
  /** Of the thread's JavaScript heap. A --max-old-space-size of the process takes its place, larger or smaller. */
  readonly heapMb: number;
  /** By how much the process may grow meanwhile: tensors, WebAssembly and typed arrays are in no JavaScript heap. */
  readonly growthMb: number;
}

type Answer =
  | { readonly progress: unknown }
  | { readonly result: unknown }
  | { readonly error: string; readonly input: boolean };

const MB = 2 ** 20;
/** A training of hundreds of MB takes seconds to come to them. */
const LOOK_AT_MEMORY_MS = 250;

/**
 * Runs one piece of work on a thread that ends with it. Whatever becomes of the thread, the caller gets a result or an error in words,
 * and goes on without.
 * @throws InputError where the work threw one, WorldError for everything else: other errors of it, death, limits, abort
 */
export async function runInThread<Result, Progress = unknown>(task: ThreadTask<Progress>): Promise<Result> {
  const { what, limits, signal } = task;
  if (signal?.aborted) throw new WorldError(`${what} was called off`, { cause: signal.reason });
  const worker = start(task);
  const before = process.memoryUsage.rss();
  const listening = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  try {
    return await new Promise<Result>((resolve, reject) => {
      const fail = (how: string, cause?: unknown) => reject(new WorldError(`${what} ${how}`, { cause }));
      worker.on('message', (answer: Answer) => {
        if ('result' in answer) resolve(answer.result as Result);
        else if ('error' in answer) {
          reject(answer.input ? new InputError(answer.error) : new WorldError(`${what} failed: ${answer.error}`));
        } else if (!listening.signal.aborted) report(answer.progress as Progress);
      });
      const report = (progress: Progress) => {
        try {
          task.onProgress?.(progress);
        } catch (error) {
          reject(error);
        }
      };
      worker.on('messageerror', (error) => fail(`sent something that can't be read: ${error.message}`, error));
      worker.on('error', (error) => fail(howItDied(error, limits), error));
      worker.on('exit', (code) => fail(`ended with exit code ${code} and without a result`));
      signal?.addEventListener('abort', () => fail('was called off', signal.reason), { signal: listening.signal });
      timers.push(
        setTimeout(() => fail(`took longer than ${limits.seconds} s and was ended`), limits.seconds * 1000),
        setInterval(() => {
          const growthMb = (process.memoryUsage.rss() - before) / MB;
          if (growthMb > limits.growthMb) {
            fail(`made the process grow by ${Math.round(growthMb)} MB, more than ${limits.growthMb} MB, and was ended`);
          }
        }, LOOK_AT_MEMORY_MS),
      );
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    listening.abort();
    await worker.terminate();
  }
}

function start({ script, what, data, transfer = [], limits }: ThreadTask<never>): Worker {
  try {
    return new Worker(script, {
      name: what.slice(0, 40),
      workerData: data,
      transferList: [...transfer],
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb },
      // The C++ library of TensorFlow sees only the environment of the process.
      env: SHARE_ENV,
    });
  } catch (error) {
    throw new WorldError(`${what} could not be started: ${messageOf(error)}`, { cause: error });
  }
}

function howItDied(error: unknown, { heapMb }: ThreadLimits): string {
  if ((error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return `ran out of memory (a heap of ${heapMb} MB)`;
  }
  return `died: ${messageOf(error)}`;
}

/**
 * What the script of a thread calls, once: does the work on what it was handed and answers.
 * @param work gets the data and a function for progress
 */
export async function serveThread<Data, Progress>(
  work: (data: Data, onProgress: (progress: Progress) => void) => Promise<unknown>,
): Promise<void> {
  if (isMainThread || !parentPort) throw new Error('this script is for a worker thread');
  const port = parentPort;
  const answer = (message: Answer) => port.postMessage(message);
  try {
    const result = await work(workerData as Data, (progress) => answer({ progress }));
    answer({ result });
  } catch (error) {
    answer({ error: messageOf(error), input: error instanceof InputError });
  }
}
