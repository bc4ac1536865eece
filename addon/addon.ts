/* Over 350 lines: the parts of the whole addon are wired here, in one place. */
import type { EventRecorder } from '../actuator/events.ts';
import type { HpaObject } from '../actuator/targets/hpa.ts';
import type { DemandSource } from '../collector/demand/demand-source.ts';
import { PodFeed } from '../collector/pod-watch/pod-feed.ts';
import { PodWatch } from '../collector/pod-watch/pod-watch.ts';
import { creationFailure } from '../collector/pods/creation-failure.ts';
import { PodIndex } from '../collector/pods/pod-index.ts';
import type { StartupSketches } from '../collector/startup/sketches.ts';
import { StartupTracker } from '../collector/startup/tracker.ts';
import { type Clock, eachTick } from '../core/clock.ts';
import { inParts } from '../core/concurrency/in-parts.ts';
import type { WorkloadPolicy } from '../core/policy/policy.ts';
import { MINUTE_SECONDS } from '../core/series.ts';
import { TICK_SECONDS, TICKS_PER_HOUR } from '../core/tick.ts';
import type { WorkloadRef } from '../core/workload.ts';
import type { ExpectedChange, WorkloadStatus } from '../core/workload-status.ts';
import type { NeuralModelCache } from '../forecaster/lead-time/neural/model-cache.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { discoverResources } from '../kubernetes/resources.ts';
import type { ForecastStore } from '../storage/forecast-store.ts';
import type { GuardStore } from '../storage/guard-store.ts';
import type { HistoryStore } from '../storage/history-store.ts';
import type { JobQueue } from '../storage/job-queue.ts';
import type { Log } from '../telemetry/log/log.ts';
import type { AddonMetrics } from '../telemetry/metrics/addon-metrics.ts';
import { baselineWorkload } from './baseline/baseline-workloads.ts';
import type { BaselineWorkload } from './baseline/nightly-baselines.ts';
import { ClusterWatches } from './cluster-watches.ts';
import type { AddonConfig } from './config/config.ts';
import { policyLimits } from './config/policy-limits.ts';
import { Engine } from './engine/engine.ts';
import { expectedChange } from './engine/expected-change.ts';
import { workloadEvents } from './engine/workload-events.ts';
import { writeGate } from './engine/write-gate.ts';
import type { Records } from './record/records.ts';
import { HolidayBook } from './refits/holiday-book.ts';
import { ownQueue } from './refits/own-queue.ts';
import type { RefitPool, Refitted } from './refits/refit.ts';
import type { RefitJob } from './refits/refit-job.ts';
import { measurementOf } from './sources/measurement-of.ts';
import type { Recording } from './sources/recording.ts';
import { unitOf } from './sources/unit-of.ts';
import { RecentDecisions } from './status/recent-decisions.ts';
import { STATUS_SECONDS, StatusMap } from './status/status-map.ts';
import type { LearnedMetric } from './training/nightly-training.ts';

const STATUS_TICKS = STATUS_SECONDS / TICK_SECONDS;
/** A tick waits so long for its writes, so that what it shows is what stands; what takes longer goes on beside the next ticks. */
const WRITE_PATIENCE_SECONDS = 2;
/** Watches that heard nothing for so long can't be trusted. */
const SILENT_SECONDS = 90;

