import type { Clock } from '../../core/clock.ts';
import { InProcessQueue } from '../../storage/job-queue.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { type RefitJob, type RefitJobParts, runRefitJob } from './refit-job.ts';

const REFIT_ATTEMPTS = 5;
const REFIT_BACKOFF_MS = 2_000;

/** Refits on this process' own threads. @param workers at once. @param signal ends the waiting for another attempt */
export function ownQueue(
  parts: RefitJobParts,
  { workers, clock, log, signal }: { workers: number; clock: Clock; log: Log; signal: AbortSignal },
): InProcessQueue<RefitJob> {
  return new InProcessQueue<RefitJob>((id, payload) => runRefitJob(parts, id, payload), {
    concurrency: Math.max(1, workers),
    attempts: REFIT_ATTEMPTS,
    backoffMs: REFIT_BACKOFF_MS,
    sleep: (ms) => clock.sleep(ms / 1000, signal),
    onError: (id, error, attempt) => log.warn('a refit failed', { metric: id, attempt, error }),
  });
}
