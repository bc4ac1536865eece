import { describe, expect, it } from 'vitest';
import type { Model } from '../../core/forecast.ts';
import { DAY_SECONDS, type Series } from '../../core/series.ts';
import { loadOver } from '../../models/model.contract.ts';
import { decimate, rollingFolds } from './backtest.ts';
import { type Comparison, compareModels } from './compare.ts';
import { forecastWithCorrection } from './forecast.ts';
import { selectModel } from './select.ts';

/** Says the same load for ever; needs so many days. */
function constant(name: string, value: number, needsDays = 0): Model {
  return {
    name,
    unfit: ({ values, stepSeconds }) =>
      values.length * stepSeconds < needsDays * DAY_SECONDS ? `needs ${needsDays} days` : undefined,
    fit: () => ({
      why: name,
      predict: (horizon, levels) => ({ levels, values: levels.map(() => new Float64Array(horizon).fill(value)) }),
    }),
  };
}

function compare(models: readonly Model[], series: Series, seasonSeconds: number[] = [DAY_SECONDS]): Comparison {
  const folds = rollingFolds(decimate(series, 1_200), DAY_SECONDS);
  const context = { seasonSeconds };
  const selection = selectModel(models, folds, context, {
    handicap: (model) => (model.name === 'handicapped' ? 3 : 1),
    fits: (model) => model.unfit(series, context) === undefined,
    untestedShare: (model) => (model.name === 'weekly' ? 0.25 : 0),
  });
  return compareModels(models, selection, { series, folds, context });
}

const week = loadOver(7, () => 100);
const named = ({ models }: Comparison) => Object.fromEntries(models.map((model) => [model.name, model]));

describe('models side by side', () => {
  it('best first by what the loss counts as; those without a test after them', () => {
    const models = [constant('yearly', 100, 365), constant('weekly', 100, 7), constant('idle', 100, 7)];
    const tested = [constant('far', 300), constant('handicapped', 101), constant('near', 102)];
    const comparison = compare([...models, ...tested], week);
    expect(comparison.models.map(({ name }) => name)).toEqual([
      ...['near', 'handicapped', 'far', 'weekly', 'yearly', 'idle'],
    ]);
    const { near, handicapped, far, weekly, yearly, idle } = named(comparison);
    expect(near).toMatchObject({ timesBest: 1, handicap: 1, note: undefined });
    expect(handicapped!.timesBest).toBeCloseTo((3 * handicapped!.loss!) / near!.loss!, 9);
    expect(near!.share + handicapped!.share + weekly!.share).toBeCloseTo(1, 9);
    expect(far).toMatchObject({ share: 0, note: 'left out: its share would be below 5 %' });
    expect(weekly!.share).toBeCloseTo(0.25, 9);
    expect(weekly!.note).toBe('not tested on the earlier days: needs 7 days');
    expect(idle).toMatchObject({ share: 0, loss: undefined, note: weekly!.note });
    expect(yearly).toMatchObject({ share: 0, loss: undefined, note: "can't serve: needs 365 days" });
  });

  it('only five share a forecast, and the sixth is told so', () => {
    const six = [1, 2, 3, 4, 5, 6].map((place) => constant(String(place), 110 + place / 100));
    const { models } = compare(six, week);
    expect(models.map(({ share }) => share > 0)).toEqual([true, true, true, true, true, false]);
    expect(models[5]!.note).toBe('left out: only the best 5 share the forecast');
  });

  it('a flat forecast that wins where there is no period stands alone', () => {
    const { models } = compare([constant('flat', 101), constant('rival', 101)], week, []);
    expect(models.map(({ share }) => share)).toEqual([1, 0]);
    expect(models[1]!.note).toContain('stands alone');
  });

  it('nothing can be tested: nobody has a loss, and the last resort is in the table', () => {
    const { flat, weekly } = named(compare([constant('weekly', 1, 30)], week));
    expect(flat).toMatchObject({ share: 1, loss: undefined, note: 'not tested: the history is too short' });
    expect(weekly).toMatchObject({ share: 0, note: "can't serve: needs 30 days" });
  });

  it('no earlier day at all: no loss is told of', () => {
    const { backtestedDays, models } = compare(
      [constant('one', 1), constant('other', 2)],
      loadOver(1 / 72, () => 9),
    );
    expect(backtestedDays).toBe(0);
    expect(models.map(({ loss, share }) => [loss, share])).toEqual([
      [undefined, 1],
      [undefined, 0],
    ]);
  });

  it('comes with a forecast, and names the models that the forecast is made of', () => {
    const { forecast, comparison } = forecastWithCorrection(week);
    expect(forecast.model).toContain(comparison().models.find(({ share }) => share > 0)!.name);
  });
});
