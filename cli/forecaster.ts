import { requireRedis } from '../addon/config.ts';
import { runRefitJob } from '../addon/refit-job.ts';
import { refitThreads } from '../addon/refit-pool.ts';
import { WorldError } from '../core/errors.ts';
import { bullWorker } from '../redis/refit-worker.ts';
import { roleMetrics } from '../telemetry/role-metrics.ts';
import { packageVersion } from './package-root.ts';
import { epochSeconds, instanceName, monotonic, newLog, type RoleFlags, readConfig, stopSignal } from './process.ts';
import { openRedis, redisForecasts, redisHistory, redisQueue } from './redis-parts.ts';
import { serveRole } from './role-server.ts';

const COUNT_SECONDS = 15;
/** A job more than threads is under way: a thread need not wait while Redis is asked for the next history. */
const JOBS_AHEAD = 1;
/** A fit that hangs is ended with its thread before its job has failed: the next one finds a thread. */
const FIT_SHARE = 0.9;

/** `prescale forecaster`: fits what the queue holds until SIGTERM or SIGINT. Knows Redis and nothing else. */
export async function runForecaster(flags: RoleFlags): Promise<void> {
  const config = readConfig(flags.config);
  requireRedis(config, flags.config ?? 'the defaults');
  const log = newLog(config);
  const { signal } = stopSignal();
  const metrics = roleMetrics({ queue: true, jobs: true, processMetrics: true });
  const redis = openRedis(config, 'forecaster', metrics, log, signal);
  const { concurrency, lockSeconds, jobSeconds, perSecond } = config.forecaster;
  const pool = refitThreads(new URL('../addon/refit-worker.js', import.meta.url), concurrency, FIT_SHARE * jobSeconds);
  // A forecast of a history that can't be read would take the place of a better one: the job has failed, and comes again.
  const onDamage = (message: string) => {
    throw new WorldError(message);
  };
  const job = {
    ...{ history: redisHistory(redis, config, onDamage), forecasts: redisForecasts(redis, config, log) },
    ...{ pool, epochSeconds },
  };
  const queue = redisQueue(redis, config, log);
  const server = await serveRole(config, [metrics], { unready: redis.problems });
  const worker = bullWorker(queue, (id, payload, _, wanted) => runRefitJob({ ...job, wanted }, id, payload), {
    ...{
      connection: redis.connection.blocking(),
      name: instanceName(),
      concurrency: concurrency + JOBS_AHEAD,
      lockSeconds,
      jobSeconds,
      perSecond,
    },
    ...{ random: Math.random, nowSeconds: monotonic },
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
    listen: `${server.host}:${server.port}`,
    concurrency,
  });
  const counting = redis.keepDoing('counting jobs', COUNT_SECONDS, async () => metrics.queue(await queue.counts()));
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  await Promise.all([worker.close(), counting, redis.watching]);
  await Promise.all([server.close(), pool.close(), queue.close()]);
  redis.connection.close();
  log.info('stopped');
}
