import { honoursDeletionCost, markPods, podsToMark } from '../actuator/deletion-cost.ts';
import { FleetBreaker, type Lowering } from '../actuator/fleet-breaker.ts';
import type { ScaleOutcome, ScaleTarget } from '../actuator/targets/target.ts';
import { atMost } from '../collector/at-most.ts';
import { censoring, type PodLoad } from '../collector/censoring.ts';
import type { DemandQuery, DemandReading, DemandSource } from '../collector/demand-source.ts';
import type { OptedChange } from '../collector/opted-workloads.ts';
import { resampleSeries } from '../collector/resample.ts';
import type { StartupSketches } from '../collector/startup-sketches.ts';
import type { PodRecord } from '../core/pod-record.ts';
import type { MetricRef, PolicyError, WorkloadPolicy } from '../core/policy.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Series } from '../core/series.ts';
import { specOf } from '../core/startup.ts';
import { TICK_SECONDS, TICKS_PER_HOUR } from '../core/tick.ts';
import { type WorkloadRef, workloadKey } from '../core/workload.ts';
import type { ForecastStore } from '../forecaster/forecast-store.ts';
import type { HistoryStore } from '../forecaster/history-store.ts';
import type { JobQueue } from '../forecaster/job-queue.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import type { Log } from '../telemetry/log.ts';
import { ConditionTimes, statusOf } from './addon-status.ts';
import { largestBatch } from './batch-size.ts';
import { describeChange, describeForeign } from './describe.ts';
import { inTurn } from './in-turn.ts';
import { type MetricScaler, sameScaling } from './metric-scaler.ts';
import { OBSERVATION_DELAY_SECONDS, type RefitRequest, type Refitted } from './refit.ts';
import { type Proposal, ScaledWorkload, type UnitOf } from './scaled-workload.ts';
import { POLICY_ERROR, type WorkloadStatus } from './workload-status.ts';

/** A week and an hour: what reaches back across the edge of the seventh day. */
const BACKFILL_SECONDS = 7 * DAY_SECONDS + 3_600;
/** A history whose newest point is not older than this only lacks its end. */
const FRESH_SECONDS = DAY_SECONDS;
/** A failed opening is tried again after so many ticks: a minute. */
const OPEN_AGAIN_TICKS = 4;
const REACH_AT_ONCE = 32;
/** Histories asked for at once, of those that are open otherwise. */
const LEARN_AT_ONCE = 8;
/** Whose history takes longer than half a minute is carried by the reactive path meanwhile. */
const CARRY_TICKS = 2;
/** A state that no event touched is read again after ten minutes: 1,000 workloads cost 1.7 requests a second. */
const STATE_TICKS = 40;
const READS_AT_ONCE = 16;
/** A lead that differs by more than a quarter from the one in use is worth a refit; looked at each minute. */
const LEAD_CHANGE = 0.25;
const LEAD_TICKS = 4;
const LEAST_LEAD_SECONDS = 5;
const LEAD_LEVEL = 0.9;
/** The guards' windows are filled from so many ticks before: five minutes. */
const REMEMBERED_TICKS = 20;

/** A refit that failed for good is asked for again after ten minutes, one that came too late after one. */
const REFIT_AGAIN_TICKS = 40;
const REFIT_SOON_TICKS = 4;
/** A write that failed is tried again after 1, 2, 4 ticks; one that was refused also after 8, two minutes: the same gets the same answer. */
const MOST_FAILED_WRITE_TICKS = 4;
const MOST_REFUSED_WRITE_TICKS = 8;

/** Jobs are done in this order. */
const PRIORITY = { opening: 0, calibration: 1, routine: 2 } as const;

/** What a refit job is told; the history is in the store. */
export type RefitJob = Omit<RefitRequest, 'history'>;

/** How a workload may be written to, found out from the HPAs of the cluster. */
export type Routed = { readonly target: ScaleTarget } | { readonly refused: string };

/** What becomes of a workload that somebody may want to read on it. */
export interface WorkloadEvents {
  normal(ref: WorkloadRef, uid: string, reason: string, message: string): void;
  warning(ref: WorkloadRef, uid: string, reason: string, message: string): void;
  forget(ref: WorkloadRef, uid: string): void;
}

/** Pods by workload, kept in step with the cluster. */
export interface WorkloadPods {
  /** @param selector as in scale.status.selector */
  register(ref: WorkloadRef, selector: string): Promise<void>;
  unregister(ref: WorkloadRef): void;
  podsOf(key: string): readonly PodRecord[];
  countsOf(key: string): { readonly total: number; readonly ready: number };
  /** Whether all pods of its namespace were listed: before that, none Ready says nothing. Default: yes. */
  knows?(ref: WorkloadRef): boolean;
}

