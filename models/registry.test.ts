import { describe, expect, test } from 'vitest';
import type { FitContext } from '../core/forecast.ts';
import { DAY_SECONDS } from '../core/series.ts';
import { loadOver, modelContract, wave } from './model.contract.ts';
import { MODELS } from './registry.ts';

for (const model of MODELS) describe(model.name, () => modelContract(model));

test('names are unique: selection and reports go by them', () => {
  expect(new Set(MODELS.map((m) => m.name)).size).toBe(MODELS.length);
});

const DAY: FitContext = { seasonSeconds: [DAY_SECONDS] };
const eightDays = loadOver(8, wave());
const week = { ...eightDays, values: eightDays.values.subarray(0, 7 * 144) };
/** They follow no daily rhythm, or need weeks or another season. */
const NOT_DAILY: readonly string[] = [
  ...['flat', 'weekly quantiles, levelled', 'detected-season quantiles', 'last detected season'],
];
const daily = MODELS.filter(({ name }) => !NOT_DAILY.includes(name));

test.each(daily)('a week is enough for $name', (model) => {
  expect(model.unfit(week, DAY)).toBeUndefined();
});

test.each(daily)('$name comes within a tenth of tomorrow on a daily wave', (model) => {
  const tomorrow = eightDays.values.subarray(7 * 144);
  const median = model.fit(week, DAY).predict(144, [0.5]).values[0]!;
  const miss =
    tomorrow.reduce((sum, y, h) => sum + Math.abs(y - median[h]!), 0) / tomorrow.reduce((sum, y) => sum + y, 0);
  expect(miss).toBeLessThan(0.1);
});

test('Saturdays learn from last Saturday and Sunday where weekends differ', () => {
  // Ends on a Friday midnight: five days at 100, before them Saturday and Sunday at 20.
  const history = loadOver(7, (i) => (i < 2 * 144 ? 20 : 100) + (i % 5));
  const slow = MODELS.find((m) => m.name === 'daily quantiles, slow')!;
  const median = slow.fit(history, { seasonSeconds: [DAY_SECONDS] }).predict(144, [0.5]).values[0]!;
  expect(median[72]).toBeLessThan(30);
});

test('a load that fell to a third two days ago keeps its weekdays, at the new level', () => {
  // Three weeks that end on a Sunday midnight: Mondays at 300, other working days at 100, weekends at 50; since Saturday a third of that.
  const level = (day: number) => [300, 100, 100, 100, 100, 50, 50][day % 7]! / (day >= 19 ? 3 : 1);
  const history = loadOver(21, (i) => level(Math.floor(i / 144)) + (i % 2));
  const weekly = MODELS.find((m) => m.name === 'weekly quantiles, levelled')!;
  const median = weekly.fit(history, { seasonSeconds: [DAY_SECONDS] }).predict(144, [0.5]).values[0]!;
  expect(median[72]).toBeGreaterThan(90);
  expect(median[72]).toBeLessThan(115);
  expect(weekly.unfit(loadOver(7, wave()), { seasonSeconds: [] })).toBe('needs one season of 7 d and 24 h');
});
