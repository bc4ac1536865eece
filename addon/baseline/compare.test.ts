import { describe, expect, it } from 'vitest';
import { HOUR_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { startupOf } from '../../core/startup.ts';
import { EXACT_GRID, toGrid } from '../../replay/clock.ts';
import { runFigures } from '../../replay/figures.ts';
import { defaultHpa } from '../../replay/policies/hpa.ts';
import type { ReplaySettings } from '../../replay/result.ts';
import { Stage } from '../../replay/stage.ts';
import { type BaselineTask, type Compared, compareWithHpa } from './compare.ts';
import type { LedgerHour } from './ledger-text.ts';

/** An hour's first second; a Monday. */
const START = Date.UTC(2026, 2, 2) / 1000;
const FIRST_HOUR = START / HOUR_SECONDS;
const BOUNDS = { min: 1, max: 40 };
const STARTUP = { kind: 'log-normal', p50Seconds: 60, p90Seconds: 90 } as const;

/** Demand in req/s by minute. */
function demand(hours: number, at: (minute: number) => number, from = START): Series {
  return {
    startSeconds: from,
    stepSeconds: MINUTE_SECONDS,
    values: Float64Array.from({ length: hours * 60 + 1 }, (_, i) => at(i)),
  };
}

/** So many hours with so many pods each, all of the demand served, pods of 100 req/s. */
function ledger(hours: number, pods: number, over: Partial<LedgerHour> = {}): LedgerHour[] {
  return Array.from({ length: hours }, (_, i) => {
    const ran = { ticks: 240, podTicks: 240 * pods, asked: 1_680, unmet: 0, starts: 1, podCapacity: 100 };
    return { hour: FIRST_HOUR + i, ...ran, ...over };
  });
}

function task(over: Partial<BaselineTask> = {}): BaselineTask {
  return {
    demand: [demand(48, () => 700)],
    podCapacities: [100],
    rule: defaultHpa(1, 0.7, 300, BOUNDS),
    metric: undefined,
    startup: STARTUP,
    seed: 7,
    ledger: ledger(48, 8),
    ...over,
  };
}

function compared(over: Partial<BaselineTask> = {}): Compared {
  const found = compareWithHpa(task(over));
  if (typeof found === 'string') throw new Error(found);
  return found;
}

describe('what ran, and what the HPA would have', () => {
  it('700 req/s at 100 a pod: the HPA at 70 % runs 10, we ran 8', () => {
    const { own, hpa, hours, fromSeconds, toSeconds } = compared();
    expect(hours).toBe(48);
    expect(toSeconds - fromSeconds).toBe(48 * HOUR_SECONDS);
    expect(own).toEqual({ podHours: 8 * 48, servedShare: 1, starts: 48 });
    expect(hpa.servedShare).toBe(1);
    // Three pods are started at the beginning.
    expect(hpa.starts).toBe(3);
    expect(hpa.podHours).toBeCloseTo(480, 0);
  });

  it('is the replay’s own HPA, tick by tick', () => {
    const wave = demand(48, (minute) => 900 + 800 * Math.sin(minute / 90) + 50 * Math.sin(minute));
    const { hpa } = compared({ demand: [wave] });
    const values = wave.values.map((one) => one / 100);
    const grid = toGrid({ times: Float64Array.from(values, (_, i) => START + 60 * i), values }, EXACT_GRID);
    const settings = { podCapacity: 1, historySeconds: 0, seed: 7, startCostSeconds: 0, ...BOUNDS } as ReplaySettings;
    const stage = new Stage(grid, startupOf(STARTUP), settings);
    const run = stage.playHpa('hpa', defaultHpa(1, 0.7, 300, BOUNDS));
    const ticks = 48 * 240;
    const timeline = { demand: stage.demand.subarray(0, ticks) } as Parameters<typeof runFigures>[0];
    const cut = (some: Int32Array) => some.subarray(0, ticks);
    const all = { total: cut(run.total), ready: cut(run.ready), started: cut(run.started), desired: cut(run.desired) };
    const { podHours, starts, unmetBp } = runFigures(timeline, { name: 'hpa', ...all }, settings);
    expect(hpa).toEqual({ podHours, starts, servedShare: 1 - unmetBp / 1e4 });
    expect(hpa.servedShare).toBeLessThan(1);
  });

  it('unmet demand of ours counts as it was measured', () => {
    const { own } = compared({ ledger: ledger(48, 8, { unmet: 1.68 }) });
    expect(own.servedShare).toBeCloseTo(0.999, 12);
  });

  it('an hour of which a tenth is missing counts as a whole one', () => {
    const { own } = compared({ ledger: ledger(48, 8, { ticks: 216, podTicks: 216 * 8 }) });
    expect(own.podHours).toBe(8 * 48);
  });

  it.each<[string, Partial<BaselineTask>, number]>([
    ['hours without demand', { demand: [demand(48, (minute) => (minute < 600 ? Number.NaN : 700))] }, 38],
    [
      'hours with other pods',
      { ledger: [...ledger(48, 8).slice(0, 30), ...ledger(48, 8, { podCapacity: 50 }).slice(30)] },
      30,
    ],
    ['hours before the history', { demand: [demand(38, () => 700, START + 10 * HOUR_SECONDS)] }, 38],
  ])('%s are left out of both', (_, over, hours) => {
    const found = compared(over);
    expect(found.hours).toBe(hours);
    expect(found.own.podHours).toBe(8 * hours);
    expect(found.hpa.podHours / hours).toBeCloseTo(10, 0);
  });

  it('of several metrics the one that needs most is served, and an HPA sees its own', () => {
    const memory = demand(48, () => 12e9);
    const rule = { ...defaultHpa(100, 0.7, 300, BOUNDS) };
    const { hpa } = compared({ demand: [demand(48, () => 700), memory], podCapacities: [100, 1e9], rule, metric: 0 });
    expect(hpa.podHours / 48).toBeCloseTo(10, 0);
    expect(hpa.servedShare).toBeCloseTo(10 / 12, 2);
  });

  it.each<[string, Partial<BaselineTask>, string]>([
    ['no history', { demand: [] }, 'no history of its demand'],
    ['nothing ran', { ledger: [] }, '0 of 24 hours can be compared'],
    ['23 hours', { ledger: ledger(23, 8) }, '23 of 24 hours'],
  ])('%s: none, and why', (_, over, words) => {
    expect(compareWithHpa(task(over))).toContain(words);
  });

  it('no demand at all: nothing was to be served', () => {
    const { own, hpa } = compared({ demand: [demand(48, () => 0)], ledger: ledger(48, 1, { asked: 0 }) });
    expect([own.servedShare, hpa.servedShare]).toEqual([null, null]);
    expect(hpa.podHours).toBe(48);
  });
});
