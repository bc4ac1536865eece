import type { Decision, PlanReason } from '../core/decision.ts';
import type { StartupLatency } from '../core/startup.ts';
import { TICKS_PER_DAY, TICKS_PER_HOUR } from '../core/tick.ts';
import { type LeadTimeForecast, LeadTimeLearner } from '../forecaster/lead-time/learner.ts';
import type { LearnerState } from '../forecaster/lead-time/learner-state.ts';
import type { LeadTimeNetwork } from '../forecaster/lead-time/network.ts';
import { memoryFor } from '../forecaster/lead-time/past-days.ts';
import { type Calibration, calibrate, LONGEST_WINDOW, type ScalingMode } from './calibrate.ts';
import { type BudgetState, ErrorBudget } from './error-budget.ts';
import { type Margins, PodPlan } from './plan.ts';
import { type MeasuredPods, ReactiveRule } from './reactive.ts';
import { drawLatencies, Rehearsal, type RehearsedHistory } from './rehearsal.ts';

/** The lead is this quantile of the start-up latency. */
export const LEAD_LEVEL = 0.9;
const REHEARSED_DAYS = 7;
/** The first two days of a model don't decide, of a young one the first third: it had hardly learned. */
const WARM_UP_DAYS = 2;
const WARM_UP_SHARE = 1 / 3;
/** With less to rehearse, the margins are the default ones. */
const LEAST_REHEARSED_DAYS = 1;
const CALIBRATION_TICKS = TICKS_PER_DAY;
/** With the promise broken, the margins are looked at again after three hours. */
const EARLY_CALIBRATION_TICKS = 3 * TICKS_PER_HOUR;
const DEFAULT_ERRORS = 3;
/** Default headroom: 2 % × √(lead in seconds), 13 % for 45 s, 29 % for 210 s. */
const DEFAULT_HEADROOM = 0.02;
/** Two minutes. */
const DEFAULT_STABILIZATION_TICKS = 8;
/** A workload that scales by the reactive rule alone fills its pods to the target it asked for, as an HPA would. */
const WHOLE_TARGET = 1;

/** What a workload asked for. */
export interface ScalingPolicy {
  /** Demand that one Ready pod serves. */
  readonly podCapacity: number;
  /** Demand that may stay unmet, basis points. */
  readonly unmetTargetBp: number;
  readonly min: number;
  readonly max: number;
  /** `auto` (the default): what the rehearsal found better. */
  readonly mode?: 'auto' | 'predictive' | 'reactive';
  /** A higher need is kept for so many ticks at least; by default what the rehearsal found best. */
  readonly leastStabilizationTicks?: number;
}

/** Pods that exist. */
export interface ObservedPods {
  readonly total: number;
  readonly ready: number;
  /** Where usage is measured on the pods: how many of them are. */
  readonly measured?: MeasuredPods;
}

/** Replicas allowed at a tick. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What a scaler goes on from elsewhere: plain data, to be stored or sent. */
export interface ScalerState {
  readonly learner: LearnerState;
  readonly calibration: Calibration;
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
  /** With the days before in memory: draws start-up latencies for the rehearsal, the same each time. */
  private readonly latencies: (() => Float64Array) | undefined;
  /** Asked beside the workload's own regression; undefined: there is none. */
  private network: LeadTimeNetwork | undefined;
  private readonly plan: PodPlan;
  private readonly reactive: ReactiveRule;
  private readonly budget: ErrorBudget;
  private readonly defaults: Margins;
  /** Pods that were Ready at the last decision; undefined before the first one. */
  private served: number | undefined;
  private bounds: Bounds;
  private hasAllForecasts = true;
  private sinceCalibration = Number.POSITIVE_INFINITY;

  /**
   * Begins with nothing learned and keeps the days before.
   * @param seed of the latencies drawn for the rehearsal.
   * @param leadSeconds to be ahead by, by default the p90 of the start-up latency.
   * @param ticks that will be observed, where that is known: no more room is taken.
   * @param network that is rehearsed beside the workload's own regression.
   */
  static beginning(
    policy: ScalingPolicy,
    startup: StartupLatency,
    seed: number,
    leadSeconds = startup.quantile(LEAD_LEVEL),
    ticks?: number,
    network?: LeadTimeNetwork,
  ): PredictiveScaler {
    const days = ticks === undefined ? undefined : memoryFor(ticks);
    const learner = new LeadTimeLearner(leadSeconds, policy.podCapacity, undefined, days, network);
    return new PredictiveScaler(policy, learner, () => drawLatencies(startup, seed), network);
  }

