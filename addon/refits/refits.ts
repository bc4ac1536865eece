import type { ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import { chunks } from '../../core/concurrency/chunks.ts';
import { hashOf, shareOf } from '../../core/hash.ts';
import { MINUTE_SECONDS } from '../../core/series.ts';
import { specOf } from '../../core/startup.ts';
import { TICK_SECONDS, TICKS_PER_HOUR } from '../../core/tick.ts';
import type { FailedJob } from '../../storage/job-queue.ts';
import type { EngineParts, EngineSettings, WorkloadRegistry } from '../engine/engine-parts.ts';
import type { MetricScaler } from '../engine/metric-scaler.ts';
import { sameScaling } from '../engine/same-scaling.ts';
import type { ScaledWorkload } from '../engine/scaled-workload.ts';
import { holidayDaysOf } from './holiday-book.ts';
import { LeadTimes, leadTimeChanged } from './lead-times.ts';
import { pastOf, rememberHistory } from './recorded-past.ts';
import type { RefitJob } from './refit-job.ts';

/** Whose history takes longer than half a minute is carried by the reactive path meanwhile. */
const CARRY_TICKS = 2;
/** Failed jobs and lead times are looked at each minute. */
const EACH_MINUTE_TICKS = 4;
/** A refit that failed for good is asked for again after ten minutes, one that came too late after one. */
const REFIT_AGAIN_TICKS = 40;
const REFIT_SOON_TICKS = 4;
/** A tick does not wait for thousands of forecasts that are there after a start. */
const ADOPTED_AT_TICK = 500;
const ADOPTED_AT_ONCE = 25;
/** With less behind it, a forecast from before this process is used until a newer one comes. */
const LEAST_EARLIER_DAYS = 1;
/** Half an hour: asking the queue twice does no harm. */
const MOST_WAIT_TICKS = 120;

/** Why a refit is asked for. */
type Why = 'first' | 'calibration' | 'routine';

/** Who has no forecast comes first, then who was forecast worst: places 1…1,001 by the weighted absolute error. */
const WORST_PLACE = 1;
const PLACES = 1_000;
/** Where the queue repeats jobs by itself, a routine refit is asked for only when it does not come. */
const OVERDUE = 1.2;

/** Refits: when one is wanted and for which lead time, what comes of it, and what decides until it comes. */
export class Refits {
  private readonly parts: EngineParts;
  private readonly settings: EngineSettings;
  private readonly registry: WorkloadRegistry;
  private readonly leadTimes: LeadTimes;
  /** Asked for at this tick, by query id. */
  private readonly awaited = new Map<string, number>();
  private adopting: Promise<void> | undefined;
  /** Metrics whose refit failed for good, as their workload was told: once, until one succeeds. */
  private readonly toldFailed = new Set<string>();

  constructor(parts: EngineParts, settings: EngineSettings, registry: WorkloadRegistry) {
    this.parts = parts;
    this.settings = settings;
    this.registry = registry;
    this.leadTimes = new LeadTimes(parts.startups);
  }

  /** Whether somebody waits for this metric's refit: a late one of a workload that is gone would be kept for nobody. */
  awaits(id: string): boolean {
    return this.awaited.has(id);
  }

  /** We lead from now on: what was waited for may never have been asked of the queue. */
  askAgain(): void {
    this.awaited.clear();
  }

  /** What the queue repeats by itself was lost, of all or of these: it is asked for within an hour, and with that repeated again. */
  askWithinHour(ids?: ReadonlySet<string>): void {
    for (const { metrics } of this.registry.workloads.values()) {
      for (const metric of metrics) {
        if (ids?.has(metric.query.id) === false) continue;
        metric.refitBy(this.registry.tickNumber + Math.floor(shareOf(metric.query.id) * TICKS_PER_HOUR));
      }
    }
  }

  /** Nobody waits for this metric's refit any more. */
  forget(id: string): void {
    this.awaited.delete(id);
    this.toldFailed.delete(id);
  }

  /** What a tick has to do about refits. */
  async look(nowSeconds: number): Promise<void> {
    await this.ask(nowSeconds);
    // A store or a queue that can't be reached keeps nobody from deciding on what is known.
    await this.tolerating('published forecasts', async () => void (await this.adoptSome(nowSeconds, ADOPTED_AT_TICK)));
    await this.tolerating('refits that failed', () => this.lookAtFailed(nowSeconds));
    this.carryWaiting(nowSeconds);
  }

  private async ask(nowSeconds: number): Promise<void> {
    for (const workload of this.registry.workloads.values()) {
      if (this.registry.progress.get(workload.key)?.isReady) {
        await this.registry.alone(workload, () => this.askOf(workload, nowSeconds));
      }
    }
  }

  async askOf(workload: ScaledWorkload, nowSeconds: number): Promise<void> {
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
      if (metric.restsUntilTick > this.registry.tickNumber || Number.isNaN(metric.observed)) continue;
      const why = this.refitReason(workload, metric, policy, nowSeconds);
      if (!why) continue;
      // One that was published before this process began serves as well.
      if (!metric.learned && (await this.adoptEarlier(workload, metric, policy, nowSeconds))) continue;
      const series = await this.parts.history.read(id);
      if (this.registry.workloads.get(workload.key) !== workload) return;
      this.leadTimes.updateBatch(workload, series, policy.podCapacity, nowSeconds);
      this.leadTimes.update(workload, nowSeconds);
      const holidayDays = await holidayDaysOf(workload, this.parts.holidays, nowSeconds);
      const job = { ...this.refitJob(workload, metric, policy, why, nowSeconds), ...(holidayDays && { holidayDays }) };
      this.awaited.set(id, this.registry.tickNumber);
      await this.submit(metric, job, why);
    }
  }

  private async submit({ query, wape = 1 }: MetricScaler, job: RefitJob, why: Why): Promise<void> {
    const { queue } = this.parts;
    const priority = WORST_PLACE + Math.round(PLACES * (1 - Math.min(1, wape)));
    await queue.submit(query.id, job, why === 'first' ? 0 : priority);
    const routine = { ...job, aimBp: undefined };
    await queue.repeat?.(query.id, routine, priority, this.settings.refitTicks * TICK_SECONDS);
  }

  private async adoptEarlier(
    workload: ScaledWorkload,
    metric: MetricScaler,
    policy: RefitJob['policy'],
    nowSeconds: number,
  ): Promise<boolean> {
    await this.adopt(workload, metric, nowSeconds);
    // Of a young history there is more by now than it knew.
    if (!metric.learned || metric.learnedDays < LEAST_EARLIER_DAYS) return false;
    return metric.fitted !== undefined && sameScaling(metric.fitted.policy, policy);
  }

  /** Takes over what is published, so many at most. @returns how many were looked at */
  private async adoptSome(nowSeconds: number, most: number): Promise<number> {
    const news = await this.parts.forecasts.news();
    if (news.size === 0) return 0;
    const due: [ScaledWorkload, MetricScaler][] = [];
    for (const workload of this.registry.workloads.values()) {
      for (const metric of workload.metrics) {
        // One that came in during this tick: at the next one.
        if (!news.has(metric.query.id) || !metric.began || due.length >= most) continue;
        // What is asked for can't be told yet, so that it can't be told either whether it is what this was made for.
        if (typeof this.policyOf(workload, metric) !== 'string') due.push([workload, metric]);
      }
    }
    for (const some of chunks(due, ADOPTED_AT_ONCE)) {
      await Promise.all(
        some.map(([workload, metric]) => this.registry.alone(workload, () => this.adopt(workload, metric, nowSeconds))),
      );
    }
    return due.length;
  }

  /** What a tick left of the published forecasts is taken over after it: thousands, after a start. */
  adoptRest(nowSeconds: number): void {
    const untilDone = async () => {
      while ((await this.adoptSome(nowSeconds, ADOPTED_AT_ONCE)) === ADOPTED_AT_ONCE);
    };
    this.adopting ??= this.tolerating('published forecasts', untilDone).finally(() => {
      this.adopting = undefined;
    });
  }

  private async tolerating(what: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.parts.log.warn(`${what} could not be read`, { error });
    }
  }

  private async adopt(workload: ScaledWorkload, metric: MetricScaler, nowSeconds: number): Promise<void> {
    const { id } = metric.query;
    // It came in during this tick: at the next one.
    if (!metric.began) return;
    const policy = this.policyOf(workload, metric);
    if (typeof policy === 'string') return;
    const published = await this.parts.forecasts.take(id, nowSeconds);
    if (!published) return;
    this.awaited.delete(id);
    const isFirst = !metric.learned;
    // Also where it throws, or can't be used: not at each tick.
    metric.restsUntilTick = this.registry.tickNumber + REFIT_SOON_TICKS;
    const past = metric.lacksPast(published.payload)
      ? await pastOf(this.parts.history, metric, published.untilSeconds)
      : undefined;
    const { neuralModels } = this.parts;
    const otherLead = this.leadTimes.whyOther(workload, published.payload, nowSeconds);
    if (otherLead !== undefined) return workload.failed('refit', otherLead);
    if (!metric.adopt(published.payload, policy, this.nextRefit(id), past, (named) => neuralModels.get(named))) {
      if (metric.refused !== undefined) workload.failed('refit', metric.refused);
      return;
    }
    metric.restsUntilTick = Number.NEGATIVE_INFINITY;
    this.toldFailed.delete(id);
    workload.succeeded('refit');
    if (isFirst) await rememberHistory(this.parts.history, workload, metric, nowSeconds);
  }

  /** What the object asks for now. @returns words where it can't be told */
  private policyOf(workload: ScaledWorkload, metric: MetricScaler): ScalingPolicy | string {
    const pods = this.parts.pods.podsOf(workload.key);
    return workload.scalingPolicy(workload.metrics.indexOf(metric), pods, this.settings.maxReplicas);
  }

  /** Refits that failed are said, and asked for again later; a queue that lost a job is asked at once, or at last. */
  private async lookAtFailed(nowSeconds: number): Promise<void> {
    if (this.registry.tickNumber % EACH_MINUTE_TICKS !== 0) return;
    // What the queue repeats by itself may fail without having been asked for here.
    if (this.awaited.size === 0 && !this.parts.queue.repeat) return;
    const failed = new Map((await this.parts.queue.failed()).map((job) => [job.id, job]));
    const lost = (await this.parts.queue.depth()) === 0;
    for (const workload of this.registry.workloads.values()) {
      for (const [index, metric] of workload.metrics.entries()) {
        const { id } = metric.query;
        const job = failed.get(id);
        if (job) this.tellFailed(workload, metric, job);
        const askedTick = this.awaited.get(id);
        const waited = askedTick === undefined ? 0 : this.registry.tickNumber - askedTick;
        if (askedTick === undefined || !(job || waited > (lost ? EACH_MINUTE_TICKS : MOST_WAIT_TICKS))) continue;
        this.awaited.delete(id);
        if (job) this.restAfter(job, workload, index, nowSeconds);
      }
    }
  }

  /** Its refit failed for good: the next one is asked for later, and until then the load decides where nothing else does. */
  private restAfter(job: FailedJob, workload: ScaledWorkload, index: number, nowSeconds: number): void {
    const metric = workload.metrics[index]!;
    metric.restsUntilTick = this.registry.tickNumber + REFIT_AGAIN_TICKS;
    const minutes = (REFIT_AGAIN_TICKS * TICK_SECONDS) / MINUTE_SECONDS;
    workload.failed('refit', `a refit failed ${job.attempts} times, tried again in ${minutes} min: ${job.error}`);
    if (!metric.scaler) this.fallBack(workload, index, metric, nowSeconds);
  }

  private tellFailed({ ref, uid }: ScaledWorkload, { query, name, learned }: MetricScaler, job: FailedJob): void {
    if (!this.parts.isLeader() || this.toldFailed.has(query.id)) return;
    this.toldFailed.add(query.id);
    const meanwhile = learned ? 'the forecast in use goes on until it expires' : 'the observed load alone decides';
    const note = `${name}: no new forecast, its refit failed ${job.attempts} times: ${job.error}; ${meanwhile}`;
    this.parts.events.warning(ref, uid, 'RefitFailed', note);
  }

  /** Who waits for its history longer than that is decided by what is observed alone. */
  private carryWaiting(nowSeconds: number): void {
    for (const workload of this.registry.workloads.values()) {
      const { reachedTick } = this.registry.progress.get(workload.key)!;
      if (reachedTick === undefined || this.registry.tickNumber - reachedTick < CARRY_TICKS) continue;
      for (const [index, metric] of workload.metrics.entries()) {
        if (!metric.scaler) this.fallBack(workload, index, metric, nowSeconds);
      }
    }
  }

  private fallBack(workload: ScaledWorkload, index: number, metric: MetricScaler, nowSeconds: number): void {
    const policy = workload.scalingPolicy(index, this.parts.pods.podsOf(workload.key), this.settings.maxReplicas);
    if (typeof policy === 'string') return;
    this.leadTimes.update(workload, nowSeconds);
    metric.fallBack(policy, workload.leadTime.seconds);
    workload.carried = true;
  }

  /** Spread over the hours by the id, so that 1,000 workloads that came at once don't go on at once. */
  private nextRefit(id: string): number {
    const { refitTicks } = this.settings;
    if (this.parts.queue.repeat) return this.registry.tickNumber + Math.floor(refitTicks * OVERDUE);
    return this.registry.tickNumber + Math.floor(refitTicks * (0.75 + 0.25 * shareOf(id)));
  }

  private refitJob(
    workload: ScaledWorkload,
    metric: MetricScaler,
    policy: RefitJob['policy'],
    why: Why,
    nowSeconds: number,
  ): RefitJob {
    const { latency } = this.parts.startups.latency({ workload: workload.key, batch: workload.batch, nowSeconds });
    const changed = metric.fitted && leadTimeChanged(workload.leadTime.seconds, metric.fitted.leadTimeSeconds);
    return {
      policy,
      startup: specOf(latency),
      leadTimeSeconds: workload.leadTime.seconds,
      seed: hashOf(metric.query.id),
      aimBp: why === 'first' ? 'fresh' : why === 'calibration' || changed ? metric.scaler!.aimBp : undefined,
      aheadTicks: this.settings.refitTicks + TICKS_PER_HOUR,
    };
  }

  private refitReason(
    workload: ScaledWorkload,
    metric: MetricScaler,
    policy: RefitJob['policy'],
    nowSeconds: number,
  ): Why | undefined {
    const { fitted } = metric;
    if (fitted && !sameScaling(fitted.policy, policy)) return 'first';
    const wanted = metric.refitWanted(this.registry.tickNumber);
    const turn = Math.floor(shareOf(metric.query.id) * EACH_MINUTE_TICKS);
    if (wanted || !fitted || this.registry.tickNumber % EACH_MINUTE_TICKS !== turn) return wanted;
    this.leadTimes.update(workload, nowSeconds);
    return leadTimeChanged(workload.leadTime.seconds, fitted.leadTimeSeconds) ? 'calibration' : undefined;
  }
}
