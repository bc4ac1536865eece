import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dense } from './dense-kernel.ts';
import { randomNetwork } from './example-model.ts';
import { MOST_DEVIATION, predictor, type QuantileNetwork } from './quantile-model.ts';

const LEVELS = [0.5, 0.9, 0.99];
const row = fc.array(fc.double({ min: -1e30, max: 1e30, noNaN: true }), { minLength: 5, maxLength: 5 });

describe('a quantile network', () => {
  it('never gives NaN and never lets quantiles cross, whatever row it is given', () => {
    fc.assert(
      fc.property(row, fc.integer({ min: 1, max: 50 }), (features, seed) => {
        const out = new Float64Array(3);
        predictor(randomNetwork(5, LEVELS, 8, seed))(Float32Array.from(features), 0, out);
        expect(out.every(Number.isFinite)).toBe(true);
        expect(out[1]!).toBeGreaterThanOrEqual(out[0]!);
        expect(out[2]!).toBeGreaterThanOrEqual(out[1]!);
      }),
    );
  });

  it('computes what its definition says: worked by hand for one input and a width of one', () => {
    const one = (weight: number, bias: number): Dense => ({
      inputs: 1,
      outputs: 1,
      weights: Float32Array.of(weight),
      biases: Float32Array.of(bias),
    });
    const two = (a: number, b: number, biases: readonly number[]): Dense => ({
      inputs: 1,
      outputs: 2,
      weights: Float32Array.of(a, b),
      biases: Float32Array.from(biases),
    });
    const network: QuantileNetwork = {
      levels: [0.5, 0.9],
      means: Float32Array.of(1),
      deviations: Float32Array.of(2),
      first: one(3, 1),
      blocks: [one(0.5, -1)],
      last: two(1, 0.25, [0.5, 0]),
      straight: two(-1, 0, [9, 9]),
    };
    const out = new Float64Array(2);
    // z = (5 − 1) ÷ 2 = 2; h₀ = 3 · 2 + 1 = 7; h₁ = 7 + (0.5 · 7 − 1) = 9.5; o₀ = 9.5 + 0.5 − 2; o₁ = 0.25 · 9.5
    predictor(network)(Float32Array.of(99, 5), 1, out);
    expect(out[0]).toBeCloseTo(8, 9);
    expect(out[1]).toBeCloseTo(8 + Math.log1p(Math.exp(2.375)), 9);
  });

  it('takes features beyond five deviations for five: what it never saw moves it no further', () => {
    const network = randomNetwork(5, LEVELS);
    const at = (deviations: number) => {
      const out = new Float64Array(3);
      predictor(network)(
        Float32Array.from({ length: 5 }, (_, i) => network.means[i]! + deviations * network.deviations[i]!),
        0,
        out,
      );
      return out[0]!;
    };
    expect(at(1e6)).toBeCloseTo(at(MOST_DEVIATION), 4);
  });
});
