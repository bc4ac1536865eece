import type { Quantiles } from '../core/forecast.ts';
import { pinballSum } from '../forecaster/day-ahead/backtest.ts';

/** Levels of the weighted quantile loss. */
export const SCORE_LEVELS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99] as const;
const COVERAGE_LEVEL = 0.95;

/** Sums over forecasts; shares only at the end, so that long and short spans weigh by their load. */
export class Score {
  private load = 0;
  private absolute = 0;
  private pinball = 0;
  private covered = 0;
  private count = 0;

  /** @param forecast at SCORE_LEVELS */
  add(actual: Float64Array, forecast: Quantiles): void {
    for (const [l, level] of SCORE_LEVELS.entries()) {
      this.pinball += (2 * pinballSum(actual, forecast.values[l]!, level)) / SCORE_LEVELS.length;
    }
    const median = forecast.values[0]!;
    const upper = forecast.values[SCORE_LEVELS.indexOf(COVERAGE_LEVEL)]!;
    for (let i = 0; i < actual.length; i++) {
      const y = actual[i]!;
      if (Number.isNaN(y)) continue;
      this.load += Math.abs(y);
      this.absolute += Math.abs(y - median[i]!);
      this.covered += y <= upper[i]! ? 1 : 0;
      this.count += 1;
    }
  }

  get empty(): boolean {
    return this.count === 0;
  }
  /** Σ |error of the median| ÷ Σ load. */
  get wape(): number {
    return this.absolute / this.load;
  }
  /** Mean over levels of 2 Σ pinball ÷ Σ load. */
  get loss(): number {
    return this.pinball / this.load;
  }
  /** Share of loads at or under the 0.95 quantile. */
  get coverage(): number {
    return this.covered / this.count;
  }
}
