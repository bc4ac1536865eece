import { TICK_SECONDS, TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import { LEAST_ERROR, SCALE_FEATURES, type Surprise, writeScaleFeatures } from './error-scale.ts';
import { FEATURES, writeFeatures } from './features.ts';
import { dot, FadingRidge } from './ridge.ts';
import { SettledForecasts } from './settled.ts';
import { DemandSignal } from './signal.ts';
import { WaitingRows } from './waiting-rows.ts';

/** Rows fade to 1/e in five days: recent days weigh more, a weekday of last week still counts. */
const FADE_DAYS = 5;
/** One row a minute is learned: neighbours say the same. */
const ROW_TICKS = 4;
/** Below a third of a pod, levels don't matter. */
const FLOOR_PODS = 1 / 3;
/** The first fit after three hours with load; then each hour, later each six hours. */
const FIRST_FIT_TICKS = 3 * TICKS_PER_HOUR;
const LEAST_REFIT_TICKS = TICKS_PER_HOUR;
const MOST_REFIT_TICKS = 6 * TICKS_PER_HOUR;
/** Relative error that is assumed before any was seen. */
const UNKNOWN_SCALE = 0.1;
/** A surprise fades to 1/e in half an hour. */
const SURPRISE_FADE = Math.exp(-1 / 120);
/** The extremes of growth and error fade to 1/e in seven days. */
const EXTREME_FADE = Math.exp(-1 / (7 * TICKS_PER_DAY));
/** The penalty of the regression pulls the error scale here. */
const TYPICAL_ERROR = 0.05;
/** An hour of rows, or there is no fit. */
const LEAST_ROWS = TICKS_PER_HOUR / ROW_TICKS;
/** Being ahead by more than six hours is a plan for the day, not a lead. */
const MOST_LEAD_TICKS = 6 * TICKS_PER_HOUR;
/** The running mean of the level forgets in a week. */
const LEVEL_TICKS = 7 * TICKS_PER_DAY;
/** One level of the point forecast is tracked: its quantile of standardized errors follows each miss by this step. */
const UPPER_LEVEL = 0.95;
const UPPER_STEP = 0.02;

/** What the newest observation and the learned load say of the coming lead time; in the unit of the demand. */
export interface LeadTimeForecast {
  /** The observed load (over a gap, the last one). */
  readonly load: number;
  /** Expected largest demand of the lead time, plus `floor`. */
  readonly peakPlusFloor: number;
  readonly floor: number;
  /** Expected relative error of that peak. */
  readonly scale: number;
  /** The demand of one tick ago, recovered from the moving average. */
  readonly newest: number;
  /** The load is far below all that this time of day saw on the last days. */
  readonly unusuallyLow: boolean;
  /** Median and 0.95 quantile of the demand one lead time ahead. */
  readonly median: number;
  readonly upper: number;
}

/**
 * Forecasts the largest demand of the coming lead time, and its error, from the newest observations, the days before
 * and the weekday: log(peak ÷ load) by a fading ridge regression, log |error| by another. It learns as it goes (each
 * forecast was made before its outcome was known), so that its past forecasts can be rehearsed honestly.
 */
export class LeadTimeLearner {
  readonly signal: DemandSignal;
  /** Ticks of the lead time, start-up and the tick until the next decision. */
  readonly leadTicks: number;
  /** Past forecasts by tick, in step with `signal`: expected peak + floor, and its relative error. */
  readonly peaks: Float64Array;
  readonly scales: Float64Array;
  /** The first tick with a fitted forecast; Infinity before. */
  learnedFrom = Number.POSITIVE_INFINITY;

  private readonly podCapacity: number;
  /** Ticks from a forecast to the observation that settles it. */
  private readonly settleTicks: number;
  private readonly settled: SettledForecasts;
  private readonly medians: Float64Array;
  private readonly rows: WaitingRows;
  private readonly scaleRows: WaitingRows;
  private readonly mean = new FadingRidge(FEATURES, 2);
  private readonly spread = new FadingRidge(SCALE_FEATURES);
  private meanCoefficients: Float64Array | undefined;
  private medianCoefficients: Float64Array | undefined;
  private spreadCoefficients: Float64Array | undefined;
  private level = 0;
  private lately = 0;
  private mostGrowth = 0;
  private leastGrowth = 0;
  private mostError = 0;
  private learned = 0;
  private levelTicks = 0;
  private upperFactor = 2;
  private nextFit = Number.POSITIVE_INFINITY;
  private lastFit = 0;

  /** @param leadSeconds the start-up quantile to be ahead of; @param podCapacity demand one Ready pod serves. */
  constructor(leadSeconds: number, podCapacity: number) {
    this.podCapacity = podCapacity;
    this.leadTicks = Math.min(MOST_LEAD_TICKS, Math.ceil(leadSeconds / TICK_SECONDS) + 1);
    this.settleTicks = this.leadTicks + 1;
    this.signal = new DemandSignal(podCapacity * FLOOR_PODS);
    const capacity = this.signal.load.length;
    this.peaks = new Float64Array(capacity);
    this.scales = new Float64Array(capacity);
    this.medians = new Float64Array(capacity);
    this.settled = new SettledForecasts(capacity);
    this.rows = new WaitingRows(FEATURES, this.settleTicks + 1);
    this.scaleRows = new WaitingRows(SCALE_FEATURES, this.settleTicks + 1);
  }

  /** Takes the tick's observation (NaN: none), learns what it settles, and forecasts. */
  observe(observed: number): LeadTimeForecast {
    const dropped = this.signal.append(observed);
    if (dropped > 0) this.drop(dropped);
    const t = this.signal.length - 1;
    this.settle(t - this.settleTicks, t);
    if (t >= this.fitDue() && this.learned >= LEAST_ROWS) this.fit(t);
    return this.forecast(t);
  }

  private forecast(t: number): LeadTimeForecast {
    const { signal } = this;
    const row = this.rows.offset(t);
    this.level += (signal.logLoad[t]! - this.level) / Math.min(++this.levelTicks, LEVEL_TICKS);
    writeFeatures(signal, this.settled, this.level, t, this.rows.values, row);
    const growth = this.withinSeen(this.meanCoefficients, row);
    const medianGrowth = this.withinSeen(this.medianCoefficients, row);
    const scaleRow = this.scaleRows.offset(t);
    writeScaleFeatures(
      {
        errors: this.settled,
        tick: t,
        known: t - this.settleTicks,
        levelInPods: signal.logLoad[t]! - Math.log(this.podCapacity),
        expectedGrowth: growth,
        surprise: this.measureSurprise(t),
      },
      { values: this.rows.values, at: row },
      { values: this.scaleRows.values, at: scaleRow },
    );
    const scale = this.errorScale(scaleRow);
    this.peaks[t] = Math.exp(signal.logLoad[t]! + growth);
    this.scales[t] = scale;
    const { floor } = signal;
    const median = Math.exp(signal.logLoad[t]! + medianGrowth);
    this.medians[t] = median;
    return {
      load: signal.load[t]!,
      peakPlusFloor: this.peaks[t]!,
      floor,
      scale,
      newest: signal.newest[t]!,
      unusuallyLow: signal.unusuallyLow[t] === 1,
      median: Math.max(0, median - floor),
      upper: Math.max(0, median * (1 + this.upperFactor * scale) - floor),
    };
  }

  /** A regression may not promise more than what was ever seen to come: growth stays within the extremes of late. */
  private withinSeen(coefficients: Float64Array | undefined, row: number): number {
    if (!coefficients) return 0;
    return Math.min(this.mostGrowth, Math.max(this.leastGrowth, dot(coefficients, this.rows.values, row)));
  }

  private errorScale(row: number): number {
    if (!this.spreadCoefficients) return UNKNOWN_SCALE;
    const scale = TYPICAL_ERROR * Math.exp(dot(this.spreadCoefficients, this.scaleRows.values, row));
    return Math.min(scale, Math.max(UNKNOWN_SCALE, this.mostError));
  }

  private rememberExtremes(growth: number, error: number): void {
    this.mostGrowth = Math.max(growth, this.mostGrowth * EXTREME_FADE);
    this.leastGrowth = Math.min(growth, this.leastGrowth * EXTREME_FADE);
    this.mostError = Math.max(error, this.mostError * EXTREME_FADE);
  }

  /**
   * An error is settled only when its lead time is over, but that demand has passed a forecast shows at once.
   * newest[t] is the demand at t − 1, inside the lead time of the forecasts made since t − settleTicks.
   */
  private measureSurprise(t: number): Surprise {
    const { signal, settleTicks } = this;
    let now = 0;
    if (signal.seen[t] === 1) {
      for (const back of [2, settleTicks >> 1, settleTicks]) {
        if (back > t) continue;
        now = Math.max(now, Math.log((signal.newest[t]! + signal.floor) / this.peaks[t - back]!));
      }
    }
    this.lately = Math.max(now, this.lately * SURPRISE_FADE);
    return { now, lately: this.lately };
  }

  /** The lead time of the forecast made at `s` is over at `t`: learn from it. */
  private settle(s: number, t: number): void {
    if (s < 0) return;
    const { signal } = this;
    // newest[i] is the demand at i − 1: the lead time (s, s + lead] is newest[s + 2 … t].
    let peak = 0;
    for (let i = s + 2; i <= t; i++) if (signal.newest[i]! > peak) peak = signal.newest[i]!;
    const growth = Math.log(peak + signal.floor) - signal.logLoad[s]!;
    const serving = s >= signal.born && (peak > 0 || signal.load[s]! > 0);
    // An outage teaches nothing of the load.
    const usable = serving && s > signal.lastGap && signal.unusuallyLow[s] === 0;
    const error = Math.abs(growth - (Math.log(this.peaks[s]!) - signal.logLoad[s]!));
    this.settled.settle(s, growth, usable ? error : Number.NaN);
    if (!usable) return;
    this.trackUpper(s, signal.newest[t]!);
    this.rememberExtremes(growth, error);
    if (s % ROW_TICKS !== 0) return;
    const ahead = Math.log(signal.newest[t]! + signal.floor) - signal.logLoad[s]!;
    this.mean.add(this.rows.values, this.rows.offset(s), growth, ahead);
    const logError = Math.log((error + LEAST_ERROR) / TYPICAL_ERROR);
    this.spread.add(this.scaleRows.values, this.scaleRows.offset(s), logError);
    this.learned++;
  }

  /** Online quantile tracking: a miss raises the factor by level × step, a hit lowers it by (1 − level) × step. */
  private trackUpper(s: number, came: number): void {
    const upper = this.medians[s]! * (1 + this.upperFactor * this.scales[s]!);
    this.upperFactor += UPPER_STEP * (came + this.signal.floor > upper ? UPPER_LEVEL : UPPER_LEVEL - 1);
  }

  private fitDue(): number {
    if (this.nextFit === Number.POSITIVE_INFINITY && this.signal.born < Number.POSITIVE_INFINITY) {
      this.nextFit = this.signal.born + FIRST_FIT_TICKS;
    }
    return this.nextFit;
  }

  private fit(t: number): void {
    const [mean, median] = this.mean.solve();
    this.meanCoefficients = mean;
    this.medianCoefficients = median;
    this.spreadCoefficients = this.spread.solve()[0];
    this.learnedFrom = Math.min(this.learnedFrom, t);
    const elapsed = t - this.lastFit;
    this.mean.fade(Math.exp(-elapsed / (FADE_DAYS * TICKS_PER_DAY)));
    this.spread.fade(Math.exp(-elapsed / (FADE_DAYS * TICKS_PER_DAY)));
    const age = t - this.signal.born;
    this.lastFit = t;
    this.nextFit = t + Math.min(MOST_REFIT_TICKS, Math.max(LEAST_REFIT_TICKS, Math.floor(age / 8)));
  }

  private drop(ticks: number): void {
    for (const array of [this.peaks, this.scales, this.medians]) array.copyWithin(0, ticks);
    this.settled.drop(ticks);
    this.rows.drop(ticks);
    this.scaleRows.drop(ticks);
    this.learnedFrom = Math.max(0, this.learnedFrom - ticks);
    this.nextFit -= ticks;
    this.lastFit -= ticks;
  }
}
