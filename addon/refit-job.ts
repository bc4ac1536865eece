import { InputError } from '../core/errors.ts';
import { MINUTE_SECONDS } from '../core/series.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import type { ForecastStore } from '../forecaster/forecast-store.ts';
import type { HistoryStore } from '../forecaster/history-store.ts';
import type { NetworkShelf } from '../forecaster/lead-time/network-shelf.ts';
import type { RefitPool, RefitRequest, Refitted } from './refit.ts';
import { strangeJob } from './strange-job.ts';

/** What a refit job is told; history and network are in the stores. Plain data, to be sent to another process. */
export type RefitJob = Omit<RefitRequest, 'history' | 'network'>;

export interface RefitJobParts {
  readonly history: Pick<HistoryStore, 'read'>;
  readonly forecasts: Pick<ForecastStore<Refitted>, 'publish'>;
  readonly pool: RefitPool;
  /** What is at hand to be rehearsed. */
  readonly networks: Pick<NetworkShelf, 'current'>;
  readonly epochSeconds: () => number;
  /**
   * Whether somebody still wants it: a late one of a workload that is gone would be kept for nobody, and one that another did meanwhile
   * would replace what came after it. Default: yes.
   */
  readonly wanted?: (id: string) => boolean | Promise<boolean>;
}

const EMPTY = { startSeconds: 0, stepSeconds: MINUTE_SECONDS, values: new Float64Array(0) };

/** Carries out a refit: reads the history, learns it, publishes what comes of it. A second run does no harm. */
export async function runRefitJob(parts: RefitJobParts, id: string, job: RefitJob): Promise<void> {
  const strange = strangeJob(job);
  if (strange !== undefined) throw new InputError(`the refit of ${id}: ${strange}`);
  const { history, forecasts, pool, networks, epochSeconds, wanted } = parts;
  const request = { ...job, history: (await history.read(id)) ?? EMPTY, network: networks.current };
  const payload = await pool.run(request);
  if (wanted && !(await wanted(id))) return;
  const untilSeconds = Number.isFinite(payload.untilSeconds) ? payload.untilSeconds : epochSeconds();
  await forecasts.publish(id, { untilSeconds, expiresSeconds: untilSeconds + lifeSeconds(job), payload });
}

/** A forecast is good for as long as it looks ahead. */
function lifeSeconds({ aheadTicks }: RefitJob): number {
  return aheadTicks * TICK_SECONDS;
}
