import { describe, expect, it } from 'vitest';
import { LEVELS } from '../../core/forecast.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import { expectSane, loadOver, modelContract, wave } from '../model.contract.ts';
import { randomModel } from './example-model.ts';
import { PATH_INPUTS } from './path-inputs.ts';
import { pathModel } from './path-model.ts';

const CONTEXT = { seasonSeconds: [DAY_SECONDS] };
const wild = pathModel('neural model of random weights', () => randomModel(PATH_INPUTS, LEVELS, 16, 3));

describe('the path neural model as a model', () => {
  modelContract(wild);

  it('says in words what it can not serve', () => {
    expect(
      wild.unfit(
        loadOver(0.5, () => 7),
        CONTEXT,
      ),
    ).toBe('needs a day of history');
    expect(
      wild.unfit(
        loadOver(7, () => 0),
        CONTEXT,
      ),
    ).toBe('nothing but zeros is known');
    expect(wild.unfit({ ...loadOver(7, wave()), stepSeconds: 7_200 }, CONTEXT)).toBe('needs a value an hour');
    expect(wild.unfit(loadOver(1, wave()), CONTEXT)).toBeUndefined();
  });

  it('whatever its weights are, tells of no load more than four times the largest known', () => {
    const history = loadOver(7, wave());
    const most = 4 * history.values.reduce((a, b) => Math.max(a, b), 0);
    for (let seed = 1; seed <= 20; seed++) {
      const model = pathModel('random', () => randomModel(PATH_INPUTS, LEVELS, 8, seed));
      const { values } = model.fit(history, CONTEXT).predict(288, LEVELS);
      expectSane(values, 288);
      expect(values.at(-1)!.every((value) => value <= most)).toBe(true);
    }
  });

  it('says the same of the first hour, however far it is asked to look', () => {
    const fitted = wild.fit(loadOver(7, wave()), CONTEXT);
    const near = fitted.predict(6, LEVELS).values;
    for (const [l, path] of fitted.predict(144, LEVELS).values.entries()) {
      expect(path.subarray(0, 6)).toEqual(near[l]);
    }
  });

  it('answers levels between its own with what lies between', () => {
    const fitted = wild.fit(loadOver(7, wave()), CONTEXT);
    const [low, between, high] = fitted.predict(144, [0.8, 0.85, 0.9]).values;
    const [asked] = fitted.predict(144, [0.85]).values;
    expect(asked).toEqual(between);
    expect(between!.every((value, h) => value >= low![h]! && value <= high![h]!)).toBe(true);
  });
});
