import { expect, test } from 'vitest';
import { normalQuantile, seededRandom } from '../core/random.ts';
import { learnCorrection, recentVolatility, smooth } from './level-correction.ts';

const STEP = 300;

/** Days forecast at 100 that came with a deviation of this persistence from step to step. */
function days(persistence: number) {
  const random = seededRandom(3);
  return [0, 1, 2, 3].map(() => {
    let deviation = 0;
    const actual = Float64Array.from({ length: 288 }, () => {
      deviation = persistence * deviation + 0.05 * normalQuantile(random());
      return 100 * Math.exp(deviation);
    });
    return { median: new Float64Array(288).fill(100), actual };
  });
}

test('a deviation that lasts is kept at the next step, of one that is noise more is given up', () => {
  const lasting = learnCorrection(days(0.99), STEP, [0.5, 0.9]);
  const noise = learnCorrection(days(0), STEP, [0.5, 0.9]);
  expect(lasting.pull[0]).toBeLessThan(0.3);
  expect(lasting.explained[0]).toBeGreaterThan(0.5);
  expect(noise.pull[0]).toBeGreaterThan(lasting.pull[0]! + 0.1);
  expect(noise.explained[0]).toBeLessThan(0.3);
});

test('no days, or days of zeros: finite, and nothing is believed', () => {
  const zeros = { median: new Float64Array(288), actual: new Float64Array(288) };
  for (const given of [[], [zeros]]) {
    const { pull, follow, explained } = learnCorrection(given, STEP, [0.5]);
    expect([...pull, ...follow, ...explained].every((x) => x >= 0 && x <= 1)).toBe(true);
  }
});

test('smoothing: newest first, gaps skipped, nothing known is NaN', () => {
  expect(Array.from(smooth(Float64Array.of(0, 3), 2))).toEqual([0, 2]);
  expect(Array.from(smooth(Float64Array.of(4, Number.NaN), 2))).toEqual([4, 4]);
  expect(smooth(Float64Array.of(Number.NaN), 3)[0]).toBeNaN();
});

test('volatility rises in a storm and never falls to nothing', () => {
  const calm = recentVolatility(new Float64Array(50), 0.1);
  expect(calm[49]).toBeCloseTo(0.035, 9);
  const storm = recentVolatility(Float64Array.of(0, 1, -1, 1), 0.1);
  expect(storm[3]).toBeGreaterThan(0.5);
});
