import type { AddonConfig } from '../../addon/config/config.ts';
import type { RefitPool } from '../../addon/refits/refit.ts';
import { type RefitJob, runRefitJob } from '../../addon/refits/refit-job.ts';
import { CollectedDemand } from '../../addon/sources/collected-demand.ts';
import { CollectedRecording } from '../../addon/sources/collected-recording.ts';
import { Collecting, type RecordedMinutes } from '../../collector/demand/collecting.ts';
import { memoryMinutes } from '../../collector/demand/memory-collection.ts';
import { NO_STARTUPS, PodFeed } from '../../collector/pod-watch/pod-feed.ts';
import { PodWatch } from '../../collector/pod-watch/pod-watch.ts';
import { PodIndex } from '../../collector/pods/pod-index.ts';
import { OFF_SECONDS } from '../../core/clock-check.ts';
import { NeuralModelCache } from '../../forecaster/lead-time/neural/model-cache.ts';
import type { JobQueue } from '../../storage/job-queue.ts';
import { type Log, sampledLog } from '../../telemetry/log/log.ts';
import type { Measurement } from '../plain-measurement.ts';
import type { ProcessApi } from './api.ts';
import { type LogLine, simulatedLog } from './light-parts.ts';
import type { SimulatedProcess } from './process.ts';
import type { SimulatedRedis } from './redis.ts';
import type { ScalingBase, ScalingStores } from './scaling-process.ts';

const TEND_SECONDS = 1;
/** A forecaster asks for work so often. */
const LOOK_SECONDS = 1;

export interface RoleOptions {
  readonly process: SimulatedProcess;
  readonly config: AddonConfig;
  readonly redis: SimulatedRedis;
  readonly random: () => number;
  readonly onLog: (line: LogLine) => void;
}

/** The stores of `prescale actuator`, as cli/roles/actuator.ts composes them. */
export function sharedStores(redis: SimulatedRedis) {
  return ({ process, isLeader, unwanted, queueLost }: ScalingBase): ScalingStores => {
    const history = redis.through(process, (state) => ({
      read: (id: string) => state.history.read(id),
      forget: (id: string) => state.history.forget(id),
      appendAll: (points: Parameters<RecordedMinutes['appendAll']>[0]) =>
        memoryMinutes(state.history).appendAll(points),
    }));
    const list = redis.through(process, (state) => state.list);
    const recording = new CollectedRecording({ list, history, isLeader, unwanted, onLost: queueLost });
    const source = new CollectedDemand({
      readingsStore: redis.through(process, (state) => state.readingsStore),
      collectors: redis.through(process, (state) => state.alive),
      clock: process.clock,
    });
    const queue = redis.through(process, (state) => state.queue);
    return {
      source,
      history,
      recording,
      neuralModels: new NeuralModelCache(),
      unfit: () => redis.problemOf(process),
      problems: () => {
        const problem = redis.problemOf(process);
        return problem === undefined ? [] : [problem];
      },
      guards: redis.through(process, (state) => state.guards),
      forecasts: redis.readerOf(process),
      refits: { queue: queueOfLeader(queue, isLeader) },
      startups: {
        shared: true,
        load: () => redis.call(process, async () => redis.state.startups),
        save: (saved) =>
          redis.call(process, async () => {
            redis.state.startups = saved;
          }),
      },
      loops: [{ everySeconds: TEND_SECONDS, task: () => recording.tend() }],
    };
  };
}

/** A standby asks for nothing: it takes what the leader asked for. */
function queueOfLeader(queue: JobQueue<RefitJob>, isLeader: () => boolean): JobQueue<RefitJob> {
  const ifLeading = async (task: () => Promise<void>) => {
    if (isLeader()) await task();
  };
  return {
    submit: (id, job, priority) => ifLeading(() => queue.submit(id, job, priority)),
    repeat: (id, job, priority, seconds) => ifLeading(() => queue.repeat!(id, job, priority, seconds)),
    cancel: (id) => ifLeading(() => queue.cancel(id)),
    depth: () => queue.depth(),
    failed: () => queue.failed(),
    retry: (id) => queue.retry(id),
    close: async () => {},
  };
}

/** By the TIME of Redis, which is right here. */
function clockProblem(process: SimulatedProcess): string | undefined {
  const ahead = process.epochSeconds() - process.serverSeconds;
  return Math.abs(ahead) > OFF_SECONDS
    ? `the clock of this pod's node is ${Math.round(ahead)} s ahead of Redis`
    : undefined;
}

/** `prescale collector`, as cli/roles/collector.ts composes it. */
export function startCollector(
  options: RoleOptions & { readonly api: ProcessApi; readonly measurement: Measurement },
): void {
  const { process, config, redis, random, api, measurement } = options;
  const { clock, epochSeconds, stopping } = process;
  const log = logOf(options);
  const index = new PodIndex();
  const pods = new PodWatch({
    api,
    signal: stopping.signal,
    random,
    ...clock,
    namespaces: undefined,
    imageEvents: false,
    feed: new PodFeed(index, NO_STARTUPS, epochSeconds),
    onError: (error) => log.warn('a watch failed and is tried again', { path: 'pods', error }),
  });
  const history: RecordedMinutes = {
    read: (id) => redis.call(process, () => redis.state.history.read(id)),
    fill: (id, series) => redis.call(process, () => redis.state.history.fill(id, series)),
    appendAll: (points) => redis.call(process, () => memoryMinutes(redis.state.history).appendAll(points)),
  };
  const collecting = new Collecting(
    {
      name: process.name,
      history,
      epochSeconds,
      log,
      random,
      clock,
      clockOff: () => clockProblem(process),
      source: measurement.sourceFor(process, api, history),
      list: redis.through(process, (state) => state.list),
      readingsStore: redis.through(process, (state) => state.readingsStore),
      alive: redis.through(process, (state) => state.alive),
      pods: {
        registerAll: (workloads) => pods.registerAll(workloads),
        unregister: (workload) => pods.unregister(workload),
        podsOf: (key) => index.podsOf(key),
        get synced() {
          return pods.synced;
        },
      },
    },
    config.collector,
  );
  void collecting.run(stopping.signal).then(() => process.end('stopped'));
}

/** `prescale forecaster`: takes what the queue holds, one after the other. */
export function startForecaster(options: RoleOptions & { readonly pool: RefitPool }): void {
  const { process, redis, pool } = options;
  const log = logOf(options);
  const queue = redis.through(process, (state) => state.queue);
  const history = redis.through(process, (state) => state.history);
  const { clock, epochSeconds, stopping } = process;
  const parts = {
    history,
    forecasts: redis.readerOf(process),
    neuralModels: new NeuralModelCache(),
    pool,
    epochSeconds,
  };
  const work = async () => {
    while (!stopping.signal.aborted) {
      await clock.sleep(LOOK_SECONDS, stopping.signal);
      try {
        const job = await queue.take();
        if (!job) continue;
        await runRefitJob(parts, job.id, job.payload).then(
          () => queue.done(job.id),
          (error: unknown) => queue.failedOnce(job.id, error),
        );
      } catch (error) {
        log.warn('the queue could not be reached', { error });
      }
    }
  };
  void work().then(() => process.end('stopped'));
}

function logOf({ process, onLog }: Pick<RoleOptions, 'process' | 'onLog'>): Log {
  return sampledLog(simulatedLog(onLog), process.epochSeconds);
}
