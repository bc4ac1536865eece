import { type AddonConfig, requireRedis } from '../../addon/config/config.ts';
import type { Refitted } from '../../addon/refits/refit.ts';
import { runRefitJob } from '../../addon/refits/refit-job.ts';
import { refitThreads } from '../../addon/refits/refit-pool.io.ts';
import { loadsOf } from '../../addon/training/nightly-training.ts';
import type { TrainingLoad } from '../../addon/training/training-task.ts';
import { ReplayThread } from '../../console/thread/replay-thread.io.ts';
import { WorldError } from '../../core/errors.ts';
import { bullWorker } from '../../redis/queue/refit-worker.io.ts';
import { type TrainingQueue, trainingQueue } from '../../redis/queue/training-queue.io.ts';
import { WhatIfJobs } from '../../redis/queue/what-if-jobs.io.ts';
import type { ForecastStore } from '../../storage/forecast-store.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { roleMetrics } from '../../telemetry/metrics/role-metrics.io.ts';
import { packageVersion } from '../package-root.ts';
import { epochSeconds, instanceName, monotonic, newLog, type RoleFlags, readConfig, stopSignal } from '../process.ts';
import {
  NEURAL_REFRESH_SECONDS,
  openRedis,
  type RedisParts,
  redisForecasts,
  redisHistory,
  redisNeuralModels,
  redisQueue,
  redisWeeks,
} from './redis-parts.ts';
import { holdRolePorts, listenFields, serveRole } from './role-server.ts';
import { answerWhatIf } from './what-if-role.ts';

const COUNT_SECONDS = 15;
/** A job more than threads is under way: a thread need not wait while Redis is asked for the next history. */
const JOBS_AHEAD = 1;
/** A fit that hangs is ended with its thread before its job has failed: the next one finds a thread. */
const FIT_SHARE = 0.9;

const REPLAY_SCRIPT = new URL('../../console/thread/replay-worker.io.js', import.meta.url);
/** On Linux of the thread alone: fits get nine tenths of a core that they share. */
const REPLAY_PRIORITY = 10;

/** `prescale forecaster`: fits what the queue holds until SIGTERM or SIGINT. Knows Redis and nothing else. */
export async function runForecaster(flags: RoleFlags): Promise<void> {
  const config = readConfig(flags.config);
  requireRedis(config, flags.config ?? 'the defaults');
  const log = newLog(config);
  const server = await holdRolePorts(config);
  const { signal } = stopSignal();
  const metrics = roleMetrics({ queue: true, jobs: true, processMetrics: true });
  const redis = openRedis(config, 'forecaster', metrics, log, signal);
  const { concurrency, lockSeconds, jobSeconds, perSecond } = config.forecaster;
  const pool = refitThreads(
    new URL('../../addon/refits/refit-worker.io.js', import.meta.url),
    concurrency,
    FIT_SHARE * jobSeconds,
  );
  // A forecast of a history that can't be read would take the place of a better one: the job has failed, and comes again.
  const onDamage = (message: string) => {
    throw new WorldError(message);
  };
  const history = redisHistory(redis, config, { onDamage });
  const { modelCache, neuralModels } = redisNeuralModels(redis, config, log, signal);
  const job = {
    history,
    weeks: redisWeeks(redis, config),
    forecasts: redisForecasts(redis, config),
    neuralModels: modelCache,
    pool,
    epochSeconds,
  };
  const queue = redisQueue(redis, config, log);
  // What is damaged is told to who asked.
  const pasts = redisHistory(redis, config, { onDamage });
  const replays = new ReplayThread(REPLAY_SCRIPT, REPLAY_PRIORITY);
  serveRole(server, [metrics], { unready: redis.problems });
  const worker = bullWorker(queue, (id, payload, _, wanted) => runRefitJob({ ...job, wanted }, id, payload), {
    ...{
      connection: redis.connection.blocking(),
      name: instanceName(),
      concurrency: concurrency + JOBS_AHEAD,
      lockSeconds,
      jobSeconds,
      perSecond,
    },
    whatIf: { jobs: new WhatIfJobs(queue, monotonic), answer: answerWhatIf(replays, (id) => pasts.read(id)) },
    random: Math.random,
    nowSeconds: monotonic,
    onRun: (_, seconds, outcome) => metrics.job(seconds, outcome),
    onError: (id, error, attempt) => log.warn('a refit failed', { metric: id, attempt, error }),
    onStalled: (id) => {
      metrics.stalled();
      log.warn('a refit was taken over from a forecaster that was silent', { metric: id });
    },
    onFault: (error) => log.debug('the worker met an error', { error }),
  });
  const version = packageVersion();
  log.info('started', {
    version,
    redis: redis.connection.address,
    ...listenFields(server),
    concurrency,
  });
  const counting = redis.keepDoing('counting jobs', COUNT_SECONDS, async () => metrics.queue(await queue.counts()));
  const night = async () => {
    // A reader of its own: what it takes is taken for nobody else.
    const loads = await learnedLoads(redisForecasts(redis, config), history, config, log);
    await neuralModels.night(loads, epochSeconds());
  };
  let trainings: TrainingQueue | undefined;
  const following = redis.keepDoing('looking for a newer neural model', NEURAL_REFRESH_SECONDS, async () => {
    await neuralModels.refresh();
    // Opened while Redis is there: a BullMQ worker whose first words with it fail never works again.
    trainings ??= trainingsOf(redis, config, log, night);
    await trainings?.schedule();
  });
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  await Promise.all([worker.close(), counting, following, redis.watching]);
  await trainings?.close();
  replays.close();
  await Promise.all([server.close(), pool.close(), queue.close()]);
  redis.connection.close();
  log.info('stopped');
}

/** Undefined: this forecaster trains nothing. */
function trainingsOf(
  redis: RedisParts,
  config: AddonConfig,
  log: Log,
  night: () => Promise<void>,
): TrainingQueue | undefined {
  const { use, training } = config.neural;
  if (use !== 'trained' || !training.enabled) return undefined;
  const { connection } = redis;
  const options = {
    client: connection.client,
    connection: connection.blocking(),
    keyPrefix: config.redis.keyPrefix,
    hourUtc: training.hourUtc,
    onFault: (error: Error) => log.debug('the queue of trainings met an error', { error }),
  };
  return trainingQueue(options, async () => {
    try {
      await night();
    } catch (error) {
      log.warn('the neural model could not be trained; forecasts go on with the one in use', { error });
      throw error;
    }
  });
}

/** Whoever has a forecast has a lead time and a size of pods to be taught with. */
async function learnedLoads(
  forecasts: ForecastStore<Refitted>,
  history: Pick<HistoryStore, 'read'>,
  { neural }: AddonConfig,
  log: Log,
): Promise<TrainingLoad[]> {
  const ids = [...(await forecasts.news())].map((id) => ({ id, leadTimeSeconds: Number.NaN, podCapacity: Number.NaN }));
  const loads = await loadsOf(ids, neural.training.workloads, (id) => history.read(id), { log, random: Math.random });
  const trained: TrainingLoad[] = [];
  for (const load of loads) {
    const payload = (await forecasts.take(load.id, epochSeconds()))?.payload;
    if (!payload) continue;
    const { leadTimeSeconds, podCapacity } = payload.state.learner;
    trained.push({ ...load, leadTimeSeconds, podCapacity });
  }
  return trained;
}
