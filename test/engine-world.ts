import { ScaleSubresource } from '../actuator/targets/scale.ts';
import { Engine } from '../addon/engine/engine.ts';
import type { EngineParts, EngineSettings } from '../addon/engine/engine-parts.ts';
import type { RefitRequest, Refitted } from '../addon/refits/refit.ts';
import type { RefitJob } from '../addon/refits/refit-job.ts';
import { ownRecording } from '../addon/sources/recording.ts';
import { VirtualCluster } from '../benchmarks/virtual-cluster.ts';
import type { DemandQuery, DemandReading, DemandSource } from '../collector/demand/demand-source.ts';
import type { WorkloadPolicy } from '../core/policy/policy.ts';
import { seededRandom } from '../core/random.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../core/series.ts';
import { eciStartup } from '../core/startup.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { type WorkloadRef, workloadKey } from '../core/workload.ts';
import type { WorkloadStatus } from '../core/workload-status.ts';
import { NeuralModelCache } from '../forecaster/lead-time/neural/model-cache.ts';
import { VirtualClock } from '../kubernetes/fake/virtual-clock.ts';
import { MemoryForecastStore } from '../storage/forecast-store.ts';
import { MemoryHistoryStore } from '../storage/history-store.ts';
import { InProcessQueue } from '../storage/job-queue.ts';
import { SILENT } from '../telemetry/log/log.ts';
import { exampleWorkloadPolicy } from './example-policy.ts';
import { rememberedRefit } from './remembered-refit.ts';

/** Midnight of a day with three weeks before it. */
export const START = 21 * DAY_SECONDS;
/** Demand that one pod serves. */
export const CAPACITY = 10;

/** Demand at an instant, epoch seconds; NaN: no data. */
export type Load = (seconds: number) => number;

export interface Added {
  readonly replicas: number;
  /** One for each metric. */
  readonly loads: readonly Load[];
  /** Days of history at the source; 0: none. */
  readonly days?: number;
  readonly policy?: Partial<WorkloadPolicy>;
  readonly startupSeconds?: number;
}

export interface Told {
  readonly workload: string;
  readonly reason: string;
  readonly message: string;
}

/** The whole engine over a cluster and a source of demand in memory; hours pass in milliseconds. */
export class World {
  readonly cluster: VirtualCluster;
  readonly clock: VirtualClock;
  /** Kept by this process; empty in one that replaces another on a new disk. */
  readonly history = new MemoryHistoryStore(8);
  readonly forecasts = new MemoryForecastStore<Refitted>();
  readonly queue: InProcessQueue<RefitJob>;
  readonly engine: Engine;
  /** Warnings that somebody can read on a workload. */
  readonly told: Told[] = [];
  readonly neuralModels = new NeuralModelCache();
  leads = true;
  /** Refits so far. */
  asked = 0;
  /** Replaces the refit: to throw, to be late. */
  refit: (id: string, request: RefitRequest) => Refitted | Promise<Refitted> = (_, request) => rememberedRefit(request);
  /** Replaces what a query is answered: `undefined` leaves the load's own answer. */
  answer: (query: DemandQuery, seconds: number) => DemandReading | undefined = () => undefined;
  private readonly loads: Map<string, Load>;
  private readonly days: Map<string, number>;
  private readonly opted: Map<string, { readonly ref: WorkloadRef; readonly policy: WorkloadPolicy }>;
  /** Replicas of the addon over this cluster that were not killed. */
  private readonly running: World[];

