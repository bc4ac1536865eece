import { expect, test } from 'vitest';
import { HOUR_SECONDS } from '../core/series.ts';
import { loadOver } from './model.contract.ts';
import { similarDays } from './similar-days.ts';

const NOON = 12 * HOUR_SECONDS;

test('under a week nobody knows what the weekday to come is like', () => {
  expect(
    similarDays(
      loadOver(6, (i) => i % 144),
      6,
    ),
  ).toBeUndefined();
});

test('before a Saturday: Sunday counts like last Saturday, working days hardly', () => {
  // Two days at 20, then five at 100: the next day is what the first was.
  const likeness = similarDays(
    loadOver(7, (i) => (i < 2 * 144 ? 20 : 100) + (i % 5)),
    7,
  )!;
  expect(likeness(7, NOON)).toBe(1);
  expect(likeness(6, NOON)).toBeGreaterThan(0.4);
  for (const workingDay of [1, 2, 3, 4]) expect(likeness(workingDay, NOON)).toBeLessThan(0.05);
});

test('days that are all alike all count', () => {
  const likeness = similarDays(
    loadOver(7, (i) => 100 + ((i * 7) % 11)),
    7,
  )!;
  const weights = [1, 2, 3, 4, 5, 6, 7].map((day) => likeness(day, NOON));
  expect(Math.min(...weights)).toBeGreaterThan(0.1);
});

test('gaps make no weight less than a number', () => {
  const likeness = similarDays(
    loadOver(7, (i) => (i > 300 && i < 700 ? Number.NaN : i % 144)),
    7,
  )!;
  for (let day = 1; day <= 7; day++) expect(likeness(day, NOON)).toBeGreaterThan(0);
});
