import { expect, it } from 'vitest';
import type { WorkloadDetail } from '../../addon/console/console-data.ts';
import { exampleStatus } from '../../test/example-status.ts';
import { dayAhead } from './day-ahead.ts';

/** A Monday, 00:00 UTC, after four weeks. */
const MONDAY = 1_699_833_600 + 28 * 86_400;
const office = (seconds: number) => {
  const day = Math.floor((seconds - MONDAY) / 86_400);
  const isBusy = Math.abs((((seconds % 86_400) + 86_400) % 86_400) - 46_800) < 18_000;
  const level = day >= -3 ? 0.5 : 1;
  return (((day % 7) + 7) % 7 > 4 ? 30 : isBusy ? 200 : 40) * level;
};
const series = (days: number, stepSeconds: number) => ({
  startSeconds: MONDAY - days * 86_400,
  stepSeconds,
  values: Float32Array.from({ length: (days * 86_400) / stepSeconds }, (_, i) =>
    office(MONDAY - days * 86_400 + i * stepSeconds),
  ),
});

it('the fan of a Monday after a drop on Friday rests on the weeks before, where they are kept', () => {
  const status = exampleStatus();
  const detail = { row: { status } } as unknown as WorkloadDetail;
  const metric = { metric: 'requests', unit: 'req/s', demand: series(8, 60), forecast: null, upper: null };
  const fan = (weeks: object) => {
    const answer = dayAhead({ metrics: [{ ...metric, ...weeks }], leadTimeSeconds: 60, replicas: [] }, detail);
    if (typeof answer === 'string') throw new Error(answer);
    return answer;
  };
  const [without, within] = [fan({}), fan({ weeks: series(28, 300) })];
  expect([without.historyDays, within.historyDays]).toEqual([8, 28]);
  const noon = (answer: typeof within) => answer.quantiles[0]!.values[13 * 12]!;
  // 100 comes; eight days know Mondays of 200 only.
  expect(noon(within)).toBeLessThan(130);
  expect(noon(without)).toBeGreaterThan(180);
});