  /** @param beside another replica, over whose cluster this one is */
  constructor(settings: Partial<EngineSettings> = {}, parts: Partial<EngineParts> = {}, beside?: World) {
    this.cluster = beside?.cluster ?? new VirtualCluster();
    this.clock = beside?.clock ?? new VirtualClock(START);
    this.loads = beside?.loads ?? new Map();
    this.days = beside?.days ?? new Map();
    this.opted = beside?.opted ?? new Map();
    this.running = beside?.running ?? [];
    this.running.push(this);
    this.cluster.at(this.now);
    this.queue = new InProcessQueue<RefitJob>(
      async (id, job) => {
        const empty = { startSeconds: 0, stepSeconds: MINUTE_SECONDS, values: new Float64Array(0) };
        this.asked++;
        const history = (await this.history.read(id)) ?? empty;
        const refitted = await this.refit(id, { ...job, history, neural: this.neuralModels.current });
        if (!this.engine.awaits(id)) return;
        const untilSeconds = Number.isFinite(refitted.untilSeconds) ? refitted.untilSeconds : this.now;
        await this.forecasts.publish(id, { untilSeconds, expiresSeconds: untilSeconds + 28_800, payload: refitted });
      },
      { concurrency: 1, attempts: 5, backoffMs: 2_000, sleep: (ms) => this.clock.sleep(ms / 1000) },
    );
    const warning = (ref: WorkloadRef, _: string, reason: string, message: string) =>
      this.told.push({ workload: workloadKey(ref), reason, message });
    const source: DemandSource = {
      name: 'the world',
      history: async (query, { startSeconds, endSeconds }) => this.past(query, startSeconds, endSeconds),
      latest: async (queries, at) => new Map(queries.map((query) => [query.id, this.reading(query, at)])),
      close: async () => {},
    };
    this.engine = new Engine(
      {
        api: this.cluster.api,
        source,
        history: this.history,
        recording: ownRecording(source, this.history),
        forecasts: this.forecasts,
        neuralModels: this.neuralModels,
        queue: this.queue,
        pods: this.cluster,
        startups: { latency: () => ({ latency: eciStartup(), source: 'measured', samples: 100 }) },
        route: async (ref) => ({
          target: new ScaleSubresource(this.cluster.api, ref, `${this.cluster.path(ref)}/scale`),
        }),
        events: { normal: () => {}, warning, forget: () => {} },
        isLeader: () => this.leads,
        unitOf: () => 'req/s',
        log: SILENT,
        ...parts,
      },
      {
        maxReplicas: 1_000,
        workloadsPerNamespace: 10_000,
        writesAtOnce: 8,
        fleetShare: 0.2,
        markDeletionCost: false,
        refitTicks: 4 * 240,
        historyStepSeconds: MINUTE_SECONDS,
        ...settings,
      },
    );
  }

  get now(): number {
    return this.clock.nowSeconds();
  }

  /** A Deployment with so many Ready pods, opted in; takes part from the next tick on. */
  async add(name: string, { replicas, loads, days = 0, policy = {}, startupSeconds = 9 }: Added): Promise<WorkloadRef> {
    const ref = this.cluster.deploy('shop', name, replicas, () => startupSeconds);
    for (const [index, load] of loads.entries()) this.loads.set(`${workloadKey(ref)}#${index}`, load);
    this.days.set(workloadKey(ref), days);
    const opted = { ref, policy: policyOf(loads.length, policy) };
    this.opted.set(workloadKey(ref), opted);
    for (const { engine } of this.running) await engine.apply({ kind: 'in', uid: name, ...opted });
    return ref;
  }

  /** Another replica of the addon, which does not lead; it finds what is opted in. */
  async join(parts: Partial<EngineParts> = {}): Promise<World> {
    const other = new World({}, parts, this);
    other.leads = false;
    for (const opted of this.opted.values()) await other.engine.apply({ kind: 'in', uid: opted.ref.name, ...opted });
    return other;
  }

  /** Those that were not killed. */
  get replicasOfAddon(): readonly World[] {
    return this.running;
  }

  get lives(): boolean {
    return this.running.includes(this);
  }

  policyOf(ref: WorkloadRef): WorkloadPolicy {
    return this.opted.get(workloadKey(ref))!.policy;
  }

  /** This replica is gone, in the middle of whatever it does. */
  kill(): void {
    this.leads = false;
    if (this.lives) this.running.splice(this.running.indexOf(this), 1);
  }