export interface EngineParts {
  readonly api: KubernetesApi;
  readonly source: DemandSource;
  readonly history: HistoryStore;
  readonly forecasts: ForecastStore<Refitted>;
  readonly queue: JobQueue<RefitJob>;
  readonly pods: WorkloadPods;
  readonly startups: Pick<StartupSketches, 'latency'>;
  readonly route: (ref: WorkloadRef, policy: WorkloadPolicy) => Promise<Routed>;
  readonly events: WorkloadEvents;
  readonly isLeader: () => boolean;
  readonly unitOf: UnitOf;
  readonly log: Log;
  /** Epoch seconds: workloads are opened as soon as they are in. Without it, at the next tick. */
  readonly epochSeconds?: () => number;
  readonly onWrite?: (target: ScaleTarget['kind'], outcome: 'ok' | 'conflict' | 'error') => void;
  /** Lets so many changes of replicas through a second; without it only `writesAtOnce` holds them. */
  readonly writeGate?: { run(write: () => Promise<void>): Promise<void> };
}

export interface EngineSettings {
  readonly maxReplicas: number;
  readonly writesAtOnce: number;
  /** Share of the workloads that may lose more than half of their pods at once. */
  readonly fleetShare: number;
  readonly markDeletionCost: boolean;
  readonly refitTicks: number;
  /** Step of the history store, seconds. */
  readonly historyStepSeconds: number;
}

/** Ticks of one workload's opening and reading. */
interface Upkeep {
  opened: boolean;
  /** Its target was read at this tick: it can be written to. Undefined before. */
  reachedTick: number | undefined;
  opening: boolean;
  openTick: number;
  readTick: number;
  reading: boolean;
  /** Something changed while it was being read. */
  readAgain: boolean;
  /** metadata.generation that our own writes lead to: a larger one is somebody else's. */
  generation: number | undefined;
  /** Writes that failed one after another, and the tick before which there is no other. */
  failedWrites: number;
  writeTick: number;
  /** A write without an answer, which may have been carried out. */
  doubtful: { readonly from: number; readonly to: number } | undefined;
}

/**
 * The addon's heart: which workloads are in, what they observe, what is decided and written. One call of `tick` every 15 s does
 * what replay does for one workload, for all of them; opening a workload, refits and writes are asynchronous around it.
 */
export class Engine {
  private readonly parts: EngineParts;
  private readonly settings: EngineSettings;
  private readonly workloads = new Map<string, ScaledWorkload>();
  private readonly upkeep = new Map<string, Upkeep>();
  private readonly wrong = new Map<string, { ref: WorkloadRef; errors: readonly PolicyError[] }>();
  /** Refits asked for: the tick at which, by query id. */
  private readonly awaited = new Map<string, number>();
  private readonly breaker: FleetBreaker;
  private readonly times = new ConditionTimes();
  private readonly openings = new Set<Promise<void>>();
  private readonly learnSlot = atMost(LEARN_AT_ONCE);
  private reaching = 0;
  private newest: readonly WorkloadStatus[] = [];
  private tickNumber = 0;

  constructor(parts: EngineParts, settings: EngineSettings) {
    this.parts = parts;
    this.settings = settings;
    this.breaker = new FleetBreaker({ share: settings.fleetShare, leastWorkloads: 3 });
  }

  /** Whether somebody waits for this metric's refit: a late one of a workload that is gone would be kept for nobody. */
  awaits(id: string): boolean {
    return this.awaited.has(id);
  }

  /** What the last tick left; one for each workload that is in or wrong. */
  get statuses(): readonly WorkloadStatus[] {
    return this.newest;
  }

  get(key: string): ScaledWorkload | undefined {
    return this.workloads.get(key);
  }

  /** Takes over what changed of the annotations. */
  async apply(change: OptedChange): Promise<void> {
    const key = workloadKey(change.ref);
    switch (change.kind) {
      case 'in':
      case 'changed':
        this.wrong.delete(key);
        return this.optIn(change.ref, change.uid, change.policy);
      case 'wrong':
        await this.optOut(key, change.uid);
        this.wrong.set(key, { ref: change.ref, errors: change.errors });
        this.parts.events.warning(change.ref, change.uid, POLICY_ERROR, errorText(change.errors));
        return;
      case 'out':
        this.wrong.delete(key);
        return this.optOut(key, change.uid);
    }
  }

  /** The object's spec was changed up to this generation: by us, or by somebody else. */
  seen(key: string, generation: number): void {
    const upkeep = this.upkeep.get(key);
    if (!upkeep) return;
    const known = upkeep.generation;
    if (known !== undefined && generation <= known) return;
    upkeep.generation = generation;
    // The first one comes with the workload itself, whose state is read when it is opened.
    if (known !== undefined && (upkeep.opened || upkeep.opening)) void this.readState(key);
  }

  /** Something about how a workload may be written to has changed: an HPA came, went or was edited. */
  async reroute(ref: WorkloadRef): Promise<void> {
    const workload = this.workloads.get(workloadKey(ref));
    if (!workload) return;
    await this.routeTo(workload);
    const upkeep = this.upkeep.get(workload.key);
    if (upkeep) upkeep.writeTick = 0;
    await this.readState(workload.key);
  }

