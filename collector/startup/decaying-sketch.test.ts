import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bin, DecayingSketch, LONGEST_SECONDS, RELATIVE_ACCURACY, Survival } from './decaying-sketch.ts';

const seconds = fc.double({ min: 0.1, max: 3000, noNaN: true });
const weighted = fc.tuple(seconds, fc.double({ min: 0.001, max: 1000, noNaN: true }));

function sketchOf(values: readonly Bin[]): DecayingSketch {
  const sketch = new DecayingSketch();
  for (const [value, weight] of values) sketch.add(value, weight);
  return sketch;
}

/** The least value at which this share of the weight is reached. */
function exactQuantile(values: readonly Bin[], level: number): number {
  const sorted = [...values].sort(([a], [b]) => a - b);
  const whole = sorted.reduce((sum, [, weight]) => sum + weight, 0);
  let sum = 0;
  for (const [value, weight] of sorted) {
    sum += weight;
    if (sum >= level * whole) return value;
  }
  return sorted.at(-1)![0];
}

describe('a quantile sketch', () => {
  it('tells weighted quantiles to within its accuracy', () => {
    fc.assert(
      fc.property(
        fc.array(weighted, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (values, level) => {
          const got = sketchOf(values).quantile(level);
          // Sums of weights round: the exact quantile may be that of a level beside.
          const [low, high] = [exactQuantile(values, level - 1e-6), exactQuantile(values, level + 1e-6)];
          expect(got).toBeGreaterThanOrEqual(low * (1 - 1.01 * RELATIVE_ACCURACY));
          expect(got).toBeLessThanOrEqual(high * (1 + 1.01 * RELATIVE_ACCURACY));
        },
      ),
    );
  });

  it('merges to the same in any order, and to what one sketch of all would be', () => {
    const list = fc.array(weighted, { maxLength: 60 });
    fc.assert(
      fc.property(list, list, list, (a, b, c) => {
        const merged = (...parts: (readonly Bin[])[]) => {
          const sum = new DecayingSketch();
          for (const part of parts) sum.merge(sketchOf(part));
          return sum;
        };
        const one = sketchOf([...a, ...b, ...c]);
        for (const other of [merged(a, b, c), merged(c, a, b)]) {
          expect(other.weight).toBeCloseTo(one.weight, 6);
          expect(other.samples).toBeCloseTo(one.samples, 6);
          const [bins, same] = [other.bins(), one.bins()];
          expect(bins.map(([value]) => value)).toEqual(same.map(([value]) => value));
          for (const [i, [, weight]] of bins.entries()) expect(weight).toBeCloseTo(same[i]![1], 6);
        }
      }),
    );
  });

  it('keeps a value of exactly one second, whose bin is number 0, in a merge with smaller ones', () => {
    const sketch = sketchOf([[0.2, 1]]);
    sketch.merge(
      sketchOf([
        [0.1, 1],
        [1, 2],
      ]),
    );
    expect(sketch.weight).toBe(4);
    expect(sketch.quantile(0.9)).toBeCloseTo(1, 1);
  });

  it('keeps its answers when all weights are tiny: all that it knows is old', () => {
    const tiny = 2 ** -40;
    const old = sketchOf([
      [5, tiny],
      [50, tiny],
      [50, tiny],
    ]);
    expect(old.quantile(0.9)).toBeCloseTo(50, 0);
    expect(old.samples).toBeCloseTo(3, 9);
  });

  it('has bounded bins, whatever comes', () => {
    const sketch = new DecayingSketch();
    for (let value = 1e-9; value < 1e9; value *= 1.01) sketch.add(value, 1);
    expect(sketch.bins().length).toBeLessThan(570);
    expect(sketch.bins()[0]![0]).toBe(0);
    expect(sketch.quantile(1)).toBeLessThan(LONGEST_SECONDS * 1.011);
  });

  it('comes back from JSON as it was, its weights scaled', () => {
    fc.assert(
      fc.property(fc.array(weighted, { minLength: 1, maxLength: 50 }), (values) => {
        const sketch = sketchOf([...values, [0, 3]]);
        const back = new DecayingSketch();
        back.restore(JSON.parse(JSON.stringify(sketch.save(0.5))), 2);
        expect(back.weight / sketch.weight).toBeCloseTo(1, 3);
        expect(back.samples / sketch.samples).toBeCloseTo(1, 3);
        expect(back.bins().map(([value]) => value)).toEqual(sketch.bins().map(([value]) => value));
      }),
    );
  });
});

describe('pods that were not Ready when last seen', () => {
  it('leave their share open: 20 Ready after 10 s, 5 waiting for 600 s', () => {
    const survival = new Survival([[10, 20]], [[600, 5]]);
    expect(survival.quantile(0.5)).toBe(10);
    expect(survival.quantile(0.8)).toBe(10);
    expect(survival.quantile(0.9)).toBe(600);
  });

  it('say nothing of the time after they were deleted', () => {
    // Ten were deleted after 3 s, by a scale-down: they were neither fast nor slow.
    const survival = new Survival(
      [
        [10, 8],
        [30, 2],
      ],
      [[3, 10]],
    );
    expect(survival.quantile(0.5)).toBe(10);
    expect(survival.quantile(0.9)).toBe(30);
  });

  it('only ever make it later, and quantiles ascend', () => {
    const ascending = fc.array(fc.tuple(seconds, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(ascending, fc.array(fc.tuple(seconds, fc.constant(1)), { maxLength: 10 }), (ready, waiting) => {
        const sorted = [...ready].sort(([a], [b]) => a - b);
        const [without, together] = [new Survival(sorted, []), new Survival(sorted, waiting)];
        let before = 0;
        for (const level of [0.1, 0.5, 0.9, 0.99]) {
          expect(together.quantile(level)).toBeGreaterThanOrEqual(without.quantile(level));
          expect(together.quantile(level)).toBeGreaterThanOrEqual(before);
          before = together.quantile(level);
        }
      }),
    );
  });
});
