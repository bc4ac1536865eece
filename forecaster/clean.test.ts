import { expect, test } from 'vitest';
import { cleanHistory } from './clean.ts';

function history(values: readonly number[], stepSeconds = 60) {
  return { startSeconds: 1_000_000, stepSeconds, values: Float64Array.from(values) };
}

const busy = (n: number): number[] => Array.from({ length: n }, (_, i) => 50 + (i % 7));

test('negative and infinite values become gaps, the rest stays', () => {
  const { series, repairs } = cleanHistory(history([5, -1, Number.POSITIVE_INFINITY, 7, Number.NaN]));
  expect(Array.from(series.values)).toEqual([5, Number.NaN, Number.NaN, 7, Number.NaN]);
  expect(repairs).toEqual([]);
});

test('zeros before a service began are cut off, and its start moves', () => {
  const { series, repairs } = cleanHistory(history([...new Array(60).fill(0), ...busy(200)]));
  expect(series.values.length).toBe(200);
  expect(series.startSeconds).toBe(1_000_000 + 60 * 60);
  expect(repairs[0]).toContain('began 60 minutes into');
});

test('one long run of zeros in a busy service is an outage; a nightly pause is not', () => {
  const outage = cleanHistory(history([...busy(300), ...new Array(30).fill(0), ...busy(300)]));
  expect(outage.series.values.slice(300, 330).every(Number.isNaN)).toBe(true);
  expect(outage.repairs[0]).toContain('30 minutes of zeros');
  const night = [...busy(100), ...new Array(30).fill(0)];
  const nightly = cleanHistory(history([...night, ...night, ...night, ...night, ...night]));
  expect(nightly.repairs).toEqual([]);
  expect(nightly.series.values[110]).toBe(0);
});

test('its input is not touched, and nothing known stays nothing known', () => {
  const given = history([-1, 0, 0, 0]);
  cleanHistory(given);
  expect(Array.from(given.values)).toEqual([-1, 0, 0, 0]);
  expect(cleanHistory(history([])).series.values.length).toBe(0);
});
