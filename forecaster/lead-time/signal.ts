import { type Measurement, windowTicksOf } from '../../core/measurement.ts';
import { DemandFilter } from './demand-filter.ts';
import { RecentPeak } from './recent-peak.ts';
import { RunningMeans, type RunningMeansState } from './running-means.ts';

/** The least number of ticks that stay at hand: what features look back. A power of two. */
const LEAST_RING = 128;
/** No workload has a larger demand; what is larger is taken for this. */
const MOST_LOAD = 1e30;
/** Below this share of the least that this time of day ever saw, a load is unusually low. */
const UNUSUALLY_LOW = 0.7;
/** An unusual low that lasts longer is the new normal: two hours; where hardly anything is left (a tenth), six. */
const UNUSUAL_TICKS = 480;
const HARDLY_ANY = 0.1;
const HARDLY_ANY_TICKS = 1_440;
/**
 * Depth of a dip, in logarithms: a lost scrape costs a rate a quarter to a third, two of them up to two thirds. What is less is noise, what
 * is more may be a pause between two bursts. Its ends are on one level, but for the least depth.
 */
const LEAST_DIP = 0.1;
const MOST_DIP = 1.1;
/** Lost scrapes one after another that are told from a true fall. */
const LONGEST_DIP = 4;
/** The load is not low now. */
const NEVER = Number.NEGATIVE_INFINITY;

/** Moving averages from tick to tick: 2, 5 and 15 minutes; and by whole minutes: an hour and four (see RunningMeans). */
const AVERAGES = [8, 20, 60] as const;
export const SIGNAL_AVERAGES = AVERAGES.length;
const HOUR_MINUTES = 60;
/** The largest load of two and of ten minutes. */
const SHORT_PEAK = 8;
const LONG_PEAK = 40;

/** Length of the rings that hold so many ticks at least. */
export function ringFor(ticks: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(LEAST_RING, ticks)));
}

/** Where a signal goes on from. */
export interface SignalState {
  readonly length: number;
  readonly floor: number;
  readonly born: number;
  readonly lastGap: number;
  readonly lowSince: number;
  readonly load: number;
  readonly seen: boolean;
  readonly unusuallyLow: boolean;
  readonly logs: Float32Array;
  readonly estimateLogs: Float32Array;
  readonly filter: Float64Array;
  readonly sums: Float64Array;
  readonly hours: RunningMeansState;
}

/**
 * A workload's observations, one a tick, with what is derived from them at once: the last half hour by tick, the last four hours by
 * minute. Ticks are counted from the first observation on. Levels are kept as log(demand + floor), in single precision.
 */
export class DemandSignal {
  /** Ticks observed; the newest is `length - 1`. */
  length = 0;
  /** The observed load; over a gap the last one before it. Unit of the demand. */
  load = 0;
  /** There was an observation. */
  seen = false;
  /** The load is far below all that this time of day ever saw: an outage, or a dependency that hangs. */
  unusuallyLow = false;
  /** The first tick with any load (a service that began later has no load before); Infinity before it. */
  born = Number.POSITIVE_INFINITY;
  /** The last tick without an observation. */
  lastGap = -1;
  /** Below this demand, differences of level don't matter. */
  readonly floor: number;
  readonly logFloor: number;
  /** Ring of log(load + floor), by tick & mask. */
  readonly logs: Float32Array;
  /** Ring of log(estimate + floor). */
  readonly estimateLogs: Float32Array;
  readonly mask: number;
  /** Largest log(load + floor) of the last two and ten minutes. */
  shortPeak = 0;
  longPeak = 0;
  /** Mean log(load + floor) over the last hour and four hours. */
  readonly hours: RunningMeans;

  private readonly filter: DemandFilter;
  private readonly sums: Float64Array;
  private readonly shortPeaks: RecentPeak;
  private readonly longPeaks: RecentPeak;
  private lowSince = NEVER;
  /** The longest dip, in ticks, that can't be the demand's. */
  private readonly dipTicks: number;

  /**
   * @param floor below this demand, differences of level don't matter (a third of a pod).
   * @param ticks that must stay at hand at least.
   * @param state to go on from; it is taken over.
   * @param measurement what an observation is of the demand; by default its exact mean.
   */
  constructor(floor: number, ticks = LEAST_RING, state?: SignalState, measurement?: Measurement) {
    this.floor = floor;
    this.logFloor = Math.fround(Math.log(floor));
    const ring = ringFor(ticks);
    this.mask = ring - 1;
    this.logs = state?.logs ?? new Float32Array(ring);
    this.estimateLogs = state?.estimateLogs ?? new Float32Array(ring);
    this.dipTicks = measurement?.kind === 'rate' ? Math.min(LONGEST_DIP, windowTicksOf(measurement) - 2) : 0;
    this.filter = new DemandFilter(floor, measurement, state?.filter);
    this.sums = state?.sums ?? new Float64Array(SIGNAL_AVERAGES);
    this.hours = new RunningMeans(HOUR_MINUTES, state?.hours);
    this.shortPeaks = new RecentPeak(this.logs, SHORT_PEAK + 1);
    this.longPeaks = new RecentPeak(this.logs, LONG_PEAK + 1);
  }

