/* Over 350 lines: one seam, from an observation to a decision; what can be computed apart stands beside it. */
import type { Decision, PlanReason } from '../../core/decision.ts';
import { EXACT, middleTicksOf, windowTicksOf } from '../../core/measurement.ts';
import { podsFor } from '../../core/pods.ts';
import type { StartupLatency } from '../../core/startup.ts';
import { TICKS_PER_DAY } from '../../core/tick.ts';
import type { LeadTimeForecast, PeakForecast } from '../../forecaster/lead-time/lead-time-forecast.ts';
import { LeadTimeLearner } from '../../forecaster/lead-time/learner.ts';
import type { LearnerState } from '../../forecaster/lead-time/learner-state.ts';
import type { LearnerClock } from '../../forecaster/lead-time/like-days.ts';
import type { LeadTimeModel } from '../../forecaster/lead-time/neural/neural-model.ts';
import { memoryFor } from '../../forecaster/lead-time/past-days.ts';
import { type Calibration, calibrate, LONGEST_WINDOW, type ScalingMode } from './calibrate.ts';
import { isCalibrationDue } from './calibration-due.ts';
import { type BudgetState, ErrorBudget } from './error-budget.ts';
import { expectedShortage } from './expected-shortage.ts';
import { KEPT_TICKS, type Margins, MOST_OVER_SEEN, NEED_TICKS, type PlanNeed, PodPlan } from './plan.ts';
import type { PlanMoment } from './plan-inputs.ts';
import { usageJudged, workFactor } from './pod-baseline.ts';
import { type BacktestHistory, drawLatencies, PolicyBacktest } from './policy-backtest.ts';
import { ReactiveRule } from './reactive.ts';
import type { Bounds, ObservedPods, ScalingPolicy } from './scaling-policy.ts';

/** The lead time is this quantile of the start-up latency. */
export const LEAD_TIME_QUANTILE = 0.9;
const BACKTESTED_DAYS = 7;
/** The first two days of a model don't decide, of a young one the first third: it had hardly learned. */
const WARM_UP_DAYS = 2;
const WARM_UP_SHARE = 1 / 3;
/** With less to backtest, the margins are the default ones. */
const LEAST_BACKTESTED_DAYS = 1;
/** The upper quantile of a forecast, over the largest demand ever seen. */
const MOST_UPPER = 2;
const DEFAULT_SAFETY_MULTIPLIER = 3;
/** Default headroom: 2 % × √(lead in seconds), 13 % for 45 s, 29 % for 210 s. */
const DEFAULT_HEADROOM = 0.02;
/** Five minutes, as the HPA. */
const DEFAULT_STABILIZATION_TICKS = KEPT_TICKS;
/** A workload that scales by the reactive rule alone fills its pods to the target it asked for, as an HPA would. */
const WHOLE_TARGET = 1;

/** What a scaler goes on from elsewhere: plain data, to be stored or sent. */
export interface ScalerState {
  readonly learner: LearnerState;
  readonly calibration: Calibration;
  /** Ticks since it was last tried; Infinity: never. */
  readonly sinceCalibration: number;
  readonly budget: BudgetState;
  readonly mostSeen: number;
}

/**
 * One workload's way from observations to decisions, a tick at a time: learn, forecast, calibrate now and then, plan,
 * bound. Live and replay both call it; it reads no clock (one call is one tick of 15 s) and does no I/O.
 *
 * With the days before in memory (replay, the refit of a live workload) it calibrates itself. Live it goes on from the
 * state of such a one, in 23 kB, and somebody else must refit in time: see `refitDue`.
 */
export class PredictiveScaler {
  calibration: Calibration;

  private readonly policy: ScalingPolicy;
  /** Demand that one Ready pod serves now: the policy's, until `serve`. */
  private podCapacity: number;
  private learner: LeadTimeLearner;
  /** With the days before in memory: draws start-up latencies for the policy backtest, the same each time. */
  private readonly latencies: (() => Float64Array) | undefined;
  /** Asked beside the workload's own regression; undefined: there is none. */
  private neural: LeadTimeModel | undefined;
  private readonly plan: PodPlan;
  private readonly reactive: ReactiveRule;
  private readonly budget: ErrorBudget;
  private readonly defaults: Margins;
  /** See `windowFits`. */
  private fits = true;
  /** Pods that were Ready at the last decision; undefined before the first one. */
  private served: number | undefined;
  private bounds: Bounds;
  private hasAllForecasts = true;
  /** See middleTicksOf. */
  private readonly lagTicks: number;
  /** The forecast of the mode in force at this tick, once it was asked for. */
  private active: PeakForecast | undefined;
  private sinceCalibration = Number.POSITIVE_INFINITY;
  /** What the last decision came to; undefined before it, and without an observation. */
  need: PlanNeed | undefined;

