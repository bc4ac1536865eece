import { ScaleSubresource } from '../../actuator/targets/scale.ts';
import { Engine } from '../../addon/engine/engine.ts';
import { type Refitted, refit } from '../../addon/refits/refit.ts';
import { RecentDecisions } from '../../addon/status/recent-decisions.ts';
import { StatusMap } from '../../addon/status/status-map.ts';
import type { DemandReading } from '../../collector/demand/demand-source.ts';
import { PodFeed } from '../../collector/pod-watch/pod-feed.ts';
import { PodIndex } from '../../collector/pods/pod-index.ts';
import type { RawPod } from '../../collector/pods/raw-pod.ts';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import { StartupTracker } from '../../collector/startup/tracker.ts';
import { othersFirst } from '../../core/concurrency/event-loop.io.ts';
import { inParts } from '../../core/concurrency/in-parts.ts';
import type { WorkloadPolicy } from '../../core/policy/policy.ts';
import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { specOf } from '../../core/startup.ts';
import { TICK_SECONDS, TICKS_PER_HOUR } from '../../core/tick.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { NeuralModelCache } from '../../forecaster/lead-time/neural/model-cache.ts';
import type { ForecastStore } from '../../storage/forecast-store.ts';
import type { JobQueue } from '../../storage/job-queue.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { addonMetrics } from '../../telemetry/metrics/metrics.io.ts';
import { ScalesApi } from './scales-api.ts';

/** 2026-03-02T06:00:00Z, a Monday. */
const START = 1_772_431_200;
const NAMESPACES = 50;
const CAPACITY = 10;
const STARTUP_SECONDS = 20;
const HISTORY_SECONDS = 7 * DAY_SECONDS;
/** As a distributed actuator has it: a forecast an hour, good for two. */
const REFIT_TICKS = TICKS_PER_HOUR;
/** Distinct histories, each with its own hour of the peak; workloads go on from copies of their refits. */
const KINDS = 24;

/** Load of the workloads of one kind, 1 to 3 pods' worth. */
function loadAt(kind: number, seconds: number): number {
  const noise = seededRandom((kind * 131_071) ^ Math.floor(seconds / MINUTE_SECONDS))();
  return (14 - 9 * Math.cos(2 * Math.PI * (seconds / DAY_SECONDS + kind / KINDS))) * (0.97 + 0.06 * noise);
}

/**
 * An actuator's planning with many workloads, everything in one process: the engine and what a tick does with its statuses, on pods
 * as the watch feeds them. Readings are handed in, and the API server is a number of replicas for each workload.
 */
export class PlanningFleet {
  readonly metrics = addonMetrics({ version: 'bench' });
  readonly recent = new RecentDecisions();
  readonly index = new PodIndex();
  readonly api = new ScalesApi();
  readonly engine: Engine;
  now = START;
  /** All readings are this many times the load that was learned. */
  factor = 1;
  statuses: readonly WorkloadStatus[] = [];
  private readonly statusMap: StatusMap;
  private readonly feed: PodFeed;
  private readonly refs: readonly WorkloadRef[];
  private readonly histories: readonly Series[];
  private readonly refitted: readonly Refitted[];
  private readonly readings = new Map<string, DemandReading>();
  private readonly fresh = new Set<string>();

