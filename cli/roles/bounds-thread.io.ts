import type { ClusterBounds } from '../../addon/bounds/cluster-bounds.ts';
import { WorldError } from '../../core/errors.ts';
import { runInThread } from '../../models/neural/thread.io.ts';
import type { BoundsWork } from './bounds-worker.io.ts';

const WHAT = 'reading other workloads';
/** A query that is under way when the time is over is waited for. */
const SECONDS = 720;
/** Objects of 5,000 workloads and answers of 5 MB. */
const HEAP_MB = 192;
const MOST_MB = 256;
/** With less, not even a few workloads are read. */
const LEAST_MB = 48;
/** Of what the container has left: a process that is killed for its memory scales nothing. */
const FREE_SHARE = 0.75;
const MB = 2 ** 20;

/**
 * On a thread that ends with its work: lists, answers and plays would hold up ticks.
 * @param script the compiled worker
 * @param signal ends it at once
 */
export async function readBoundsOnThread(script: URL, work: BoundsWork, signal: AbortSignal): Promise<ClusterBounds> {
  const growthMb = boundsGrowthMb(process.availableMemory());
  const limits = { seconds: SECONDS, heapMb: HEAP_MB, growthMb };
  return runInThread({ script, what: WHAT, data: work, limits, signal });
}

/** By how much the process may grow for it, MB. @throws WorldError where too little is left */
export function boundsGrowthMb(freeBytes: number): number {
  const growthMb = Math.min(MOST_MB, Math.floor((FREE_SHARE * freeBytes) / MB));
  if (growthMb >= LEAST_MB) return growthMb;
  const needMb = LEAST_MB / FREE_SHARE;
  throw new WorldError(
    `${WHAT} takes ${needMb} MB of free memory at least, and ${Math.floor(freeBytes / MB)} MB are free: raise the memory limit of the container`,
  );
}
