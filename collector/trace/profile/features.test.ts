import { describe, expect, it } from 'vitest';
import { type TraceFeature, traceFeatures } from './features.ts';

const START = Date.UTC(2024, 4, 6) / 1_000; // a Monday
const MINUTES_A_DAY = 1_440;

/** Minutes from Monday on; undefined: no row. */
function minutes(count: number, valueAt: (minute: number) => number | undefined) {
  const rows = Array.from({ length: count }, (_, i) => [START + 60 * i, valueAt(i)] as const);
  const known = rows.filter((row): row is readonly [number, number] => row[1] !== undefined);
  return {
    times: Float64Array.from(known, ([time]) => time),
    values: Float64Array.from(known, ([, value]) => value),
  };
}

const daily = (i: number) => 100 - 60 * Math.cos((2 * Math.PI * i) / MINUTES_A_DAY);

function valueIn(rows: readonly TraceFeature[], feature: string, name: string, measure: string): number | undefined {
  return rows.find((row) => row.feature === feature && row.name === name && row.measure === measure)?.value;
}

describe('features of a trace', () => {
  const samples = minutes(8 * MINUTES_A_DAY, (i) => {
    if (i >= 3_000 && i < 3_060) return undefined;
    if (i === 5_000) return 3_000;
    return i >= 6_000 && i < 6_010 ? 0 : daily(i);
  });
  const rows = traceFeatures(samples, [{ seconds: 86_400, strength: 0.9 }]);

  it('are one table: no thing has a measure twice, and every value is a number', () => {
    const keys = rows.map(({ feature, name, measure }) => `${feature}|${name}|${measure}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(rows.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
    expect(keys.join('')).not.toContain(',');
  });

  it('hold the summary and the seasons', () => {
    expect(valueIn(rows, 'trace', '', 'rows')).toBe(samples.times.length);
    expect(valueIn(rows, 'trace', '', 'max')).toBe(3_000);
    expect(valueIn(rows, 'trace', '', 'step seconds')).toBe(60);
    expect(valueIn(rows, 'season', '1', 'length seconds')).toBe(86_400);
    expect(valueIn(rows, 'season', '1', 'strength share')).toBe(0.9);
  });

  it('hold each hour of the week that has rows: mean, median, p99, most, rows', () => {
    // Monday stands in the trace twice.
    expect(valueIn(rows, 'hour of week', 'Mon 00', 'rows')).toBe(120);
    const first = Array.from({ length: 60 }, (_, i) => daily(i));
    const mean = first.reduce((sum, value) => sum + value, 0) / 60;
    expect(valueIn(rows, 'hour of week', 'Mon 00', 'mean')).toBeCloseTo(mean, 9);
    expect(valueIn(rows, 'hour of week', 'Tue 23', 'max')).toBeCloseTo(daily(2 * MINUTES_A_DAY - 60), 9);
    expect(valueIn(rows, 'hour of week', 'Thu 11', 'max')).toBe(3_000);
    expect(valueIn(rows, 'hour of week', 'Thu 11', 'p99')).toBeLessThan(165);
    expect(rows.filter(({ measure, feature }) => feature === 'hour of week' && measure === 'mean')).toHaveLength(167);
  });

  it('hold each oddity by its instant', () => {
    expect(valueIn(rows, 'gap', '2024-05-08T01:59:00Z', 'seconds')).toBe(61 * 60);
    expect(valueIn(rows, 'outlier', '2024-05-09T11:20:00Z', 'value')).toBe(3_000);
    expect(valueIn(rows, 'outlier', '2024-05-09T11:20:00Z', 'usual value')).toBeGreaterThan(140);
    expect(valueIn(rows, 'zero outage', '2024-05-10T04:00:00Z', 'seconds')).toBe(600);
  });

  it('of a single row are few, and hours without rows are left out', () => {
    const single = traceFeatures(
      minutes(1, () => 5),
      [],
    );
    expect(single.filter(({ feature }) => feature === 'hour of week').map(({ name }) => name)).toEqual(
      new Array(5).fill('Mon 00'),
    );
    expect(valueIn(single, 'trace', '', 'step seconds')).toBeNaN();
  });
});
