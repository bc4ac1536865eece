import { expect, test } from 'vitest';
import type { Model } from '../../core/forecast.ts';
import { loadOver } from '../../models/model.contract.ts';
import { decimate, rollingFolds } from './backtest.ts';
import { averageAll, selectModel } from './select.ts';

/** Says the same load for ever. */
function constant(name: string, value: number, needsSteps = 0): Model {
  return {
    name,
    unfit: (history) => (history.values.length < needsSteps ? 'too short' : undefined),
    fit: () => ({
      why: name,
      predict: (horizon, levels) => ({ levels, values: levels.map(() => new Float64Array(horizon).fill(value)) }),
    }),
  };
}

const week = loadOver(7, () => 100);
const folds = rollingFolds(decimate(week, 1_200), 86_400);
const daily = { seasonSeconds: [86_400] };
const prior = { handicap: () => 1, fits: () => true, untestedShare: () => 0 };

test('the nearer model weighs more, one far off nothing', () => {
  const { members } = selectModel([constant('far', 300), constant('near', 102), constant('next', 103)], folds, daily);
  expect(members.map((m) => m.model.name)).toEqual(['near', 'next']);
  expect(members[0]!.weight / members[1]!.weight).toBeCloseTo(1.5 ** 5, 6);
});

test('a handicap turns the order round', () => {
  const models = [constant('blind', 101), constant('seeing', 102)];
  const { ranking } = selectModel(models, folds, daily, { ...prior, handicap: (m) => (m.name === 'blind' ? 3 : 1) });
  expect(ranking[0]!.model.name).toBe('seeing');
});

test('what fits the whole history but no fold gets its share untested, and the reason says so', () => {
  const models = [constant('tested', 101), constant('weekly', 100, week.values.length)];
  const { members, why } = selectModel(models, folds, daily, {
    ...prior,
    untestedShare: (m) => (m.name === 'weekly' ? 0.25 : 0),
  });
  const total = members.reduce((sum, m) => sum + m.weight, 0);
  expect(members.find((m) => m.model.name === 'weekly')!.weight / total).toBeCloseTo(0.25, 9);
  expect(why).toContain('untested, weekly');
});

test('no model can be tested: the first that serves the history, and that is said', () => {
  const { members, why } = selectModel([constant('weekly', 1, 10_000)], folds, daily, { ...prior, fits: () => false });
  expect(members.map((m) => m.model.name)).toEqual(['flat']);
  expect(why).toContain('too short to test');
});

test('averages are taken quantile by quantile', () => {
  const one = { levels: [0.5], values: [Float64Array.of(10)] };
  const other = { levels: [0.5], values: [Float64Array.of(40)] };
  const { values } = averageAll([
    { quantiles: one, weight: 2 },
    { quantiles: other, weight: 1 },
  ]);
  expect(values[0]![0]).toBeCloseTo(20, 9);
});