  /** One tick: observe, plan, write. @param nowSeconds a multiple of 15. */
  async tick(nowSeconds: number): Promise<readonly WorkloadStatus[]> {
    this.tickNumber = Math.round(nowSeconds / TICK_SECONDS);
    this.startOpenings(nowSeconds);
    const queries = [...this.workloads.values()].flatMap(({ metrics }) => metrics.map(({ query }) => query));
    const readings = await this.latest(queries, nowSeconds);
    await this.observe(readings, nowSeconds);
    await this.askForRefits(nowSeconds);
    await this.adoptRefits(nowSeconds);
    await this.lookAtFailedRefits(nowSeconds);
    this.carryWaiting(nowSeconds);
    await this.write(this.planAll(nowSeconds), nowSeconds);
    this.newest = this.allStatuses(nowSeconds);
    return this.newest;
  }

  /**
   * We lead from now on: what the last tick found to be missing is added now, and not at the next tick, 15 s after a takeover that took
   * 19. Removals wait, and so does what is at 0: the leader before us may have known why.
   */
  async takeOver(): Promise<void> {
    const short = [...this.workloads.values()].filter(({ state, proposal, policy }) => {
      if (!state || policy.mode === 'observe' || proposal?.decision.kind !== 'scale') return false;
      return state.replicas > 0 && proposal.decision.replicas > state.replicas;
    });
    await this.write(short, this.tickNumber * TICK_SECONDS);
  }

  /** Waits for openings under way. */
  async settled(): Promise<void> {
    while (this.openings.size > 0) await Promise.all(this.openings);
  }

  /** Puts back what only stands because of us, of all workloads. */
  async releaseAll(): Promise<void> {
    await inTurn([...this.workloads.values()], READS_AT_ONCE, (workload) => this.release(workload));
  }

  private async optIn(ref: WorkloadRef, uid: string, policy: WorkloadPolicy): Promise<void> {
    const key = workloadKey(ref);
    const before = this.workloads.get(key);
    const workload = new ScaledWorkload(ref, uid, policy, this.parts.unitOf, before);
    this.workloads.set(key, workload);
    const old = this.upkeep.get(key);
    // Where a target is left (another HPA, paused, observing), what stands there because of us goes.
    const otherHpa = before?.policy.takeOverHpa !== policy.takeOverHpa;
    if (before && (policy.paused === 'all' || policy.mode === 'observe' || otherHpa)) {
      if (before.target?.kind === 'hpa') {
        // The floor that is put back is nobody else's change: it is read anew, and begun with.
        workload.state = undefined;
        workload.memory.foreign.forget();
      }
      await this.release(before);
    }
    for (const metric of workload.metrics) metric.restsUntilTick = Number.NEGATIVE_INFINITY;
    this.upkeep.set(key, {
      opened: false,
      reachedTick: undefined,
      opening: false,
      openTick: 0,
      readTick: 0,
      reading: false,
      readAgain: false,
      generation: old?.generation,
      failedWrites: 0,
      writeTick: 0,
      doubtful: old?.doubtful,
    });
    const kept = new Set(workload.metrics.map(({ query }) => query.id));
    for (const { query } of before?.metrics ?? []) if (!kept.has(query.id)) await this.forgetMetric(query.id);
    if (this.parts.epochSeconds) this.startOpenings(this.parts.epochSeconds());
  }

  private async optOut(key: string, uid: string): Promise<void> {
    // Also of one whose annotations were wrong, which has conditions and nothing else.
    this.times.forget(key);
    const workload = this.workloads.get(key);
    if (!workload) return;
    this.workloads.delete(key);
    this.upkeep.delete(key);
    await this.release(workload);
    for (const { query } of workload.metrics) await this.forgetMetric(query.id);
    this.parts.pods.unregister(workload.ref);
    this.parts.events.forget(workload.ref, uid);
  }

  private async forgetMetric(id: string): Promise<void> {
    const { queue, forecasts, history } = this.parts;
    this.awaited.delete(id);
    await Promise.all([queue.cancel(id), forecasts.forget(id), history.forget(id)]);
  }

  private async release(workload: ScaledWorkload): Promise<void> {
    if (!workload.target || !this.parts.isLeader()) return;
    try {
      await workload.target.release();
    } catch (error) {
      this.parts.log.error('could not put back what stands because of us', { workload: workload.key, error });
    }
  }

  // Opening: how it may be written to, its pods, its history.

  private startOpenings(nowSeconds: number): void {
    for (const [key, upkeep] of this.upkeep) {
      if (upkeep.opened || upkeep.opening || upkeep.openTick > this.tickNumber) continue;
      if (this.reaching >= REACH_AT_ONCE) return;
      upkeep.opening = true;
      const opening = this.open(key, upkeep, nowSeconds).finally(() => {
        upkeep.opening = false;
        this.openings.delete(opening);
      });
      this.openings.add(opening);
    }
  }

  /**
   * First it is reached, all of them soon; then it waits its turn for its history, which may take minutes with a thousand. By then
   * it is watched, and carried by the reactive path.
   */
  private async open(key: string, upkeep: Upkeep, nowSeconds: number): Promise<void> {
    const workload = this.workloads.get(key);
    if (!workload) return;
    upkeep.openTick = this.tickNumber + OPEN_AGAIN_TICKS;
    this.reaching++;
    try {
      await this.routeTo(workload);
      await this.readState(key);
      if (workload.state) upkeep.reachedTick = this.tickNumber;
    } catch (error) {
      this.notOpened(workload, error);
    } finally {
      this.reaching--;
      // The next one need not wait for the next tick.
      this.startOpenings(nowSeconds);
    }
    if (upkeep.reachedTick !== undefined) await this.learnSlot(() => this.learn(workload, upkeep, nowSeconds));
  }

