import { expect, test } from 'vitest';
import { dailyShape } from './daily-shape.ts';

const SIX_HOURS = 21_600;

test('the mean of earlier days at the same time, for the day after too; gaps are skipped, and no day known is NaN', () => {
  const values = Float64Array.of(1, 2, 3, 4, 3, Number.NaN, 5, 6, 8);
  const { values: means } = dailyShape({ startSeconds: 0, stepSeconds: SIX_HOURS, values }, 4);
  expect(Array.from(means)).toEqual([NaN, NaN, NaN, NaN, 1, 2, 3, 4, 2, 2, 4, 5, 5.5]);
});

test('after the history as many days are averaged as for its last step: a day more would shift the level', () => {
  const values = Float64Array.of(100, 100, 100, 100, 2, 2, 2, 2, 4, 4, 4, 4);
  const { values: means } = dailyShape({ startSeconds: 0, stepSeconds: SIX_HOURS, values }, 4);
  // Two days before the last one, and two before the day to come.
  expect(means[11]).toBe(51);
  expect(Array.from(means.subarray(12))).toEqual([3, 3, 3, 3]);
});
