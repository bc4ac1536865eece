import { describe, expect, it } from 'vitest';
import { bridge, conditional } from './fractional-bridge.ts';

describe('a point of fractional Brownian motion between known ones', () => {
  it('between two ends is in their middle, and scatters by 4^−H − 1/4 of the square of the increment', () => {
    for (const hurst of [0.1, 0.5, 0.8]) {
      const { weights, variance } = conditional([-0.5, 0.5], hurst);
      expect([...weights]).toEqual([expect.closeTo(0.5, 9), expect.closeTo(0.5, 9)]);
      expect(variance).toBeCloseTo(4 ** -hurst - 0.25, 9);
    }
  });

  it('of a random walk only the nearest two count', () => {
    const { weights } = conditional([-1, 0.5, -2, 2], 0.5);
    expect([...weights]).toEqual([1 / 3, 2 / 3, 0, 0].map((weight) => expect.closeTo(weight, 9)));
  });

  it('of noise drawn anew all count alike: n of them leave 1 + 1/n of the variance', () => {
    const { weights, variance } = conditional([-1, 1, -2, -3], 0);
    for (const weight of weights) expect(weight).toBeCloseTo(0.25, 9);
    expect(variance).toBeCloseTo((1 + 1 / 4) / 2, 9);
  });

  it('draws every part of a segment once, from neighbours that are known by then', () => {
    for (const parts of [2, 5, 30, 60]) {
      const known = new Set([0, parts, -1, -2, -3]);
      const points = bridge(parts, 5, 3, 0.3);
      for (const { part, neighbours, weights, variance } of points) {
        for (const neighbour of neighbours) expect(known).toContain(neighbour);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
        expect(variance).toBeGreaterThan(0);
        known.add(part);
      }
      expect(points.map(({ part }) => part).sort((a, b) => a - b)).toEqual(
        Array.from({ length: parts - 1 }, (_, i) => i + 1),
      );
    }
  });
});