  /**
   * @param observed the mean demand over the observation window, NaN where there is none. Single precision is kept.
   * @param usualLow the least that this time of day usually has; 0 where that isn't known.
   */
  append(observed: number, usualLow: number): void {
    const t = this.length++;
    const { logs, mask } = this;
    const before = this.load;
    this.seen = !Number.isNaN(observed);
    if (this.seen) this.load = Math.fround(Math.min(observed, MOST_LOAD));
    else this.lastGap = t;
    const { load } = this;
    if (load > 0 && t < this.born) this.born = t;
    for (let i = 0; i < AVERAGES.length; i++) {
      if (t >= AVERAGES[i]!) this.sums[i]! -= logs[(t - AVERAGES[i]!) & mask]!;
    }
    // A load that stays needs no new logarithm, and most gaps and flat loads stay.
    const same = t > 0 && load === before;
    logs[t & mask] = same ? logs[(t - 1) & mask]! : Math.log(load + this.floor);
    const log = logs[t & mask]!;
    for (let i = 0; i < AVERAGES.length; i++) this.sums[i]! += log;
    if (this.seen) this.fillDip(t);
    // Whole minutes, counted from the first tick on.
    if ((t & 3) === 3) {
      this.hours.push((logs[(t - 3) & mask]! + logs[(t - 2) & mask]! + logs[(t - 1) & mask]! + log) / 4);
    }
    this.shortPeak = this.shortPeaks.upTo(t);
    this.longPeak = this.longPeaks.upTo(t);
    this.filter.update(load, this.seen);
    const { estimate } = this;
    this.estimateLogs[t & mask] = estimate === load ? log : Math.log(estimate + this.floor);
    this.markLow(t, usualLow);
  }

  /** The larger of observed demand and demand estimate at the last ticks, the oldest first; over a gap, that before it. */
  *recent(ticks: number): Iterable<number> {
    const { logs, estimateLogs, mask, floor, length } = this;
    for (let t = Math.max(0, length - Math.min(ticks, mask + 1)); t < length; t++)
      yield Math.max(0, Math.exp(Math.max(logs[t & mask]!, estimateLogs[t & mask]!)) - floor);
  }

  /** log(load + floor) at one of the last ticks. */
  logLoad(t: number): number {
    return this.logs[t & this.mask]!;
  }

  /** The demand of the tick before, recovered from observations that are means of a window (demand-filter.ts). */
  get estimate(): number {
    return this.filter.estimate;
  }

  /** Standard error of `estimate`; 0 where observations are exact. Unit of the demand. */
  get estimateError(): number {
    return this.filter.error;
  }

  /** Demand that a scale-out may rest on: the observation, or `estimate` less its error. */
  get supported(): number {
    return this.filter.supported(this.load);
  }

  /** Whether the observations to come are means of the window that was stated. */
  set windowFits(fits: boolean) {
    this.filter.windowFits = fits;
  }

  /** By how much it rose within the last tick. */
  get slope(): number {
    return this.filter.slope;
  }

  /** Mean log(load + floor) over 2, 5 or 15 minutes, as far as was observed. @param i 0, 1 or 2 */
  average(i: number): number {
    return this.sums[i]! / Math.min(this.length, AVERAGES[i]!);
  }

  /** Takes over what another one measured of the same observations' noise. */
  keepNoise(other: DemandSignal): void {
    this.filter.keepNoise(other.filter);
  }

  /**
   * Fills a dip that ends at this tick. A steady demand that falls and rises again leaves a mean over n ticks low for n − 1 of them at
   * least: what is shorter is a scrape that was lost, and the rise after it is none.
   */
  private fillDip(t: number): void {
    const { logs, mask } = this;
    const now = logs[t & mask]!;
    const least = Math.max(0, t - 1 - this.dipTicks, this.lastGap + 1);
    for (let start = t - 1; start > least && isDip(now - logs[start & mask]!); start--) {
      const before = logs[(start - 1) & mask]!;
      if (!isDip(before - logs[start & mask]!) || Math.abs(now - before) > LEAST_DIP) continue;
      const level = Math.min(before, now);
      for (let dip = start; dip < t; dip++) this.raise(dip, level);
      // The rise that ends the dip is none, either.
      this.filter.raise(Math.exp(level) - this.floor);
      return;
    }
  }

  /** Takes a level for that of one of the last ticks. */
  private raise(t: number, level: number): void {
    const { logs, estimateLogs, mask, sums } = this;
    const by = level - logs[t & mask]!;
    if (by <= 0) return;
    logs[t & mask] = level;
    estimateLogs[t & mask] = Math.max(level, estimateLogs[t & mask]!);
    for (let i = 0; i < AVERAGES.length; i++) sums[i]! += by;
  }

  private markLow(t: number, usual: number): void {
    // Below the floor, levels don't matter: a usual zero is one but for its rounding.
    const low = usual > this.floor && this.load < UNUSUALLY_LOW * usual;
    if (!low) this.lowSince = NEVER;
    else if (this.lowSince === NEVER) this.lowSince = t;
    const patience = this.load < HARDLY_ANY * usual ? HARDLY_ANY_TICKS : UNUSUAL_TICKS;
    this.unusuallyLow = low && t - this.lowSince < patience;
  }

  /** As it is: its arrays are not copied. */
  state(): SignalState {
    const { length, floor, born, lastGap, lowSince, load, seen, unusuallyLow } = this;
    const { logs, estimateLogs, sums } = this;
    return {
      length,
      floor,
      born,
      lastGap,
      lowSince,
      load,
      seen,
      unusuallyLow,
      logs,
      estimateLogs,
      filter: this.filter.state(),
      sums,
      hours: this.hours.state(),
    };
  }

  /** Goes on from a state, which is taken over. */
  static resume(state: SignalState, measurement?: Measurement): DemandSignal {
    const signal = new DemandSignal(state.floor, state.logs.length, state, measurement);
    signal.length = state.length;
    signal.born = state.born;
    signal.lastGap = state.lastGap;
    signal.lowSince = state.lowSince;
    signal.load = state.load;
    signal.seen = state.seen;
    signal.unusuallyLow = state.unusuallyLow;
    return signal;
  }
}

function isDip(depth: number): boolean {
  return depth > LEAST_DIP && depth < MOST_DIP;
}
