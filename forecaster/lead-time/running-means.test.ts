import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RunningMeans } from './running-means.ts';

const mean = (values: readonly number[]) => {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) / known.length : Number.NaN;
};

it('are the means of what is known, and go on from a state to the bit', () => {
  const value = fc.oneof(fc.constant(Number.NaN), fc.double({ min: 0, max: 10, noNaN: true }));
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 700 }),
      fc.integer({ min: 1, max: 239 }),
      (values, window) => {
        const kept = values.map(Math.fround);
        const means = new RunningMeans(window);
        for (const one of values) means.push(one);
        const [short, long] = [mean(kept.slice(-window)), mean(kept.slice(-240))];
        if (Number.isNaN(short)) expect(means.short).toBeNaN();
        else expect(means.short).toBeCloseTo(short, 9);
        if (Number.isNaN(long)) expect(means.long).toBeNaN();
        else expect(means.long).toBeCloseTo(long, 9);
        const resumed = new RunningMeans(window, structuredClone(means.state()));
        for (const one of values) {
          means.push(one);
          resumed.push(one);
        }
        expect([resumed.short, resumed.long]).toEqual([means.short, means.long]);
      },
    ),
  );
});