  /**
   * Begins with nothing learned and keeps the days before.
   * @param seed of the latencies drawn for the policy backtest.
   * @param leadTimeSeconds to be ahead by, by default the p90 of the start-up latency.
   * @param ticks that will be observed, where that is known: no more room is taken.
   * @param neural that is backtested beside the workload's own regression.
   * @param clock by which the days before fold; by default UTC, without holidays.
   */
  static beginning(
    policy: ScalingPolicy,
    startup: StartupLatency,
    seed: number,
    leadTimeSeconds = startup.quantile(LEAD_TIME_QUANTILE),
    ticks?: number,
    neural?: LeadTimeModel,
    clock?: LearnerClock,
  ): PredictiveScaler {
    const days = ticks === undefined ? undefined : memoryFor(ticks);
    const { podCapacity, measurement } = policy;
    const learner = new LeadTimeLearner(leadTimeSeconds, podCapacity, undefined, days, neural, measurement, clock);
    return new PredictiveScaler(policy, learner, () => drawLatencies(startup, seed), neural);
  }

  /**
   * Goes on from the state of one that keeps the days before.
   * @param neural model that is at hand here; where it is not the one of the calibration, what holds without it decides.
   */
  static resume(policy: ScalingPolicy, state: ScalerState, neural?: LeadTimeModel): PredictiveScaler {
    const { learner, calibration, sinceCalibration, budget, mostSeen } = state;
    const { leadTimeSeconds, podCapacity } = learner;
    const resumed = new LeadTimeLearner(leadTimeSeconds, podCapacity, learner, undefined, neural, policy.measurement);
    const used = ErrorBudget.resume(policy.unmetTargetBp, budget);
    const scaler = new PredictiveScaler(policy, resumed, undefined, neural, used);
    scaler.plan.see(mostSeen);
    scaler.plan.recall(resumed.signal.recent(NEED_TICKS));
    scaler.goOnWith(calibration, sinceCalibration);
    return scaler;
  }

  /** Has learned nothing and never will: the reactive floor decides alone, until one that has learned takes its place. */
  static reactiveOnly(policy: ScalingPolicy, leadTimeSeconds: number): PredictiveScaler {
    const learner = new LeadTimeLearner(leadTimeSeconds, policy.podCapacity, undefined, memoryFor(0));
    const { podCapacity, measurement } = policy;
    const short = new LeadTimeLearner(
      leadTimeSeconds,
      podCapacity,
      learner.state(0),
      undefined,
      undefined,
      measurement,
    );
    const scaler = new PredictiveScaler(policy, short, undefined, undefined);
    scaler.sinceCalibration = 0;
    return scaler;
  }

  private constructor(
    policy: ScalingPolicy,
    learner: LeadTimeLearner,
    latencies: (() => Float64Array) | undefined,
    neural: LeadTimeModel | undefined,
    budget = new ErrorBudget(policy.unmetTargetBp),
  ) {
    this.neural = neural;
    this.policy = policy;
    const measurement = policy.measurement ?? EXACT;
    this.lagTicks = middleTicksOf(measurement);
    this.podCapacity = policy.podCapacity;
    this.bounds = policy;
    this.learner = learner;
    this.latencies = latencies;
    const most = Math.max(LONGEST_WINDOW, policy.leastStabilizationTicks ?? 0);
    const { signal, leadTimeTicks } = learner;
    this.plan = new PodPlan(policy.podCapacity, signal.floor, leadTimeTicks, most, windowTicksOf(measurement));
    this.reactive = new ReactiveRule(policy.podCapacity, policy.leastStabilizationTicks);
    this.budget = budget;
    this.defaults = {
      safetyMultiplier: DEFAULT_SAFETY_MULTIPLIER,
      headroom: DEFAULT_HEADROOM * Math.sqrt(learner.leadTimeSeconds),
      keepMultiplier: DEFAULT_SAFETY_MULTIPLIER,
      stabilizationTicks: DEFAULT_STABILIZATION_TICKS,
    };
    this.calibration = {
      mode: { kind: 'reactive', target: policy.youngTarget ?? WHOLE_TARGET },
      unmetBp: Number.NaN,
      costRatio: Number.NaN,
      aimBp: Number.NaN,
      keepsSlo: true,
      why: `the HPA's rule until there is ${LEAST_BACKTESTED_DAYS} day to calibrate on`,
    };
  }

