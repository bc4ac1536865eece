import { expect, test } from 'vitest';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { expectSane } from '../../models/model.contract.ts';
import { forecastDay } from './forecast.ts';
import { forecastFromNewest } from './join-estimate.ts';

/** A week by minute around a daily wave, with a deviation that lasts for hours. */
function wandering() {
  const random = seededRandom(8);
  let drift = 0;
  const values = Float64Array.from({ length: 7 * 1_440 }, (_, i) => {
    drift = 0.998 * drift + 0.01 * normalQuantile(random());
    return (200 - 150 * Math.cos((2 * Math.PI * i) / 1_440)) * Math.exp(drift + (i > 7 * 1_440 - 90 ? 0.4 : 0));
  });
  return { startSeconds: 1_699_920_000, stepSeconds: 60, values };
}

test('half as much again for ninety minutes: the path starts there and returns to the season in eight hours', () => {
  const history = wandering();
  const season = forecastDay(history).values[0]!;
  const { values } = forecastFromNewest(history);
  expectSane(values, 1_440);
  const newest = history.values.at(-1)!;
  expect(Math.abs(values[0]![0]! - newest)).toBeLessThan(Math.abs(season[0]! - newest));
  expect(values[0]!.subarray(480)).toEqual(season.subarray(480));
});

test('nothing to learn from: the forecast stands as it is', () => {
  const short = { startSeconds: 0, stepSeconds: 60, values: Float64Array.of(1, 2, 3) };
  expect(forecastFromNewest(short).values).toEqual(forecastDay(short).values);
});
