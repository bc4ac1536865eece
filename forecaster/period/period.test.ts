import { expect, test } from 'vitest';
import { generateLoad } from '../../benchmarks/generated-load.ts';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Series } from '../../core/series.ts';
import { detectPeriods } from './period.ts';

function load(days: number, stepSeconds: number, at: (second: number) => number): Series {
  const random = seededRandom(9);
  const values = Float64Array.from(
    { length: (days * DAY_SECONDS) / stepSeconds },
    (_, i) => at(i * stepSeconds) + normalQuantile(random()),
  );
  return { startSeconds: 0, stepSeconds, values };
}

const sine = (second: number, period: number): number => Math.sin((2 * Math.PI * second) / period);

test('a day and an hour at once, under a trend, with outliers and a tenth missing', () => {
  const series = load(7, 60, (s) => 50 + s / 1e5 + 4 * sine(s, DAY_SECONDS) + 2 * sine(s, HOUR_SECONDS));
  const random = seededRandom(6);
  const values = series.values.map((v, i) => (i % 10 === 3 ? Number.NaN : random() < 0.003 ? 20 * v : v));
  const { periods, reason } = detectPeriods({ ...series, values });
  expect(new Set(periods.map((p) => p.seconds))).toEqual(new Set([DAY_SECONDS, HOUR_SECONDS]));
  expect(periods.every((p) => p.strength > 0.1 && p.strength <= 1)).toBe(true);
  expect(reason).toContain('24 h');
});

test('noise, a random walk and a level shift have no period, and the reason says so', () => {
  const random = seededRandom(4);
  let walk = 500;
  const none = [
    load(7, 60, () => 50),
    load(7, 300, (s) => (s > 4 * DAY_SECONDS ? 90 : 50)),
    load(7, 300, () => {
      walk += normalQuantile(random());
      return walk;
    }),
  ];
  for (const series of none) {
    const { periods, reason } = detectPeriods(series);
    expect(periods).toEqual([]);
    expect(reason).toContain('no period');
  }
});

test('a short daily burst is one period, not twelve harmonics', () => {
  const series = load(7, 60, (s) => (s % DAY_SECONDS < 2 * HOUR_SECONDS ? 80 : 20));
  expect(detectPeriods(series).periods.map((p) => p.seconds)).toEqual([DAY_SECONDS]);
});

test('too little to see two cycles, and too much missing, are reasons of their own', () => {
  expect(detectPeriods(load(0.01, 60, () => 1)).reason).toContain('too short');
  const series = load(7, 60, (s) => 10 + sine(s, DAY_SECONDS));
  const values = series.values.map((v, i) => (i % 3 === 0 ? v : Number.NaN));
  expect(detectPeriods({ ...series, values }).reason).toContain('missing');
});

test('on generated series it is right nearly always (the benchmark `periods` measures it on more)', () => {
  const random = seededRandom(21);
  let right = 0;
  let wrong = 0;
  for (let i = 0; i < 80; i++) {
    const { series, periodSeconds } = generateLoad(random, i % 4);
    const found = detectPeriods(series).periods.map((p) => p.seconds);
    const hits = periodSeconds.filter((p) => found.some((f) => Math.abs(f / p - 1) < 0.05)).length;
    right += hits;
    wrong += periodSeconds.length - hits + found.length - hits;
  }
  expect((2 * right) / (2 * right + wrong)).toBeGreaterThan(0.88);
});

test('three rows held or drawn out over minutes are no two cycles, whatever they fold to', () => {
  const rows = [1, 5, 1];
  const held = Float64Array.from({ length: 180 }, (_, i) => rows[Math.floor(i / 60)]!);
  const drawn = Float64Array.from({ length: 121 }, (_, i) => (i < 60 ? 10 + i : 130 - i));
  for (const values of [held, drawn, Float64Array.from(rows)]) {
    const { periods, reason } = detectPeriods({ startSeconds: 0, stepSeconds: 60, values });
    expect(periods).toEqual([]);
    expect(reason).toContain('too short');
  }
});
