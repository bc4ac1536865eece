import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReactiveRule } from '../actuator/reactive.ts';
import { TICKS_PER_HOUR } from '../core/tick.ts';
import { MONDAY_SECONDS } from '../test/generated-traces.ts';
import { simulate } from './pods.ts';
import { cron, fixed, hpa, oracle, TUNED_TARGETS } from './rivals.ts';

const HOUR = TICKS_PER_HOUR;
const DAY = 24 * HOUR;

/** Demand by tick from demand by hour. */
function byHour(hours: number, load: (hour: number) => number): Float64Array {
  return Float64Array.from({ length: hours * HOUR }, (_, i) => load(Math.floor(i / HOUR)));
}

describe('the HPA, a pod serves 10 at a target of 50 %', () => {
  const cases: readonly [string, load: number, total: number, ready: number, replicas: number][] = [
    ['scales up to what the load needs', 40, 5, 5, 8],
    ['rounds up', 31, 4, 4, 7],
    ['does nothing within 10 % over the target', 27.4, 5, 5, 5],
    ['does nothing within 10 % under the target', 22.6, 5, 5, 5],
    ['counts starting pods as idle: they are enough', 40, 8, 5, 8],
    ['counts starting pods as idle: still more are needed', 60, 8, 5, 12],
    ['does not scale down because pods are starting', 26, 8, 5, 8],
    ['does at most double', 1_000, 10, 10, 20],
    ['or adds four where that is more', 1_000, 2, 2, 6],
    ['holds without data', Number.NaN, 7, 3, 7],
    ['can add when no pod is Ready yet', 100, 3, 0, 7],
    ['keeps what it has when nothing is Ready and nothing is asked', 0, 3, 0, 3],
  ];
  for (const [name, load, total, ready, replicas] of cases) {
    it(name, () => expect(new ReactiveRule(10).replicas(load, 0.5, total, ready)).toBe(replicas));
  }

  it('scales down to the largest recommendation of the last five minutes, and to the minimum by bounds', () => {
    const rule = new ReactiveRule(10);
    const total = [40, ...new Array<number>(19).fill(20), 20].map((load) => rule.replicas(load, 0.5, 8, 8));
    expect(total.slice(0, 20)).toEqual(new Array(20).fill(8));
    expect(total[20]).toBe(4);
  });

  it('a tick without data ages the old recommendations like any other', () => {
    const rule = new ReactiveRule(10);
    rule.replicas(40, 0.5, 8, 8);
    for (let i = 0; i < 19; i++) expect(rule.replicas(Number.NaN, 0.5, 8, 8)).toBe(8);
    expect(rule.replicas(20, 0.5, 8, 8)).toBe(4);
  });

  it('decides by what is observed at the tick', () => {
    const policy = hpa(Float64Array.of(5, 40), 10, 0.5);
    expect(policy.decide(1, { total: 5, ready: 5, created: 0 })).toBe(8);
  });

  it('a load, whatever it is, leads to enough pods and not to more than it needs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 50 }), (load, start) => {
        const rule = new ReactiveRule(10);
        let total = start;
        for (let i = 0; i < 60; i++) total = Math.max(1, rule.replicas(load, 0.5, total, total));
        const utilisation = load / (10 * total);
        expect(utilisation).toBeLessThanOrEqual(0.5 * 1.1 + 1e-9);
        // Within the tolerance, or the fewest pods at the target.
        const fewest = Math.max(1, Math.ceil(load / 5 - 1e-9));
        expect(utilisation >= 0.5 * 0.9 - 1e-9 || total === fewest).toBe(true);
      }),
    );
  });

  it('is tuned over the targets 30, 35 … 95 %', () => {
    expect(TUNED_TARGETS.map((target) => Math.round(100 * target))).toEqual([
      30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95,
    ]);
  });
});

