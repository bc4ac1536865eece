import { TICKS_PER_DAY } from '../../core/tick.ts';
import { LEAST_ERROR } from './error-features.ts';
import { DAYS, type LearnerClock, LikeDays } from './like-days.ts';
import { type LeadTimeModel, NEURAL_INPUTS, type Regressed, writeNeuralInputs } from './neural/neural-model.ts';
import { rowsBefore } from './pending-examples.ts';
import {
  BLOCK_TICKS,
  DAYS_ERROR,
  DAYS_GROWTH,
  DAYS_LEVEL,
  DAYS_SMOOTHED,
  MINUTE_TICKS,
  onGrid,
  type Season,
  WEEK_GROWTH,
  WEEK_LEVEL,
  WEEK_SMOOTHED,
} from './season.ts';
import type { DemandSignal } from './signal.ts';

/** How much of the past stays in memory, ticks; both are multiples of BLOCK_TICKS. */
export interface Memory {
  /** What stays when the buffers are full. */
  readonly kept: number;
  readonly capacity: number;
}

/** A week and what looks back across its edge. */
export const DAYS_OF_MEMORY: Memory = { kept: 8 * TICKS_PER_DAY, capacity: 16 * TICKS_PER_DAY };

/** Room for so many ticks and no more: for a history that is read once. */
export function memoryFor(ticks: number): Memory {
  const capacity = Math.ceil((ticks + 1) / BLOCK_TICKS) * BLOCK_TICKS;
  return { kept: Math.min(DAYS_OF_MEMORY.kept, capacity), capacity };
}

/** What a neural model said of the ticks from `first` until `end`, as the signal counts them; the arrays are by tick − from. */
interface NeuralAnswers {
  readonly neural: LeadTimeModel;
  readonly peaks: Float32Array;
  readonly relativeErrors: Float32Array;
  readonly first: number;
  end: number;
}

/** Half-width of "the same time on an earlier day": 5 minutes; for errors a quarter of an hour. */
const SAME_TIME_TICKS = 20;
const SAME_TIME_ERROR_ROWS = 14;
/** Prefix sums have one more, and the rows of a buffer's ticks depend on where it begins. */
const ROWS_OVER = 6;

/**
 * The days before, by tick: what was observed, what was forecast, and what became of it. Ticks are counted as the signal counts them;
 * when the buffers are full, the oldest days are dropped (`from` moves). Prefix sums make every mean cheap.
 */
export class PastDays implements Season {
  /** The first tick that is held. */
  from = 0;
  /** Rows before it. */
  private fromRow = 0;
  /** By tick − from, single precision: as observed and recovered, and the forecasts (expected peak + floor, relative error). */
  readonly load: Float32Array;
  readonly estimate: Float32Array;
  /** `estimate` less its standard error: what decisions went by. */
  readonly estimateLessError: Float32Array;
  readonly peaks: Float32Array;
  readonly relativeErrors: Float32Array;
  /** Expected peak + floor of the time in which a start pays. */
  readonly keepPeaks: Float32Array;
  /** What a neural model is asked, NEURAL_INPUTS a tick, where there is one. */
  readonly neuralInputs: Float32Array | undefined;
  readonly seen: Uint8Array;
  readonly unusuallyLow: Uint8Array;

  private readonly signal: DemandSignal;
  private readonly memory: Memory;
  private readonly like: LikeDays;
  private readonly logs: Float32Array;
  private readonly growthSums: Float64Array;
  /** By row. */
  private readonly errorSums: Float64Array;
  private readonly errorCounts: Int32Array;
  private readonly lows: Float32Array;
  /** What is smooth, for the minute that begins at tick `first`. */
  private readonly smooth = { first: -1, days: Number.NaN, week: Number.NaN, error: Number.NaN };
  private answers: NeuralAnswers | undefined;
  private usualBlock = -1;
  private usual = 0;

  constructor(signal: DemandSignal, memory: Memory, hasNeural = false, clock?: LearnerClock) {
    this.signal = signal;
    this.memory = memory;
    this.like = new LikeDays(clock);
    const { capacity } = memory;
    this.load = new Float32Array(capacity);
    this.estimate = new Float32Array(capacity);
    this.estimateLessError = new Float32Array(capacity);
    this.peaks = new Float32Array(capacity);
    this.relativeErrors = new Float32Array(capacity);
    this.keepPeaks = new Float32Array(capacity);
    this.neuralInputs = hasNeural ? new Float32Array(NEURAL_INPUTS * capacity) : undefined;
    this.seen = new Uint8Array(capacity);
    this.unusuallyLow = new Uint8Array(capacity);
    this.logs = new Float32Array(capacity);
    this.growthSums = new Float64Array(capacity + 1);
    this.errorSums = new Float64Array(rowsBefore(capacity) + ROWS_OVER);
    this.errorCounts = new Int32Array(rowsBefore(capacity) + ROWS_OVER);
    this.lows = new Float32Array(capacity / BLOCK_TICKS).fill(Number.POSITIVE_INFINITY);
  }

