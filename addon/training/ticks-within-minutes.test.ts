import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { ticksWithinMinutes } from './ticks-within-minutes.ts';

const minute = fc.oneof(
  { weight: 9, arbitrary: fc.double({ min: 0, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);

it('the observation at the end of each minute is what was recorded; a gap stays one', () => {
  fc.assert(
    fc.property(fc.array(minute, { maxLength: 40 }), (values) => {
      const minutes = Float64Array.from(values);
      const observed = ticksWithinMinutes(minutes, seededRandom(1));
      expect(observed.length).toBe(4 * minutes.length);
      for (const [i, mean] of minutes.entries()) {
        const end = observed[4 * i + 3]!;
        if (Number.isNaN(mean)) expect(end).toBeNaN();
        else expect(Math.abs(end - mean)).toBeLessThanOrEqual(1e-9 * (1 + mean));
      }
      expect(observed.every((value) => !(value < 0))).toBe(true);
    }),
  );
});

it('a noisy load scatters within its minutes as one that was recorded each tick does', () => {
  const random = seededRandom(3);
  const ticks = Float64Array.from({ length: 40_000 }, () => 100 * Math.exp(0.1 * normalQuantile(random())));
  const means = Float64Array.from({ length: 10_000 }, (_, i) =>
    ticks.subarray(4 * i, 4 * i + 4).reduce((sum, value) => sum + value / 4, 0),
  );
  const observed = ticksWithinMinutes(means, random);
  const step = (values: Float64Array) => {
    let sum = 0;
    for (let t = 8; t < values.length; t++) sum += (values[t]! - values[t - 1]!) ** 2;
    return Math.sqrt(sum / values.length);
  };
  const real = ticks.map((_, t) => (ticks[t]! + (ticks[t - 1] ?? 0) + (ticks[t - 2] ?? 0) + (ticks[t - 3] ?? 0)) / 4);
  expect(step(observed) / step(real)).toBeGreaterThan(0.75);
  expect(step(observed) / step(real)).toBeLessThan(1.25);
});
