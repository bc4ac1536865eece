import { PendingExamples, rowUpTo } from './pending-examples.ts';

/** Numbers of one forecast. */
const PEAK = 0;
const LOG_PEAK = 1;
const MEDIAN = 2;
const RELATIVE_ERROR = 3;
const LOAD = 4;
const KEEP_PEAK = 5;
export const FORECAST_VALUES = 6;

/** The forecast of one tick ago has not seen more than what is newest now. */
const LEAST_BACK = 2;
/** The newest row is at most so many ticks old. */
const MOST_ROW_AGE = 4;

/** A forecast until its outcome is known; demands plus the floor, in the unit of the metric. See LeadTimeForecast. */
export interface PendingForecast {
  readonly peak: number;
  readonly logPeak: number;
  readonly keepPeak: number;
  /** One lead time ahead. */
  readonly median: number;
  /** Relative error of the peak. */
  readonly relativeError: number;
  /** The load then, without the floor; NaN: unusually low. */
  readonly load: number;
}

/** Forecasts that wait for their outcome: those of rows, and the newest. */
export class PendingForecasts {
  private readonly ring: PendingExamples<Float64Array>;

  /** @param values room for `rowsFor` rows of FORECAST_VALUES */
  constructor(values: Float64Array) {
    this.ring = new PendingExamples(values, FORECAST_VALUES);
  }

  /** As they are stored: not copied. */
  get values(): Float64Array {
    return this.ring.values;
  }

  put(tick: number, { peak, logPeak, keepPeak, median, relativeError, load }: PendingForecast): void {
    const { values } = this.ring;
    const at = this.ring.offset(tick);
    values[at + PEAK] = peak;
    values[at + LOG_PEAK] = logPeak;
    values[at + MEDIAN] = median;
    values[at + RELATIVE_ERROR] = relativeError;
    values[at + LOAD] = load;
    values[at + KEEP_PEAK] = keepPeak;
  }

  peak(tick: number): number {
    return this.at(tick, PEAK);
  }

  logPeak(tick: number): number {
    return this.at(tick, LOG_PEAK);
  }

  keepPeak(tick: number): number {
    return this.at(tick, KEEP_PEAK);
  }

  median(tick: number): number {
    return this.at(tick, MEDIAN);
  }

  relativeError(tick: number): number {
    return this.at(tick, RELATIVE_ERROR);
  }

  load(tick: number): number {
    return this.at(tick, LOAD);
  }

  /**
   * By how much the demand estimate of tick `t`, a logarithm, passed what was forecast for it; 0: it did not. An error is settled only when its
   * lead time is over, but this shows at once. The demand is that of t − 1: it is held against the newest, the middle and the oldest of the
   * forecasts whose lead time it is in.
   */
  passedBy(estimateLog: number, t: number, settleTicks: number): number {
    const newest = this.passedOne(estimateLog, t, LEAST_BACK);
    const middle = this.passedOne(estimateLog, t, Math.max(LEAST_BACK, settleTicks >> 1));
    const oldest = this.passedOne(estimateLog, t, Math.max(LEAST_BACK, settleTicks - MOST_ROW_AGE));
    return Math.max(0, newest, middle, oldest);
  }

  /** Held against the last forecast that waits and is at least so many ticks old. */
  private passedOne(estimateLog: number, t: number, back: number): number {
    return t < back ? 0 : estimateLog - this.logPeak(rowUpTo(t - back));
  }

  private at(tick: number, value: number): number {
    return this.ring.values[this.ring.offset(tick) + value]!;
  }
}
