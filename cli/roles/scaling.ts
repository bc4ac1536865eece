import { eventRecorder } from '../../actuator/events.ts';
import type { Leadership } from '../../actuator/leader/leader.ts';
import { Addon, type AddonStores } from '../../addon/addon.ts';
import { playOnThread } from '../../addon/baseline/baseline-thread.io.ts';
import { NightlyBaselines } from '../../addon/baseline/nightly-baselines.ts';
import { NightlyBounds } from '../../addon/bounds/nightly-bounds.ts';
import { type AddonConfig, resourceOf } from '../../addon/config/config.ts';
import { consoleData } from '../../addon/console/console-provider.ts';
import { workloadObjects } from '../../addon/console/workload-object.ts';
import { type RecordStores, Records } from '../../addon/record/records.ts';
import { KeptStartups, type StartupKeeper } from '../../addon/sources/kept-startups.ts';
import { addonView } from '../../addon/status/addon-view.ts';
import type { LearnedMetric } from '../../addon/training/nightly-training.ts';
import { HISTOGRAM_SECONDS } from '../../collector/startup/histogram.ts';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import type { ConsoleAnswers, ConsoleSettings } from '../../console/thread/messages.ts';
import { RemoteReplays, type ReplayRemotely } from '../../console/thread/remote-replays.ts';
import { othersFirst } from '../../core/concurrency/event-loop.io.ts';
import { specOf } from '../../core/startup.ts';
import { CALENDAR_FOLDER, readCalendarDates } from '../../files/calendar-dates.io.ts';
import type { HttpKubernetesApi } from '../../kubernetes/client/http-api.io.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { addonMetrics, type PromAddonMetrics } from '../../telemetry/metrics/metrics.io.ts';
import type { RoleMetrics } from '../../telemetry/metrics/role-metrics.io.ts';
import { type ClusterFlags, runsInside } from '../cluster/cluster.ts';
import { packageVersion } from '../package-root.ts';
import {
  CLOCK,
  connectApi,
  epochSeconds,
  instanceName,
  keepDoing,
  monotonic,
  newLog,
  ownNamespace,
  readConfig,
  stopSignal,
} from '../process.ts';
import { readBoundsOnThread } from './bounds-thread.io.ts';
import { type ConsoleView, startConsole } from './console.ts';
import { elect, replicaOf } from './election.ts';
import { holdRolePorts, listenFields, renderAll } from './role-server.ts';

export interface ScalingFlags extends ClusterFlags {
  readonly config?: string;
}

const BASELINE_SCRIPT = new URL('../../addon/baseline/baseline-worker.io.js', import.meta.url);
const BOUNDS_SCRIPT = new URL('./bounds-worker.io.js', import.meta.url);
const BASELINE_LOOK_SECONDS = 60;
/** It is tried every 2 s: an error that is older was followed by an answer. */
const LEASE_FAILING_SECONDS = 15;

/** What a store may need of the process that it serves. */
export interface ScalingBase {
  readonly config: AddonConfig;
  readonly api: HttpKubernetesApi;
  readonly inside: boolean;
  readonly log: Log;
  readonly metrics: PromAddonMetrics;
  readonly signal: AbortSignal;
  readonly isLeader: () => boolean;
  /** Whether a metric is known to be wanted by nobody. */
  readonly unwanted: (id: string) => boolean;
  /** The metrics whose histories may be learned from. */
  readonly trained: () => readonly LearnedMetric[];
  /** To be called where the queue was emptied. */
  readonly queueLost: () => void;
  /** To be called where the queue lost some of what it repeats. */
  readonly schedulesLost: (ids: readonly string[]) => void;
}

/** What is in this process, in files, or in Redis. */
export interface ScalingStores extends AddonStores {
  readonly startups: StartupKeeper;
  /** Where what happened is kept. */
  readonly records: RecordStores;
  /** Why a replica that is better off should lead instead: this one is cut off from its stores. */
  readonly unfit?: () => string | undefined;
  /** Where the console's replays are played by others: how. */
  readonly replay?: ReplayRemotely;
  /** Shown beside the addon's own. */
  readonly metrics?: Pick<RoleMetrics, 'render'>;
  /** Ends after the last round. */
  close(): Promise<void>;
}

