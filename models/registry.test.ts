import { describe, expect, test } from 'vitest';
import { DAY_SECONDS } from '../core/series.ts';
import { loadOver, modelContract, wave } from './model.contract.ts';
import { MODELS } from './registry.ts';

for (const model of MODELS) describe(model.name, () => modelContract(model));

test('names are unique: selection and reports go by them', () => {
  expect(new Set(MODELS.map((m) => m.name)).size).toBe(MODELS.length);
});

test('on a daily wave every daily model comes within a tenth of tomorrow', () => {
  const days = loadOver(8, wave());
  const history = { ...days, values: days.values.subarray(0, 7 * 144) };
  const tomorrow = days.values.subarray(7 * 144);
  for (const model of MODELS) {
    const context = { seasonSeconds: [DAY_SECONDS] };
    if (model.name.startsWith('flat') || model.unfit(history, context) !== undefined) continue;
    const median = model.fit(history, context).predict(144, [0.5]).values[0]!;
    const miss =
      tomorrow.reduce((sum, y, h) => sum + Math.abs(y - median[h]!), 0) / tomorrow.reduce((sum, y) => sum + y, 0);
    expect(miss, model.name).toBeLessThan(0.1);
  }
});

test('Saturdays learn from last Saturday and Sunday where weekends differ', () => {
  // Ends on a Friday midnight: five days at 100, before them Saturday and Sunday at 20.
  const history = loadOver(7, (i) => (i < 2 * 144 ? 20 : 100) + (i % 5));
  const slow = MODELS.find((m) => m.name === 'daily quantiles, slow')!;
  const median = slow.fit(history, { seasonSeconds: [DAY_SECONDS] }).predict(144, [0.5]).values[0]!;
  expect(median[72]).toBeLessThan(30);
});