  /**
   * Goes on from the state of one that keeps the days before.
   * @param network that is at hand here; where it is not the one of the calibration, what holds without it decides.
   */
  static resume(policy: ScalingPolicy, state: ScalerState, network?: LeadTimeNetwork): PredictiveScaler {
    const { learner, calibration, budget, mostSeen } = state;
    const { leadSeconds, podCapacity } = learner;
    const resumed = new LeadTimeLearner(leadSeconds, podCapacity, learner, undefined, network);
    const spent = ErrorBudget.resume(policy.unmetTargetBp, budget);
    const scaler = new PredictiveScaler(policy, resumed, undefined, network, spent);
    scaler.plan.see(mostSeen);
    scaler.calibration = calibration;
    scaler.sinceCalibration = 0;
    return scaler;
  }

  /** Has learned nothing and never will: the reactive floor decides alone, until one that has learned takes its place. */
  static untaught(policy: ScalingPolicy, leadSeconds: number): PredictiveScaler {
    const learner = new LeadTimeLearner(leadSeconds, policy.podCapacity, undefined, memoryFor(0));
    const short = new LeadTimeLearner(leadSeconds, policy.podCapacity, learner.state(0));
    const scaler = new PredictiveScaler(policy, short, undefined, undefined);
    scaler.sinceCalibration = 0;
    return scaler;
  }

  private constructor(
    policy: ScalingPolicy,
    learner: LeadTimeLearner,
    latencies: (() => Float64Array) | undefined,
    network: LeadTimeNetwork | undefined,
    budget = new ErrorBudget(policy.unmetTargetBp),
  ) {
    this.network = network;
    this.policy = policy;
    this.podCapacity = policy.podCapacity;
    this.bounds = policy;
    this.learner = learner;
    this.latencies = latencies;
    const most = Math.max(LONGEST_WINDOW, policy.leastStabilizationTicks ?? 0);
    this.plan = new PodPlan(policy.podCapacity, learner.signal.floor, most);
    this.reactive = new ReactiveRule(policy.podCapacity);
    this.budget = budget;
    this.defaults = {
      errors: DEFAULT_ERRORS,
      headroom: DEFAULT_HEADROOM * Math.sqrt(learner.leadSeconds),
      stabilizationTicks: DEFAULT_STABILIZATION_TICKS,
    };
    this.calibration = {
      mode: { kind: 'predictive', margins: this.defaults },
      unmetBp: Number.NaN,
      costRatio: Number.NaN,
      keepsPromise: true,
      why: `default margins: under ${LEAST_REHEARSED_DAYS} day to rehearse`,
    };
  }

  /** The newest forecast; undefined before the first observation. */
  get forecast(): LeadTimeForecast | undefined {
    return this.learner.forecast;
  }

  /** The mode in force: where the network of the calibration is not at hand, what holds without it. */
  get mode(): ScalingMode {
    const { mode, withoutNetwork } = this.calibration;
    const strange = mode.kind === 'predictive' && mode.network !== undefined && mode.network !== this.network?.id;
    return strange ? (withoutNetwork ?? mode) : mode;
  }

  /** The expected peak and its error that the mode in force believes: the regression's, or the network's. */
  get believed(): { readonly peakPlusFloor: number; readonly scale: number } | undefined {
    const { mode, learner } = this;
    const asks = mode.kind === 'predictive' && mode.network !== undefined;
    return (asks ? learner.networkForecast : undefined) ?? learner.forecast;
  }

  /** Ticks ahead of which `forecast.median` and `forecast.upper` look: start-up p90 and the tick until the next decision. */
  get leadTicks(): number {
    return this.learner.leadTicks;
  }

  /** Demand that was left unmet lately, basis points. */
  get spentBp(): number {
    return this.budget.spentBp();
  }

  /** Ticks for which the days before are still known; at 0 the reactive floor alone decides. */
  get ticksLeft(): number {
    return this.learner.ticksLeft;
  }

  /** The margins of the last calibration are a day old, or the promise was broken since. */
  get calibrationDue(): boolean {
    if (this.sinceCalibration >= CALIBRATION_TICKS) return true;
    return this.sinceCalibration >= EARLY_CALIBRATION_TICKS && this.calibration.keepsPromise && this.budget.overspent();
  }

  /** Demand that one Ready pod serves from now on. What was learned stays: it is in units of demand. */
  serve(podCapacity: number): void {
    this.podCapacity = podCapacity;
    this.plan.podCapacity = podCapacity;
    this.reactive.podCapacity = podCapacity;
  }

  /** What the next calibration may leave unmet, basis points. */
  get aimBp(): number {
    return this.budget.aimBp();
  }

