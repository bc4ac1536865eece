import { expect, test } from 'vitest';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { BACKTEST_LEVELS } from './backtest.ts';
import {
  type Centre,
  centreOf,
  type HindcastDay,
  type LeadRule,
  learnCorrection,
  scaleOf,
} from './level-adjustment.ts';

const STEP = 300;
const LEVELS = [0.5, 0.9];

function learn(given: readonly HindcastDay[]) {
  return learnCorrection(given, { startSeconds: 0, stepSeconds: STEP, values: new Float64Array(0) }, LEVELS);
}

/** Days forecast at 100 that came with a deviation of this persistence from step to step. */
function days(persistence: number) {
  const random = seededRandom(3);
  return [0, 1, 2, 3].map(() => {
    let deviation = 0;
    const actual = Float64Array.from({ length: 288 }, () => {
      deviation = persistence * deviation + 0.05 * normalQuantile(random());
      return 100 * Math.exp(deviation);
    });
    const values = BACKTEST_LEVELS.map((level) => new Float64Array(288).fill(100 + 20 * (level - 0.5)));
    return { forecast: { levels: BACKTEST_LEVELS, values }, actual, shape: values[0]!, weight: 1 };
  });
}

test('a deviation that lasts is kept at the next step, one that is noise is forgotten', () => {
  const [lasting, noise] = [0.99, 0].map((persistence) => learn(days(persistence)).rules[0]!);
  // One step that is 30 higher: a centre that forgets slowly sees little of it.
  const newest = ({ memory }: Centre) => (memory === 0 ? 130 : 100);
  const next = ({ centres }: LeadRule) =>
    centres.reduce((sum, one) => sum + centreOf(one.base, one.kept, newest(one), 100, 100, 1), 0) / centres.length;
  expect(next(lasting!)).toBeGreaterThan(120);
  expect(next(noise!)).toBeLessThan(110);
  for (const { quantiles } of lasting!.spreads) expect(quantiles[1]).toBeGreaterThan(quantiles[0]!);
});

test('rules by ascending lead, each with a share of at most one', () => {
  const { rules } = learn(days(0.9));
  expect(rules.map(({ leadSeconds }) => leadSeconds)).toEqual(
    [...rules].map(({ leadSeconds }) => leadSeconds).sort((a, b) => a - b),
  );
  expect(rules.every(({ share }) => share >= 0 && share <= 1)).toBe(true);
  const centres = rules.flatMap((rule) => rule.centres);
  expect(centres.every(({ kept }) => kept >= 0 && kept <= 1)).toBe(true);
});

test('no days, or nothing but gaps: no rule; days of zeros: finite', () => {
  const [day] = days(0.5);
  expect(learn([]).rules).toEqual([]);
  const silent = { ...day!, actual: new Float64Array(288).fill(Number.NaN) };
  expect(learn([silent]).rules).toEqual([]);
  const nothing = { levels: BACKTEST_LEVELS, values: BACKTEST_LEVELS.map(() => new Float64Array(288)) };
  const { rules } = learn([{ ...day!, forecast: nothing, actual: new Float64Array(288) }]);
  for (const { centres, share, spreads } of rules) {
    expect(
      [...centres.map(({ kept }) => kept), share, ...spreads.flatMap(({ quantiles }) => [...quantiles])].every(
        Number.isFinite,
      ),
    ).toBe(true);
  }
});

test('centre: the newest level, its difference or its ratio to the forecast; never under zero', () => {
  expect(centreOf('level', 1, 7, 5, 10, 0.1)).toBe(7);
  expect(centreOf('sum', 0.5, 7, 5, 10, 0.1)).toBe(11);
  expect(centreOf('sum', 1, 0, 20, 10, 0.1)).toBe(0);
  expect(centreOf('product', 1, 6, 3, 10, 1e-9)).toBeCloseTo(20, 6);
  expect(scaleOf('width', 5, 0, 3, 0.5)).toBe(3.5);
});