  /** The newest forecast; undefined before the first observation. */
  get forecast(): LeadTimeForecast | undefined {
    const { forecast } = this.learner;
    if (!forecast) return undefined;
    // A regression knows of no more than was ever seen, however wild its errors were.
    const { largestSeen } = this;
    const median = Math.min(forecast.median, MOST_OVER_SEEN * largestSeen);
    return { ...forecast, median, upper: Math.min(forecast.upper, MOST_UPPER * largestSeen) };
  }

  /** The margins are those of a backtest; false: there was too little history for one. */
  get calibrated(): boolean {
    return !Number.isNaN(this.calibration.costRatio);
  }

  /** The mode in force: where the neural model of the calibration is not at hand, what holds without it. */
  get mode(): ScalingMode {
    const { mode, withoutNeural } = this.calibration;
    const strange = mode.kind === 'predictive' && mode.neural !== undefined && mode.neural !== this.neural?.id;
    return strange ? (withoutNeural ?? mode) : mode;
  }

  /** The expected peak and its error of the mode in force: the regression's, or the neural model's. */
  get activeForecast(): PeakForecast | undefined {
    // The neural model is asked once a tick.
    this.active ??= this.askActive();
    return this.active;
  }

  private askActive(): PeakForecast | undefined {
    const { mode, learner } = this;
    const { forecast } = learner;
    const asks = mode.kind === 'predictive' && mode.neural !== undefined;
    const neural = asks ? learner.neuralForecast : undefined;
    return neural && forecast ? { keepPeakPlusFloor: forecast.keepPeakPlusFloor, ...neural } : forecast;
  }

  /** Ticks ahead of which `forecast.median` and `forecast.upper` look: start-up p90 and the tick until the next decision. */
  get leadTimeTicks(): number {
    return this.learner.leadTimeTicks;
  }

  /** The largest demand that was ever observed. */
  get largestSeen(): number {
    return this.plan.largestSeen;
  }

  /** Takes the place of another one: what was needed lately stays, whoever saw it. */
  replace(before: PredictiveScaler): void {
    this.plan.goOnFrom(before.plan);
    this.reactive.goOnFrom(before.reactive);
  }

  /** Demand that was left unmet lately, basis points; undefined: too little was observed, see ErrorBudget. */
  get unmetBp(): number | undefined {
    return this.budget.measuredBp();
  }

  /** Ticks for which the days before are still known; at 0 the reactive floor alone decides. */
  get ticksLeft(): number {
    return this.learner.ticksLeft;
  }

  /** The margins in use are to be looked at again. */
  get calibrationDue(): boolean {
    return isCalibrationDue(this.calibration, this.sinceCalibration, this.budget);
  }

  /** Demand that one Ready pod serves from now on. What was learned stays: it is in units of demand. */
  serve(podCapacity: number): void {
    this.podCapacity = podCapacity;
    this.plan.podCapacity = podCapacity;
    this.reactive.podCapacity = podCapacity;
  }

  /** Whether the observations to come are means of the window that the policy's measurement states: what is not can't be undone. */
  set windowFits(fits: boolean) {
    this.fits = fits;
    this.learner.signal.windowFits = fits;
  }

  /** What the next calibration may leave unmet, basis points. */
  get aimBp(): number {
    return this.budget.aimBp();
  }

  /**
   * Takes one tick's observation: how the history is read in. NaN: no data.
   * @param wanted false: no forecast is asked for, which is faster; such a history can't be backtested.
   */
  observe(observed: number, wanted = true): void {
    const { signal } = this.learner;
    this.learner.observe(observed, wanted);
    this.active = undefined;
    if (!wanted) this.hasAllForecasts = false;
    this.sinceCalibration++;
    const { estimate, estimateError, load } = signal;
    this.plan.see(estimate - estimateError);
    if (!signal.seen) this.plan.gap();
    else {
      this.account(estimate, this.lagTicks > 0 ? estimateError : 0);
      if (wanted) this.plan.observe(this.expected.peakPlusFloor, load, estimate - estimateError);
    }
  }

  /** Takes one tick's observation and decides. */
  tick(observed: number, pods: ObservedPods): Decision<PlanReason> {
    this.observe(observed);
    if (this.latencies && this.calibrationDue) this.calibrate(this.aimBp);
    return this.decide(pods);
  }

