import { runInThread } from '../../models/neural/thread.io.ts';
import type { PlayBaselines } from './compare.ts';

/** A week of one workload takes some milliseconds and a few MB. */
const LIMITS = { seconds: 300, heapMb: 128, growthMb: 256 };

/** On a thread that ends with its work. @param script the compiled worker. @param signal ends it at once */
export function playOnThread(script: URL, signal: AbortSignal): PlayBaselines {
  return (tasks) => runInThread({ script, what: 'playing baselines', data: tasks, limits: LIMITS, signal });
}