  /**
   * Takes one tick's observation: how the history is read in. NaN: no data.
   * @param wanted false: no forecast is asked for, which is faster; such a history can't be rehearsed.
   */
  observe(observed: number, wanted = true): void {
    const { signal } = this.learner;
    this.learner.observe(observed, wanted);
    if (!wanted) this.hasAllForecasts = false;
    this.sinceCalibration++;
    const { newest } = signal;
    this.plan.see(newest);
    if (signal.seen) this.account(newest);
    else this.plan.gap();
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
    if (!this.learner.signal.seen) return { kind: 'no-data', replicas: pods.total, reasons: ['no-data'] };
    const reasons: PlanReason[] = [];
    const wanted = this.bounded(this.wanted(pods, reasons), reasons);
    this.served = Math.min(pods.ready, wanted);
    return { kind: wanted === pods.total ? 'hold' : 'scale', replicas: wanted, reasons };
  }

  /** Chooses the margins anew by rehearsing the days before, which must be in memory. @param aimBp what may be left unmet. */
  calibrate(aimBp: number): void {
    this.sinceCalibration = 0;
    const { signal, learnedFrom, days } = this.learner;
    const { latencies } = this;
    if (!latencies || !days) throw new Error('the days before are not in memory');
    if (!this.hasAllForecasts) throw new Error('the days before were read without their forecasts');
    const end = signal.length;
    const warmUp = Math.min(WARM_UP_DAYS * TICKS_PER_DAY, Math.floor((end - signal.born) * WARM_UP_SHARE));
    const first = Math.max(learnedFrom, signal.born + warmUp, end - REHEARSED_DAYS * TICKS_PER_DAY);
    if (!(end - first >= LEAST_REHEARSED_DAYS * TICKS_PER_DAY)) return;
    const { load, newest, peaks, scales, seen, unusuallyLow, from } = days;
    const history = {
      ...{ load, newest, peaks, scales, seen, unusuallyLow },
      ...{ floor: signal.floor, first: first - from, end: end - from },
    };
    const latencyTicks = latencies();
    const rehearse = (played: RehearsedHistory) => new Rehearsal(played, this.policy.podCapacity, latencyTicks);
    const { network } = this;
    const other = network && {
      id: network.id,
      rehearsal: rehearse({ ...history, ...days.askNetwork(network, history.first, history.end) }),
    };
    this.calibration = calibrate(rehearse(history), aimBp, other);
  }

  /** What another goes on from for `ticks` ticks; the days before must be in memory. */
  state(ticks: number): ScalerState {
    return {
      learner: this.learner.state(ticks),
      calibration: this.calibration,
      budget: this.budget.state(),
      mostSeen: this.plan.largestSeen,
    };
  }

  /**
   * Takes over a refit: its learner, and its margins where it calibrated. What this one promised and spent stays.
   * @param since the observations that this one has seen and the refit has not.
   * @param network that the calibration names, where it is at hand; without a calibration the one in use stays.
   */
  adopt(
    state: LearnerState,
    calibration: Calibration | undefined,
    since: ArrayLike<number>,
    network?: LeadTimeNetwork,
  ): void {
    if (calibration) this.network = network;
    this.learner = new LeadTimeLearner(state.leadSeconds, state.podCapacity, state, undefined, this.network);
    for (let i = 0; i < since.length; i++) this.learner.observe(since[i]!);
    if (!calibration) return;
    this.calibration = calibration;
    this.sinceCalibration = since.length;
  }

  /** @param demand that of the last tick. What `max` forbids to serve is not the margins' fault. */
  private account(demand: number): void {
    const { podCapacity } = this;
    if (this.served === undefined) this.budget.recordBefore(demand);
    else {
      const unmet = Math.min(demand, this.bounds.max * podCapacity) - this.served * podCapacity;
      this.budget.record(demand, Math.max(0, unmet));
    }
  }

  private wanted({ total, ready, measured }: ObservedPods, reasons: PlanReason[]): number {
    const { load, floor, newest, unusuallyLow } = this.forecast!;
    const { peakPlusFloor, scale } = this.believed!;
    const rule = this.rule();
    if ('target' in rule) {
      reasons.push('reactive');
      return this.reactive.replicas(load, rule.target, total, ready, measured);
    }
    if (this.learner.ticksLeft === 0) reasons.push('forecast-expired');
    const peak = this.learner.ticksLeft === 0 ? floor : peakPlusFloor;
    const replicas = this.plan.replicas(peak, scale, load, newest, unusuallyLow, rule, total, ready);
    reasons.push(...this.plan.reasons());
    return replicas;
  }

  /** The reactive rule's target, or the margins of the plan. */
  private rule(): { readonly target: number } | Margins {
    const { mode: asked = 'auto', leastStabilizationTicks = 1 } = this.policy;
    const { mode } = this;
    if (asked === 'reactive') return { target: WHOLE_TARGET };
    if (asked === 'auto' && mode.kind === 'reactive') return { target: mode.target };
    const margins = mode.kind === 'predictive' ? mode.margins : this.defaults;
    const expired = this.learner.ticksLeft === 0;
    return {
      errors: margins.errors,
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