  /** Decides on what was observed last. @param bounds of this tick, by default the policy's. */
  decide(pods: ObservedPods, bounds: Bounds = this.policy): Decision<PlanReason> {
    this.served = pods.ready;
    this.bounds = bounds;
    this.need = undefined;
    if (!this.learner.signal.seen) return { kind: 'no-data', replicas: pods.total, reasons: ['no-data'] };
    const reasons: PlanReason[] = [];
    const wanted = this.bounded(this.wanted(pods, reasons), reasons);
    this.served = Math.min(pods.ready, wanted);
    return { kind: wanted === pods.total ? 'hold' : 'scale', replicas: wanted, reasons };
  }

  /**
   * Pods, with fractions, that will be needed at coming steps: what the last decision came to goes on as on the days before, see
   * demandAhead. Empty: no forecast decides, so nothing is known of what comes.
   */
  needsAhead(everyTicks: number, mostTicks: number): number[] {
    const { need, learner, podCapacity } = this;
    if (need?.forecast === undefined || learner.ticksLeft === 0) return [];
    const pods = Math.max(need.forecast, need.floor) / podCapacity;
    return learner.ahead(everyTicks, mostTicks).map((ratio) => ratio * pods);
  }

  /** Ticks for which the plan keeps a higher need. */
  get keptTicks(): number {
    const rule = this.rule();
    return 'target' in rule ? 0 : Math.max(KEPT_TICKS, rule.stabilizationTicks);
  }

  /** Chooses the margins anew by backtesting the days before, which must be in memory. @param aimBp what may be left unmet. */
  calibrate(aimBp: number): void {
    this.sinceCalibration = 0;
    const { signal, learnedFrom, days } = this.learner;
    const { latencies } = this;
    if (!latencies || !days) throw new Error('the days before are not in memory');
    if (!this.hasAllForecasts) throw new Error('the days before were read without their forecasts');
    const end = signal.length;
    const warmUp = Math.min(WARM_UP_DAYS * TICKS_PER_DAY, Math.floor((end - signal.born) * WARM_UP_SHARE));
    const first = Math.max(learnedFrom, signal.born + warmUp, end - BACKTESTED_DAYS * TICKS_PER_DAY);
    if (!(end - first >= LEAST_BACKTESTED_DAYS * TICKS_PER_DAY)) return;
    const { load, estimate, estimateLessError, peaks, keepPeaks, relativeErrors, seen, unusuallyLow, from } = days;
    const history = {
      ...{ load, estimate, estimateLessError, peaks, keepPeaks, relativeErrors, seen, unusuallyLow },
      lagTicks: this.lagTicks,
      ...{ floor: signal.floor, first: first - from, end: end - from },
    };
    const latencyTicks = latencies();
    const backtestOf = (played: BacktestHistory) =>
      new PolicyBacktest(
        played,
        this.policy.podCapacity,
        latencyTicks,
        this.leadTimeTicks,
        this.policy.startCostSeconds,
      );
    const { neural } = this;
    const other = neural && {
      id: neural.id,
      backtest: backtestOf({ ...history, ...days.askNeural(neural, history.first, history.end) }),
    };
    this.calibration = calibrate(backtestOf(history), aimBp, other);
    this.active = undefined;
  }

  /** Margins that were chosen so many ticks ago, for the same pods. */
  goOnWith(calibration: Calibration, sinceCalibration: number): void {
    this.calibration = calibration;
    this.sinceCalibration = sinceCalibration;
    this.active = undefined;
  }

  /** What another goes on from for `ticks` ticks; the days before must be in memory. */
  state(ticks: number): ScalerState {
    return {
      learner: this.learner.state(ticks),
      calibration: this.calibration,
      sinceCalibration: this.sinceCalibration,
      budget: this.budget.state(),
      mostSeen: this.plan.largestSeen,
    };
  }

  /**
   * Takes over a refit: its learner, and its margins where it calibrated. Its SLO and what was used of its budget stay.
   * @param since the observations that this one has seen and the refit has not.
   * @param neural model that the calibration names, where it is at hand; without a calibration the one in use stays.
   */
  adopt(
    state: LearnerState,
    calibration: Calibration | undefined,
    since: ArrayLike<number>,
    neural?: LeadTimeModel,
  ): void {
    if (calibration) this.neural = neural;
    const { measurement } = this.policy;
    const { signal } = this.learner;
    this.learner = new LeadTimeLearner(
      state.leadTimeSeconds,
      state.podCapacity,
      state,
      undefined,
      this.neural,
      measurement,
    );
    this.learner.signal.keepNoise(signal);
    this.learner.signal.windowFits = this.fits;
    for (let i = 0; i < since.length; i++) this.learner.observe(since[i]!);
    this.plan.leadTimeTicks = this.learner.leadTimeTicks;
    this.active = undefined;
    if (calibration) this.goOnWith(calibration, since.length);
  }