  /** Its history is read, and a first refit asked for. */
  private async learn(workload: ScaledWorkload, upkeep: Upkeep, nowSeconds: number): Promise<void> {
    try {
      for (const { query } of workload.metrics) await this.backfill(workload, query, nowSeconds);
      if (this.upkeep.get(workload.key) !== upkeep) return;
      upkeep.opened = true;
      workload.succeeded('opening');
      // Learned by the next tick, instead of asked for at it and used at the one after.
      await this.askForRefitsOf(workload, nowSeconds);
    } catch (error) {
      this.notOpened(workload, error);
    }
  }

  private notOpened(workload: ScaledWorkload, error: unknown): void {
    workload.failed('opening', messageOf(error));
    this.parts.log.warn('a workload could not be opened', { workload: workload.key, error });
  }

  /** Who waits for its history longer than that is decided by what is observed alone. */
  private carryWaiting(nowSeconds: number): void {
    for (const workload of this.workloads.values()) {
      const { reachedTick } = this.upkeep.get(workload.key)!;
      if (reachedTick === undefined || this.tickNumber - reachedTick < CARRY_TICKS) continue;
      for (const [index, metric] of workload.metrics.entries()) {
        if (!metric.scaler) this.carry(workload, index, metric, nowSeconds);
      }
    }
  }

  private carry(workload: ScaledWorkload, index: number, metric: MetricScaler, nowSeconds: number): void {
    const policy = workload.scalingPolicy(index, this.parts.pods.podsOf(workload.key), this.settings.maxReplicas);
    if (typeof policy === 'string') return;
    this.lookAtLead(workload, nowSeconds);
    metric.carry(policy, workload.lead.seconds);
    workload.carried = true;
  }

  private async routeTo(workload: ScaledWorkload): Promise<void> {
    const routed = await this.parts.route(workload.ref, workload.policy);
    const before = workload.target;
    workload.target = 'target' in routed ? routed.target : undefined;
    workload.blocked = 'refused' in routed ? routed.refused : undefined;
    if (before && before.kind !== workload.target?.kind) await this.releaseTarget(before, workload.key);
    if (!workload.target) workload.state = undefined;
  }

  private async releaseTarget(target: ScaleTarget, key: string): Promise<void> {
    if (!this.parts.isLeader()) return;
    try {
      await target.release();
    } catch (error) {
      this.parts.log.error('could not put back what stands because of us', { workload: key, error });
    }
  }

  private async readState(key: string): Promise<void> {
    const workload = this.workloads.get(key);
    const upkeep = this.upkeep.get(key);
    if (!workload?.target || !upkeep) return;
    // What is being read may be older than the change that asks for it now.
    upkeep.readAgain = upkeep.reading;
    if (upkeep.reading) return;
    upkeep.reading = true;
    try {
      const state = await workload.target.read();
      if (this.workloads.get(key) !== workload) return;
      const { doubtful } = upkeep;
      upkeep.doubtful = undefined;
      // The answer got lost, the write did not: it is ours, and nobody else's change.
      if (doubtful && state?.replicas === doubtful.to) workload.memory.wrote(doubtful.from, doubtful.to);
      workload.state = state;
      upkeep.readTick = this.tickNumber;
      if (state) await this.parts.pods.register(workload.ref, state.selector);
      // Opted out meanwhile: nobody else would take its pods out again.
      if (!this.workloads.has(key)) this.parts.pods.unregister(workload.ref);
      workload.succeeded('read');
    } catch (error) {
      workload.failed('read', messageOf(error));
      // Due again at the next tick: what an outage hid must not wait for ten minutes.
      upkeep.readTick = Number.NEGATIVE_INFINITY;
      this.parts.log.warn('a scale target could not be read', { workload: key, error });
    } finally {
      upkeep.reading = false;
    }
    if (upkeep.readAgain) await this.readState(key);
  }

  /** What the store lacks of the last seven days. */
  private async backfill(workload: ScaledWorkload, query: DemandQuery, nowSeconds: number): Promise<void> {
    const { history, source } = this.parts;
    const endSeconds = Math.floor((nowSeconds - OBSERVATION_DELAY_SECONDS) / MINUTE_SECONDS) * MINUTE_SECONDS;
    const known = await history.read(query.id);
    const newest = known ? known.startSeconds + (known.values.length - 1) * known.stepSeconds : 0;
    // One that only begins lately may be young, or its source was away until now: the past that is lacking is asked for too.
    const reachesBack = known !== undefined && known.startSeconds < endSeconds - BACKFILL_SECONDS + FRESH_SECONDS;
    const fresh = reachesBack && newest > endSeconds - FRESH_SECONDS;
    const startSeconds = fresh ? newest + MINUTE_SECONDS : endSeconds - BACKFILL_SECONDS;
    if (startSeconds > endSeconds) return;
    const samples = await source.history(query, { startSeconds, endSeconds, stepSeconds: MINUTE_SECONDS });
    if (samples.times.length === 0 || this.workloads.get(workload.key) !== workload) return;
    const values = new Float64Array((endSeconds - startSeconds) / MINUTE_SECONDS + 1).fill(Number.NaN);
    samples.times.forEach((time, i) => {
      values[Math.round((time - startSeconds) / MINUTE_SECONDS)] = samples.values[i]!;
    });
    await history.fill(query.id, { startSeconds, stepSeconds: MINUTE_SECONDS, values });
  }

