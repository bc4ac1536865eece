import { freemem } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { TraceKind } from '../../../collector/trace/findings/series-kind.ts';
import type { ReadingOptions } from '../../../collector/trace/reading-options.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Report } from '../../../replay/result.ts';
import type { Flags } from './replay-options.ts';

/** What every thread is started with. */
export interface ThreadData {
  readonly flags: Flags;
  readonly kind: TraceKind | undefined;
  readonly reading: ReadingOptions;
}

/** What a thread is asked: a trace by its path, and options of its own beside those of all. */
export interface TraceJob {
  readonly path: string;
  readonly flags?: Flags;
}

/** How far a thread is, and in the end how the replay of its trace ended. */
export type Answer = { readonly progress: number } | Outcome;

export type Outcome =
  | {
      readonly report: Report;
      readonly demandPodHours: number;
      readonly files: readonly { readonly name: string; readonly pieces: readonly Uint8Array[] }[];
    }
  /** The trace is at fault, or does not go with the options. */
  | { readonly refused: string }
  /** Something outside, or a bug. */
  | { readonly failed: string };

const WORKER = new URL('./replay-worker.js', import.meta.url);
/** A replay of 14 days by the minute takes 300 MB, one of a year several times that. */
const MEMORY_A_THREAD = 600e6;

/** As many threads as the machine has cores and memory for, and no more than there is to do. */
export function threadsFor(traces: number, cores: number, freeBytes = freemem()): number {
  return Math.max(1, Math.min(traces, cores, Math.floor(freeBytes / MEMORY_A_THREAD)));
}

/**
 * Replays traces on threads of their own, each taking the next one when it is done. A thread that dies fails its trace alone.
 * @param jobs may be made while others are replayed
 * @param onProgress told the index of a job and how far its replay is, 0…1
 * @param onEnd told of each in the order in which they end; what it throws ends all
 * @param script the compiled replay-worker
 */
export async function replayOnThreads(
  jobs: Iterable<TraceJob> | AsyncIterable<TraceJob>,
  threads: number,
  data: ThreadData,
  onProgress: (index: number, fraction: number) => void,
  onEnd: (index: number, outcome: Outcome) => Promise<void>,
  script: URL = WORKER,
): Promise<void> {
  const source = inTurns(jobs);
  let count = 0;
  const running = new Set<Worker>();
  const begin = () => {
    const worker = new Worker(script, { workerData: data });
    running.add(worker);
    // Who waits for an answer hears of it; one that dies while it is idle is replaced when there is work.
    worker.on('error', () => running.delete(worker)).on('exit', () => running.delete(worker));
    return worker;
  };
  const lane = async () => {
    let worker: Worker | undefined;
    for (let next = await source.next(); !next.done; next = await source.next()) {
      const index = count++;
      const job = next.value;
      if (worker === undefined || !running.has(worker)) worker = begin();
      const outcome = await ask(worker, job, (fraction) => onProgress(index, fraction));
      if ('died' in outcome) running.delete(worker);
      onProgress(index, 1);
      await onEnd(index, 'died' in outcome ? { failed: `${job.path}: the replay died: ${outcome.died}` } : outcome);
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, lane));
  } finally {
    await Promise.all(Array.from(running, (worker) => worker.terminate()));
  }
}

async function* inTurns(jobs: Iterable<TraceJob> | AsyncIterable<TraceJob>): AsyncGenerator<TraceJob> {
  yield* jobs;
}

function ask(
  worker: Worker,
  job: TraceJob,
  onProgress: (fraction: number) => void,
): Promise<Outcome | { readonly died: string }> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome | { readonly died: string }) => {
      worker.off('message', listen).off('error', die).off('exit', leave);
      resolve(outcome);
    };
    const listen = (answer: Answer) => ('progress' in answer ? onProgress(answer.progress) : end(answer));
    const die = (error: unknown) => end({ died: messageOf(error) });
    const leave = (code: number) => end({ died: `it ended with ${code}` });
    worker.on('message', listen).on('error', die).on('exit', leave);
    worker.postMessage(job);
  });
}
