import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { dot, FadingRidge } from './ridge.ts';

/** Rows of two features in −1…1 and a constant. */
function learn(ridge: FadingRidge, rows: number, seed: number, target: (a: number, b: number) => number): void {
  const random = seededRandom(seed);
  for (let i = 0; i < rows; i++) {
    const [a, b] = [2 * random() - 1, 2 * random() - 1];
    ridge.add(Float32Array.of(a, b, 1), 0, target(a, b), -target(a, b));
  }
}

describe('ridge regression over a stream', () => {
  it('finds the coefficients of a known system, for both targets', () => {
    const ridge = new FadingRidge(3, 2);
    learn(ridge, 2_000, 1, (a, b) => 3 * a - 2 * b + 0.5);
    const [first, second] = ridge.solve();
    for (const [i, truth] of [3, -2, 0.5].entries()) {
      expect(first![i]!).toBeCloseTo(truth, 1);
      expect(second![i]!).toBeCloseTo(-truth, 1);
    }
  });

  it('reads rows at an offset', () => {
    const [one, two] = [new FadingRidge(2), new FadingRidge(2)];
    const rows = Float32Array.of(9, 9, 1, 2, 3, 4);
    one.add(rows, 2, 5);
    two.add(Float32Array.of(1, 2), 0, 5);
    expect(one.solve()).toEqual(two.solve());
    expect(dot(Float64Array.of(1, 10), rows, 2)).toBe(21);
  });

  it('four rows at once give the same to the bit, also where some are missing', () => {
    for (const rows of [1, 6, 400]) {
      const [one, four] = [new FadingRidge(3, 2, 1), new FadingRidge(3, 2, 4)];
      for (const ridge of [one, four]) learn(ridge, rows, 3, (a, b) => Math.max(0, a) + b);
      expect(four.solve()).toEqual(one.solve());
      for (const ridge of [one, four]) learn(ridge, rows, 4, (a, b) => a * b);
      expect(four.state()).toEqual(one.state());
    }
  });

  it('fades: what came later outweighs what is old', () => {
    const ridge = new FadingRidge(3);
    learn(ridge, 500, 1, (a) => a);
    ridge.fade(0.01);
    learn(ridge, 500, 2, (a) => -a);
    expect(ridge.solve()[0]![0]!).toBeLessThan(-0.9);
  });

  it('fading alone changes no coefficient', () => {
    const ridge = new FadingRidge(3);
    learn(ridge, 100, 1, (a, b) => a + b);
    const [before] = ridge.solve();
    ridge.fade(0.5);
    const [after] = ridge.solve();
    for (const [i, value] of before!.entries()) expect(after![i]!).toBeCloseTo(value, 6);
  });

  it('is finite without rows, with one row, with features that repeat and with those that never move', () => {
    const ridge = new FadingRidge(3);
    expect(ridge.solve()[0]!.every(Number.isFinite)).toBe(true);
    ridge.add(Float32Array.of(1, 1, 0), 0, 7);
    expect(ridge.solve()[0]!.every(Number.isFinite)).toBe(true);
    for (let i = 0; i < 100; i++) ridge.add(Float32Array.of(i, i, 0), 0, 2 * i);
    const [x] = ridge.solve();
    expect(x![0]! + x![1]!).toBeCloseTo(2, 1);
    expect(x![2]).toBe(0);
  });
});
