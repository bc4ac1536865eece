import { randomBytes } from 'node:crypto';
import { type AddonConfig, requireRedis } from '../../addon/config/config.ts';
import { ChosenSource } from '../../addon/sources/chosen-source.ts';
import { Collecting } from '../../collector/demand/collecting.ts';
import { recordedWithWeeks } from '../../collector/demand/recorded-weeks.ts';
import { NO_STARTUPS, PodFeed } from '../../collector/pod-watch/pod-feed.ts';
import { PodWatch } from '../../collector/pod-watch/pod-watch.ts';
import { PodIndex } from '../../collector/pods/pod-index.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import { RedisCollectionList } from '../../redis/collection/collection-list.io.ts';
import { RedisCollectorsAlive } from '../../redis/collection/collectors-alive.io.ts';
import { RedisReadingsStore } from '../../redis/collection/readings-store.io.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { collectorMetrics } from '../../telemetry/metrics/collector-metrics.io.ts';
import { roleMetrics } from '../../telemetry/metrics/role-metrics.io.ts';
import { type ClusterFlags, runsInside } from '../cluster/cluster.ts';
import { packageVersion } from '../package-root.ts';
import {
  CLOCK,
  connectApi,
  epochSeconds,
  instanceName,
  monotonic,
  newLog,
  ownNamespace,
  type RoleFlags,
  readConfig,
  stopSignal,
} from '../process.ts';
import { chooseSource } from './demand-choice.ts';
import { openRedis, redisHistory, redisWeeks } from './redis-parts.ts';
import { holdRolePorts, listenFields, serveRole } from './role-server.ts';

export type CollectorFlags = RoleFlags & ClusterFlags;

/** Watches that heard nothing for so long can't be trusted. */
const SILENT_SECONDS = 90;
/** A loop that stood still for so long does not go on by itself. */
const STUCK_SECONDS = 300;

/** `prescale collector`: measures its shard of what is to be collected until SIGTERM or SIGINT. */
export async function runCollector(flags: CollectorFlags): Promise<void> {
  const config = readConfig(flags.config);
  requireRedis(config, flags.config ?? 'the defaults');
  const log = newLog(config);
  const server = await holdRolePorts(config);
  const api = await connectApi(config, flags);
  const { signal } = stopSignal();
  const version = packageVersion();
  const ofRedis = roleMetrics({ queue: false, jobs: false, processMetrics: true });
  const redis = openRedis(config, 'collector', ofRedis, log, signal);
  const { client } = redis.connection;
  const { keyPrefix } = config.redis;
  const handlers = redis.store;
  const onDamage = (message: string, id: string) => {
    log.error(message);
    collecting.refill(id);
  };
  const weeks = redisWeeks(redis, config, {
    onDamage: (message, id) => {
      log.error(message);
      collecting.refillWeeks(id);
    },
    onBegun: (id) => collecting.refillWeeks(id),
  });
  const minutes = redisHistory(redis, config, { onDamage, onBegun: (id) => collecting.begun(id) });
  const history = recordedWithWeeks(minutes, weeks);
  const { batchSize, concurrency, backfillsAtOnce, deadAfterSeconds } = config.collector;
  const asking = { batchSize, concurrency, historyConcurrency: backfillsAtOnce };
  const source = new ChosenSource(
    () =>
      chooseSource(config, api, history, runsInside(flags), ownNamespace(), log, asking, (time) =>
        redis.clock.compare('Prometheus', time),
      ),
    monotonic,
    (name, outcome, seconds) => metrics.query(name, outcome, seconds),
  );
  const { pods, index } = watchPods(config, api, log, signal);
  const name = collectorName();
  const collecting: Collecting = new Collecting(
    {
      name,
      source,
      history,
      weeks,
      epochSeconds,
      log,
      random: Math.random,
      clock: CLOCK,
      list: new RedisCollectionList(client, keyPrefix, handlers),
      readingsStore: new RedisReadingsStore(client, keyPrefix, handlers),
      alive: new RedisCollectorsAlive(client, keyPrefix, deadAfterSeconds, handlers),
      pods: {
        registerAll: (workloads) => pods.registerAll(workloads),
        unregister: (workload) => pods.unregister(workload),
        podsOf: (key) => index.podsOf(key),
        get synced() {
          return pods.synced;
        },
      },
      clockOff: () => redis.clock.ownProblem,
      onTick: (seconds) => metrics.tick(seconds),
    },
    config.collector,
  );
  const unready = () => [
    // Of Redis the connection knows more than whoever used it.
    ...(redis.problems().length > 0 ? redis.problems() : collecting.unready()),
    ...(collecting.state.owned > 0 && source.missing !== undefined ? [source.missing] : []),
    ...silence(api, pods),
  ];
  const metrics = collectorMetrics({
    version,
    read: () => ({ ...collecting.state, ready: unready().length === 0 }),
    requests: () => api.requests(),
  });
  const stuckSeconds = () => epochSeconds() - collecting.state.lastTickSeconds;
  serveRole(server, [ofRedis, metrics], {
    unready,
    unhealthy: () => (stuckSeconds() > STUCK_SECONDS ? [`no tick ended for ${STUCK_SECONDS} s`] : []),
  });
  const { address } = redis.connection;
  log.info('started', { version, name, server: api.server, redis: address, ...listenFields(server) });
  // Where it fails, it was said, and is tried again.
  await redis.connection.opened.catch(() => {});
  await collecting.run(signal);
  await Promise.all([pods.done, redis.watching]);
  await Promise.all([server.close(), source.close()]);
  redis.connection.close();
  await api.close();
  log.info('stopped');
}

/** A pod that comes back under its name takes up its own shard at once; two processes of one machine are two. */
function collectorName(): string {
  return process.env.POD_NAME ?? `${instanceName()}_${randomBytes(4).toString('hex')}`;
}

/** Pods, and of which class their nodes are; how they start is the actuator's. */
function watchPods(config: AddonConfig, api: KubernetesApi, log: Log, signal: AbortSignal) {
  const index = new PodIndex(({ namespace, pod, workloads }) =>
    log.warn('a pod belongs to several workloads: their selectors overlap', { namespace, pod, workloads }),
  );
  const { namespaces } = config;
  const pods = new PodWatch({
    api,
    signal,
    random: Math.random,
    ...CLOCK,
    feed: new PodFeed(index, NO_STARTUPS, epochSeconds),
    namespaces: namespaces.length === 0 ? undefined : namespaces,
    imageEvents: false,
    onError: (error) => log.warn('a watch failed and is tried again', { path: 'pods', error }),
  });
  return { pods, index };
}

function silence({ server }: KubernetesApi, { lastHeardSeconds }: PodWatch): string[] {
  const silent = lastHeardSeconds !== undefined && monotonic() - lastHeardSeconds > SILENT_SECONDS;
  return silent ? [`${server} was silent for ${SILENT_SECONDS} s: is it reachable?`] : [];
}
