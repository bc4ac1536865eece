import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantileOf, weightedQuantiles } from './weighted-quantile.ts';

const samples = fc.array(
  fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0.01, max: 10, noNaN: true })),
  {
    minLength: 1,
    maxLength: 80,
  },
);

function quantiles(pairs: readonly (readonly [number, number])[], levels: readonly number[]): number[] {
  const out = levels.map(() => new Float64Array(1));
  weightedQuantiles(
    Float64Array.from(pairs, (p) => p[0]),
    Float64Array.from(pairs, (p) => p[1]),
    pairs.length,
    levels,
    out,
    0,
  );
  return out.map((o) => o[0]!);
}

test('quantiles never cross and never leave the samples', () => {
  fc.assert(
    fc.property(samples, (pairs) => {
      const found = quantiles(pairs, [0.1, 0.5, 0.9, 0.999]);
      const values = pairs.map((p) => p[0]);
      expect(found.every((q, i) => i === 0 || q >= found[i - 1]!)).toBe(true);
      expect(found[0]).toBeGreaterThanOrEqual(Math.min(...values));
      expect(found[3]).toBeLessThanOrEqual(Math.max(...values));
    }),
    { numRuns: 2_000 },
  );
});

test('the order of the samples does not matter', () => {
  fc.assert(
    fc.property(samples, (pairs) => {
      const distinct = [...new Map(pairs.map((p) => [p[0], p])).values()];
      const there = quantiles(distinct, [0.25, 0.75]);
      const back = quantiles([...distinct].reverse(), [0.25, 0.75]);
      expect(Math.abs(there[0]! - back[0]!) + Math.abs(there[1]! - back[1]!)).toBeLessThanOrEqual(
        1e-6 * (1 + there[1]!),
      );
    }),
  );
});

test('a sample with nine tenths of the weight is the median', () => {
  expect(
    quantiles(
      [
        [1, 0.5],
        [10, 9],
        [100, 0.5],
      ],
      [0.5],
    ),
  ).toEqual([10]);
});

test('the plain quantile of nothing is NaN', () => {
  expect(quantileOf(Float64Array.of(Number.NaN), 0.5)).toBeNaN();
  expect(quantileOf(Float64Array.of(3, 1, 2), 0.5)).toBe(2);
});