/** The world that the addon lives in. */
export interface AddonParts {
  readonly api: KubernetesApi;
  readonly config: AddonConfig;
  /** Prescale's own namespace. */
  readonly namespace: string;
  readonly source: DemandSource & { readonly missing?: string | undefined };
  readonly history: Pick<HistoryStore, 'read'> & { flush?(): Promise<void> };
  /** The same of five minutes, for the weeks before. Without it, refits here don't know them. */
  readonly weeks?: AddonParts['history'];
  readonly recording: Recording;
  readonly forecasts: ForecastStore<Refitted>;
  readonly neuralModels: NeuralModelCache;
  /** Where the memory of the guards outlives the process. */
  readonly guards: GuardStore;
  /** What happened, kept for whoever asks later. Without it, nothing is. */
  readonly records?: Records;
  /** Refits on threads of this process, or a queue whose workers are elsewhere. */
  readonly refits: { readonly pool: RefitPool } | { readonly queue: JobQueue<RefitJob> };
  readonly sketches: StartupSketches;
  readonly events: EventRecorder;
  readonly metrics: AddonMetrics;
  readonly isLeader: () => boolean;
  /** The text of a calendar of dates by its name; it throws where it can't be read. Without it, nobody has holidays. */
  readonly calendarDates?: (name: string) => string;
  /** Why the lease can't be read or taken; undefined: it can. */
  readonly leaseProblem?: () => string | undefined;
  /** Why our clock and that of the metrics' server can't be held against each other; undefined: they agree, or nothing is known. */
  readonly clockProblem?: () => string | undefined;
  /** What else keeps it from acting, each with the fix. */
  readonly problems?: () => readonly string[];
  /** After each round, also a failed one: what is shown is no older. */
  readonly onTick?: () => void;
  /** As in EngineParts. */
  readonly pause?: () => Promise<void>;
  readonly log: Log;
  /** Monotonic. */
  readonly clock: Clock;
  readonly epochSeconds: () => number;
  readonly random: () => number;
}

/** Where its data comes from and is kept: what differs between one process for everything and an actuator over Redis. */
export type AddonStores = Pick<
  AddonParts,
  | 'source'
  | 'history'
  | 'weeks'
  | 'recording'
  | 'forecasts'
  | 'neuralModels'
  | 'guards'
  | 'refits'
  | 'problems'
  | 'clockProblem'
>;

/** All roles in one process: watches, engine, refits, loop. */
export class Addon {
  readonly recent = new RecentDecisions();
  /** Epoch seconds of the end of the last tick. */
  lastTickSeconds: number;
  private readonly parts: AddonParts;
  private readonly engine: Engine;
  private readonly watches: ClusterWatches;
  private readonly index: PodIndex;
  private readonly pods: PodWatch;
  private readonly queue: JobQueue<RefitJob>;
  private readonly statusMap: StatusMap;
  private readonly stopping = new AbortController();
  private ticks = 0;

  constructor(parts: AddonParts) {
    this.parts = parts;
    const { api, config, clock, log, random, sketches, epochSeconds, metrics } = parts;
    this.lastTickSeconds = epochSeconds();
    const { signal } = this.stopping;
    this.index = new PodIndex(({ namespace, pod, workloads }) =>
      log.warn('a pod belongs to several workloads: their selectors overlap', { namespace, pod, workloads }),
    );
    const { index } = this;
    const feed = new PodFeed(index, new StartupTracker(sketches), epochSeconds);
    const { namespaces } = config;
    const onError = (error: Error) => log.warn('a watch failed and is tried again', { path: 'pods', error });
    this.pods = new PodWatch({
      api,
      feed,
      random,
      signal,
      onError,
      ...clock,
      namespaces: namespaces.length === 0 ? undefined : namespaces,
      imageEvents: true,
      onPod: (pod) => this.watches.pod(pod),
    });
    this.queue = 'queue' in parts.refits ? parts.refits.queue : this.ownQueue(parts.refits.pool);
    const resources = discoverResources(api, clock.nowSeconds);
    this.watches = new ClusterWatches({
      api,
      random,
      signal,
      log,
      ...clock,
      resources,
      limits: policyLimits(config),
      kinds: config.kinds,
      namespaces,
      takeOverHpa: config.takeOverHpa.enabled,
    });
    this.engine = new Engine(
      {
        api,
        log,
        queue: this.queue,
        startups: sketches,
        source: parts.source,
        history: parts.history,
        forecasts: parts.forecasts,
        isLeader: parts.isLeader,
        neuralModels: parts.neuralModels,
        guards: parts.guards,
        settled: () => this.allAreKnown,
        ...(parts.clockProblem && { clockProblem: parts.clockProblem }),
        recording: parts.recording,
        ...(parts.records && { journal: parts.records.journal }),
        pods: {
          register: (ref, selector) => this.pods.register(ref, selector),
          unregister: (ref) => this.pods.unregister(ref),
          podsOf: (key) => index.podsOf(key),
          countsOf: (key) => index.countsOf(key),
          ambiguousPodOf: (key) => index.ambiguousPodOf(key),
          knows: ({ namespace }) => this.pods.knows(namespace),
        },
        route: this.watches.route,
        creationFailure: async (ref, uid) => creationFailure(api, await resources.object(ref), ref, uid),
        events: workloadEvents(parts.events),
        unitOf: (metric) => unitOf(metric, config),
        measurementOf: (metric) => measurementOf(metric, config),
        ...(parts.calendarDates && { holidays: new HolidayBook(parts.calendarDates) }),
        epochSeconds,
        onWrite: (target, outcome) => metrics.write(target, outcome),
        writeGate: writeGate(config, clock),
        patience: (signal) => clock.sleep(WRITE_PATIENCE_SECONDS, signal),
        ...(parts.pause && { pause: parts.pause }),
      },
      {
        maxReplicas: config.limits.maxReplicas,
        workloadsPerNamespace: config.limits.workloadsPerNamespace,
        writesAtOnce: config.limits.concurrency,
        fleetShare: config.limits.fleetBreakerPercent / 100,
        markDeletionCost: config.deletionCost.enabled,
        refitTicks: Math.round(config.forecast.refitHours * TICKS_PER_HOUR),
        historyStepSeconds: MINUTE_SECONDS,
      },
    );
    this.statusMap = new StatusMap(api, parts.namespace);
  }