export interface ScalingOptions {
  /** Checked before anything is connected to. @throws InputError */
  readonly check?: (config: AddonConfig, file: string) => void;
  readonly stores: (base: ScalingBase) => Promise<ScalingStores>;
  /** Where the console's replays are played; `elsewhere`: as the stores' `replay` says. */
  readonly replays: ConsoleSettings['replays'];
}

/** Decides and scales until SIGTERM or SIGINT: `run` and `actuator`, which differ in where their data is. */
export async function runScaling(flags: ScalingFlags, options: ScalingOptions): Promise<void> {
  const config = readConfig(flags.config);
  options.check?.(config, flags.config ?? 'the defaults');
  const namespace = ownNamespace();
  const log = newLog(config);
  const server = await holdRolePorts(config);
  const shown: { view?: ConsoleView } = {};
  const shownConsole = await startConsole({
    ...{ config, flags, log, replays: options.replays },
    view: () => shown.view!,
  }).catch(async (error) => {
    await server.close();
    throw error;
  });
  const api = await connectApi(config, flags);
  const stop = stopSignal();
  const metrics = newMetrics(api, log);
  metrics.consoleFailures(() => shownConsole?.failures ?? 0);
  const leadership = { now: undefined as Leadership | undefined };
  const isLeader = () => !config.leaderElection.enabled || leadership.now?.isLeader() === true;
  const inside = runsInside(flags);
  const { signal } = stop;
  const unwanted = (id: string) => addon.unwanted(id);
  const queueLost = () => addon.queueLost();
  const schedulesLost = (ids: readonly string[]) => addon.schedulesLost(ids);
  const trained = () => addon.trained();
  const {
    startups,
    records: recordStores,
    ...stores
  } = await options.stores({
    config,
    api,
    inside,
    log,
    metrics,
    signal,
    isLeader,
    unwanted,
    queueLost,
    schedulesLost,
    trained,
  });
  const sketches = new StartupSketches(epochSeconds());
  const kept = new KeptStartups({ sketches, keeper: startups, isLeader, log, clock: CLOCK, epochSeconds });
  await kept.load();
  metrics.startups(HISTOGRAM_SECONDS, () => sketches.histograms());
  const instance = instanceName();
  const onError = (error: Error) => log.warn('an event could not be written', { error });
  // A workload that is scaled more often than each ten minutes shows some of it; status, explain and the log have all.
  const limits = { perMinute: 0.1 };
  const events = eventRecorder({ api, instance, limits, monotonicNow: monotonic, wallNow: epochSeconds, onError });
  const lease = { why: '', failedSeconds: Number.NEGATIVE_INFINITY };
  const leaseProblem = () =>
    !isLeader() && monotonic() - lease.failedSeconds < LEASE_FAILING_SECONDS
      ? `the lease ${config.leaderElection.lease} can't be read or taken: ${lease.why}`
      : undefined;
  const settled = () => addon.allAreKnown;
  const records = new Records({ stores: recordStores, isLeader, settled, epochSeconds, log });
  const addon: Addon = new Addon({
    records,
    api,
    config,
    namespace,
    sketches,
    events,
    metrics,
    isLeader,
    leaseProblem,
    log,
    source: stores.source,
    history: stores.history,
    recording: stores.recording,
    forecasts: stores.forecasts,
    ...{
      neuralModels: stores.neuralModels,
      guards: stores.guards,
      refits: stores.refits,
      ...(stores.weeks && { weeks: stores.weeks }),
      ...(stores.problems && { problems: stores.problems }),
      ...(stores.clockProblem && { clockProblem: stores.clockProblem }),
    },
    epochSeconds,
    random: Math.random,
    clock: CLOCK,
    pause: othersFirst,
    onTick: () => shownConsole?.show(),
    calendarDates: (name) => readCalendarDates(CALENDAR_FOLDER, name),
  });
  const baselines = new NightlyBaselines({
    store: recordStores.baselines,
    ledger: records.ledger,
    history: stores.history,
    workloads: () => addon.baselineWorkloads(),
    hpaOf: (ref) => addon.hpaOf(ref),
    startupOf: (workload) => specOf(sketches.latency({ workload, batch: 1, nowSeconds: epochSeconds() }).latency),
    play: playOnThread(BASELINE_SCRIPT, signal),
    shared: recordStores.shared,
    isLeader,
    settled,
    epochSeconds,
    log,
  });
  const otherStartup = () => specOf(sketches.latency({ workload: '', batch: 1, nowSeconds: epochSeconds() }).latency);
  const bounds = new NightlyBounds({
    store: recordStores.bounds,
    read: () => readBoundsOnThread(BOUNDS_SCRIPT, { config, flags, namespace, startup: otherStartup() }, signal),
    shared: recordStores.shared,
    isLeader,
    epochSeconds,
    log,
  });
  metrics.baselines(() => baselines.baselines);
  const version = packageVersion();
  const own = stores.metrics ? [stores.metrics] : [];
  const view = addonView({
    now: epochSeconds,
    metrics: { contentType: metrics.contentType, render: () => renderAll([metrics, ...own]) },
    lastTickSeconds: () => addon.lastTickSeconds,
    unready: () => addon.unready(),
  });
  const data = consoleData({
    version,
    isLeader,
    epochSeconds,
    records,
    baselines,
    bounds: () => bounds.bounds,
    sketches,
    history: stores.history,
    recent: addon.recent,
    weeks: stores.weeks,
    replica: instance,
    acting: () => replicaOf(leadership.now?.holder),
    lastTickSeconds: () => addon.lastTickSeconds,
    statuses: () => addon.statuses,
    boundsSeconds: HISTOGRAM_SECONDS,
    shared: recordStores.shared,
    metricId: (key, index) => `${key}#${index}`,
    unready: () => addon.unready(),
    policyOf: (key) => addon.policyOf(key),
    whatIf: {
      workload: (status) => addon.baselineWorkload(status),
      hpaOf: (ref) => addon.hpaOf(ref),
      mostReplicas: config.limits.maxReplicas,
    },
    nextChange: (key) => addon.nextChange(key),
    objects: workloadObjects(api, ({ kind }) =>
      resourceOf({ kind, resource: undefined, ...config.kinds.find((one) => one.kind === kind) }),
    ),
  });
  const replays = stores.replay && new RemoteReplays(stores.replay);
  const answers: ConsoleAnswers = replays
    ? {
        ...data,
        nextReplay: (id, task, have) => replays.nextReplay(id, task, have),
        endReplay: (id) => replays.endReplay(id),
      }
    : data;
  shown.view = { data: answers, statuses: () => addon.statuses };
  server.show(view);
  log.info('started', { version, server: api.server, ...listenFields(server, shownConsole), namespace });

  const keeping = kept.keep(signal);
  const playing = keepDoing('making baselines', BASELINE_LOOK_SECONDS, () => baselines.look(), log, signal);
  // Nobody else asks for them.
  const bounding = shownConsole && keepDoing('bounding', BASELINE_LOOK_SECONDS, () => bounds.look(), log, signal);
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  // The lease is given back only when the last write is through.
  const finished = stopped.then(() => addon.stop());
  if (config.leaderElection.enabled) {
    leadership.now = elect({
      api,
      config,
      namespace,
      instance,
      log,
      signal,
      finished,
      onStarted: () => void addon.takeOver(),
      unfit: () => stores.unfit?.(),
      rest: () => addon.rest(),
      onError: ({ message }) => Object.assign(lease, { why: message, failedSeconds: monotonic() }),
    });
  }
  await addon.run();
  await Promise.all([finished, keeping, playing, bounding, leadership.now?.done]);
  await Promise.all([server.close(), shownConsole?.close()]);
  await stores.close();
  await api.close();
  log.info('stopped');
}

function newMetrics(api: HttpKubernetesApi, log: Log): PromAddonMetrics {
  const metrics = addonMetrics({
    version: packageVersion(),
    processMetrics: true,
    onCapReached: (hiddenWorkloads, maxSeries) =>
      log.warn('too many series: some workloads have none of their own', { hiddenWorkloads, maxSeries }),
  });
  metrics.apiRequests(() => api.requests());
  return metrics;
}