  /** Takes what the signal has just observed. */
  observe(): void {
    const { signal } = this;
    const t = signal.length - 1;
    if (t - this.from === this.load.length) this.drop();
    const i = t - this.from;
    this.load[i] = signal.load;
    this.estimate[i] = signal.estimate;
    this.estimateLessError[i] = signal.estimate - signal.estimateError;
    this.logs[i] = signal.logLoad(t);
    this.seen[i] = signal.seen ? 1 : 0;
    this.unusuallyLow[i] = signal.unusuallyLow ? 1 : 0;
    if (!signal.seen) return;
    const block = Math.floor(i / BLOCK_TICKS);
    const calm = signal.average(0);
    if (calm < this.lows[block]!) this.lows[block] = calm;
  }

  /** The forecast of the newest tick, and what it was made from. */
  forecast(peak: number, keepPeak: number, relativeError: number, regressed: Regressed): void {
    const i = this.signal.length - 1 - this.from;
    this.peaks[i] = peak;
    this.keepPeaks[i] = keepPeak;
    this.relativeErrors[i] = relativeError;
    if (this.neuralInputs) writeNeuralInputs(regressed, this.neuralInputs, NEURAL_INPUTS * i);
  }

  /**
   * What a neural model would have said at the ticks of a span (counted from `from` on): expected peaks + floor and their errors, by tick;
   * valid until the next tick is observed. What it was asked before it is not asked again: the same inputs say the same.
   */
  askNeural(neural: LeadTimeModel, first: number, end: number): Pick<NeuralAnswers, 'peaks' | 'relativeErrors'> {
    const { neuralInputs, load, signal, from } = this;
    if (!neuralInputs) throw new Error('what a neural model is asked was not kept');
    let { answers } = this;
    const goesOn = answers?.neural === neural && answers.first <= from + first && from + first <= answers.end;
    if (!answers || !goesOn) {
      const [peaks, relativeErrors] = [new Float32Array(load.length), new Float32Array(load.length)];
      answers = { neural, peaks, relativeErrors, first: from + first, end: from + first };
      this.answers = answers;
    }
    const { peaks, relativeErrors } = answers;
    for (let i = answers.end - from; i < end; i++) {
      neural.lookAt(neuralInputs, NEURAL_INPUTS * i);
      peaks[i] = (load[i]! + signal.floor) * Math.exp(neural.growth);
      relativeErrors[i] = neural.relativeError;
    }
    answers.end = Math.max(answers.end, from + end);
    return { peaks: peaks.subarray(0, end), relativeErrors: relativeErrors.subarray(0, end) };
  }

  /** How the load grew over the lead time that began at a tick, one tick after another. */
  settle(tick: number, growth: number): void {
    const i = tick - this.from;
    this.growthSums[i + 1] = this.growthSums[i]! + growth;
  }

  /** By how much the forecast of a row's tick was wrong; NaN where it can't be told (a gap, no load yet). */
  settleError(tick: number, error: number): void {
    const i = rowsBefore(tick) - this.fromRow;
    const known = !Number.isNaN(error);
    this.errorSums[i + 1] = this.errorSums[i]! + (known ? error : 0);
    this.errorCounts[i + 1] = this.errorCounts[i]! + (known ? 1 : 0);
  }

  write(t: number, out: Float64Array): void {
    const { logFloor, born } = this.signal;
    const { growthSums, logs, smooth, like } = this;
    let weights = 0;
    let grew = 0;
    let level = 0;
    like.lookAt(t, born);
    for (let d = 0; d < DAYS; d++) {
      const then = t - like.back[d]!;
      if (then < born) break;
      const weight = like.weights[d]!;
      if (weight === 0) continue;
      const i = then - this.from;
      weights += weight;
      grew += weight * (growthSums[i + 1]! - growthSums[i]!);
      level += weight * logs[i]!;
    }
    // Without a day, 0 ÷ 0: not known.
    out[DAYS_GROWTH] = onGrid(grew / weights);
    out[DAYS_LEVEL] = onGrid(level / weights - logFloor);
    const week = t - like.back[like.week]!;
    const i = week - this.from;
    const known = week >= born;
    out[WEEK_GROWTH] = known ? onGrid(growthSums[i + 1]! - growthSums[i]!) : Number.NaN;
    out[WEEK_LEVEL] = known ? onGrid(logs[i]! - logFloor) : Number.NaN;
    const first = t - (t % MINUTE_TICKS);
    if (first !== smooth.first) this.lookAtSmooth(first);
    out[DAYS_SMOOTHED] = smooth.days;
    out[WEEK_SMOOTHED] = smooth.week;
    out[DAYS_ERROR] = smooth.error;
  }