  // Observing.

  private async latest(
    queries: readonly DemandQuery[],
    nowSeconds: number,
  ): Promise<ReadonlyMap<string, DemandReading>> {
    if (queries.length === 0) return new Map();
    try {
      return await this.parts.source.latest(queries, nowSeconds, (key) => this.parts.pods.podsOf(key));
    } catch (error) {
      const why = messageOf(error);
      this.parts.log.error('no demand could be read', { error });
      return new Map(queries.map(({ id }) => [id, { kind: 'missing', why }]));
    }
  }

  private async observe(readings: ReadonlyMap<string, DemandReading>, nowSeconds: number): Promise<void> {
    const endSeconds = nowSeconds - OBSERVATION_DELAY_SECONDS;
    for (const workload of this.workloads.values()) {
      await this.alone(workload, () => this.observeOne(workload, readings, endSeconds));
    }
  }

  private async observeOne(
    workload: ScaledWorkload,
    readings: ReadonlyMap<string, DemandReading>,
    endSeconds: number,
  ): Promise<void> {
    const { metrics, key } = workload;
    workload.succeeded('tick');
    const recorded = endSeconds % this.settings.historyStepSeconds === 0 && this.upkeep.get(key)?.opened;
    for (const metric of metrics) {
      const reading = readings.get(metric.query.id);
      const censored = isCensored(reading, metric.query.metric, this.parts.pods.podsOf(key));
      const value = metric.observe(this.tickNumber, reading, censored);
      // It may have been opted out while the one before was recorded.
      if (recorded && this.upkeep.has(key)) await this.record(workload, metric.query.id, endSeconds, value);
    }
  }

  /** What can't be recorded is decided on all the same. */
  private async record(workload: ScaledWorkload, id: string, endSeconds: number, value: number): Promise<void> {
    try {
      await this.parts.history.append(id, endSeconds, value);
      workload.succeeded('history');
    } catch (error) {
      workload.failed('history', `its history is not recorded: ${messageOf(error)}`);
      this.parts.log.error('demand could not be recorded', { workload: workload.key, error });
    }
  }