  /** As the election does it. */
  async lead(): Promise<void> {
    this.leads = true;
    await this.engine.takeOver();
    await this.cluster.settle();
  }

  /** A tick passes, for all replicas. @returns the status of each workload by its key, as this one sees it. */
  async tick(): Promise<ReadonlyMap<string, WorkloadStatus>> {
    await this.clock.advance(TICK_SECONDS);
    this.cluster.at(this.now);
    for (const { engine } of this.running) {
      await engine.tick(this.now);
      await engine.settled();
    }
    await this.clock.advance(0);
    await this.cluster.settle();
    const { statuses } = this.engine;
    return new Map(statuses.map((status) => [workloadKey(status.ref), status]));
  }

  /** So much time passes. @param each is told of each tick. @returns the last tick's statuses. */
  async pass(
    seconds: number,
    each: (statuses: ReadonlyMap<string, WorkloadStatus>) => void | Promise<void> = () => {},
  ): Promise<ReadonlyMap<string, WorkloadStatus>> {
    const end = this.now + seconds;
    let statuses: ReadonlyMap<string, WorkloadStatus> = new Map();
    while (this.now < end) {
      statuses = await this.tick();
      await each(statuses);
    }
    return statuses;
  }

  replicas(ref: WorkloadRef): Promise<number> {
    return this.cluster.replicas(ref);
  }

  /** Another load from now on. */
  change(ref: WorkloadRef, load: Load, index = 0): void {
    const id = `${workloadKey(ref)}#${index}`;
    const before = this.loads.get(id)!;
    const since = this.now;
    this.loads.set(id, (seconds) => (seconds > since ? load(seconds) : before(seconds)));
  }

  private reading(query: DemandQuery, atSeconds: number): DemandReading {
    const answer = this.answer(query, atSeconds);
    if (answer) return answer;
    const value = this.mean(query.id, atSeconds - TICK_SECONDS);
    if (Number.isNaN(value)) return { kind: 'missing', why: 'no data' };
    return { kind: 'value', value, timeSeconds: atSeconds - TICK_SECONDS };
  }

  /** Of the minute that ends there. */
  private mean(id: string, endSeconds: number): number {
    const load = this.loads.get(id)!;
    let sum = 0;
    for (let back = 0; back < MINUTE_SECONDS; back += TICK_SECONDS) sum += load(endSeconds - back);
    return sum / 4;
  }

  private past({ id, workload }: DemandQuery, startSeconds: number, endSeconds: number) {
    const first = Math.max(startSeconds, START - this.days.get(workloadKey(workload))! * DAY_SECONDS);
    const times: number[] = [];
    const values: number[] = [];
    for (let time = startSeconds; time <= endSeconds; time += MINUTE_SECONDS) {
      const value = time < first ? Number.NaN : this.mean(id, time);
      if (Number.isNaN(value)) continue;
      times.push(time);
      values.push(value);
    }
    return { times: Float64Array.from(times), values: Float64Array.from(values) };
  }
}

export function policyOf(metrics: number, over: Partial<WorkloadPolicy> = {}): WorkloadPolicy {
  return exampleWorkloadPolicy({
    metrics: Array.from({ length: metrics }, (_, index) => ({
      metric: { kind: 'template', template: 'requests', args: { path: String(index) } },
      target: { kind: 'absolute', perPod: CAPACITY },
    })),
    minReplicas: 1,
    maxReplicas: 500,
    unmetTargetBp: 50,
    ...over,
  });
}

/** A day's wave from 100 at noon to 500 at midnight, so that START is at its top: 10 to 50 pods' worth, ± 5 % that change each minute. */
export const wave: Load = (seconds) => {
  const noise = 0.95 + 0.1 * seededRandom(Math.floor(seconds / MINUTE_SECONDS))();
  return noise * (300 + 200 * Math.cos((2 * Math.PI * seconds) / DAY_SECONDS));
};
