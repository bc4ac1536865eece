import type { ForecastForNow } from '../../core/workload-status.ts';

/** Forecasts for one lead time ahead, kept until the tick that they are for: a ring of as many ticks as the lead time has. */
export class ForecastsMade {
  readonly leadTicks: number;
  private readonly medians: Float64Array;
  private readonly uppers: Float64Array;

  constructor(leadTicks: number) {
    this.leadTicks = leadTicks;
    this.medians = new Float64Array(leadTicks).fill(Number.NaN);
    this.uppers = new Float64Array(leadTicks).fill(Number.NaN);
  }

  /** Takes the forecast that was made at this tick. @returns the one for it, made one lead time before */
  push(tick: number, { median, upper }: ForecastForNow): ForecastForNow {
    const at = tick % this.leadTicks;
    const forNow = { median: this.medians[at]!, upper: this.uppers[at]! };
    this.medians[at] = median;
    this.uppers[at] = upper;
    return forNow;
  }
}
