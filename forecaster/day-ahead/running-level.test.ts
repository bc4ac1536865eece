import { expect, test } from 'vitest';
import { followLevel, HALF_LIVES_SECONDS } from './running-level.ts';

test('the newest value, and means that forget half in their time; gaps are skipped on both sides', () => {
  const actual = Float64Array.of(2, 4, Number.NaN, 8);
  const { level, expected, unrest } = followLevel(actual, Float64Array.of(1, 2, 100, 4), HALF_LIVES_SECONDS[1]!);
  expect(Array.from(level[0]!)).toEqual([2, 4, 4, 8]);
  expect(Array.from(expected[0]!)).toEqual([1, 2, 2, 4]);
  expect(level[1]![1]).toBeCloseTo((0.5 * 2 + 4) / 1.5, 9);
  expect(expected[1]![3]! / level[1]![3]!).toBeCloseTo(0.5, 9);
  expect(unrest[0]).toBe(0);
  expect(unrest[3]).toBeCloseTo(2, 9);
});

test('nothing known yet is NaN', () => {
  const { level, unrest } = followLevel(Float64Array.of(Number.NaN), Float64Array.of(1), 60);
  expect(level[2]![0]).toBeNaN();
  expect(unrest[0]).toBe(0);
});
