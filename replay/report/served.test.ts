import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { servedPercent, sloPercent } from './served.ts';

describe('the share that was served', () => {
  it('shows two digits of what was not', () => {
    expect(servedPercent(0.54, 1)).toBe('99.9946 %');
    expect(servedPercent(114, 1)).toBe('98.9 %');
    expect(servedPercent(1_200, 1)).toBe('88 %');
    expect(servedPercent(0, 1)).toBe('100 %');
    expect(servedPercent(1e-7, 1)).toBe('99.999999999 %');
  });

  it('never looks like a kept SLO where it is not one, nor the other way round', () => {
    expect(sloPercent(1)).toBe('99.99 %');
    expect(servedPercent(1.004, 1)).toBe('99.98996 %');
    expect(servedPercent(1, 1)).toBe('99.99 %');
    expect(servedPercent(0.996, 1)).toBe('99.99 %');
    expect(servedPercent(9.96, 10)).toBe('99.9 %');
    expect(servedPercent(1 + 1e-12, 1)).toBe('just under 99.99 %');
    expect(sloPercent(0.3)).toBe('99.997 %');
  });

  it('agrees with the verdict for any figures', () => {
    const bp = fc.oneof(
      fc.double({ min: 0, max: 10_000, noNaN: true }),
      fc.double({ min: 0.9, max: 1.1, noNaN: true }),
    );
    fc.assert(
      fc.property(bp, fc.constantFrom(0.1, 0.3, 1, 2, 7, 10, 100, 1_000), (unmetBp, targetBp) => {
        const [served, slo] = [servedPercent(unmetBp, targetBp), sloPercent(targetBp)];
        if (served.startsWith('just')) {
          expect(served).toBe(`just under ${unmetBp > targetBp ? slo : '100 %'}`);
          expect(Math.abs(unmetBp - (unmetBp > targetBp ? targetBp : 0))).toBeLessThan(1e-6);
          return;
        }
        const isKept = Number.parseFloat(served) >= Number.parseFloat(slo);
        expect(isKept).toBe(unmetBp <= targetBp);
        expect(served === '100 %').toBe(unmetBp === 0);
      }),
      { numRuns: 4_000 },
    );
  });
});