  /** Takes over what another scaler measured of the noise of the same observations. */
  keepNoise(other: PredictiveScaler): void {
    this.learner.signal.keepNoise(other.learner.signal);
  }

  /** @param demand that of the last tick, and its standard error. What `max` forbids to serve is not the margins' fault. */
  private account(demand: number, error: number): void {
    const { podCapacity } = this;
    if (this.served === undefined) this.budget.recordBefore(demand);
    else {
      const missing = Math.min(demand, this.bounds.max * podCapacity) - this.served * podCapacity;
      this.budget.record(demand, Math.min(demand, expectedShortage(missing, error)));
    }
  }

  private wanted({ total, ready, baseline, measured }: ObservedPods, reasons: PlanReason[]): number {
    const { load, estimate, estimateError, unusuallyLow } = this.learner.forecast!;
    const { podCapacity } = this;
    const rule = this.rule();
    if ('target' in rule) {
      reasons.push('reactive');
      const { target } = rule;
      const judged = usageJudged(load, measured?.counted ?? ready, podCapacity, baseline, target);
      const pods = podsFor(judged, podCapacity * target);
      this.need = { forecast: undefined, floor: judged / target, pods, proactive: undefined, reactive: pods };
      const recommended = this.reactive.replicas(judged, target, total, ready, measured);
      // What another one saw and ordered in the last minutes, until it has seen five itself.
      const replicas =
        recommended < total && !this.reactive.covered
          ? Math.max(recommended, Math.min(total, Math.max(this.plan.keep, this.plan.starting)))
          : recommended;
      this.plan.pass(replicas, total);
      return replicas;
    }
    this.reactive.forget();
    if (this.learner.ticksLeft === 0) reasons.push('forecast-expired');
    // Field by field: spread, it takes an eighth of a replay.
    const { peakPlusFloor, keepPeakPlusFloor, relativeError } = this.expected;
    const moment: PlanMoment = {
      peakPlusFloor,
      keepPeakPlusFloor,
      relativeError,
      load,
      estimate: estimate - estimateError,
      unusuallyLow,
      total,
      ready,
      workFactor: baseline === undefined ? 1 : workFactor(load, ready, podCapacity, baseline),
    };
    const replicas = this.plan.replicas(moment, rule);
    this.need = this.plan.need;
    reasons.push(...this.plan.reasons());
    return replicas;
  }

  /** The active forecast; once it is expired, one of no demand. */
  private get expected(): PeakForecast {
    const { floor } = this.learner.signal;
    return this.learner.ticksLeft === 0
      ? { peakPlusFloor: floor, keepPeakPlusFloor: floor, relativeError: 0 }
      : this.activeForecast!;
  }

  /** The reactive rule's target, or the margins of the plan. */
  private rule(): { readonly target: number } | Margins {
    const { mode: asked = 'auto', leastStabilizationTicks = 1 } = this.policy;
    const { mode } = this;
    if (asked === 'reactive') return { target: WHOLE_TARGET };
    // Also where the forecast alone was asked for: there is none yet whose errors are known.
    if (!this.calibrated) return { target: this.policy.youngTarget ?? WHOLE_TARGET };
    if (asked === 'auto' && mode.kind === 'reactive') return { target: mode.target };
    const margins = mode.kind === 'predictive' ? mode.margins : this.defaults;
    const expired = this.learner.ticksLeft === 0;
    return {
      safetyMultiplier: margins.safetyMultiplier,
      keepMultiplier: margins.keepMultiplier,
      // Without a forecast, the floor carries the load alone; with the forecast alone, there is no floor (−100 %).
      headroom: expired ? Math.max(margins.headroom, this.defaults.headroom) : asked === 'auto' ? margins.headroom : -1,
      stabilizationTicks: Math.max(margins.stabilizationTicks, leastStabilizationTicks),
    };
  }

  private bounded(wanted: number, reasons: PlanReason[]): number {
    const { min, max } = this.bounds;
    if (wanted > max) {
      reasons.push('max');
      return max;
    }
    if (wanted < min) {
      reasons.push('min');
      return min;
    }
    return wanted;
  }
}
