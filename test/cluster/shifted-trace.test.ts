import { describe, expect, it } from 'vitest';
import { DAY_SECONDS } from '../../core/series.ts';
import { startDemandExporter } from './demand-exporter.ts';
import { largestRise, shiftedTrace } from './shifted-trace.ts';
import { syntheticWeek } from './synthetic-week.ts';

/** Nine days at 10, but 110 from 12:00 on day 8 on; a sample a minute, with a gap at 6:00 on day 2. */
const NOON = 8 * DAY_SECONDS + DAY_SECONDS / 2;
const GAP = 2 * DAY_SECONDS + DAY_SECONDS / 4;
const minutes = Array.from({ length: 9 * 1440 }, (_, i) => i * 60).filter((t) => t < GAP || t >= GAP + 3600);
const trace = {
  times: Float64Array.from(minutes),
  values: Float64Array.from(minutes, (t) => (t < NOON ? 10 : 110)),
};
const NOW = 1_772_409_600;

describe('a trace moved so that its ramp is to come', () => {
  it('rises when it was told to', () => {
    const ramp = largestRise(trace, 300);
    expect(NOON - ramp).toBeGreaterThan(0);
    expect(NOON - ramp).toBeLessThanOrEqual(300);
    const load = shiftedTrace(trace, ramp, NOW + 120);
    expect(load.at(NOW)).toBe(10);
    expect(load.at(NOW + 120 + 300)).toBe(110);
    expect(load.at(NOW + 120 + (NOON - ramp) - 30)).toBe(60);
  });

  it('has a week behind it, with its gaps, and an end', () => {
    const load = shiftedTrace(trace, NOON, NOW);
    const past = load.past(NOW);
    expect(past).toHaveLength(7 * 1440);
    expect(past.at(-1)).toBe(110);
    expect(past.at(-2)).toBe(10);
    expect(past.filter(Number.isNaN)).toHaveLength(60);
    expect(load.at(NOW + DAY_SECONDS)).toBeNaN();
  });
});

describe('a synthetic week', () => {
  it('repeats its ramp every day and is the same whenever it is asked', () => {
    const week = syntheticWeek(NOW);
    for (const day of [0, -1, -7]) {
      expect(week.at(NOW + day * DAY_SECONDS - 60)).toBeLessThan(25);
      expect(week.at(NOW + day * DAY_SECONDS + 900)).toBeGreaterThan(180);
    }
    expect(week.past(NOW)).toEqual(syntheticWeek(NOW).past(NOW));
  });
});

describe('the exporter', () => {
  const scrape = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

  it('shows what was set, by families, and nothing where the load is not known', async () => {
    const exporter = await startDemandExporter();
    exporter.set('queue', 3);
    exporter.set('demand{app="b"}', 2);
    exporter.set('demand_all', 5);
    exporter.follow('demand{app="a"}', () => Number.NaN);
    expect(await scrape(exporter.port)).toBe(
      '# TYPE demand gauge\ndemand{app="b"} 2\n# TYPE demand_all gauge\ndemand_all 5\n# TYPE queue gauge\nqueue 3\n',
    );
    await exporter.close();
  });

  it('lets a counter go on where its past ended', async () => {
    const exporter = await startDemandExporter();
    const text = exporter.backfill('requests_total{app="a"}', [1, Number.NaN, 2], 60, Math.floor(Date.now() / 1000));
    const past = [...text.matchAll(/^requests_total\{app="a",instance="demand",job="demand"\} (\d+) \d+$/gm)];
    expect(past.map(([, value]) => Number(value))).toEqual([60, 180]);
    const now = Number(/^requests_total\{app="a"\} (\S+)$/m.exec(await scrape(exporter.port))![1]);
    // Two a second since: the test is a few seconds at most.
    expect(now).toBeGreaterThanOrEqual(180);
    expect(now).toBeLessThan(240);
    await exporter.close();
  });
});
