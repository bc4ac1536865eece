/* Over 350 lines: all that one metric of a workload is observed, refitted and decided by, on state that all of it shares. */
import type { BaselineRecord, MetricsRecord } from '../../actuator/guards/guard-record.ts';
import type { PlanNeed } from '../../actuator/scaler/plan.ts';
import { PodBaseline } from '../../actuator/scaler/pod-baseline.ts';
import { PredictiveScaler } from '../../actuator/scaler/scaler.ts';
import type { Bounds, ObservedPods, ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import { learnedDemand } from '../../collector/demand/censoring.ts';
import type { DemandQuery, DemandReading } from '../../collector/demand/demand-source.ts';
import type { Decision } from '../../core/decision.ts';
import { EXACT, type Measurement, sameMeasurement } from '../../core/measurement.ts';
import type { PodCoverage } from '../../core/pod-record.ts';
import { TICK_SECONDS, TICKS_PER_HOUR } from '../../core/tick.ts';
import type { MetricStatus } from '../../core/workload-status.ts';
import type { LeadTimeModel } from '../../forecaster/lead-time/neural/neural-model.ts';
import type { Refitted } from '../refits/refit.ts';
import { ForecastAccuracy } from './forecast-accuracy.ts';
import { KEPT_TICKS, ObservedHour, whyMissing } from './observed-hour.ts';
import { whyOtherLoad } from './same-load.ts';
import { sameScaling, whyForOthers } from './same-scaling.ts';

/** Above the target by so much the HPA adds pods. */
const TOLERANCE = 0.1;
/** A pod's first measurement needs two scrapes, a minute apart at most; pods without one for longer are not just new. */
const UNMEASURED_TICKS = TICKS_PER_HOUR / 30;
/** While new pods start, those that are measured are at their limit at one tick and not at the next. */
const SATURATED_TICKS = TICKS_PER_HOUR / 30;

/** What a scaler was made for. */
interface Fitted {
  readonly policy: ScalingPolicy;
  readonly leadTimeSeconds: number;
}

/** One metric of one workload, from readings to a need of pods. Knows no clock and does no I/O. */
export class MetricScaler {
  readonly query: DemandQuery;
  readonly name: string;
  readonly unit: string;
  readonly measurement: Measurement;
  /** Undefined until the first refit arrived, or `fallBack` was called. */
  scaler: PredictiveScaler | undefined;
  /** The first refit has arrived. */
  learned = false;
  /** Why there is no value now. */
  missing: string | undefined = 'not measured yet';
  censored = false;
  private uncensoredTicks = Number.POSITIVE_INFINITY;
  /** The newest observation, NaN: none. */
  observed = Number.NaN;
  /** Demand that one Ready pod serves now; undefined: not known yet. */
  private podCapacity: number | undefined;
  private fullPerPod: number | undefined;
  /** Of the newest reading. */
  private counts: PodCoverage | undefined;
  learnedDays = 0;
  period: Refitted['period'] | undefined;
  /** The newest observation that the refit in use knew, epoch seconds; undefined: none. */
  learnedSeconds: number | undefined;
  /** What the refit in use was told. */
  fitted: Fitted | undefined;
  /** No refit is asked for before this tick: the last one failed, or came too late to be used. */
  restsUntilTick = Number.NEGATIVE_INFINITY;
  /** Ticks at which a refit is next wanted, whatever else happens. */
  private refitTick = Number.NEGATIVE_INFINITY;
  readonly hour: ObservedHour;
  /** The tick at which the scaler in use began: it can't go further back. */
  private firstTick = Number.NEGATIVE_INFINITY;
  private readonly accuracy = new ForecastAccuracy();
  /** What a pod uses that serves nothing; only where the demand is the pods' own usage. */
  private readonly baseline: PodBaseline | undefined;
  /** The newest demand that was measured on all running pods, none of them at its limit; NaN: none was. */
  private whole = Number.NaN;
  /** What was expected then, and the most that was ever seen until then. */
  private expectedThen = Number.NaN;
  private mostThen = Number.NaN;
  /** Ticks up to this one at which measured pods were over their target beside pods without a measurement, and none was added. */
  private hidingTicks = 0;
  /** The newest value is the mean of the window that `measurement` states. */
  private windowFits = true;
  /** Why the last refit was not used; undefined: it was. */
  refused: string | undefined;

  /** @param measurement what an observation is of the demand. */
  constructor(query: DemandQuery, name: string, unit: string, measurement: Measurement = EXACT) {
    this.measurement = measurement;
    this.baseline = query.metric.kind === 'resource' ? new PodBaseline() : undefined;
    this.query = query;
    this.hour = new ObservedHour(query.metric);
    this.name = name;
    this.unit = unit;
  }

  /**
   * Takes the reading of a tick.
   * @param tick number of the tick since the epoch; ticks that were skipped count as no data.
   * @param usable the most that the pods of the reading can use: see mostUsable; undefined: not known
   * @returns what is to be recorded in the history
   */
  observe(tick: number, reading: DemandReading | undefined, censored: boolean, usable?: number): number {
    this.missing = whyMissing(reading);
    this.censored = censored;
    this.uncensoredTicks = censored ? 0 : this.uncensoredTicks + 1;
    const skipped = Math.min(KEPT_TICKS, tick - this.hour.tick - 1);
    if (Number.isFinite(skipped)) for (let back = skipped; back > 0; back--) this.take(tick - back, Number.NaN);
    if (reading?.kind === 'value' && this.missing === undefined)
      this.missing = this.hour.whyImplausible(tick, reading.value, this.capacity ?? 0, usable);
    this.counts = reading?.kind === 'value' ? reading.pods : undefined;
    const measured = reading?.kind === 'value' && this.missing === undefined ? reading.value : Number.NaN;
    this.baseline?.observe(measured, reading?.kind === 'value' ? (reading.pods?.counted ?? 0) : 0);
    const value = learnedDemand(measured, censored || this.partlyMeasured, this.expected(censored));
    if (measured > 0 && !censored && !this.partlyMeasured) {
      this.whole = measured;
      this.expectedThen = this.scaler?.forecast?.median ?? Number.NaN;
      this.mostThen = this.scaler?.largestSeen ?? Number.NaN;
    }
    if (reading?.kind === 'value') this.measuredOver(reading.windowSeconds === undefined);
    this.take(tick, value);
    this.hidingTicks = this.mayHide(measured) ? this.hidingTicks + 1 : 0;
    return value;
  }

  /** What idle pods use, as it is stored; undefined: it is not known. */
  get baselineRecord(): BaselineRecord | undefined {
    const perPod = this.baseline?.told;
    return perPod?.length ? { metric: this.hour.metric, perPod: [...perPod] } : undefined;
  }

  /** Goes on with what another process knew of this metric. */
  restore({ doubts = [], baselines = [] }: MetricsRecord, nowSeconds: number): void {
    this.hour.restore(doubts, nowSeconds);
    this.baseline?.restore(baselines.find(({ metric }) => metric === this.hour.metric)?.perPod ?? []);
  }

  /** Its pods were at their limit within the last two minutes, so that the demand may be more than can be seen. */
  get saturated(): boolean {
    return this.uncensoredTicks < SATURATED_TICKS;
  }

  /** The measured pods are over their target, and what the others use is not known. */
  private mayHide(measured: number): boolean {
    const { counts, capacity } = this;
    if (counts === undefined || capacity === undefined || counts.unmeasured === 0) return false;
    return measured > (1 + TOLERANCE) * capacity * counts.counted;
  }

  /**
   * The load may be more than can be seen, for two minutes now: those pods that are measured are over their target, and the rule takes
   * the others for idle, as the HPA does. How many are measured; undefined: it is not so.
   */
  get hiding(): PodCoverage | undefined {
    return this.hidingTicks >= UNMEASURED_TICKS ? this.counts : undefined;
  }

  /**
   * At least what is taken for the demand where the measurement is a lower bound. A forecast that learns from itself rises without end, so
   * of pods that nobody measured it is no more than was measured when all were; at the pods' limit no more than was expected before they
   * came to it, or, where a period is known, no less than that and no more than was ever seen until then.
   */
  private expected(censored: boolean): number {
    const median = this.scaler?.forecast?.median ?? Number.NaN;
    if (!censored) return Math.min(median, this.whole);
    if (Number.isNaN(this.expectedThen)) this.expectedThen = median;
    if (Number.isNaN(this.mostThen)) this.mostThen = this.scaler?.largestSeen ?? Number.NaN;
    return this.period?.found
      ? Math.min(Math.max(median, this.expectedThen), this.mostThen)
      : Math.min(median, this.expectedThen);
  }

  /**
   * What one Ready pod serves from now on, whatever was fitted. @param capacity undefined: not known, so what was fitted stands; a text:
   * why it is no number: then nothing is decided. @param fullPerPod see PodCoverage
   */
  serve(capacity: number | string | undefined, fullPerPod?: number): void {
    this.fullPerPod = fullPerPod;
    if (typeof capacity === 'string') this.missing ??= capacity;
    else this.podCapacity = capacity ?? this.podCapacity ?? this.fitted?.policy.podCapacity;
    if (this.podCapacity !== undefined) this.scaler?.serve(this.podCapacity);
  }

  /** It has seen a tick. */
  get began(): boolean {
    return Number.isFinite(this.hour.beganTick);
  }

  /** Undefined: nothing is learned yet, or there is no observation. */
  decide(pods: ObservedPods, bounds: Bounds): Decision | undefined {
    if (!this.scaler || !this.judged) return undefined;
    const { counts, fullPerPod } = this;
    const measured = counts && { ...counts, ...(fullPerPod !== undefined && { fullPerPod }) };
    const observed = { ...pods, baseline: this.baseline && (this.baseline.perPod ?? ('unknown' as const)) };
    const decision = this.scaler.decide(measured ? { ...observed, measured } : observed, bounds);
    // Pods that are being added are not measured at first, and nothing is held for them.
    if (decision.replicas > pods.total) this.hidingTicks = 0;
    return decision;
  }

  /** The newest value stands still for longer than values of this load do. */
  get frozen(): boolean {
    return this.hour.frozen;
  }

  /** Some running pods have no measurement, so that the load is more than is seen; the reactive rule reckons with that itself. */
  get partlyMeasured(): boolean {
    const { counts, scaler } = this;
    return (counts?.unmeasured ?? 0) > 0 && scaler?.mode.kind === 'predictive';
  }

  /** There is an observation, and what it means in pods is known. */
  private get judged(): boolean {
    return this.missing === undefined && !Number.isNaN(this.observed);
  }

  /** Pods' worth of the observed demand, a fraction; NaN: no observation. */
  get demandPods(): number {
    return this.judged ? this.observed / (this.capacity ?? Number.NaN) : Number.NaN;
  }

  private get capacity(): number | undefined {
    return this.fitted && (this.podCapacity ?? this.fitted.policy.podCapacity);
  }

  /** What the last decision came to; undefined: there was none. */
  private get need(): PlanNeed | undefined {
    return this.judged ? this.scaler?.need : undefined;
  }

  /** Pods that the observed load alone needs, as the last decision found it. */
  get reactivePods(): number | undefined {
    return this.need?.reactive;
  }

  /** Pods that the forecast with its margin asks for, as the last decision found it. */
  get proactivePods(): number | undefined {
    return this.need?.proactive;
  }

  /** Weighted absolute error of the last day's forecasts of the lead time; undefined: none was settled. */
  get wape(): number | undefined {
    return this.accuracy.wape;
  }

  /** Why a refit is wanted at this tick; undefined: none is. */
  refitWanted(tick: number): 'first' | 'calibration' | 'routine' | undefined {
    if (!this.scaler || !this.learned) return 'first';
    if (this.scaler.calibrationDue) return 'calibration';
    return tick >= this.refitTick ? 'routine' : undefined;
  }

  /** A refit is wanted at this tick at the latest. */
  refitBy(tick: number): void {
    this.refitTick = Math.min(this.refitTick, tick);
  }

  /** Until the first refit arrives, the observed load with the default headroom decides. */
  fallBack(policy: ScalingPolicy, leadTimeSeconds: number): void {
    this.scaler = PredictiveScaler.reactiveOnly(policy, leadTimeSeconds);
    this.measuredOver(this.windowFits);
    this.fitted = { policy, leadTimeSeconds };
    this.firstTick = this.hour.tick + 1;
  }

  /** Whether a refit is older than what was observed here: then `adopt` must be told what came since. */
  lacksPast({ untilSeconds }: Refitted): boolean {
    const until = untilSeconds / TICK_SECONDS;
    return until + 1 < this.hour.firstTick;
  }

  /**
   * @param policy what the object asks for now: what the refit was made for is only compared with it.
   * @param refitTick when the next one is wanted.
   * @param past observations by tick, NaN where there is none, for ticks that were not observed here.
   * @param neural looked up by the calibration's name for it.
   * @returns whether it could be used; without the past, one that is too old can't, and one that was made for another policy never can.
   */
  adopt(
    refitted: Refitted,
    policy: ScalingPolicy,
    refitTick: number,
    past?: (tick: number) => number,
    neural?: (id: string | undefined) => LeadTimeModel | undefined,
  ): boolean {
    const until = refitted.untilSeconds / TICK_SECONDS;
    const ago = Number.isFinite(until) ? this.hour.tick - until : 0;
    if ((ago > KEPT_TICKS && !past) || ago < 0) return false;
    this.refused = whyForOthers(refitted, policy) ?? whyOtherLoad(this.hour, refitted.state.learner.signal, until);
    if (this.refused !== undefined) return false;
    const { scaler, fitted } = this;
    const since = this.since(ago, past);
    const goesOn = this.hour.tick - ago >= this.firstTick && fitted !== undefined;
    const { learner, calibration } = refitted.state;
    const named = neural?.(calibration.mode.kind === 'predictive' ? calibration.mode.neural : undefined);
    if (scaler && this.learned && goesOn && sameScaling(fitted.policy, policy))
      scaler.adopt(learner, refitted.calibrated ? calibration : undefined, since, named);
    else {
      this.scaler = PredictiveScaler.resume(policy, refitted.state, named);
      if (scaler) this.scaler.replace(scaler);
      const isSame = sameMeasurement(fitted?.policy.measurement, policy.measurement);
      if (scaler && isSame) this.scaler.keepNoise(scaler);
      this.measuredOver(this.windowFits);
      this.firstTick = this.hour.tick - ago;
      for (const observed of since) this.scaler.observe(observed);
    }
    this.accuracy.leadTimeIs(this.scaler!.leadTimeTicks);
    this.fitted = { policy, leadTimeSeconds: learner.leadTimeSeconds };
    this.learned = true;
    this.learnedDays = refitted.learnedDays;
    this.period = refitted.period;
    this.learnedSeconds = Number.isFinite(refitted.untilSeconds) ? refitted.untilSeconds : undefined;
    this.refitTick = refitTick;
    return true;
  }

  status(): MetricStatus {
    // Until something was learned there is no forecast, though the load is followed.
    const forecast = Number.isNaN(this.observed) || !this.learned ? undefined : this.scaler?.forecast;
    const active = forecast && this.scaler?.activeForecast;
    const { need } = this;
    const peak = forecast && active ? active.peakPlusFloor - forecast.floor : undefined;
    return {
      name: this.name,
      unit: this.unit,
      load: Number.isNaN(this.observed) ? undefined : this.observed,
      demandEstimate: forecast?.estimate,
      forecastMedian: forecast?.median,
      forecastUpper: forecast?.upper,
      ...(this.accuracy.forNow && { forecastForNow: this.accuracy.forNow }),
      expectedPeak: peak,
      expectedError: active ? active.peakPlusFloor * active.relativeError : undefined,
      podCapacity: this.capacity,
      need: need && { forecast: need.forecast, floor: need.floor, pods: need.pods },
      censored: this.censored,
      missing: this.missing,
      pods: this.counts,
      learnedDays: this.learnedDays,
      learnedSeconds: this.learnedSeconds,
      wape: this.wape,
    };
  }

  private measuredOver(windowFits: boolean): void {
    this.windowFits = windowFits;
    if (this.scaler) this.scaler.windowFits = windowFits;
  }

  private take(tick: number, value: number): void {
    this.hour.push(tick, value);
    this.observed = value;
    this.scaler?.observe(value);
    const forecast = this.scaler?.forecast;
    // Before anything is learned it is none that is shown.
    const made = forecast && { median: forecast.median, upper: this.learned ? forecast.upper : Number.NaN };
    this.accuracy.record(tick, value, made, this.scaler?.leadTimeTicks ?? 0);
  }

  /** The last `ago` observations, oldest first. */
  private since(ago: number, past: ((tick: number) => number) | undefined): Float32Array {
    const known = this.hour.firstTick;
    return Float32Array.from({ length: ago }, (_, i) => {
      const tick = this.hour.tick - ago + 1 + i;
      return tick < known && past ? past(tick) : this.hour.at(tick);
    });
  }
}
