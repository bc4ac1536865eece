import { requireRedis } from '../../addon/config/config.ts';
import { ReconcileStored } from '../../addon/reconcile-stored.ts';
import type { RefitJob } from '../../addon/refits/refit-job.ts';
import { CollectedDemand } from '../../addon/sources/collected-demand.ts';
import { CollectedRecording } from '../../addon/sources/collected-recording.ts';
import { recordedWithWeeks } from '../../collector/demand/recorded-weeks.ts';
import { RedisCollectionList } from '../../redis/collection/collection-list.io.ts';
import { RedisCollectorsAlive } from '../../redis/collection/collectors-alive.io.ts';
import { RedisReadingsStore } from '../../redis/collection/readings-store.io.ts';
import type { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import { WhatIfJobs } from '../../redis/queue/what-if-jobs.io.ts';
import { RedisGuardStore } from '../../redis/stores/guard-store.io.ts';
import { RedisStartupStore } from '../../redis/stores/startup-store.io.ts';
import type { JobQueue } from '../../storage/job-queue.ts';
import { roleMetrics } from '../../telemetry/metrics/role-metrics.io.ts';
import { CLOCK } from '../process.ts';
import {
  NEURAL_REFRESH_SECONDS,
  openRedis,
  redisForecasts,
  redisHistory,
  redisNeuralModels,
  redisQueue,
  redisRecords,
  redisWeeks,
} from './redis-parts.ts';
import { runScaling, type ScalingBase, type ScalingFlags, type ScalingStores } from './scaling.ts';
import { replayByForecasters } from './what-if-role.ts';

const TEND_SECONDS = 1;
const COUNT_SECONDS = 15;

/** `prescale actuator`: decides and scales on what collectors and forecasters leave in Redis, until SIGTERM or SIGINT. */
export async function runActuator(flags: ScalingFlags): Promise<void> {
  await runScaling(flags, { check: requireRedis, stores: sharedStores, replays: 'elsewhere' });
}

async function sharedStores({
  config,
  log,
  signal,
  isLeader,
  unwanted,
  queueLost,
  schedulesLost,
  trained,
}: ScalingBase): Promise<ScalingStores> {
  const metrics = roleMetrics({ queue: true, jobs: false, processMetrics: false });
  const redis = openRedis(config, 'actuator', metrics, log, signal);
  const { client } = redis.connection;
  const { keyPrefix } = config.redis;
  const handlers = redis.store;
  const history = redisHistory(redis, config);
  const list = new RedisCollectionList(client, keyPrefix, handlers);
  const weeks = redisWeeks(redis, config);
  const forget = async (id: string) => {
    await history.forget(id);
    await weeks.forget(id);
  };
  const kept = { ...recordedWithWeeks(history, weeks), forget };
  const recording = new CollectedRecording({ list, history: kept, isLeader, unwanted, onLost: queueLost });
  const collectors = new RedisCollectorsAlive(client, keyPrefix, config.collector.deadAfterSeconds, handlers);
  const source = new CollectedDemand({
    readingsStore: new RedisReadingsStore(client, keyPrefix, handlers),
    collectors,
    clock: CLOCK,
  });
  const queue = redisQueue(redis, config, log);
  const { modelCache, neuralModels } = redisNeuralModels(redis, config, log, signal);
  const startups = new RedisStartupStore(client, keyPrefix, handlers);
  const forecasts = redisForecasts(redis, config);
  const each = (forget: (id: string) => Promise<void>) => (ids: readonly string[]) => Promise.all(ids.map(forget));
  const reconciling = new ReconcileStored({
    stored: [
      { what: 'refits', ids: () => queue.ids(), forget: each((id) => queue.cancel(id)) },
      {
        what: 'schedules',
        ids: () => queue.repeated(),
        forget: each((id) => queue.cancel(id)),
        restore: schedulesLost,
      },
      {
        what: 'forecasts',
        ids: () => forecasts.ids(),
        forget: each((id) => forecasts.forget(id)),
        restore: schedulesLost,
      },
      {
        what: 'histories',
        ids: () => history.ids(),
        forget: each((id) => history.forget(id)),
        restore: (ids) => recording.refill(ids),
      },
      { what: 'weeks', ids: () => weeks.ids(), forget: each((id) => weeks.forget(id)) },
      { what: 'marks of histories', ids: async () => [...(await list.filled())], forget: (ids) => list.remove(ids) },
    ],
    expected: () => trained().map(({ id }) => id),
    isLeader,
    unwanted,
    nowSeconds: CLOCK.nowSeconds,
    log,
  });
  // What was stored, and what was to be, may be otherwise after any outage.
  redis.connection.client.on('ready', () => reconciling.soon());
  const loops = [
    redis.keepDoing('bringing what is stored in step', TEND_SECONDS, () => reconciling.tend()),
    redis.keepDoing('keeping the list of what is collected', TEND_SECONDS, () => recording.tend()),
    redis.keepDoing('looking for a newer neural model', NEURAL_REFRESH_SECONDS, () => neuralModels.refresh()),
    redis.keepDoing('counting jobs', COUNT_SECONDS, async () => metrics.queue(await queue.counts())),
    redis.watching,
  ];
  return {
    source,
    history,
    weeks,
    recording,
    metrics,
    neuralModels: modelCache,
    problems: redis.problems,
    unfit: redis.unfit,
    forecasts: {
      publish: (id, published) => forecasts.publish(id, published),
      take: (id, nowSeconds) => forecasts.take(id, nowSeconds),
      peek: (id) => forecasts.peek(id),
      news: () => forecasts.news(),
      forget: (id) => reconciling.letGo('forecast', id, () => forecasts.forget(id)),
    },
    refits: { queue: queueOfLeader(queue, isLeader, reconciling) },
    replay: replayByForecasters(new WhatIfJobs(queue, CLOCK.nowSeconds)),
    guards: new RedisGuardStore(client, keyPrefix, handlers),
    records: redisRecords(redis, config),
    startups: {
      shared: true,
      load: () => redis.connected().then(() => startups.load()),
      save: (saved) => startups.save(saved),
    },
    close: async () => {
      await Promise.all(loops);
      redis.connection.close();
    },
  };
}

/** A standby asks for nothing: it takes what the leader asked for. */
function queueOfLeader(
  queue: BullRefitQueue<RefitJob>,
  isLeader: () => boolean,
  reconciling: ReconcileStored,
): JobQueue<RefitJob> {
  const ifLeading = async (task: () => Promise<void>) => {
    if (isLeader()) await task();
  };
  return {
    submit: (id, job, priority) => ifLeading(() => queue.submit(id, job, priority)),
    repeat: (id, job, priority, seconds) => ifLeading(() => queue.repeat(id, job, priority, seconds)),
    cancel: (id) => ifLeading(() => reconciling.letGo('refits', id, () => queue.cancel(id))),
    depth: () => queue.depth(),
    failed: () => queue.failed(),
    retry: (id) => queue.retry(id),
    close: () => queue.close(),
  };
}
