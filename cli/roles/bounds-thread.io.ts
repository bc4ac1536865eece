import type { ClusterBounds } from '../../addon/bounds/cluster-bounds.ts';
import { runInThread } from '../../models/neural/thread.io.ts';
import type { BoundsWork } from './bounds-worker.io.ts';

/** Objects of 5,000 workloads and answers of 5 MB; a query that is under way when the time is over is waited for. */
const LIMITS = { seconds: 720, heapMb: 192, growthMb: 256 };

/** On a thread that ends with its work: lists, answers and plays would hold up ticks. @param script the compiled worker. @param signal ends it at once */
export function readBoundsOnThread(script: URL, work: BoundsWork, signal: AbortSignal): Promise<ClusterBounds> {
  return runInThread({ script, what: 'reading other workloads', data: work, limits: LIMITS, signal });
}
