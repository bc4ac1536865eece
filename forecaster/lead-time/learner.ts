import type { Measurement } from '../../core/measurement.ts';
import { TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import { demandAhead } from './demand-ahead.ts';
import { ERROR_FEATURES, type ErrorInputs, LEAST_ERROR, RecentErrors, writeErrorFeatures } from './error-features.ts';
import { FEATURES, writeFeatures } from './features.ts';
import { KEEP_TICKS, type LeadTimeForecast, type PeakForecast, settleTicksOf } from './lead-time-forecast.ts';
import type { Coefficients, LearnerState, Running } from './learner-state.ts';
import type { LearnerClock } from './like-days.ts';
import type { LeadTimeModel, Regressed } from './neural/neural-model.ts';
import { inOneBuffer } from './one-buffer.ts';
import { DAYS_OF_MEMORY, PastDays } from './past-days.ts';
import { isRow, PendingExamples, rowsFor, TICKS_PER_ROW } from './pending-examples.ts';
import { FORECAST_VALUES, PendingForecasts } from './pending-forecasts.ts';
import { reachOf } from './reach.ts';
import { RecentPeak } from './recent-peak.ts';
import { dot, FadingRidge } from './ridge.ts';
import { newRunning, rememberExtremes, rememberSurprise, trackUpper, withinSeen } from './running.ts';
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
const UNKNOWN_RELATIVE_ERROR = 0.1;
/** The penalty of the regression pulls the relative error here. */
const TYPICAL_ERROR = 0.05;
/** An hour of rows, or there is no fit. */
const LEAST_ROWS = TICKS_PER_HOUR / TICKS_PER_ROW;
/** The running mean of the level forgets in a week. */
const LEVEL_TICKS = 7 * TICKS_PER_DAY;
/** Growths that are regressed on one row: see Coefficients. */
export const GROWTHS = 3;

/**
 * Of the tick in hand, whosever it is: what the days before say, and what the relative error is told from. Written and read within one
 * call, so that no workload pays for its own.
 */
const today = new Float64Array(SEASON_VALUES);
const errorInputs: ErrorInputs = { daysError: 0, levelInPods: 0, expectedGrowth: 0, surprise: 0, lately: 0 };

/**
 * Forecasts the largest demand of the coming lead time, and its error, from the newest observations, the days before
 * and the weekday: log(peak ÷ load) by a fading ridge regression, log |error| by another. It learns as it goes (each
 * forecast was made before its outcome was known), so that its past forecasts can be backtested honestly.
 *
 * It either keeps the days before, or has a table of what they say of the coming hours (a short memory); all else is the same.
 */
export class LeadTimeLearner {
  readonly signal: DemandSignal;
  /** Ticks of the lead time, start-up and the tick until the next decision. */
  readonly leadTimeTicks: number;
  /** The first tick with a fitted forecast; Infinity before. */
  learnedFrom = Number.POSITIVE_INFINITY;
  /** Undefined in a short memory. */
  readonly days: PastDays | undefined;
  /**
   * Told of each row that was learned from: what the regressions said at its tick, and how log(peak ÷ load) turned out.
   */
  onExample: ((said: Regressed, growth: number, peakPlusFloor: number) => void) | undefined;

  readonly leadTimeSeconds: number;
  private readonly podCapacity: number;
  private readonly neural: LeadTimeModel | undefined;
  private readonly settleTicks: number;
  private readonly season: Season;
  private readonly errors: RecentErrors;
  private readonly leadPeak: RecentPeak;
  /** Of the lead time that ended so long ago, and from its beginning until now. */
  private readonly earlierPeak: RecentPeak;
  private readonly keepPeak: RecentPeak;
  private readonly forecasts: PendingForecasts;
  private readonly rows: PendingExamples<Float32Array>;
  private readonly errorRows: PendingExamples<Float32Array>;
  private readonly mean: FadingRidge;
  private readonly spread: FadingRidge;
  private coefficients: Coefficients | undefined;
  private readonly logCapacity: number;
  private running: Running = newRunning();

  /**
   * @param leadTimeSeconds the start-up quantile to be ahead of.
   * @param podCapacity demand one Ready pod serves.
   * @param state where a learner of short memory goes on from; without it, the days before are kept here.
   * @param memory how much is kept, without a state.
   * @param neural the model that is asked beside the regressions.
   * @param measurement what an observation is of the demand; by default its exact mean.
   * @param clock by which the days before fold, without a state; by default UTC, without holidays.
   */
  constructor(
    leadTimeSeconds: number,
    podCapacity: number,
    state?: LearnerState,
    memory = DAYS_OF_MEMORY,
    neural?: LeadTimeModel,
    measurement?: Measurement,
    clock?: LearnerClock,
  ) {
    const own = state && inOneBuffer(state);
    this.neural = neural;
    this.leadTimeSeconds = leadTimeSeconds;
    this.podCapacity = podCapacity;
    this.logCapacity = Math.log(podCapacity);
    this.settleTicks = settleTicksOf(leadTimeSeconds);
    this.leadTimeTicks = this.settleTicks - 1;
    const slots = rowsFor(this.settleTicks + KEEP_TICKS);
    this.signal = own
      ? DemandSignal.resume(own.signal, measurement)
      : new DemandSignal(podCapacity * FLOOR_PODS, this.settleTicks + KEEP_TICKS + 1, undefined, measurement);
    this.days = own ? undefined : new PastDays(this.signal, memory, neural !== undefined, clock);
    this.season = this.days ?? new SeasonAhead(own!.season);
    this.errors = new RecentErrors(own?.errors);
    this.leadPeak = new RecentPeak(this.signal.estimateLogs, this.leadTimeTicks);
    this.earlierPeak = new RecentPeak(this.signal.estimateLogs, this.leadTimeTicks);
    this.keepPeak = new RecentPeak(this.signal.estimateLogs, this.leadTimeTicks + KEEP_TICKS);
    const forecasts = own?.forecasts ?? new Float64Array(FORECAST_VALUES * slots);
    this.forecasts = new PendingForecasts(forecasts);
    this.rows = new PendingExamples(own?.rows ?? new Float32Array(FEATURES * slots), FEATURES);
    this.errorRows = new PendingExamples(own?.errorRows ?? new Float32Array(ERROR_FEATURES * slots), ERROR_FEATURES);
    const atOnce = own ? 1 : ROWS_AT_ONCE;
    this.mean = new FadingRidge(FEATURES, GROWTHS, atOnce, own?.mean);
    this.spread = new FadingRidge(ERROR_FEATURES, 1, atOnce, own?.spread);
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
      leadTimeSeconds: this.leadTimeSeconds,
      podCapacity: this.podCapacity,
      signal: this.signal.state(),
      errors: this.errors.state(),
      forecasts: this.forecasts.values,
      rows: this.rows.values,
      errorRows: this.errorRows.values,
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
    const passed = signal.seen
      ? this.forecasts.passedBy(signal.estimateLogs[t & signal.mask]!, t, this.settleTicks)
      : 0;
    rememberSurprise(running, passed);
    if (wanted || isRow(t)) this.look(t);
  }

  /** What the newest observation says; undefined before the first. */
  get forecast(): LeadTimeForecast | undefined {
    const { signal, forecasts } = this;
    if (signal.length === 0) return undefined;
    const t = signal.length - 1;
    const { load, floor, estimate, estimateError, supported, unusuallyLow } = signal;
    const relativeError = forecasts.relativeError(t);
    const median = forecasts.median(t);
    return {
      load,
      peakPlusFloor: forecasts.peak(t),
      keepPeakPlusFloor: forecasts.keepPeak(t),
      floor,
      relativeError,
      estimate,
      estimateError,
      supported,
      unusuallyLow,
      median: Math.max(0, median - floor),
      upper: Math.max(0, median * (1 + this.running.upperFactor * relativeError) - floor),
    };
  }

  /** How the demand goes on after the lead time: see demandAhead. */
  ahead(everyTicks: number, mostTicks: number): number[] {
    return demandAhead(this.season, this.signal.length, everyTicks, mostTicks);
  }

  /** What the neural model says of the newest observation; undefined before the first, or without a neural model. It is asked when this is read. */
  get neuralForecast(): Omit<PeakForecast, 'keepPeakPlusFloor'> | undefined {
    const { neural, signal } = this;
    if (!neural || signal.length === 0) return undefined;
    neural.look(this.regressed(signal.length - 1));
    const peakPlusFloor = (signal.load + signal.floor) * Math.exp(neural.growth);
    return { peakPlusFloor, relativeError: neural.relativeError };
  }

  private look(t: number): void {
    const { signal, running } = this;
    const now = signal.logLoad(t);
    this.season.write(t, today);
    const row = this.rows.offset(t);
    writeFeatures(signal, today, running.level, this.rows.values, row);
    const mostGrowth = reachOf(signal, today, this.leadTimeTicks) - now;
    const growth = Math.min(mostGrowth, this.growthBy(this.coefficients?.mean, row));
    errorInputs.daysError = today[DAYS_ERROR]!;
    errorInputs.levelInPods = now - this.logCapacity;
    errorInputs.expectedGrowth = growth;
    errorInputs.surprise = running.surprise;
    errorInputs.lately = running.lately;
    const errorRow = this.errorRows.offset(t);
    writeErrorFeatures(this.errors, errorInputs, this.rows.values, row, this.errorRows.values, errorRow);
    const level = signal.load + signal.floor;
    const peak = level * Math.exp(growth);
    const longer = level * Math.exp(Math.min(mostGrowth, this.growthBy(this.coefficients?.keep, row)));
    const keepPeak = Math.max(peak, longer);
    const relativeError = this.relativeErrorBy(errorRow);
    this.forecasts.put(t, {
      peak,
      logPeak: now + growth,
      keepPeak,
      median: level * Math.exp(Math.min(mostGrowth, this.growthBy(this.coefficients?.median, row))),
      relativeError,
      load: signal.unusuallyLow ? Number.NaN : signal.load,
    });
    this.days?.forecast(peak, keepPeak, relativeError, this.regressed(t));
  }

  /** What the regressions said at a tick, as it waits for its outcome: whoever goes on from a state knows the same. */
  private regressed(t: number): Regressed {
    return {
      growth: this.forecasts.logPeak(t) - this.signal.logLoad(t),
      relativeError: this.forecasts.relativeError(t),
      learned: this.coefficients !== undefined,
      leadTimeTicks: this.leadTimeTicks,
      rows: this.rows.values,
      row: this.rows.offset(t),
      errorRows: this.errorRows.values,
      errorRow: this.errorRows.offset(t),
    };
  }

  private growthBy(coefficients: Float64Array | undefined, row: number): number {
    return coefficients ? withinSeen(this.running, dot(coefficients, this.rows.values, row)) : 0;
  }

  private relativeErrorBy(row: number): number {
    if (!this.coefficients) return UNKNOWN_RELATIVE_ERROR;
    const relativeError = TYPICAL_ERROR * Math.exp(dot(this.coefficients.spread, this.errorRows.values, row));
    return Math.min(relativeError, Math.max(UNKNOWN_RELATIVE_ERROR, this.running.mostError));
  }

  /** The lead time of the forecast made at `s` is over at `t`: learn from it. */
  private settle(s: number, t: number): void {
    const { signal, running } = this;
    // estimate at i is the demand at i − 1: the lead time (s, s + lead] is that of s + 2 … t.
    const peak = this.leadPeak.upTo(t);
    if (s < 0) return;
    const then = signal.logLoad(s);
    const growth = peak - then;
    this.days?.settle(s, growth);
    if (!isRow(s)) return;
    const expected = this.forecasts.logPeak(s);
    const usable = this.teaches(s, peak);
    const error = usable ? Math.abs(peak - expected) : Number.NaN;
    this.errors.push(error);
    this.days?.settleError(s, error);
    if (!usable) return;
    this.onExample?.(
      { ...this.regressed(s), growth: expected - then, learned: s >= this.learnedFrom },
      growth,
      Math.exp(peak),
    );
    const came = signal.estimate + signal.floor;
    trackUpper(running, came > this.forecasts.median(s) * (1 + running.upperFactor * this.forecasts.relativeError(s)));
    rememberExtremes(running, growth, error);
    const logError = Math.log((error + LEAST_ERROR) / TYPICAL_ERROR);
    this.spread.add(this.errorRows.values, this.errorRows.offset(s), logError);
  }

  /** All that the row of `s` is asked for is known at `t`, the longest of its times being over. */
  private learn(s: number, t: number): void {
    const { signal } = this;
    const peak = this.earlierPeak.upTo(t - KEEP_TICKS);
    const longer = this.keepPeak.upTo(t);
    if (s < 0 || !isRow(s) || !this.teaches(s, peak)) return;
    const then = signal.logLoad(s);
    const median = signal.estimateLogs[(t - KEEP_TICKS) & signal.mask]!;
    this.mean.add(this.rows.values, this.rows.offset(s), peak - then, median - then, longer - then);
    this.running.learned++;
  }

  /** An outage teaches nothing of the load. @param peak logarithm of the largest demand of the lead time that began at s */
  private teaches(s: number, peak: number): boolean {
    const { signal } = this;
    const load = this.forecasts.load(s);
    return s >= signal.born && s > signal.lastGap && (load > 0 || (load === 0 && peak > signal.logFloor));
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
