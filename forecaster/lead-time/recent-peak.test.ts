import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecentPeak } from './recent-peak.ts';

it('is the largest of the last ticks, whatever came', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 16 }),
      (values, ticks) => {
        const ring = new Float32Array(16);
        const peak = new RecentPeak(ring, ticks);
        const wrong = values.filter((value, t) => {
          ring[t & 15] = value;
          return peak.upTo(t) !== Math.max(...values.slice(Math.max(0, t - ticks + 1), t + 1));
        });
        expect(wrong).toEqual([]);
      },
    ),
  );
});
