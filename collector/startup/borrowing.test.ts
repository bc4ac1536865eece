import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BorrowedCurves, borrow, withOwn } from './borrowing.ts';

const seconds = fc.double({ min: 0.1, max: 600, noNaN: true });
/** All start-ups of a workload that take from `least` to `least + spread`. */
const uniform = (least: number, spread: number) => (level: number) => least + spread * level;

describe('what is borrowed', () => {
  it('is what nine workloads in ten are quicker than, each counted once', () => {
    const lenders = Array.from({ length: 20 }, (_, i) => uniform(i + 1, 10));
    const { quantile, lenders: count } = borrow(lenders);
    expect(count).toBe(20);
    expect(quantile(0.5)).toBeCloseTo(19 + 5, 6);
    expect(quantile(0.9)).toBeCloseTo(19 + 9, 6);
    expect(borrow(lenders.slice(0, 3)).quantile(0.9)).toBeCloseTo(3 + 9, 6);
    expect(borrow([]).quantile(0.9)).toBe(0);
  });

  it('of ten thousand workloads is made of a hundred of them', () => {
    let asked = 0;
    const lenders = Array.from({ length: 10_000 }, (_, i) => {
      let first = true;
      return (level: number) => {
        if (first) asked++;
        first = false;
        return level * (i % 59);
      };
    });
    const { quantile } = borrow(lenders);
    expect(asked).toBe(100);
    expect(quantile(1)).toBeGreaterThan(45);
  });

  it('property: never falls with the level', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(seconds, seconds), { maxLength: 40 }), seconds, (all, level) => {
        const { quantile } = borrow(all.map(([least, spread]) => uniform(least, spread)));
        const at = (level % 1) * 0.99;
        expect(quantile(at)).toBeLessThanOrEqual(quantile(at + 0.01));
      }),
    );
  });

  it('is made anew after five minutes, or where a twentieth more is known', () => {
    const curves = new BorrowedCurves();
    let made = 0;
    const ask = (nowSeconds: number, starts: number) =>
      curves.of('shop', nowSeconds, starts, () => {
        made++;
        return [];
      });
    ask(0, 1_000);
    ask(299, 1_050);
    expect(made).toBe(1);
    ask(299, 1_051);
    expect(made).toBe(2);
    ask(600, 1_051);
    expect(made).toBe(3);
    curves.clear();
    ask(600, 1_051);
    expect(made).toBe(4);
  });
});

it('property: its own start-ups and what is borrowed: the longer one at first, its own alone at last, never less than its own', () => {
  fc.assert(
    fc.property(seconds, seconds, fc.integer({ min: 1, max: 20 }), (own, other, samples) => {
      const both = withOwn(
        () => own,
        samples,
        10,
        () => other,
      )(0.9);
      expect(both).toBeGreaterThanOrEqual(own - 1e-9);
      expect(both).toBeLessThanOrEqual(Math.max(own, other) + 1e-9);
      if (samples <= 4) expect(both).toBeCloseTo(Math.max(own, other), 9);
      if (samples >= 10) expect(both).toBe(own);
    }),
  );
});
