import { TICK_SECONDS, TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import { LEAST_ERROR, SCALE_FEATURES, type Surprise, writeScaleFeatures } from './error-scale.ts';
import { FEATURES, writeFeatures } from './features.ts';
import type { Coefficients, LearnerState, Running } from './learner-state.ts';
import { dot, FadingRidge } from './ridge.ts';
import { DAYS_ERROR, SEASON_VALUES, seasonAhead, USUAL_LOW, writeSeasonOf } from './season.ts';
import { SettledForecasts } from './settled.ts';
import { BLOCK_TICKS, DAYS_OF_MEMORY, DemandSignal, type Memory } from './signal.ts';
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
/** A learner of short memory keeps its own unsettled forecasts and four hours before them, as recent errors look back so far. */
const SHORT_MEMORY_TICKS = 4 * TICKS_PER_HOUR;
/** So often it drops what is older: 20 minutes. */
const SHORT_MEMORY_SPARE = 80;

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
  /**
   * Past forecasts: expected peak + floor, and its relative error. By tick, in step with `signal`, where the days before are
   * kept; in a short memory a ring of those that are not settled (see `slot`).
   */
  readonly peaks: Float64Array;
  readonly scales: Float64Array;
  /** The first tick with a fitted forecast; Infinity before. */
  learnedFrom = Number.POSITIVE_INFINITY;

  readonly leadSeconds: number;
  private readonly podCapacity: number;
  /** Ticks from a forecast to the observation that settles it. */
  private readonly settleTicks: number;
  private readonly settled: SettledForecasts;
  private readonly medians: Float64Array;
  private readonly rows: WaitingRows;
  private readonly scaleRows: WaitingRows;
  private readonly mean: FadingRidge;
  private readonly spread: FadingRidge;
  private coefficients: Coefficients | undefined;
  private running: Running = {
    level: 0,
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
  /** What the days before say of the tick in hand. */
  private readonly today = new Float32Array(SEASON_VALUES);
  /** With a short memory: what the days before say, from tick `seasonFrom` on. */
  private readonly season: Float32Array | undefined;
  private seasonFrom = 0;
  /** Ticks dropped so far. */
  private dropped = 0;

  /**
   * @param leadSeconds the start-up quantile to be ahead of.
   * @param podCapacity demand one Ready pod serves.
   * @param state where a learner of short memory goes on from; without it, the days before are kept here.
   * @param days how much is kept, without a state.
   */
  constructor(leadSeconds: number, podCapacity: number, state?: LearnerState, days = DAYS_OF_MEMORY) {
    this.leadSeconds = leadSeconds;
    this.podCapacity = podCapacity;
    this.leadTicks = Math.min(MOST_LEAD_TICKS, Math.ceil(leadSeconds / TICK_SECONDS) + 1);
    this.settleTicks = this.leadTicks + 1;
    const memory = state ? this.shortMemory() : days;
    const { capacity } = memory;
    this.signal = state
      ? DemandSignal.resume(state.signal, memory)
      : new DemandSignal(podCapacity * FLOOR_PODS, memory);
    const unsettled = this.settleTicks + 1;
    this.peaks = new Float64Array(memory.short ? unsettled : capacity);
    this.scales = new Float64Array(this.peaks.length);
    this.medians = new Float64Array(unsettled);
    this.settled = state ? SettledForecasts.resume(state.settled, capacity) : new SettledForecasts(capacity);
    this.rows = new WaitingRows(FEATURES, this.settleTicks + 1);
    this.scaleRows = new WaitingRows(SCALE_FEATURES, this.settleTicks + 1);
    this.mean = state ? FadingRidge.resume(state.mean) : new FadingRidge(FEATURES, 2);
    this.spread = state ? FadingRidge.resume(state.spread) : new FadingRidge(SCALE_FEATURES);
    if (!state) return;
    this.season = state.season;
    for (let ago = 0; ago < state.peaks.length; ago++) {
      const t = this.signal.length - 1 - ago;
      this.peaks[this.slot(t)] = state.peaks[ago]!;
      this.scales[this.slot(t)] = state.scales[ago]!;
      this.medians[this.ringSlot(t)] = state.medians[ago]!;
    }
    this.rows.values.set(state.rows);
    this.scaleRows.values.set(state.scaleRows);
    this.coefficients = state.coefficients;
    this.learnedFrom = state.learnedFrom;
    this.running = { ...state.running };
    this.seasonFrom = this.signal.length;
  }

  /** A learner of short memory knows the days before for so many more ticks; Infinity where they are kept here. */
  get ticksLeft(): number {
    if (!this.season) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.seasonFrom + this.season.length / SEASON_VALUES - this.signal.length);
  }

  /**
   * What a learner of short memory needs to go on from here: for `ticks` more ticks (at most 23 hours) it forecasts
   * just as this one would, in a sixtieth of the memory.
   */
  state(ticks: number): LearnerState {
    if (this.season) throw new Error('a learner of short memory has no days before to hand on');
    const { signal, running } = this;
    const tail = signal.tail(this.shortMemory().kept);
    const { from } = tail;
    const known = Math.min(signal.length, this.settleTicks + 1);
    const recent = (valueAt: (t: number) => number) =>
      Float64Array.from({ length: known }, (_, ago) => valueAt(signal.length - 1 - ago));
    return {
      leadSeconds: this.leadSeconds,
      podCapacity: this.podCapacity,
      signal: tail,
      settled: this.settled.tail(from, signal.length),
      peaks: recent((t) => this.peaks[t]!),
      scales: recent((t) => this.scales[t]!),
      medians: recent((t) => this.medians[this.ringSlot(t)]!),
      rows: this.rows.moved(from),
      scaleRows: this.scaleRows.moved(from),
      mean: this.mean.state(),
      spread: this.spread.state(),
      coefficients: this.coefficients,
      learnedFrom: this.learnedFrom - from,
      running: { ...running, nextFit: running.nextFit - from, lastFit: running.lastFit - from },
      season: seasonAhead(signal, this.settled, ticks),
    };
  }

  /** Where the forecast of tick t stands in `peaks` and `scales`. */
  private slot(t: number): number {
    return this.season ? this.ringSlot(t) : t;
  }

  /** Its place in a ring of those that are not settled: by the tick that it was before anything was dropped. */
  private ringSlot(t: number): number {
    return (t + this.dropped) % this.medians.length;
  }

  private shortMemory(): Memory {
    const kept = Math.ceil((SHORT_MEMORY_TICKS + this.settleTicks) / BLOCK_TICKS + 1) * BLOCK_TICKS;
    // A tail begins at a whole block, so it can be a block longer.
    return { kept, capacity: kept + BLOCK_TICKS + SHORT_MEMORY_SPARE, short: true };
  }

  /** Takes the tick's observation (NaN: none), learns what it settles, and forecasts. */
  observe(observed: number): LeadTimeForecast {
    const usualLow = this.lookUpSeason();
    const dropped = this.signal.append(observed, usualLow);
    if (dropped > 0) this.drop(dropped);
    const t = this.signal.length - 1;
    if (!this.season) writeSeasonOf(this.signal, this.settled, t, this.today);
    this.settle(t - this.settleTicks, t);
    if (t >= this.fitDue() && this.running.learned >= LEAST_ROWS) this.fit(t);
    return this.forecast(t);
  }

  /** With a short memory: what the days before say of the coming tick. @returns its usual low. */
  private lookUpSeason(): number | undefined {
    if (!this.season) return undefined;
    const at = (this.signal.length - this.seasonFrom) * SEASON_VALUES;
    if (at < this.season.length) this.today.set(this.season.subarray(at, at + SEASON_VALUES));
    else this.today.fill(Number.NaN);
    return this.today[USUAL_LOW]!;
  }

  private forecast(t: number): LeadTimeForecast {
    const { signal, running } = this;
    const row = this.rows.offset(t);
    running.level += (signal.logLoad(t) - running.level) / Math.min(++running.levelTicks, LEVEL_TICKS);
    writeFeatures(signal, this.today, running.level, t, this.rows.values, row);
    const growth = this.withinSeen(this.coefficients?.mean, row);
    const medianGrowth = this.withinSeen(this.coefficients?.median, row);
    const scaleRow = this.scaleRows.offset(t);
    writeScaleFeatures(
      {
        errors: this.settled,
        known: t - this.settleTicks,
        daysError: this.today[DAYS_ERROR]!,
        levelInPods: signal.logLoad(t) - Math.log(this.podCapacity),
        expectedGrowth: growth,
        surprise: this.measureSurprise(t),
      },
      { values: this.rows.values, at: row },
      { values: this.scaleRows.values, at: scaleRow },
    );
    const scale = this.errorScale(scaleRow);
    const slot = this.slot(t);
    this.peaks[slot] = Math.exp(signal.logLoad(t) + growth);
    this.scales[slot] = scale;
    const { floor } = signal;
    const median = Math.exp(signal.logLoad(t) + medianGrowth);
    this.medians[this.ringSlot(t)] = median;
    return {
      load: signal.load[t]!,
      peakPlusFloor: this.peaks[slot]!,
      floor,
      scale,
      newest: signal.newest[t]!,
      unusuallyLow: signal.unusuallyLow[t] === 1,
      median: Math.max(0, median - floor),
      upper: Math.max(0, median * (1 + this.running.upperFactor * scale) - floor),
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
   * An error is settled only when its lead time is over, but that demand has passed a forecast shows at once.
   * newest[t] is the demand at t − 1, inside the lead time of the forecasts made since t − settleTicks.
   */
  private measureSurprise(t: number): Surprise {
    const { signal, settleTicks } = this;
    let now = 0;
    if (signal.seen[t] === 1) {
      for (const back of [2, settleTicks >> 1, settleTicks]) {
        if (back > t) continue;
        now = Math.max(now, Math.log((signal.newest[t]! + signal.floor) / this.peaks[this.slot(t - back)]!));
      }
    }
    const lately = Math.max(now, this.running.lately * SURPRISE_FADE);
    this.running.lately = lately;
    return { now, lately };
  }

  /** The lead time of the forecast made at `s` is over at `t`: learn from it. */
  private settle(s: number, t: number): void {
    if (s < 0) return;
    const { signal } = this;
    // newest[i] is the demand at i − 1: the lead time (s, s + lead] is newest[s + 2 … t].
    let peak = 0;
    for (let i = s + 2; i <= t; i++) if (signal.newest[i]! > peak) peak = signal.newest[i]!;
    const growth = Math.log(peak + signal.floor) - signal.logLoad(s);
    const serving = s >= signal.born && (peak > 0 || signal.load[s]! > 0);
    // An outage teaches nothing of the load.
    const usable = serving && s > signal.lastGap && signal.unusuallyLow[s] === 0;
    const error = Math.abs(growth - (Math.log(this.peaks[this.slot(s)]!) - signal.logLoad(s)));
    this.settled.settle(s, growth, usable ? error : Number.NaN);
    if (!usable) return;
    this.trackUpper(s, signal.newest[t]!);
    this.rememberExtremes(growth, error);
    if (s % ROW_TICKS !== 0) return;
    const ahead = Math.log(signal.newest[t]! + signal.floor) - signal.logLoad(s);
    this.mean.add(this.rows.values, this.rows.offset(s), growth, ahead);
    const logError = Math.log((error + LEAST_ERROR) / TYPICAL_ERROR);
    this.spread.add(this.scaleRows.values, this.scaleRows.offset(s), logError);
    this.running.learned++;
  }

  /** Online quantile tracking: a miss raises the factor by level × step, a hit lowers it by (1 − level) × step. */
  private trackUpper(s: number, came: number): void {
    const upper = this.medians[this.ringSlot(s)]! * (1 + this.running.upperFactor * this.scales[this.slot(s)]!);
    this.running.upperFactor += UPPER_STEP * (came + this.signal.floor > upper ? UPPER_LEVEL : UPPER_LEVEL - 1);
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
    const [mean, median] = this.mean.solve();
    this.coefficients = { mean: mean!, median: median!, spread: this.spread.solve()[0]! };
    this.learnedFrom = Math.min(this.learnedFrom, t);
    const fade = Math.exp(-(t - running.lastFit) / (FADE_DAYS * TICKS_PER_DAY));
    this.mean.fade(fade);
    this.spread.fade(fade);
    const age = t - this.signal.born;
    running.lastFit = t;
    running.nextFit = t + Math.min(MOST_REFIT_TICKS, Math.max(LEAST_REFIT_TICKS, Math.floor(age / 8)));
  }

  private drop(ticks: number): void {
    if (!this.season) for (const array of [this.peaks, this.scales]) array.copyWithin(0, ticks);
    this.dropped += ticks;
    this.settled.drop(ticks);
    this.rows.drop(ticks);
    this.scaleRows.drop(ticks);
    this.learnedFrom -= ticks;
    this.running.nextFit -= ticks;
    this.running.lastFit -= ticks;
    this.seasonFrom -= ticks;
  }
}
