import { DAY_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';

/** Days that are looked back on. */
export const DAYS = 7;
export const BLOCK_SECONDS = 1_800;
export const BLOCKS_PER_DAY = DAY_SECONDS / BLOCK_SECONDS;
/** The largest load is looked up in bins of ten minutes. */
const BIN_SECONDS = 600;
/** Under a fiftieth of the mean load, loads don't differ. */
const FLOOR_SHARE = 0.02;
/** Nor under this share of the largest, so that nothing overflows. */
const LEAST_FLOOR = 1e-6;

/**
 * What is known of a load before an origin, so that means, maxima and logarithms of any span are looked up and not summed again. In shares of
 * the largest load, so that neither a tiny nor an enormous one loses digits. Indices count steps; the origin is `length`.
 */
export class KnownLoad {
  readonly length: number;
  readonly stepSeconds: number;
  /** In units of the load: what shares are to be multiplied with; 0 where nothing but zeros is known. */
  readonly largest: number;
  /** Added to both sides of a ratio, a share like all the rest. */
  readonly floor: number;
  /** Index after the newest value. */
  readonly end: number;
  /** log(load + floor) of half hours, counted back from the origin: the newest is 0. NaN: unknown. */
  readonly blocks: Float64Array;
  readonly values: Float64Array;
  private readonly sums: Float64Array;
  private readonly counts: Int32Array;
  /** Σ |change of the logarithm from value to value|. */
  private readonly changes: Float64Array;
  private readonly binSteps: number;
  private readonly bins: Float64Array;

  constructor({ values, stepSeconds }: Series) {
    const most = Math.round((DAYS * DAY_SECONDS) / stepSeconds);
    const own = values.subarray(Math.max(0, values.length - most));
    const n = own.length;
    this.length = n;
    this.stepSeconds = stepSeconds;
    let largest = 0;
    let end = 0;
    for (let i = 0; i < n; i++) {
      if (!Number.isFinite(own[i]!)) continue;
      if (own[i]! > largest) largest = own[i]!;
      end = i + 1;
    }
    this.largest = largest;
    this.end = end;
    this.values = new Float64Array(n);
    this.sums = new Float64Array(n + 1);
    this.counts = new Int32Array(n + 1);
    for (let i = 0; i < n; i++) {
      const known = Number.isFinite(own[i]!);
      const value = known ? (largest > 0 ? Math.max(0, own[i]!) / largest : 0) : Number.NaN;
      this.values[i] = value;
      this.sums[i + 1] = this.sums[i]! + (known ? value : 0);
      this.counts[i + 1] = this.counts[i]! + (known ? 1 : 0);
    }
    const day = this.steps(DAY_SECONDS);
    const mean = this.mean(0, n);
    const lately = this.mean(end - day, end);
    this.floor = Math.max(LEAST_FLOOR, FLOOR_SHARE * Math.max(lately, mean / 10) || 0);
    this.changes = this.sumChanges();
    this.binSteps = this.steps(BIN_SECONDS);
    this.bins = this.maximaOfBins();
    this.blocks = this.logOfBlocks();
  }

  /** A time in whole steps, at least one. */
  steps(seconds: number): number {
    return Math.max(1, Math.round(seconds / this.stepSeconds));
  }

  /** Mean of the known values with from ≤ index < to; NaN where none is. */
  mean(from: number, to: number): number {
    const a = Math.max(from, 0);
    const b = Math.min(to, this.length);
    if (b <= a) return Number.NaN;
    return (this.sums[b]! - this.sums[a]!) / (this.counts[b]! - this.counts[a]!);
  }

  /** The logarithm of a mean, NaN of NaN. */
  logMean(from: number, to: number): number {
    const mean = this.mean(from, to);
    return Math.log((mean > 0 ? mean : 0 * mean) + this.floor);
  }

  /** Mean |change of the logarithm| from value to value. */
  volatility(from: number, to: number): number {
    const a = Math.max(from, 0);
    const b = Math.min(to, this.length);
    if (b <= a) return Number.NaN;
    return (this.changes[b]! - this.changes[a]!) / (this.counts[b]! - this.counts[a]!);
  }

  /** The logarithm of the largest load within a span, rounded outwards to bins; NaN where none is known. */
  logMaximum(from: number, to: number): number {
    const first = Math.max(0, Math.floor((this.length - to) / this.binSteps));
    const last = Math.min(this.bins.length - 1, Math.floor((this.length - 1 - from) / this.binSteps));
    let most = -1;
    for (let b = first; b <= last; b++) if (this.bins[b]! > most) most = this.bins[b]!;
    return most < 0 ? Number.NaN : Math.log(most + this.floor);
  }

  /** Minutes since the newest value. */
  get ageMinutes(): number {
    return ((this.length - this.end) * this.stepSeconds) / MINUTE_SECONDS;
  }

  private sumChanges(): Float64Array {
    const { values, floor, length } = this;
    const sums = new Float64Array(length + 1);
    let before = Number.NaN;
    for (let i = 0; i < length; i++) {
      sums[i + 1] = sums[i]!;
      if (Number.isNaN(values[i]!)) continue;
      const now = values[i]! + floor;
      // |a − b| ÷ their mean is the change of the logarithm to the third order, without one.
      if (before > 0) sums[i + 1]! += Math.abs(now - before) / (0.5 * (now + before));
      before = now;
    }
    return sums;
  }

  /** Counted back from the origin; −1: nothing known. */
  private maximaOfBins(): Float64Array {
    const bins = new Float64Array(Math.ceil(this.length / this.binSteps)).fill(-1);
    for (let i = 0; i < this.length; i++) {
      const b = Math.floor((this.length - 1 - i) / this.binSteps);
      if (this.values[i]! > bins[b]!) bins[b] = this.values[i]!;
    }
    return bins;
  }

  private logOfBlocks(): Float64Array {
    const blocks = new Float64Array(BLOCKS_PER_DAY * (DAYS + 1)).fill(Number.NaN);
    const perBlock = BLOCK_SECONDS / this.stepSeconds;
    for (let b = 0; b < blocks.length; b++) {
      const to = this.length - Math.round(b * perBlock);
      const from = Math.min(to - 1, this.length - Math.round((b + 1) * perBlock));
      if (to <= 0) break;
      blocks[b] = this.logMean(from, to);
    }
    return blocks;
  }
}