  get statuses(): readonly WorkloadStatus[] {
    return this.engine.statuses;
  }

  /** Whether this metric is known to be wanted by nobody. */
  unwanted(id: string): boolean {
    return this.allAreKnown && this.engine.unwanted(id);
  }

  /** All that is opted in is known by now. */
  get allAreKnown(): boolean {
    return this.watches.synced && this.watches.settled;
  }

  /** All workloads, as their baselines need them. */
  baselineWorkloads(): BaselineWorkload[] {
    return this.engine.statuses.map((status) => this.baselineWorkload(status));
  }

  baselineWorkload(status: WorkloadStatus): BaselineWorkload {
    const { engine, index } = this;
    const podsOf = (key: string) => index.podsOf(key);
    return baselineWorkload(status, (key) => engine.get(key), podsOf);
  }

  /** What it asked for, with all defaults; undefined: it is not looked after, or something that it asked for is wrong. */
  policyOf(key: string): WorkloadPolicy | undefined {
    return this.engine.get(key)?.policy;
  }

  /** The next change of its replicas; undefined: none is known. */
  nextChange(key: string): ExpectedChange | undefined {
    const workload = this.engine.get(key);
    return workload && expectedChange(workload);
  }

  /** The HPA that scales it; undefined: none does, or several. */
  hpaOf(ref: WorkloadRef): Promise<HpaObject | undefined> {
    return this.watches.hpaOf(ref);
  }

  /** What was asked of the queue, and what it repeats by itself, is lost. */
  queueLost(): void {
    this.engine.queueLost();
  }

  /** The queue repeats these no more, or their forecasts are gone: refits are asked for within an hour. */
  schedulesLost(ids: readonly string[]): void {
    this.engine.schedulesLost(ids);
  }

  /** The metrics whose learners were fitted, and for what: whose histories may be learned from. */
  trained(): LearnedMetric[] {
    return this.engine.trained();
  }

  /** Runs until `stop`; one tick every 15 s of the wall clock. */
  async run(): Promise<void> {
    const { clock, epochSeconds } = this.parts;
    const { signal } = this.stopping;
    // Beside the loop: an API server that is away keeps nobody from being told so.
    const started = this.watches.start(this.engine).catch((error) => {
      if (!signal.aborted) this.parts.log.error('the watches could not be started', { error });
    });
    await eachTick(clock, epochSeconds, signal, (tickSeconds) => this.tick(tickSeconds));
    await started;
  }

