import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resample, resampleSeries } from './resample.ts';

const samplesOf = (pairs: readonly (readonly [number, number])[]) => ({
  times: Float64Array.from(pairs, (p) => p[0]),
  values: Float64Array.from(pairs, (p) => p[1]),
});

test('samples every 15 s become the means of their minutes, aligned to the epoch', () => {
  const samples = samplesOf([
    [130, 1],
    [145, 2],
    [160, 3],
    [175, 4],
    [190, 10],
  ]);
  const series = resample(samples, 60);
  expect(series.startSeconds).toBe(120);
  expect([...series.values]).toEqual([2.5, 10]);
});

test('five-minute samples become a line by minute, and a longer silence stays a gap', () => {
  const series = resample(
    samplesOf([
      [0, 0],
      [300, 5],
      [600, 10],
      [900, 15],
      [3_000, 50],
      [3_300, 55],
    ]),
    60,
  );
  expect([...series.values.subarray(0, 7)]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(series.values[20]).toBeNaN();
  expect(series.values[52]).toBe(52);
});

test('what is held stands until the next value, and no longer than over a gap', () => {
  const minutes = {
    startSeconds: 0,
    stepSeconds: 60,
    values: Float64Array.from([4, 8, Number.NaN, Number.NaN, 2, 3, 4]),
  };
  const { values } = resampleSeries(minutes, 15, 'held');
  expect([...values.subarray(0, 5)]).toEqual([4, 4, 4, 4, 8]);
  expect([...values.subarray(5, 16)].every(Number.isNaN)).toBe(true);
  expect(values[16]).toBe(2);
});

test('nothing at all is an empty series', () => {
  expect(resample(samplesOf([]), 60).values.length).toBe(0);
});

test('a resampled load stays between the least and the most that was recorded', () => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.double({ min: 0, max: 1e6, noNaN: true })), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(gaps, fc.constantFrom(15, 60, 300), (steps, stepSeconds) => {
      let time = 1_700_000_000;
      const samples = samplesOf(
        steps.map(([gap, value]) => {
          time += gap;
          return [time, value] as const;
        }),
      );
      const finite = [...resample(samples, stepSeconds).values].filter((v) => !Number.isNaN(v));
      const slack = 1e-6 * (1 + Math.max(...samples.values));
      expect(Math.min(...finite)).toBeGreaterThanOrEqual(Math.min(...samples.values) - slack);
      expect(Math.max(...finite)).toBeLessThanOrEqual(Math.max(...samples.values) + slack);
    }),
  );
});

test('a series at its own step is itself', () => {
  const series = { startSeconds: 0, stepSeconds: 60, values: Float64Array.of(1, Number.NaN, 3) };
  expect(resampleSeries(series, 60)).toBe(series);
  expect([...resampleSeries(series, 180).values]).toEqual([2]);
});
