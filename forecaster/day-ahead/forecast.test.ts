import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LEVELS } from '../../core/forecast.ts';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, type Series } from '../../core/series.ts';
import { expectSane } from '../../models/model.contract.ts';
import { forecastDay, forecastWithCorrection } from './forecast.ts';
import { nowcast, nowcastAt } from './nowcast.ts';

const MIDNIGHT = 1_699_920_000;

/** A load by minute, busy by day, with noise. @param change what happened to it */
function minutes(days: number, change: (value: number, minute: number) => number = (v) => v): Series {
  const random = seededRandom(11);
  const values = Float64Array.from({ length: Math.round(days * 1_440) }, (_, i) =>
    change(200 - 150 * Math.cos((2 * Math.PI * i) / 1_440) + 8 * normalQuantile(random()), i),
  );
  return { startSeconds: MIDNIGHT, stepSeconds: 60, values };
}

test('a week of a daily load: tomorrow by minute, near the truth, with its reasons', () => {
  const eight = minutes(8);
  const forecast = forecastDay({ ...eight, values: eight.values.subarray(0, 7 * 1_440) });
  const tomorrow = eight.values.subarray(7 * 1_440);
  expect(forecast.originSeconds).toBe(MIDNIGHT + 7 * DAY_SECONDS);
  expect(forecast.levels).toEqual(LEVELS);
  expectSane(forecast.values, 1_440);
  expect(forecast.periodicity.periods[0]?.seconds).toBe(DAY_SECONDS);
  expect(forecast.why).toContain('quantile loss');
  const miss =
    tomorrow.reduce((sum, y, h) => sum + Math.abs(y - forecast.values[0]![h]!), 0) /
    tomorrow.reduce((sum, y) => sum + y, 0);
  const covered = tomorrow.reduce((sum, y, h) => sum + (y <= forecast.values[5]![h]! ? 1 : 0), 0) / 1_440;
  expect(miss).toBeLessThan(0.05);
  expect(covered).toBeGreaterThan(0.92);
});

test('noise without a rhythm: a flat line, and it says that there is no period', () => {
  const random = seededRandom(5);
  const values = Float64Array.from({ length: 7 * 1_440 }, () => 50 + 20 * random());
  const forecast = forecastDay({ startSeconds: MIDNIGHT, stepSeconds: 60, values });
  expect(forecast.periodicity.periods).toEqual([]);
  expect(forecast.why).toContain('no period');
  const median = forecast.values[0]!;
  expect(Math.max(...median) - Math.min(...median)).toBeLessThan(6);
});

test('no history can make it fail: nothing, one point, all gaps, all zero, a constant', () => {
  const odd = [[], [3], [Number.NaN, Number.NaN], new Array(500).fill(0), new Array(3_000).fill(7), [1, 2, 3, 4, 5]];
  for (const values of odd) {
    const forecast = forecastDay({ startSeconds: MIDNIGHT, stepSeconds: 60, values: Float64Array.from(values) });
    expectSane(forecast.values, 1_440);
  }
});

test('any step from 15 s on and any length give 1,440 sane minutes', () => {
  const history = fc.record({
    step: fc.constantFrom(15, 30, 60, 300, 1_800),
    values: fc.array(fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constant(Number.NaN), fc.constant(0)), {
      maxLength: 400,
    }),
  });
  fc.assert(
    fc.property(history, ({ step, values }) => {
      const forecast = forecastDay({ startSeconds: MIDNIGHT, stepSeconds: step, values: Float64Array.from(values) });
      expectSane(forecast.values, 1_440);
    }),
    { numRuns: 40, examples: [[{ step: 1_800, values: [5e-324, 8.9e-16, 0] }]] },
  );
});

test('an outage recorded as zero is no load of zero tomorrow', () => {
  const forecast = forecastDay(minutes(7, (v, i) => (i > 6 * 1_440 + 600 && i < 6 * 1_440 + 840 ? 0 : v)));
  expect(forecast.why).toContain('outage');
  expect(forecast.values[0]![720]).toBeGreaterThan(300);
});

test('a service that began two days ago is forecast from those two days', () => {
  const forecast = forecastDay(minutes(7, (v, i) => (i < 5 * 1_440 ? 0 : v)));
  expect(forecast.why).toContain('the service began');
  expect(forecast.values[0]![720]).toBeGreaterThan(300);
});

test('the same history gives the same forecast, and is not touched', () => {
  const history = minutes(7, (v, i) => (i % 13 === 0 ? Number.NaN : v));
  const before = Float64Array.from(history.values);
  expect(forecastDay(history)).toEqual(forecastDay(history));
  expect(history.values).toEqual(before);
});

test('today runs 30 % above the forecast: the nowcast believes the newest load soon, the forecast later', () => {
  const history = minutes(7);
  const { forecast, correction } = forecastWithCorrection(history);
  const learned = correction();
  const values = forecast.values[0]!.slice(600, 660).map((v) => 1.3 * v);
  const observed = { startSeconds: forecast.originSeconds + 600 * 60, stepSeconds: 60, values };
  const path = nowcast(forecast, learned, observed, 300);
  expectSane(path.values, 300);
  const silence = { ...observed, values: new Float64Array(60).fill(Number.NaN) };
  expect(nowcastAt(forecast, learned, silence, 300)[0]).toBeCloseTo(forecast.values[0]![664]!, 6);
});

test('a load that wanders around its day: five minutes ahead the nowcast beats forecast and persistence', () => {
  const miss = { nowcast: 0, forecast: 0, persistence: 0 };
  for (const seed of [2, 3, 4, 5]) {
    const random = seededRandom(seed);
    let drift = 0;
    const wandering = minutes(8, (v) => {
      drift = 0.995 * drift + 0.02 * normalQuantile(random());
      return v * Math.exp(drift);
    });
    const { forecast, correction } = forecastWithCorrection({
      ...wandering,
      values: wandering.values.subarray(0, 7 * 1_440),
    });
    const learned = correction();
    for (let now = 60; now + 5 < 1_440; now += 5) {
      const at = 7 * 1_440 + now;
      const observed = {
        startSeconds: MIDNIGHT + (at - 59) * 60,
        stepSeconds: 60,
        values: wandering.values.subarray(at - 59, at + 1),
      };
      const actual = wandering.values[at + 5]!;
      miss.nowcast += Math.abs(actual - nowcastAt(forecast, learned, observed, 300)[0]!);
      miss.forecast += Math.abs(actual - forecast.values[0]![now + 5]!);
      miss.persistence += Math.abs(actual - wandering.values[at]!);
    }
  }
  expect(miss.nowcast).toBeLessThan(miss.forecast);
  expect(miss.nowcast).toBeLessThan(miss.persistence);
});