  /** This replica leads from now on. */
  async takeOver(): Promise<void> {
    try {
      await this.engine.takeOver();
    } catch (error) {
      this.parts.log.error('the first writes as the leader failed', { error });
    }
  }

  /** This replica leads no more, for now: finishes the writes under way. */
  rest(): Promise<void> {
    return this.engine.rest();
  }

  /** Finishes the writes under way, then lets go of everything of its own. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.engine.stop(), this.watches.done(), this.pods.done]);
    await this.parts.records?.close();
    await this.queue.close();
    await this.parts.events.flush();
  }

  /** Why the addon can't act now, each with the fix. */
  unready(): string[] {
    const { clock, api, source } = this.parts;
    const why: string[] = [];
    const heard = [this.watches.lastHeardSeconds, this.pods.lastHeardSeconds];
    if (!this.watches.synced || !this.pods.synced) {
      why.push(
        `the first lists of ${api.server} are not complete: is it reachable, has the ServiceAccount its rights (prescale doctor)?`,
      );
    } else if (heard.some((seconds) => seconds !== undefined && clock.nowSeconds() - seconds > SILENT_SECONDS)) {
      why.push(`${api.server} was silent for ${SILENT_SECONDS} s: is it reachable?`);
    }
    why.push(...(this.parts.problems?.() ?? []));
    const lease = this.parts.leaseProblem?.();
    if (lease !== undefined) why.push(lease);
    if (source.missing !== undefined && this.statuses.length > 0) why.push(source.missing);
    return why;
  }

  private async tick(nowSeconds: number): Promise<void> {
    const { clock, metrics, log, history, weeks, epochSeconds } = this.parts;
    const started = clock.nowSeconds();
    try {
      const statuses = await this.engine.tick(nowSeconds);
      if (this.parts.isLeader()) await this.watches.releaseLeft();
      await this.parts.pause?.();
      const recent = this.recent.begin(statuses.length);
      await inParts(statuses, recent.add, this.parts.pause);
      recent.end();
      this.parts.records?.record(statuses, nowSeconds);
      // Beside the ticks: none waits for a store.
      void this.parts.records?.flush();
      await this.parts.pause?.();
      metrics.observe(statuses);
      await this.showDepth();
      if (this.ticks++ % STATUS_TICKS === 0) await this.minutely(statuses);
      if (nowSeconds % MINUTE_SECONDS === TICK_SECONDS) await Promise.all([history.flush?.(), weeks?.flush?.()]);
      this.lastTickSeconds = epochSeconds();
      metrics.tick(clock.nowSeconds() - started, this.lastTickSeconds);
    } catch (error) {
      log.error('a sync failed', { error });
    }
    metrics.leader(this.parts.isLeader());
    metrics.ready(this.unready().length === 0);
    await this.parts.pause?.();
    this.parts.onTick?.();
  }

  /** A queue that can't be reached is the store's problem, and no tick's. */
  private async showDepth(): Promise<void> {
    try {
      this.parts.metrics.refits(await this.queue.depth());
    } catch (error) {
      this.parts.log.debug('the queue could not be asked for its depth', { error });
    }
  }

  private async minutely(statuses: readonly WorkloadStatus[]): Promise<void> {
    if (!this.parts.isLeader()) return;
    try {
      await this.statusMap.write(statuses, this.parts.epochSeconds());
    } catch (error) {
      this.parts.log.warn('the status could not be written', { error });
    }
  }

  /** Refits on this process' own threads. */
  private ownQueue(pool: RefitPool): JobQueue<RefitJob> {
    const { history, weeks, forecasts, neuralModels, clock, config, log, epochSeconds } = this.parts;
    const job = {
      history,
      weeks,
      forecasts,
      neuralModels,
      pool,
      epochSeconds,
      wanted: (id: string) => this.engine.awaits(id),
    };
    return ownQueue(job, { workers: config.forecast.workers, clock, log, signal: this.stopping.signal });
  }
}