  /** It is looked up at the minute's first tick, whatever tick asks. */
  private lookAtSmooth(first: number): void {
    const { smooth, like } = this;
    const { born } = this.signal;
    smooth.first = first;
    let weights = 0;
    let smoothed = 0;
    smooth.week = Number.NaN;
    like.lookAt(first, born);
    for (let d = 0; d < DAYS; d++) {
      const then = first - like.back[d]!;
      if (then < born) break;
      const weight = like.weights[d]!;
      if (weight === 0) continue;
      const growth = this.meanGrowth(then - this.from);
      weights += weight;
      smoothed += weight * growth;
      if (d === like.week) smooth.week = onGrid(growth);
    }
    smooth.days = onGrid(smoothed / weights);
    smooth.error = onGrid(Math.log(this.errorOfDays(first) + LEAST_ERROR));
  }

  ticksLeft(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Mean growth about a tick. @param i tick − from */
  private meanGrowth(i: number): number {
    const a = Math.max(0, i - SAME_TIME_TICKS);
    const b = i + SAME_TIME_TICKS + 1;
    return (this.growthSums[b]! - this.growthSums[a]!) / (b - a);
  }

  private errorOfDays(t: number): number {
    const { errorSums, errorCounts, like } = this;
    let weights = 0;
    let sum = 0;
    for (let day = 1; day <= DAYS; day++) {
      const then = t - like.back[day - 1]!;
      if (then < this.from) break;
      if (like.weights[day - 1] === 0) continue;
      const i = rowsBefore(then) - this.fromRow;
      const a = Math.max(0, i - SAME_TIME_ERROR_ROWS);
      const b = i + SAME_TIME_ERROR_ROWS;
      const count = errorCounts[b]! - errorCounts[a]!;
      if (count === 0) continue;
      weights += 1 / day;
      sum += (errorSums[b]! - errorSums[a]!) / (count * day);
    }
    return sum / weights;
  }

  /**
   * The least that the last days had within half an hour of this time of day, the lowest day left out where there are
   * three (one outage must not make the next one usual); 0 with under two such days.
   * @param t at most 23 hours ahead of what is held
   */
  usualLow(t: number): number {
    const block = Math.floor(t / BLOCK_TICKS);
    if (block !== this.usualBlock) {
      this.usualBlock = block;
      this.usual = this.lowOfDays(block - this.from / BLOCK_TICKS);
    }
    return this.usual;
  }

  private lowOfDays(block: number): number {
    const { like } = this;
    // Of the block, whichever of its ticks asks first.
    like.lookAt(this.from + block * BLOCK_TICKS, this.signal.born);
    let least = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    let days = 0;
    for (let day = 1; day <= DAYS; day++) {
      const centre = block - Math.round(like.back[day - 1]! / BLOCK_TICKS);
      if (centre < 3) break;
      let low = Number.POSITIVE_INFINITY;
      for (let b = centre - 3; b <= centre + 3; b++) low = Math.min(low, this.lows[b]!);
      if (low === Number.POSITIVE_INFINITY) continue;
      days++;
      if (low < least) {
        second = least;
        least = low;
      } else second = Math.min(second, low);
    }
    if (days < 2) return 0;
    return Math.fround(Math.max(0, Math.exp(days === 2 ? least : second) - this.signal.floor));
  }

  private drop(): void {
    const { kept } = this.memory;
    const ticks = this.load.length - kept;
    const known = [this.load, this.estimate, this.estimateLessError, this.seen, this.unusuallyLow, this.logs];
    const told = [this.peaks, this.keepPeaks, this.relativeErrors, this.growthSums];
    for (const byTick of [...known, ...told]) byTick.copyWithin(0, ticks);
    this.neuralInputs?.copyWithin(0, NEURAL_INPUTS * ticks);
    for (const array of this.answers ? [this.answers.peaks, this.answers.relativeErrors] : [])
      array.copyWithin(0, ticks);
    const rows = rowsBefore(this.from + ticks) - this.fromRow;
    for (const array of [this.errorSums, this.errorCounts]) array.copyWithin(0, rows);
    this.lows.copyWithin(0, ticks / BLOCK_TICKS);
    this.lows.fill(Number.POSITIVE_INFINITY, kept / BLOCK_TICKS);
    this.from += ticks;
    this.fromRow += rows;
  }
}
