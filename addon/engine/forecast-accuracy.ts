import { TICKS_PER_DAY } from '../../core/tick.ts';
import type { ForecastForNow } from '../../core/workload-status.ts';
import { ForecastsMade } from './forecasts-made.ts';

/** Forecast errors fade to 1/e in a day. */
const ERROR_FADE = Math.exp(-1 / TICKS_PER_DAY);

/** What was forecast one lead time ago, against what came. */
export class ForecastAccuracy {
  /** What was forecast for the newest tick; undefined: nothing was, as nothing was learned then. */
  forNow: ForecastForNow | undefined;
  private made: ForecastsMade | undefined;
  private errors = 0;
  private loads = 0;

  /** Weighted absolute error of the last day's forecasts of the lead time; undefined: none was settled. */
  get wape(): number | undefined {
    return this.loads > 0 ? this.errors / this.loads : undefined;
  }

  /** Forecasts for another lead time can't be held against what comes. */
  leadTimeIs(ticks: number | undefined): void {
    if (this.made?.leadTimeTicks !== ticks) this.made = undefined;
  }

  /** @param forecast made at this tick; undefined: none was, NaN as `upper`: it is none that is shown. @param value NaN: no observation */
  record(tick: number, value: number, forecast: ForecastForNow | undefined, leadTimeTicks: number): void {
    this.forNow = undefined;
    if (!forecast) return;
    this.made ??= new ForecastsMade(leadTimeTicks);
    const before = this.made.push(tick, forecast);
    if (!Number.isNaN(before.upper)) this.forNow = before;
    if (Number.isNaN(value) || Number.isNaN(before.median)) return;
    this.errors = this.errors * ERROR_FADE + Math.abs(before.median - value);
    this.loads = this.loads * ERROR_FADE + value;
  }
}
