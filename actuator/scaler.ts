import type { Decision, Reason } from '../core/decision.ts';
import type { StartupLatency } from '../core/startup.ts';
import { TICKS_PER_DAY, TICKS_PER_HOUR } from '../core/tick.ts';
import { type LeadTimeForecast, LeadTimeLearner } from '../forecaster/lead-time/learner.ts';
import { type Calibration, calibrate } from './calibrate.ts';
import { ErrorBudget } from './error-budget.ts';
import { PodPlan } from './plan.ts';
import { ReactiveRule } from './reactive.ts';
import { drawLatencies, Rehearsal } from './rehearsal.ts';

/** The lead is this quantile of the start-up latency. */
const LEAD_LEVEL = 0.9;
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

/** What a workload asked for. */
export interface ScalingPolicy {
  /** Demand that one Ready pod serves. */
  readonly podCapacity: number;
  /** Demand that may stay unmet, basis points. */
  readonly unmetTargetBp: number;
  readonly min: number;
  readonly max: number;
}

/** Pods that exist. */
export interface ObservedPods {
  readonly total: number;
  readonly ready: number;
}

/**
 * One workload's way from observations to decisions, a tick at a time: learn, forecast, calibrate now and then, plan,
 * bound. Live and replay both call it; it reads no clock (one call is one tick of 15 s) and does no I/O.
 */
export class PredictiveScaler {
  /** Ticks ahead of which `forecast.median` and `forecast.upper` look: start-up p90 and the tick until the next decision. */
  readonly leadTicks: number;
  /** The newest forecast; undefined before the first observation. */
  forecast: LeadTimeForecast | undefined;
  calibration: Calibration;

  private readonly policy: ScalingPolicy;
  private readonly learner: LeadTimeLearner;
  private readonly latencyTicks: Float64Array;
  private readonly plan: PodPlan;
  private readonly reactive: ReactiveRule;
  private readonly budget: ErrorBudget;
  /** Pods that were Ready at the last decision; undefined before the first one. */
  private served: number | undefined;
  private seen = false;
  private sinceCalibration = Number.POSITIVE_INFINITY;

  /** @param seed of the start-up latencies drawn for the rehearsal. */
  constructor(policy: ScalingPolicy, startup: StartupLatency, seed: number) {
    this.policy = policy;
    const leadSeconds = startup.quantile(LEAD_LEVEL);
    this.learner = new LeadTimeLearner(leadSeconds, policy.podCapacity);
    this.leadTicks = this.learner.leadTicks;
    this.latencyTicks = drawLatencies(startup, seed);
    this.plan = new PodPlan(policy.podCapacity, this.learner.signal.floor);
    this.reactive = new ReactiveRule(policy.podCapacity);
    this.budget = new ErrorBudget(policy.unmetTargetBp);
    const headroom = DEFAULT_HEADROOM * Math.sqrt(leadSeconds);
    this.calibration = {
      mode: {
        kind: 'predictive',
        margins: { errors: DEFAULT_ERRORS, headroom, stabilizationTicks: DEFAULT_STABILIZATION_TICKS },
      },
      unmetBp: Number.NaN,
      costRatio: Number.NaN,
      keepsPromise: true,
      why: `default margins: under ${LEAST_REHEARSED_DAYS} day to rehearse`,
    };
  }

  /** Takes one tick's observation without deciding: how the history is read in. NaN: no data. */
  observe(observed: number): void {
    this.forecast = this.learner.observe(observed);
    this.seen = !Number.isNaN(observed);
    this.sinceCalibration++;
    this.plan.see(this.forecast.newest);
    if (this.seen) this.account(this.forecast.newest);
  }

  /** Takes one tick's observation and decides. */
  tick(observed: number, pods: ObservedPods): Decision {
    this.observe(observed);
    if (this.calibrationDue()) this.calibrate();
    this.served = pods.ready;
    if (!this.seen) return { kind: 'no-data', replicas: pods.total, reasons: ['no-data'] };
    const reasons: Reason[] = [];
    const wanted = this.bounded(this.wanted(pods, reasons), reasons);
    this.served = Math.min(pods.ready, wanted);
    return { kind: wanted === pods.total ? 'hold' : 'scale', replicas: wanted, reasons };
  }

  /** @param demand that of the last tick. What `max` forbids to serve is not the margins' fault. */
  private account(demand: number): void {
    const { podCapacity, max } = this.policy;
    if (this.served === undefined) this.budget.recordBefore(demand);
    else this.budget.record(demand, Math.max(0, Math.min(demand, max * podCapacity) - this.served * podCapacity));
  }

  private calibrationDue(): boolean {
    if (this.sinceCalibration >= CALIBRATION_TICKS) return true;
    return this.sinceCalibration >= EARLY_CALIBRATION_TICKS && this.calibration.keepsPromise && this.budget.overspent();
  }

  private wanted({ total, ready }: ObservedPods, reasons: Reason[]): number {
    const { mode } = this.calibration;
    const { load, peakPlusFloor, scale, newest, unusuallyLow } = this.forecast!;
    if (mode.kind === 'reactive') {
      reasons.push('reactive');
      return this.reactive.replicas(load, mode.target, total, ready);
    }
    const replicas = this.plan.replicas(peakPlusFloor, scale, load, newest, unusuallyLow, mode.margins, total, ready);
    reasons.push(...this.plan.reasons());
    return replicas;
  }

  private bounded(wanted: number, reasons: Reason[]): number {
    const { min, max } = this.policy;
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

  private calibrate(): void {
    this.sinceCalibration = 0;
    const { signal, learnedFrom, peaks, scales } = this.learner;
    const end = signal.length;
    const warmUp = Math.min(WARM_UP_DAYS * TICKS_PER_DAY, Math.floor((end - signal.born) * WARM_UP_SHARE));
    const first = Math.max(learnedFrom, signal.born + warmUp, end - REHEARSED_DAYS * TICKS_PER_DAY);
    if (!(end - first >= LEAST_REHEARSED_DAYS * TICKS_PER_DAY)) return;
    const { load, newest, seen, unusuallyLow, floor } = signal;
    const history = { load, newest, peaks, scales, seen, unusuallyLow, floor, first, end };
    const rehearsal = new Rehearsal(history, this.policy.podCapacity, this.latencyTicks);
    this.calibration = calibrate(rehearsal, this.budget.aimBp());
  }
}
