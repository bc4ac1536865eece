import { expect, test } from 'vitest';
import type { Quantiles } from '../../core/forecast.ts';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { type Fold, pinballSum } from './backtest.ts';
import { calibrate, learnCalibration } from './conformal.ts';

const LEVELS = [0.5, 0.9, 0.95];

/** Quantiles of 100 ± so many standard deviations of 10. */
function claimed(steps: number, sd: number): Quantiles {
  return { levels: LEVELS, values: LEVELS.map((l) => new Float64Array(steps).fill(100 + sd * normalQuantile(l))) };
}

test('quantiles that were three times too narrow get wider, ones that were too wide narrower', () => {
  const random = seededRandom(1);
  const actual = Float64Array.from({ length: 500 }, () => 100 + 10 * normalQuantile(random()));
  const fold: Fold = {
    training: { startSeconds: 0, stepSeconds: 600, values: new Float64Array(1) },
    actual,
    weight: 1,
  };
  const folds = [fold, fold, fold, fold];
  const width = (sd: number): number => {
    const forecast = claimed(500, sd);
    const after = calibrate(
      forecast,
      learnCalibration(
        folds,
        folds.map(() => forecast),
      ),
    );
    return (after.values[2]![0]! - 100) / (forecast.values[2]![0]! - 100);
  };
  expect(width(3)).toBeGreaterThan(1.8);
  expect(width(40)).toBeLessThan(0.9);
});

test('without a backtest the forecast stays as it is', () => {
  const forecast = claimed(3, 10);
  expect(calibrate(forecast, learnCalibration([], []))).toBe(forecast);
});

test('pinball loss: 0.9 of what was under-, 0.1 of what was over-forecast, gaps free', () => {
  expect(pinballSum(Float64Array.of(10, 0, Number.NaN), Float64Array.of(0, 10, 5), 0.9)).toBeCloseTo(10);
});