  constructor(workloads: number) {
    const sketches = new StartupSketches(START);
    this.feed = new PodFeed(this.index, new StartupTracker(sketches), () => this.now);
    this.refs = Array.from({ length: workloads }, (_, i) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: `team-${i % NAMESPACES}`,
      name: `service-${i}`,
    }));
    this.histories = Array.from({ length: KINDS }, (_, kind) => historyOf(kind));
    this.refitted = this.histories.map((history, kind) => this.learned(history, kind, sketches));
    for (const i of this.refs.keys()) this.fresh.add(this.idOf(i));
    const { api } = this;
    const source = {
      name: 'the bench',
      history: async () => ({ times: new Float64Array(0), values: new Float64Array(0) }),
      latest: async () => this.readings,
      close: async () => {},
    };
    this.engine = new Engine(
      {
        api,
        source,
        history: { read: async (id) => this.histories[kindOf(id)] },
        recording: { begin: async () => true, record: () => Promise.resolve(), end: async () => {} },
        forecasts: this.forecasts(),
        neuralModels: new NeuralModelCache(),
        queue: NO_QUEUE,
        pods: {
          register: async (ref, selector) => this.register(ref, selector),
          unregister: (ref) => this.feed.unregister(ref),
          podsOf: (key) => this.index.podsOf(key),
          countsOf: (key) => this.index.countsOf(key),
        },
        startups: sketches,
        route: async (ref) => ({ target: new ScaleSubresource(api, ref, scalePath(ref)) }),
        events: { normal: () => {}, warning: () => {}, forget: () => {} },
        isLeader: () => true,
        pause: othersFirst,
        unitOf: () => 'req/s',
        log: SILENT,
      },
      {
        maxReplicas: 1_000,
        workloadsPerNamespace: workloads,
        writesAtOnce: 32,
        fleetShare: 0.2,
        markDeletionCost: false,
        refitTicks: REFIT_TICKS,
        historyStepSeconds: MINUTE_SECONDS,
      },
    );
    this.statusMap = new StatusMap(api, 'prescale');
  }

  /** All workloads opted in and going on from a forecast. */
  async open(): Promise<void> {
    for (const [i, ref] of this.refs.entries()) {
      this.api.set(scalePath(ref), ref.name, podsFor(loadAt(i % KINDS, this.now)));
      await this.engine.apply({ kind: 'in', ref, uid: `uid-${i}`, policy: policyOf(i) });
    }
    while (this.statuses.length === 0 || this.statuses.some(({ model }) => model.kind === 'learning')) {
      this.read();
      await this.round();
      await this.engine.settled();
    }
  }

  /** The readings of the next tick. */
  read(): void {
    this.now += TICK_SECONDS;
    const timeSeconds = this.now - TICK_SECONDS;
    const values = Array.from({ length: KINDS }, (_, kind) => this.factor * loadAt(kind, timeSeconds));
    for (const i of this.refs.keys())
      this.readings.set(this.idOf(i), { kind: 'value', value: values[i % KINDS]!, timeSeconds });
  }

  /** What Addon does each 15 s. */
  async round(): Promise<void> {
    this.statuses = await this.engine.tick(this.now);
    await othersFirst();
    const recent = this.recent.begin(this.statuses.length);
    await inParts(this.statuses, recent.add, othersFirst);
    recent.end();
    await othersFirst();
    this.metrics.observe(this.statuses);
  }

  /** What Addon does each minute. */
  async minutely(): Promise<void> {
    await this.statusMap.write(this.statuses, this.now);
  }

  /** The controllers: as many Ready pods as are asked for. */
  settle(): void {
    for (const i of this.refs.keys()) this.settleOne(i);
    this.feed.settle();
  }

  /** The same bit by bit, as pods come and go. */
  async settleSlowly(): Promise<void> {
    await inParts(this.refs.keys(), (i) => this.settleOne(i), othersFirst);
    this.feed.settle();
  }

  /** Publishes a forecast for so many of them: they are taken at the next tick. */
  publish(count: number): void {
    for (let i = 0; i < Math.min(count, this.refs.length); i++) this.fresh.add(this.idOf(i));
  }

  /** What was learned of a metric. */
  historyOf(id: string): Series {
    return this.histories[kindOf(id)]!;
  }

  private idOf(i: number): string {
    return `${workloadKey(this.refs[i]!)}#0`;
  }

  private async register(ref: WorkloadRef, selector: string): Promise<void> {
    if (this.index.register(ref, selector)) this.settleOne(indexOf(ref.name));
  }

  private settleOne(i: number): void {
    const ref = this.refs[i]!;
    const wanted = this.api.replicas(scalePath(ref));
    const { total } = this.index.countsOf(workloadKey(ref));
    for (let k = total; k < wanted; k++) this.feed.pod(rawPod(ref, k, this.now));
    for (let k = total - 1; k >= wanted; k--) this.feed.podGone(podUid(ref, k));
  }

  private learned(history: Series, kind: number, sketches: StartupSketches): Refitted {
    const { latency } = sketches.latency({ workload: 'none', batch: 1, nowSeconds: START });
    return refit({
      history,
      policy: { podCapacity: CAPACITY, unmetTargetBp: 50, min: 1, max: 100, mode: 'auto' },
      startup: specOf(latency),
      leadTimeSeconds: 45,
      seed: kind,
      aimBp: 'fresh',
      aheadTicks: REFIT_TICKS + TICKS_PER_HOUR,
      neural: 'shipped',
    });
  }

  /** Each one a copy of its own, made when it is taken, as it is when it comes over the wire. */
  private forecasts(): ForecastStore<Refitted> {
    return {
      publish: async () => {},
      take: async (id) => {
        if (!this.fresh.delete(id)) return undefined;
        const payload = structuredClone(this.refitted[kindOf(id)]!);
        const { untilSeconds } = payload;
        return { untilSeconds, expiresSeconds: Number.POSITIVE_INFINITY, payload };
      },
      peek: async () => undefined,
      news: async () => new Set(this.fresh),
      forget: async () => {},
    };
  }
}

