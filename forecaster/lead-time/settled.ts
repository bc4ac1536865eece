/** The end of what is settled. */
export interface SettledTail {
  readonly errorSums: Float64Array;
  readonly errorCounts: Uint32Array;
}

/**
 * What became of past forecasts, by tick: how the load grew over the lead time, and by how much the forecast was wrong
 * (log ratios). Ticks are settled one after another; prefix sums make every mean cheap.
 */
export class SettledForecasts {
  private readonly growth: Float64Array;
  private readonly growthSums: Float64Array;
  private readonly errorSums: Float64Array;
  private readonly errorCounts: Uint32Array;

  /** @param keepsGrowth without it growth can't be asked for: the days before are looked up elsewhere. */
  constructor(capacity: number, keepsGrowth = true) {
    this.growth = new Float64Array(keepsGrowth ? capacity : 0);
    this.growthSums = new Float64Array(keepsGrowth ? capacity + 1 : 0);
    this.errorSums = new Float64Array(capacity + 1);
    this.errorCounts = new Uint32Array(capacity + 1);
  }

  /** @param error of the forecast made at `tick`; NaN where it can't be told (a gap, no load yet). */
  settle(tick: number, growth: number, error: number): void {
    const known = !Number.isNaN(error);
    if (this.growth.length > 0) {
      this.growth[tick] = growth;
      this.growthSums[tick + 1] = this.growthSums[tick]! + growth;
    }
    this.errorSums[tick + 1] = this.errorSums[tick]! + (known ? error : 0);
    this.errorCounts[tick + 1] = this.errorCounts[tick]! + (known ? 1 : 0);
  }

  /** Forgets the oldest ticks; the rest move down. */
  drop(ticks: number): void {
    for (const array of [this.growth, this.growthSums, this.errorSums, this.errorCounts]) array.copyWithin(0, ticks);
  }

  growthAt(tick: number): number {
    return this.growth[tick]!;
  }

  /** Mean growth over the ticks from…to. */
  meanGrowth(from: number, to: number): number {
    const a = Math.max(0, from);
    return (this.growthSums[to + 1]! - this.growthSums[a]!) / (to + 1 - a);
  }

  /** Mean error over the ticks [from, to); NaN where none is known. */
  meanError(from: number, to: number): number {
    const a = Math.max(0, from);
    const b = Math.max(a, to);
    const count = this.errorCounts[b]! - this.errorCounts[a]!;
    return count > 0 ? (this.errorSums[b]! - this.errorSums[a]!) / count : Number.NaN;
  }

  /** The newest ticks up to `length`, without the first `from`: what recent errors are told from. */
  tail(from: number, length: number): SettledTail {
    return {
      errorSums: this.errorSums.slice(from, length + 1),
      errorCounts: this.errorCounts.slice(from, length + 1),
    };
  }

  /** Goes on from a tail; growth is asked of the days before, which are looked up elsewhere. */
  static resume(tail: SettledTail, capacity: number): SettledForecasts {
    const settled = new SettledForecasts(capacity, false);
    settled.errorSums.set(tail.errorSums);
    settled.errorCounts.set(tail.errorCounts);
    return settled;
  }
}
