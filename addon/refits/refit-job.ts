import { InputError } from '../../core/errors.ts';
import { MINUTE_SECONDS } from '../../core/series.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import type { NeuralModelCache } from '../../forecaster/lead-time/neural/model-cache.ts';
import type { ForecastStore } from '../../storage/forecast-store.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import { sameScaling } from '../engine/same-scaling.ts';
import { jobProblem } from './job-problem.ts';
import type { MarginsInUse, RefitPool, RefitRequest, Refitted } from './refit.ts';

/** What a refit job is told; history, neural model and the margins in use are in the stores. Plain data, to be sent to another process. */
export type RefitJob = Omit<RefitRequest, 'history' | 'weeks' | 'neural' | 'inUse'>;

export interface RefitJobParts {
  readonly history: Pick<HistoryStore, 'read'>;
  /** Of five minutes; without it, the weeks before are not known. */
  readonly weeks?: Pick<HistoryStore, 'read'> | undefined;
  readonly forecasts: Pick<ForecastStore<Refitted>, 'publish' | 'peek'>;
  readonly pool: RefitPool;
  /** What is at hand to be backtested. */
  readonly neuralModels: Pick<NeuralModelCache, 'current'>;
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
  const strange = jobProblem(job);
  if (strange !== undefined) throw new InputError(`the refit of ${id}: ${strange}`);
  const { history, weeks, forecasts, pool, neuralModels, epochSeconds, wanted } = parts;
  const inUse = job.aimBp === undefined ? await marginsInUse(forecasts, id, job) : undefined;
  const known = { history: (await history.read(id)) ?? EMPTY, weeks: await weeks?.read(id) };
  const request = { ...job, inUse, ...known, neural: neuralModels.current };
  const payload = await pool.run(request);
  if (wanted && !(await wanted(id))) return;
  const untilSeconds = Number.isFinite(payload.untilSeconds) ? payload.untilSeconds : epochSeconds();
  await forecasts.publish(id, { untilSeconds, expiresSeconds: untilSeconds + lifeSeconds(job), payload });
}

/** What the newest refit for the same pods chose: a routine one would else leave a new leader without margins. */
async function marginsInUse(
  forecasts: RefitJobParts['forecasts'],
  id: string,
  { policy }: RefitJob,
): Promise<MarginsInUse | undefined> {
  const { payload } = (await forecasts.peek(id)) ?? {};
  if (!payload || !sameScaling(payload.policy, policy)) return undefined;
  const { state, untilSeconds } = payload;
  return { calibration: state.calibration, sinceCalibration: state.sinceCalibration, untilSeconds };
}

/** A forecast is good for as long as it looks ahead. */
function lifeSeconds({ aheadTicks }: RefitJob): number {
  return aheadTicks * TICK_SECONDS;
}