const NO_QUEUE: JobQueue<unknown> = {
  submit: async () => {},
  cancel: async () => {},
  depth: async () => 1,
  failed: async () => [],
  retry: async () => false,
  close: async () => {},
};

function historyOf(kind: number): Series {
  const values = new Float64Array(HISTORY_SECONDS / MINUTE_SECONDS);
  const startSeconds = START - HISTORY_SECONDS;
  for (let i = 0; i < values.length; i++) values[i] = loadAt(kind, startSeconds + i * MINUTE_SECONDS);
  return { startSeconds, stepSeconds: MINUTE_SECONDS, values };
}

function indexOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1));
}

function kindOf(id: string): number {
  return indexOf(id.slice(0, id.indexOf('#'))) % KINDS;
}

function podsFor(load: number): number {
  return Math.max(1, Math.ceil(load / CAPACITY));
}

function scalePath({ namespace, name }: WorkloadRef): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale`;
}

function policyOf(i: number): WorkloadPolicy {
  const args = { service: `service-${i}` };
  return {
    mode: 'auto',
    metrics: [
      { metric: { kind: 'template', template: 'requests', args }, target: { kind: 'absolute', perPod: CAPACITY } },
    ],
    minReplicas: 1,
    maxReplicas: 100,
    unmetTargetBp: 50,
    leadTime: 45,
    stabilization: 'auto',
    startCost: 'auto',
    bounds: [],
    paused: 'no',
    takeOverHpa: undefined,
  };
}

function podUid({ name }: WorkloadRef, k: number): string {
  return `5e0b6b0e-1f0c-4a27-9a6f-${String(1000 * indexOf(name) + k).padStart(12, '0')}`;
}

/** As it comes over the wire, Ready for a minute. */
function rawPod(ref: WorkloadRef, k: number, nowSeconds: number): RawPod {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const created = at(nowSeconds - MINUTE_SECONDS);
  const ready = at(nowSeconds - MINUTE_SECONDS + STARTUP_SECONDS);
  const text = JSON.stringify({
    metadata: {
      name: `${ref.name}-6d4cf56db6-${k}`,
      namespace: ref.namespace,
      uid: podUid(ref, k),
      creationTimestamp: created,
      labels: { app: ref.name, 'pod-template-hash': '6d4cf56db6' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${ref.name}-6d4cf56db6`, uid: ref.name, controller: true },
      ],
    },
    spec: { nodeName: `node-${k % 100}`, containers: [{ name: 'web', resources: { requests: { cpu: '500m' } } }] },
    status: {
      phase: 'Running',
      startTime: created,
      conditions: ['PodScheduled', 'ContainersReady', 'Ready'].map((type) => ({
        type,
        status: 'True',
        lastTransitionTime: type === 'PodScheduled' ? created : ready,
      })),
    },
  });
  return JSON.parse(text) as RawPod;
}