  /** A workload's fault is its own: it is said on it, and all others go on. */
  private async alone(workload: ScaledWorkload, task: () => void | Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      workload.failed('tick', messageOf(error));
      this.parts.log.error('a workload was left out of this round', { workload: workload.key, error });
    }
  }

  // Refits.

  private async adoptRefits(nowSeconds: number): Promise<void> {
    for (const workload of this.workloads.values()) {
      for (const metric of workload.metrics) {
        if (this.awaited.has(metric.query.id)) {
          await this.alone(workload, () => this.adoptRefit(workload, metric, nowSeconds));
        }
      }
    }
  }

  private async adoptRefit(workload: ScaledWorkload, metric: MetricScaler, nowSeconds: number): Promise<void> {
    const { id } = metric.query;
    const published = await this.parts.forecasts.read(id, nowSeconds);
    if (!published) return;
    this.awaited.delete(id);
    await this.parts.forecasts.forget(id);
    const opening = !metric.learned;
    // Also where it throws, or can't be used: not at each tick.
    metric.restsUntilTick = this.tickNumber + REFIT_SOON_TICKS;
    if (!metric.adopt(published.payload, this.nextRefit(id))) return;
    metric.restsUntilTick = Number.NEGATIVE_INFINITY;
    workload.succeeded('refit');
    if (opening) await this.rememberHistory(workload, metric, nowSeconds);
  }

  /** Refits that were given up are said, and asked for again later; a queue that lost a job is asked at once. */
  private async lookAtFailedRefits(nowSeconds: number): Promise<void> {
    if (this.awaited.size === 0 || this.tickNumber % LEAD_TICKS !== 0) return;
    const failed = new Map((await this.parts.queue.failed()).map((job) => [job.id, job]));
    const lost = (await this.parts.queue.depth()) === 0;
    for (const workload of this.workloads.values()) {
      for (const [index, metric] of workload.metrics.entries()) {
        const { id } = metric.query;
        const askedTick = this.awaited.get(id);
        const job = failed.get(id);
        if (askedTick === undefined || !(job || (lost && this.tickNumber - askedTick > LEAD_TICKS))) continue;
        this.awaited.delete(id);
        if (!job) continue;
        metric.restsUntilTick = this.tickNumber + REFIT_AGAIN_TICKS;
        const minutes = (REFIT_AGAIN_TICKS * TICK_SECONDS) / MINUTE_SECONDS;
        workload.failed('refit', `a refit failed ${job.attempts} times, tried again in ${minutes} min: ${job.error}`);
        if (!metric.scaler) this.carry(workload, index, metric, nowSeconds);
      }
    }
  }

  /** Spread over the hours by the id, so that 1,000 workloads that came at once don't go on at once. */
  private nextRefit(id: string): number {
    const { refitTicks } = this.settings;
    return this.tickNumber + Math.floor(refitTicks * (0.75 + 0.25 * (hashOf(id) / 2 ** 32)));
  }

  private async rememberHistory(workload: ScaledWorkload, metric: MetricScaler, nowSeconds: number): Promise<void> {
    const series = await this.parts.history.read(metric.query.id);
    const { podCapacity } = metric.fitted!.policy;
    if (!series) return workload.remember(nowSeconds, [], 0);
    const ticks = resampleSeries(tail(series, REMEMBERED_TICKS / 2), TICK_SECONDS).values;
    // Whoever was carried has minutes of its own.
    const before = workload.carried ? [] : ticks.subarray(-REMEMBERED_TICKS);
    const demandPods = Array.from(before, (demand) => demand / podCapacity);
    let largest = 0;
    for (const demand of series.values) if (demand > largest) largest = demand;
    workload.remember(nowSeconds, demandPods, largest / podCapacity);
  }

  private async askForRefits(nowSeconds: number): Promise<void> {
    for (const workload of this.workloads.values()) {
      if (this.upkeep.get(workload.key)?.opened) {
        await this.alone(workload, () => this.askForRefitsOf(workload, nowSeconds));
      }
    }
  }

  private async askForRefitsOf(workload: ScaledWorkload, nowSeconds: number): Promise<void> {
    const pods = this.parts.pods.podsOf(workload.key);
    for (const [index, metric] of workload.metrics.entries()) {
      const { id } = metric.query;
      if (this.awaited.has(id)) continue;
      const policy = workload.scalingPolicy(index, pods, this.settings.maxReplicas);
      if (typeof policy === 'string') {
        metric.missing = policy;
        continue;
      }
      // Without an observation there is nothing to go on from: a refit would be too old, and asked for again and again.
      if (metric.restsUntilTick > this.tickNumber || Number.isNaN(metric.observed)) continue;
      const why = this.refitReason(workload, metric, policy, nowSeconds);
      if (!why) continue;
      const series = await this.parts.history.read(id);
      if (this.workloads.get(workload.key) !== workload) return;
      this.lookAtBatch(workload, series, policy.podCapacity, nowSeconds);
      this.lookAtLead(workload, nowSeconds);
      const job = this.refitJob(workload, metric, policy, why, nowSeconds);
      this.awaited.set(id, this.tickNumber);
      await this.parts.queue.submit(id, job, PRIORITY[why]);
    }
  }

  private refitJob(
    workload: ScaledWorkload,
    metric: MetricScaler,
    policy: RefitJob['policy'],
    why: keyof typeof PRIORITY,
    nowSeconds: number,
  ): RefitJob {
    const { latency } = this.parts.startups.latency({ workload: workload.key, batch: workload.batch, nowSeconds });
    const changed = metric.fitted && leadChanged(workload.lead.seconds, metric.fitted.leadSeconds);
    return {
      policy,
      startup: specOf(latency),
      leadSeconds: workload.lead.seconds,
      seed: hashOf(metric.query.id),
      aimBp: why === 'opening' ? 'fresh' : why === 'calibration' || changed ? metric.scaler!.aimBp : undefined,
      aheadTicks: this.settings.refitTicks + TICKS_PER_HOUR,
    };
  }

  private refitReason(
    workload: ScaledWorkload,
    metric: MetricScaler,
    policy: RefitJob['policy'],
    nowSeconds: number,
  ): keyof typeof PRIORITY | undefined {
    const { fitted } = metric;
    if (fitted && !sameScaling(fitted.policy, policy)) return 'opening';
    const wanted = metric.refitWanted(this.tickNumber);
    if (wanted || !fitted || this.tickNumber % LEAD_TICKS !== hashOf(metric.query.id) % LEAD_TICKS) return wanted;
    this.lookAtLead(workload, nowSeconds);
    return leadChanged(workload.lead.seconds, fitted.leadSeconds) ? 'calibration' : undefined;
  }

  /** How many pods may be created at once. */
  private lookAtBatch(
    workload: ScaledWorkload,
    series: Series | undefined,
    podCapacity: number,
    nowSeconds: number,
  ): void {
    const one = this.parts.startups.latency({ workload: workload.key, batch: 1, nowSeconds });
    workload.batch = series ? largestBatch(series, podCapacity, one.latency.quantile(LEAD_LEVEL)) : 1;
  }

  /** The lead for as many pods as may be created at once. */
  private lookAtLead(workload: ScaledWorkload, nowSeconds: number): void {
    const { scaleUpAhead } = workload.policy;
    if (scaleUpAhead !== 'auto') {
      workload.lead = { seconds: scaleUpAhead, source: 'annotation', samples: 0 };
      return;
    }
    const question = { workload: workload.key, batch: workload.batch, nowSeconds };
    const { latency, source, samples } = this.parts.startups.latency(question);
    const seconds = Math.max(LEAST_LEAD_SECONDS, Math.ceil(latency.quantile(LEAD_LEVEL)));
    workload.lead = { seconds, source, samples };
  }

  // Planning and writing.

  private planAll(nowSeconds: number): ScaledWorkload[] {
    const changing: ScaledWorkload[] = [];
    for (const workload of this.workloads.values()) {
      const kind = this.planOne(workload, nowSeconds)?.decision.kind;
      if (kind !== undefined) this.tellOfOthers(workload);
      if (kind === 'scale') changing.push(workload);
      // What could not be written is not wanted any more.
      else if (kind !== undefined) workload.succeeded('write');
    }
    return this.afterBreaker(changing, nowSeconds);
  }

  /** A change that another writer made is said on the workload, with what comes of it. */
  private tellOfOthers({ ref, uid, memory }: ScaledWorkload): void {
    const change = memory.foreign.newest;
    if (change) this.parts.events.warning(ref, uid, 'ForeignChange', describeForeign(change.from, change.replicas));
  }

  private planOne(workload: ScaledWorkload, nowSeconds: number): Proposal | undefined {
    const { pods } = this.parts;
    const { key } = workload;
    workload.proposal = undefined;
    if (pods.knows?.(workload.ref) === false) {
      workload.failed('tick', 'its pods were not listed yet');
      return undefined;
    }
    try {
      const { ready } = pods.countsOf(key);
      const { maxReplicas } = this.settings;
      return workload.plan(nowSeconds, pods.podsOf(key), ready, maxReplicas, this.parts.isLeader());
    } catch (error) {
      workload.failed('tick', messageOf(error));
      this.parts.log.error('a workload could not be planned', { workload: key, error });
      return undefined;
    }
  }

  private afterBreaker(changing: readonly ScaledWorkload[], nowSeconds: number): ScaledWorkload[] {
    const lowering = changing.flatMap((workload): Lowering[] => {
      const { state, proposal, key, policy } = workload;
      // What is only shown must not spend the budget of what is done.
      if (policy.mode === 'observe') return [];
      const from = state!.replicas;
      const to = proposal!.decision.replicas;
      return to < from ? [{ key, from, to, asked: from > proposal!.bounds.max }] : [];
    });
    if (lowering.length === 0) return [...changing];
    const admitted = this.breaker.admit(lowering, this.workloads.size, nowSeconds);
    return changing.filter((workload) => {
      const { policy, proposal, state, key } = workload;
      if (policy.mode === 'observe' || proposal!.decision.replicas >= state!.replicas || admitted.has(key)) return true;
      workload.hold('fleet-breaker');
      return false;
    });
  }

  private async write(changing: readonly ScaledWorkload[], nowSeconds: number): Promise<void> {
    const due = [...this.workloads.values()].filter(({ key }) => this.readDue(key));
    if (this.parts.isLeader()) {
      await inTurn(
        changing.filter(
          ({ policy, key }) => policy.mode !== 'observe' && this.upkeep.get(key)!.writeTick <= this.tickNumber,
        ),
        this.settings.writesAtOnce,
        (workload) => this.gated(() => this.writeOne(workload, nowSeconds)),
      );
    }
    void inTurn(due, READS_AT_ONCE, ({ key }) => this.readState(key));
  }

  private gated(write: () => Promise<void>): Promise<void> {
    const { writeGate } = this.parts;
    return writeGate ? writeGate.run(write) : write();
  }

  private readDue(key: string): boolean {
    const upkeep = this.upkeep.get(key)!;
    return upkeep.opened && this.tickNumber - upkeep.readTick >= STATE_TICKS;
  }

  private async writeOne(workload: ScaledWorkload, nowSeconds: number): Promise<void> {
    const { target, state, proposal, key } = workload;
    const upkeep = this.upkeep.get(key);
    if (!target || !state || !proposal || !upkeep) return;
    const from = state.replicas;
    const to = proposal.decision.replicas;
    try {
      if (to < from) await this.markGoing(workload, from - to);
      // Fenced as late as can be: a leader that was frozen writes nothing stale, and nobody what was opted out or paused meanwhile.
      if (!this.parts.isLeader() || this.workloads.get(key) !== workload) return;
      const counts = upkeep.generation !== undefined && target.kind === 'scale';
      if (counts) upkeep.generation!++;
      const outcome = await target.write(from, to);
      if (outcome.kind !== 'scaled' && counts) upkeep.generation!--;
      this.wrote(workload, from, outcome, nowSeconds);
      if (outcome.kind === 'refused') this.backOff(upkeep, MOST_REFUSED_WRITE_TICKS);
      else upkeep.failedWrites = 0;
    } catch (error) {
      upkeep.doubtful = { from, to };
      this.backOff(upkeep, MOST_FAILED_WRITE_TICKS);
      workload.failed('write', messageOf(error));
      this.parts.onWrite?.(target.kind, 'error');
      this.parts.log.warn('replicas could not be written', { workload: key, error });
      // Whether it was carried out after all.
      void this.readState(key);
    }
  }

  private backOff(upkeep: Upkeep, mostTicks: number): void {
    upkeep.writeTick = this.tickNumber + Math.min(mostTicks, 2 ** upkeep.failedWrites++);
  }

  private wrote(workload: ScaledWorkload, from: number, outcome: ScaleOutcome, nowSeconds: number): void {
    const { ref, uid, memory, key } = workload;
    const kind = workload.target!.kind;
    switch (outcome.kind) {
      case 'scaled': {
        memory.wrote(from, outcome.replicas);
        workload.state = { ...workload.state!, replicas: outcome.replicas };
        workload.writtenSeconds = nowSeconds;
        workload.succeeded('write');
        this.parts.onWrite?.(kind, 'ok');
        const message = describeChange(this.status(workload, nowSeconds), from, outcome.replicas);
        this.parts.events.normal(ref, uid, outcome.replicas > from ? 'ScaledOut' : 'ScaledIn', message);
        this.parts.log.info('scaled', { workload: key, from, to: outcome.replicas, why: message });
        return;
      }
      case 'unchanged':
        workload.state = { ...workload.state!, replicas: outcome.replicas };
        workload.succeeded('write');
        return;
      case 'foreign':
        // Told by the next tick, as every change that another writer made.
        workload.state = { ...workload.state!, replicas: outcome.replicas };
        workload.succeeded('write');
        this.parts.onWrite?.(kind, 'conflict');
        return;
      case 'gone':
        workload.state = undefined;
        return;
      case 'refused':
        workload.failed('write', outcome.why);
        this.parts.onWrite?.(kind, 'error');
        this.parts.events.warning(ref, uid, 'Refused', outcome.why);
        return;
    }
  }

  /** Pods of virtual nodes go first, where pods are on both. Scale in all the same where that fails: it is only money. */
  private async markGoing({ key, ref, target }: ScaledWorkload, removed: number): Promise<void> {
    if (!this.settings.markDeletionCost || !honoursDeletionCost(ref.kind)) return;
    const pods = this.parts.pods.podsOf(key);
    const errors = await markPods(this.parts.api, podsToMark(pods, target?.kind === 'hpa' ? pods.length : removed));
    for (const [pod, error] of errors) this.parts.log.warn('a pod could not be marked', { workload: key, pod, error });
  }

  private allStatuses(nowSeconds: number): WorkloadStatus[] {
    const statuses = [...this.workloads.values()].map((workload) => this.status(workload, nowSeconds));
    for (const [key, { ref, errors }] of this.wrong) statuses.push(this.wrongStatus(key, ref, errors, nowSeconds));
    return statuses;
  }

  private status(workload: ScaledWorkload, nowSeconds: number): WorkloadStatus {
    return statusOf(workload, this.parts.pods.countsOf(workload.key).ready, nowSeconds, this.times);
  }

  private wrongStatus(
    key: string,
    ref: WorkloadRef,
    errors: readonly PolicyError[],
    nowSeconds: number,
  ): WorkloadStatus {
    const condition = { type: 'Ready', status: false, reason: POLICY_ERROR, message: errorText(errors) } as const;
    return {
      ref,
      mode: 'observe',
      target: 'dry-run',
      replicas: { current: 0, ready: 0, wanted: 0, proactive: undefined, reactive: undefined, min: 0, max: 0 },
      metrics: [],
      lead: { seconds: 0, source: 'default', samples: 0 },
      model: {
        kind: 'learning',
        why: 'left alone: its annotations are wrong',
        errors: undefined,
        headroom: undefined,
        stabilizationSeconds: undefined,
        reactiveTarget: undefined,
        promiseBp: 0,
        spentBp: undefined,
      },
      reasons: [],
      conditions: [this.times.stamp(key, condition, nowSeconds)],
      decidedSeconds: nowSeconds,
      writtenSeconds: undefined,
      error: undefined,
    };
  }
}

