import type { Measurement } from '../../core/measurement.ts';
import { TICK_SECONDS, TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import { LEAST_ERROR, RecentErrors, SCALE_FEATURES, type ScaleInputs, writeScaleFeatures } from './error-scale.ts';
import { FEATURES, writeFeatures } from './features.ts';
import type { Coefficients, LearnerState, Running } from './learner-state.ts';
import type { LearnerClock } from './like-days.ts';
import type { LeadTimeNetwork, Regressed } from './neural/neural-model.ts';
import { inOneBuffer } from './one-buffer.ts';
import { DAYS_OF_MEMORY, PastDays } from './past-days.ts';
import { isRow, rowsFor, rowUpTo, TICKS_PER_ROW, WaitingRows } from './pending-examples.ts';
import { reachOf } from './reach.ts';
import { RecentPeak } from './recent-peak.ts';
import { dot, FadingRidge } from './ridge.ts';
import { DAYS_ERROR, SEASON_VALUES, type Season, SeasonAhead, seasonTable } from './season.ts';
import { DemandSignal } from './signal.ts';

/** Rows fade to 1/e in five days: recent days weigh more, a weekday of last week still counts. */
const FADE_DAYS = 5;
/** A week of rows is added so many at once. */
const ROWS_AT_ONCE = 4;
/** Below a third of a pod, levels don't matter. */
export const FLOOR_PODS = 1 / 3;
/** The first fit after three hours with load; then each hour, later each six hours. */
const FIRST_FIT_TICKS = 3 * TICKS_PER_HOUR;
const LEAST_REFIT_TICKS = TICKS_PER_HOUR;
const MOST_REFIT_TICKS = 6 * TICKS_PER_HOUR;
/** Relative error that is assumed before any was seen. */
const UNKNOWN_SCALE = 0.1;
/** A surprise fades to 1/e in half an hour. */
const SURPRISE_FADE = Math.exp(-1 / 120);
/** The extremes of growth and error fade to 1/e in seven days, row by row. */
const EXTREME_FADE = Math.exp(-TICKS_PER_ROW / (7 * TICKS_PER_DAY));
/** The penalty of the regression pulls the error scale here. */
const TYPICAL_ERROR = 0.05;
/** An hour of rows, or there is no fit. */
const LEAST_ROWS = TICKS_PER_HOUR / TICKS_PER_ROW;
/** Being ahead by more than six hours is a plan for the day, not a lead. */
const MOST_LEAD_TICKS = 6 * TICKS_PER_HOUR;
/** The running mean of the level forgets in a week. */
const LEVEL_TICKS = 7 * TICKS_PER_DAY;
/** The forecast of one tick ago has not seen more than what is newest now. */
const LEAST_BACK = 2;
/** The newest row is at most so many ticks old. */
const MOST_ROW_AGE = 4;
/** One level of the point forecast is tracked: its quantile of standardized errors follows each miss by this step. */
const UPPER_LEVEL = 0.95;
const UPPER_STEP = 0.02;

/**
 * A pod that goes and is wanted back within five minutes would have cost less had it stayed: what a start counts as. Until then and a lead
 * time longer the peak is forecast too.
 */
export const KEEP_TICKS = TICKS_PER_HOUR / 12;
/** Growths that are regressed on one row: see Coefficients. */
export const GROWTHS = 3;

/** A forecast that waits for its outcome: expected peak + floor and its logarithm, median + floor, error, the load then, the peak to keep for. */
export const FORECAST_VALUES = 6;
const PEAK = 0;
const LOG_PEAK = 1;
const MEDIAN = 2;
const SCALE = 3;
/** NaN: unusually low. */
const LOAD = 4;
const KEEP_PEAK = 5;

/**
 * Of the tick in hand, whosever it is: what the days before say, and what the error scale is told from. Written and read within one
 * call, so that no workload pays for its own.
 */
const today = new Float64Array(SEASON_VALUES);
const scaleInputs: ScaleInputs = { daysError: 0, levelInPods: 0, expectedGrowth: 0, surprise: 0, lately: 0 };

/** What the newest observation and the learned load say of the coming lead time; in the unit of the demand. */
export interface LeadTimeForecast {
  /** The observed load (over a gap, the last one). */
  readonly load: number;
  /** Expected largest demand of the lead time, plus `floor`. */
  readonly peakPlusFloor: number;
  readonly floor: number;
  /** Expected largest demand until a pod that goes now and is started again in five minutes would serve, plus `floor`. */
  readonly keepPeakPlusFloor: number;
  /** Expected relative error of `peakPlusFloor`. */
  readonly scale: number;
  /** The demand of the tick before, recovered from observations that are means of a window. */
  readonly newest: number;
  /** Standard error of `newest`; 0 where observations are exact. */
  readonly newestError: number;
  /** Demand that a scale-out may rest on: the observation, or `newest` less its standard error. */
  readonly supported: number;
  /** The load is far below all that this time of day saw on the last days. */
  readonly unusuallyLow: boolean;
  /** Median and 0.95 quantile of the demand one lead time ahead. */
  readonly median: number;
  readonly upper: number;
}

/** Ticks from a forecast to the observation that settles it. */
export function settleTicksOf(leadSeconds: number): number {
  return Math.min(MOST_LEAD_TICKS, Math.ceil(leadSeconds / TICK_SECONDS) + 1) + 1;
}

/**
 * Forecasts the largest demand of the coming lead time, and its error, from the newest observations, the days before
 * and the weekday: log(peak ÷ load) by a fading ridge regression, log |error| by another. It learns as it goes (each
 * forecast was made before its outcome was known), so that its past forecasts can be rehearsed honestly.
 *
 * It either keeps the days before, or has a table of what they say of the coming hours (a short memory); all else is the same.
 */
export class LeadTimeLearner {
  readonly signal: DemandSignal;
  /** Ticks of the lead time, start-up and the tick until the next decision. */
  readonly leadTicks: number;
  /** The first tick with a fitted forecast; Infinity before. */
  learnedFrom = Number.POSITIVE_INFINITY;
  /** Undefined in a short memory. */
  readonly days: PastDays | undefined;
  /**
   * Told of each row that was learned from: what the regressions said at its tick, and how log(peak ÷ load) turned out.
   */
  onLesson: ((said: Regressed, growth: number, peakPlusFloor: number) => void) | undefined;

  readonly leadSeconds: number;
  private readonly podCapacity: number;
  private readonly network: LeadTimeNetwork | undefined;
  private readonly settleTicks: number;
  private readonly season: Season;
  private readonly errors: RecentErrors;
  private readonly leadPeak: RecentPeak;
  /** Of the lead time that ended so long ago, and from its beginning until now. */
  private readonly earlierPeak: RecentPeak;
  private readonly keepPeak: RecentPeak;
  private readonly forecasts: WaitingRows<Float64Array>;
  private readonly rows: WaitingRows<Float32Array>;
  private readonly scaleRows: WaitingRows<Float32Array>;
  private readonly mean: FadingRidge;
  private readonly spread: FadingRidge;
  private coefficients: Coefficients | undefined;
  private readonly logCapacity: number;
  private running: Running = {
    level: 0,
    surprise: 0,
    lately: 0,
    mostGrowth: 0,
    leastGrowth: 0,
    mostError: 0,
    learned: 0,
    levelTicks: 0,
    upperFactor: 2,
    nextFit: Number.POSITIVE_INFINITY,
    lastFit: 0,
  };

  /**
   * @param leadSeconds the start-up quantile to be ahead of.
   * @param podCapacity demand one Ready pod serves.
   * @param state where a learner of short memory goes on from; without it, the days before are kept here.
   * @param memory how much is kept, without a state.
   * @param network that is asked beside the regressions.
   * @param measurement what an observation is of the demand; by default its exact mean.
   * @param clock by which the days before fold, without a state; by default UTC, without holidays.
   */
  constructor(
    leadSeconds: number,
    podCapacity: number,
    state?: LearnerState,
    memory = DAYS_OF_MEMORY,
    network?: LeadTimeNetwork,
    measurement?: Measurement,
    clock?: LearnerClock,
  ) {
    const own = state && inOneBuffer(state);
    this.network = network;
    this.leadSeconds = leadSeconds;
    this.podCapacity = podCapacity;
    this.logCapacity = Math.log(podCapacity);
    this.settleTicks = settleTicksOf(leadSeconds);
    this.leadTicks = this.settleTicks - 1;
    const slots = rowsFor(this.settleTicks + KEEP_TICKS);
    this.signal = own
      ? DemandSignal.resume(own.signal, measurement)
      : new DemandSignal(podCapacity * FLOOR_PODS, this.settleTicks + KEEP_TICKS + 1, undefined, measurement);
    this.days = own ? undefined : new PastDays(this.signal, memory, network !== undefined, clock);
    this.season = this.days ?? new SeasonAhead(own!.season);
    this.errors = new RecentErrors(own?.errors);
    this.leadPeak = new RecentPeak(this.signal.newestLogs, this.leadTicks);
    this.earlierPeak = new RecentPeak(this.signal.newestLogs, this.leadTicks);
    this.keepPeak = new RecentPeak(this.signal.newestLogs, this.leadTicks + KEEP_TICKS);
    const forecasts = own?.forecasts ?? new Float64Array(FORECAST_VALUES * slots);
    this.forecasts = new WaitingRows(forecasts, FORECAST_VALUES);
    this.rows = new WaitingRows(own?.rows ?? new Float32Array(FEATURES * slots), FEATURES);
    this.scaleRows = new WaitingRows(own?.scaleRows ?? new Float32Array(SCALE_FEATURES * slots), SCALE_FEATURES);
    const atOnce = own ? 1 : ROWS_AT_ONCE;
    this.mean = new FadingRidge(FEATURES, GROWTHS, atOnce, own?.mean);
    this.spread = new FadingRidge(SCALE_FEATURES, 1, atOnce, own?.spread);
    if (!own) return;
    this.coefficients = own.coefficients;
    this.learnedFrom = own.learnedFrom;
    this.running = own.running;
  }

  /** A learner of short memory knows the days before for so many more ticks; Infinity where they are kept here. */
  get ticksLeft(): number {
    return this.season.ticksLeft(this.signal.length);
  }

  /**
   * What a learner of short memory needs to go on from here: for `ticks` more ticks (at most 16 hours) it forecasts
   * just as this one would, in a few hundredths of the memory.
   */
  state(ticks: number): LearnerState {
    if (!this.days) throw new Error('a learner of short memory has no days before to hand on');
    return inOneBuffer({
      leadSeconds: this.leadSeconds,
      podCapacity: this.podCapacity,
      signal: this.signal.state(),
      errors: this.errors.state(),
      forecasts: this.forecasts.values,
      rows: this.rows.values,
      scaleRows: this.scaleRows.values,
      mean: this.mean.state(),
      spread: this.spread.state(),
      coefficients: this.coefficients,
      learnedFrom: this.learnedFrom,
      running: this.running,
      season: seasonTable(this.days, this.signal.length, ticks),
    });
  }

  /**
   * Takes the tick's observation (NaN: none), learns what it settles, and forecasts.
   * @param wanted false: the forecast is not asked for. What is learned is the same, as only five ticks in 21 are learned from; those
   * are forecast anyway.
   */
  observe(observed: number, wanted = true): void {
    const { signal, running } = this;
    const t = signal.length;
    signal.append(observed, this.season.usualLow(t));
    this.days?.observe();
    this.settle(t - this.settleTicks, t);
    this.learn(t - this.settleTicks - KEEP_TICKS, t);
    if (t >= this.fitDue() && running.learned >= LEAST_ROWS) this.fit(t);
    running.level += (signal.logLoad(t) - running.level) / Math.min(++running.levelTicks, LEVEL_TICKS);
    this.measureSurprise(t);
    if (wanted || isRow(t)) this.look(t);
  }

  /** What the newest observation says; undefined before the first. */
  get forecast(): LeadTimeForecast | undefined {
    const { signal } = this;
    if (signal.length === 0) return undefined;
    const { values } = this.forecasts;
    const at = this.forecasts.offset(signal.length - 1);
    const { load, floor, newest, newestError, supported, unusuallyLow } = signal;
    const scale = values[at + SCALE]!;
    const median = values[at + MEDIAN]!;
    return {
      load,
      peakPlusFloor: values[at + PEAK]!,
      keepPeakPlusFloor: values[at + KEEP_PEAK]!,
      floor,
      scale,
      newest,
      newestError,
      supported,
      unusuallyLow,
      median: Math.max(0, median - floor),
      upper: Math.max(0, median * (1 + this.running.upperFactor * scale) - floor),
    };
  }

  /** What the network says of the newest observation; undefined before the first, or without a network. It is asked when this is read. */
  get networkForecast(): { readonly peakPlusFloor: number; readonly scale: number } | undefined {
    const { network, signal } = this;
    if (!network || signal.length === 0) return undefined;
    network.look(this.regressed(signal.length - 1));
    const peakPlusFloor = (signal.load + signal.floor) * Math.exp(network.growth);
    return { peakPlusFloor, scale: network.scale };
  }

  private look(t: number): void {
    const { signal, running } = this;
    const now = signal.logLoad(t);
    this.season.write(t, today);
    const row = this.rows.offset(t);
    writeFeatures(signal, today, running.level, this.rows.values, row);
    const mostGrowth = reachOf(signal, today, this.leadTicks) - now;
    const growth = Math.min(mostGrowth, this.withinSeen(this.coefficients?.mean, row));
    scaleInputs.daysError = today[DAYS_ERROR]!;
    scaleInputs.levelInPods = now - this.logCapacity;
    scaleInputs.expectedGrowth = growth;
    scaleInputs.surprise = running.surprise;
    scaleInputs.lately = running.lately;
    const scaleRow = this.scaleRows.offset(t);
    writeScaleFeatures(this.errors, scaleInputs, this.rows.values, row, this.scaleRows.values, scaleRow);
    const level = signal.load + signal.floor;
    const { values } = this.forecasts;
    const at = this.forecasts.offset(t);
    values[at + PEAK] = level * Math.exp(growth);
    values[at + LOG_PEAK] = now + growth;
    values[at + MEDIAN] = level * Math.exp(Math.min(mostGrowth, this.withinSeen(this.coefficients?.median, row)));
    values[at + SCALE] = this.errorScale(scaleRow);
    values[at + LOAD] = signal.unusuallyLow ? Number.NaN : signal.load;
    const longer = level * Math.exp(Math.min(mostGrowth, this.withinSeen(this.coefficients?.keep, row)));
    values[at + KEEP_PEAK] = Math.max(values[at + PEAK]!, longer);
    this.days?.forecast(values[at + PEAK]!, values[at + KEEP_PEAK]!, values[at + SCALE]!, this.regressed(t));
  }

  /** What the regressions said at a tick, as it waits for its outcome: whoever goes on from a state knows the same. */
  private regressed(t: number): Regressed {
    const at = this.forecasts.offset(t);
    return {
      growth: this.forecasts.values[at + LOG_PEAK]! - this.signal.logLoad(t),
      scale: this.forecasts.values[at + SCALE]!,
      learned: this.coefficients !== undefined,
      leadTicks: this.leadTicks,
      rows: this.rows.values,
      row: this.rows.offset(t),
      scaleRows: this.scaleRows.values,
      scaleRow: this.scaleRows.offset(t),
    };
  }

  /** A regression may not promise more than what was ever seen to come: growth stays within the extremes of late. */
  private withinSeen(coefficients: Float64Array | undefined, row: number): number {
    if (!coefficients) return 0;
    const { mostGrowth, leastGrowth } = this.running;
    return Math.min(mostGrowth, Math.max(leastGrowth, dot(coefficients, this.rows.values, row)));
  }

  private errorScale(row: number): number {
    if (!this.coefficients) return UNKNOWN_SCALE;
    const scale = TYPICAL_ERROR * Math.exp(dot(this.coefficients.spread, this.scaleRows.values, row));
    return Math.min(scale, Math.max(UNKNOWN_SCALE, this.running.mostError));
  }

  private rememberExtremes(growth: number, error: number): void {
    const { running } = this;
    running.mostGrowth = Math.max(growth, running.mostGrowth * EXTREME_FADE);
    running.leastGrowth = Math.min(growth, running.leastGrowth * EXTREME_FADE);
    running.mostError = Math.max(error, running.mostError * EXTREME_FADE);
  }

  /**
   * An error is settled only when its lead time is over, but that demand has passed a forecast shows at once. newest at t is the
   * demand at t − 1: it is held against the newest, the middle and the oldest of the forecasts whose lead time it is in.
   */
  private measureSurprise(t: number): void {
    const { running } = this;
    let now = 0;
    if (this.signal.seen) {
      now = Math.max(now, this.passed(t, LEAST_BACK));
      now = Math.max(now, this.passed(t, Math.max(LEAST_BACK, this.settleTicks >> 1)));
      now = Math.max(now, this.passed(t, Math.max(LEAST_BACK, this.settleTicks - MOST_ROW_AGE)));
    }
    running.surprise = now;
    running.lately = Math.max(now, running.lately * SURPRISE_FADE);
  }

  /** By how much the newest demand passed the last forecast that waits and is at least so many ticks old. */
  private passed(t: number, back: number): number {
    if (t < back) return 0;
    const row = rowUpTo(t - back);
    return (
      this.signal.newestLogs[t & this.signal.mask]! - this.forecasts.values[this.forecasts.offset(row) + LOG_PEAK]!
    );
  }

  /** The lead time of the forecast made at `s` is over at `t`: learn from it. */
  private settle(s: number, t: number): void {
    const { signal, running } = this;
    // newest at i is the demand at i − 1: the lead time (s, s + lead] is that of s + 2 … t.
    const peak = this.leadPeak.upTo(t);
    if (s < 0) return;
    const then = signal.logLoad(s);
    const growth = peak - then;
    this.days?.settle(s, growth);
    if (!isRow(s)) return;
    const { values } = this.forecasts;
    const at = this.forecasts.offset(s);
    const usable = this.teaches(s, peak);
    const error = usable ? Math.abs(peak - values[at + LOG_PEAK]!) : Number.NaN;
    this.errors.push(error);
    this.days?.settleError(s, error);
    if (!usable) return;
    this.onLesson?.(
      { ...this.regressed(s), growth: values[at + LOG_PEAK]! - then, learned: s >= this.learnedFrom },
      growth,
      Math.exp(peak),
    );
    const came = signal.newest + signal.floor;
    this.trackUpper(came > values[at + MEDIAN]! * (1 + running.upperFactor * values[at + SCALE]!));
    this.rememberExtremes(growth, error);
    const logError = Math.log((error + LEAST_ERROR) / TYPICAL_ERROR);
    this.spread.add(this.scaleRows.values, this.scaleRows.offset(s), logError);
  }

  /** All that the row of `s` is asked for is known at `t`, the longest of its times being over. */
  private learn(s: number, t: number): void {
    const { signal } = this;
    const peak = this.earlierPeak.upTo(t - KEEP_TICKS);
    const longer = this.keepPeak.upTo(t);
    if (s < 0 || !isRow(s) || !this.teaches(s, peak)) return;
    const then = signal.logLoad(s);
    const median = signal.newestLogs[(t - KEEP_TICKS) & signal.mask]!;
    this.mean.add(this.rows.values, this.rows.offset(s), peak - then, median - then, longer - then);
    this.running.learned++;
  }

  /** An outage teaches nothing of the load. @param peak logarithm of the largest demand of the lead time that began at s */
  private teaches(s: number, peak: number): boolean {
    const { signal } = this;
    const load = this.forecasts.values[this.forecasts.offset(s) + LOAD]!;
    return s >= signal.born && s > signal.lastGap && (load > 0 || (load === 0 && peak > signal.logFloor));
  }

  /** Online quantile tracking: a miss raises the factor by level × step, a hit lowers it by (1 − level) × step. */
  private trackUpper(missed: boolean): void {
    this.running.upperFactor += UPPER_STEP * (missed ? UPPER_LEVEL : UPPER_LEVEL - 1);
  }

  private fitDue(): number {
    const { running, signal } = this;
    if (running.nextFit === Number.POSITIVE_INFINITY && signal.born < Number.POSITIVE_INFINITY) {
      running.nextFit = signal.born + FIRST_FIT_TICKS;
    }
    return running.nextFit;
  }

  private fit(t: number): void {
    const { running } = this;
    const [mean, median, keep] = this.mean.solve();
    this.coefficients = { mean: mean!, median: median!, keep: keep!, spread: this.spread.solve()[0]! };
    this.learnedFrom = Math.min(this.learnedFrom, t);
    const fade = Math.exp(-(t - running.lastFit) / (FADE_DAYS * TICKS_PER_DAY));
    this.mean.fade(fade);
    this.spread.fade(fade);
    const age = t - this.signal.born;
    running.lastFit = t;
    running.nextFit = t + Math.min(MOST_REFIT_TICKS, Math.max(LEAST_REFIT_TICKS, Math.floor(age / 8)));
  }
}