describe('cron', () => {
  const office = (hour: number) => (hour % 24 >= 9 && hour % 24 < 17 ? 95 : 15);
  const at = (policy: ReturnType<typeof cron>, tick: number) => policy.decide(tick, { total: 1, ready: 1, created: 0 });

  it('has the largest need that each hour of the day ever had', () => {
    const demand = byHour(72, (hour) => (hour === 36 ? 149 : office(hour)));
    const policy = cron(demand, MONDAY_SECONDS, 3 * DAY, 10, 0);
    expect(at(policy, 3 * DAY + 10 * HOUR)).toBe(10);
    expect(at(policy, 3 * DAY + 12 * HOUR)).toBe(15);
    expect(at(policy, 3 * DAY + 20 * HOUR)).toBe(2);
  });

  it('switches on one start-up p90 early, and off at the full hour', () => {
    const policy = cron(byHour(48, office), MONDAY_SECONDS, 2 * DAY, 10, 180);
    const nine = 2 * DAY + 9 * HOUR;
    expect(at(policy, nine - 13)).toBe(2);
    expect(at(policy, nine - 12)).toBe(10);
    expect(at(policy, 2 * DAY + 17 * HOUR - 1)).toBe(10);
    expect(at(policy, 2 * DAY + 17 * HOUR)).toBe(2);
  });

  it('knows the weekend from 14 days of history on, and not before', () => {
    const load = (hour: number) => (Math.floor(hour / 24) % 7 >= 5 ? 15 : office(hour));
    const days = (n: number) => cron(byHour(24 * 14, load), MONDAY_SECONDS, n * DAY, 10, 0);
    const saturdayNoon = 19 * DAY + 12 * HOUR;
    expect(at(days(14), saturdayNoon)).toBe(2);
    expect(at(days(13), saturdayNoon)).toBe(10);
  });

  it('takes the largest need for an hour that the history never saw, and sees no further than the history', () => {
    const demand = byHour(36, (hour) => (hour === 30 ? 10_000 : hour === 3 ? 50 : hour > 6 ? Number.NaN : 12));
    const policy = cron(demand, MONDAY_SECONDS, DAY, 10, 0);
    expect(at(policy, DAY + 8 * HOUR)).toBe(5);
    expect(at(policy, DAY + 4 * HOUR)).toBe(2);
  });
});

describe('the oracle', () => {
  const loads = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 30, maxLength: 80 });

  it('has its pods Ready whenever demand needs them, and none is ever idle for longer than a start-up', () => {
    fc.assert(
      fc.property(loads, fc.integer({ min: 1, max: 90 }), (load, latency) => {
        const demand = Float64Array.from(load);
        const startup = () => latency;
        const end = demand.length;
        const initial = Math.ceil(demand[0]! / 10);
        const play = { first: 0, end, initial, min: 0, max: 1_000 };
        const { total, ready } = simulate('oracle', oracle(demand, end, 10, startup), play, startup);
        const horizon = Math.ceil(latency / 15);
        for (let i = 0; i < end; i++) {
          // Nobody can be ready for what comes before a pod created at the first tick.
          if (i >= horizon) expect(10 * ready[i]!).toBeGreaterThanOrEqual(demand[i]!);
          const needed = Math.max(...demand.slice(i, i + horizon + 1));
          expect(total[i]).toBe(Math.ceil(needed / 10));
        }
      }),
    );
  });

  it('sees nothing after the end and no demand in a gap', () => {
    const demand = Float64Array.of(10, Number.NaN, 30, 9_999);
    const policy = oracle(demand, 3, 10, () => 600);
    expect(policy.decide(0, { total: 1, ready: 1, created: 0 })).toBe(3);
  });

  it('looks as far as the slowest of the pods that it is about to create', () => {
    const demand = Float64Array.of(10, 30, 30, 30, 90);
    const startup = (k: number) => [15, 60][k] ?? 15;
    expect(oracle(demand, 5, 10, startup).decide(0, { total: 1, ready: 1, created: 0 })).toBe(9);
  });
});

it('fixed is fixed', () => expect(fixed(7).decide(3, { total: 1, ready: 1, created: 0 })).toBe(7));
