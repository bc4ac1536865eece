import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { expectedShortage } from './expected-shortage.ts';

describe('the expected shortage', () => {
  it('of a demand that is known is what is missing, and nothing where nothing is', () => {
    expect(expectedShortage(12, 0)).toBe(12);
    expect(expectedShortage(-12, 0)).toBe(0);
  });

  it('of a demand at the capacity is 0.4 of its standard error', () => {
    expect(expectedShortage(0, 10)).toBeCloseTo(10 / Math.sqrt(2 * Math.PI), 1);
  });

  it('is the mean of what demands of that error would miss', () => {
    const random = seededRandom(1);
    for (const missing of [-25, -10, 5, 30]) {
      let sum = 0;
      for (let i = 0; i < 40_000; i++) sum += Math.max(0, missing + 10 * normalQuantile(random()));
      expect(Math.abs(expectedShortage(missing, 10) - sum / 40_000)).toBeLessThan(0.15);
    }
  });

  it('is never under what is missing, never falls with it or with the error', () => {
    const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    const error = fc.double({ min: 0, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(number, error, (missing, own) => {
        const shortage = expectedShortage(missing, own);
        const slack = 1e-3 * own + 1e-9;
        expect(shortage).toBeGreaterThanOrEqual(Math.max(0, missing) - slack);
        expect(expectedShortage(missing + 1, own)).toBeGreaterThanOrEqual(shortage - 1e-9);
        expect(expectedShortage(missing, own + 1)).toBeGreaterThanOrEqual(shortage - slack);
      }),
    );
  });
});