function leadChanged(seconds: number, fittedSeconds: number): boolean {
  return Math.abs(seconds / fittedSeconds - 1) > LEAD_CHANGE;
}

/** All errors of a workload in one text: `prescale.dev/target: expected …`. */
export function errorText(errors: readonly PolicyError[]): string {
  return errors.map(({ annotation, message }) => `${annotation}: ${message}`).join('; ');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Most of its Ready pods are at their limit: the reading is less than what is asked of them. */
function isCensored(reading: DemandReading | undefined, metric: MetricRef, pods: readonly PodRecord[]): boolean {
  if (reading?.kind !== 'value' || !reading.perPod || metric.kind !== 'resource' || metric.resource === 'memory') {
    return false;
  }
  const loads = pods.flatMap(({ name, readySinceSeconds, requests }): PodLoad[] => {
    const usage = reading.perPod!.get(name);
    if (usage === undefined || readySinceSeconds === undefined) return [];
    const limit = metric.resource === 'cpu' ? requests.cpuLimitCores : requests.gpus;
    return [{ usage, capacity: limit }];
  });
  return censoring(loads).censored;
}

/** FNV-1a, 32 bits: spreads ids evenly and always the same. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** The last so many points. */
function tail({ startSeconds, stepSeconds, values }: Series, points: number): Series {
  const from = Math.max(0, values.length - points);
  return { startSeconds: startSeconds + from * stepSeconds, stepSeconds, values: values.subarray(from) };
}
