import { expect, test } from 'vitest';
import { type FitContext, LEVELS, type Model } from '../core/forecast.ts';
import { normalQuantile, seededRandom } from '../core/random.ts';
import { DAY_SECONDS, type Series } from '../core/series.ts';

const STEP_SECONDS = 600;
const PER_DAY = DAY_SECONDS / STEP_SECONDS;

/** A series at ten minutes over so many days. @param at load at a step */
export function loadOver(days: number, at: (step: number) => number): Series {
  const values = Float64Array.from({ length: Math.round(days * PER_DAY) }, (_, i) => at(i));
  return { startSeconds: 1_700_006_400, stepSeconds: STEP_SECONDS, values };
}

/** A daily wave with noise: 100 ± 50. */
export function wave(): (step: number) => number {
  const random = seededRandom(3);
  return (i) => 100 + 50 * Math.sin((2 * Math.PI * i) / PER_DAY) + 5 * normalQuantile(random());
}

function changed(change: (value: number, step: number) => number, days = 7): Series {
  const at = wave();
  return loadOver(days, (i) => change(at(i), i));
}

/** What every history may look like, and no model may trip over. */
const HISTORIES: Readonly<Record<string, Series>> = {
  'a week of a daily wave': changed((v) => v),
  'gaps of minutes and of a day': changed((v, i) => (i % 7 === 0 || (i > 300 && i < 300 + PER_DAY) ? Number.NaN : v)),
  'outliers of a hundred times': changed((v, i) => (i % 97 === 0 ? 100 * v : v)),
  'a level shift to five times': changed((v, i) => (i > 5 * PER_DAY ? 5 * v : v)),
  'all zero': loadOver(7, () => 0),
  'a constant': loadOver(7, () => 42),
  'one point': loadOver(1 / PER_DAY, () => 7),
  'three points': loadOver(3 / PER_DAY, (i) => i),
  'nothing but gaps': loadOver(3, () => Number.NaN),
  'no samples at all': loadOver(0, () => 0),
  'an outage recorded as zero': changed((v, i) => (i > 400 && i < 430 ? 0 : v)),
  'a service that began mid-history': changed((v, i) => (i < 4 * PER_DAY ? 0 : v)),
  'a gap at the end': changed((v, i) => (i > 6.5 * PER_DAY ? Number.NaN : v)),
  'three weeks': changed((v) => v, 21),
};

const CONTEXTS: Readonly<Record<string, FitContext>> = {
  'without seasons': { seasonSeconds: [] },
  'by day and hour': { seasonSeconds: [DAY_SECONDS, 3_600] },
  'by 7,777 s': { seasonSeconds: [7_777] },
};

/** Why a model refuses a history: words that stand after its name in a list, `needs two days`. */
const REFUSAL = /^[a-z][a-z]+ .*\w$/;

/**
 * The contract of every model: on any history that it does not refuse, finite quantiles ≥ 0 that never cross, and a reason. What it
 * refuses it says, and three weeks of a daily wave are enough for every model in one context at least.
 */
export function modelContract(model: Model): void {
  const taken = Object.values(CONTEXTS).filter(
    (context) => model.unfit(HISTORIES['three weeks']!, context) === undefined,
  );

  for (const [name, history] of Object.entries(HISTORIES))
    for (const [seasons, context] of Object.entries(CONTEXTS)) {
      const refusal = model.unfit(history, context);
      if (refusal !== undefined) {
        test(`${model.name} on ${name}, ${seasons}: refused, ${refusal}`, () => {
          expect(refusal).toMatch(REFUSAL);
          expect(model.unfit(history, context)).toBe(refusal);
        });
        continue;
      }
      test(`${model.name} on ${name}, ${seasons}: finite, not negative, not crossing`, () => {
        const fitted = model.fit(history, context);
        expect(fitted.why).not.toBe('');
        const { levels, values } = fitted.predict(PER_DAY, LEVELS);
        expect(levels).toEqual(LEVELS);
        expectSane(values, PER_DAY);
      });
    }

  test(`${model.name} takes three weeks of a daily wave`, () => {
    expect(taken).not.toEqual([]);
  });

  test(`${model.name} gives the same forecast for the same history and does not touch it`, () => {
    const gaps = HISTORIES['gaps of minutes and of a day']!;
    const [context] = taken;
    const history = model.unfit(gaps, context!) === undefined ? gaps : HISTORIES['three weeks']!;
    const before = Float64Array.from(history.values);
    const [first, second] = [0, 1].map(() => model.fit(history, context!).predict(PER_DAY, LEVELS));
    expect(second).toEqual(first);
    expect(history.values).toEqual(before);
  });
}

/** Finite, ≥ 0 and non-decreasing over levels; plain loops because `expect` a value costs more than the model. */
export function expectSane(values: readonly Float64Array[], horizon: number): void {
  expect(values.length).toBeGreaterThan(0);
  for (const [l, path] of values.entries()) {
    expect(path.length).toBe(horizon);
    expect(path.every((v, h) => Number.isFinite(v) && v >= (l > 0 ? values[l - 1]![h]! : 0))).toBe(true);
  }
}
