import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PodView, simulate } from '../pods.ts';
import { oracle } from './oracle.ts';

describe('the oracle', () => {
  const loads = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 30, maxLength: 80 });

  it('has its pods Ready whenever demand needs them, and without a price of starts none is ever idle for longer than a start-up', () => {
    fc.assert(
      fc.property(loads, fc.integer({ min: 1, max: 90 }), (load, latency) => {
        const demand = Float64Array.from(load);
        const startup = () => latency;
        const end = demand.length;
        const initial = Math.ceil(demand[0]! / 10);
        const play = { first: 0, end, initial, min: 0, max: 1_000 };
        const { total, ready } = simulate('oracle', oracle(demand, end, 10, startup, 0), play, startup);
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
    const policy = oracle(demand, 3, 10, () => 600, 0);
    expect(policy.decide(0, { total: 1, ready: 1, created: 0 })).toBe(3);
  });

  it('looks as far as the slowest of the pods that it is about to create', () => {
    const demand = Float64Array.of(10, 30, 30, 30, 90);
    const startup = (k: number) => [15, 60][k] ?? 15;
    expect(oracle(demand, 5, 10, startup, 0).decide(0, { total: 1, ready: 1, created: 0 })).toBe(9);
  });
});

describe('the oracle and the price of a start', () => {
  const TICK = 15;
  /** Totals of the oracle on a need in pods; a pod takes a tick to start, a start costs so many ticks of a pod. */
  function totals(need: readonly number[], startCostTicks: number): number[] {
    const demand = Float64Array.from(need, (pods) => pods * 10);
    const startup = () => TICK;
    const play = { first: 0, end: need.length, initial: need[0]!, min: 0, max: 100 };
    return [
      ...simulate('oracle', oracle(demand, need.length, 10, startup, startCostTicks * TICK), play, startup).total,
    ];
  }

  it('a pod stays through an idle spell that costs less than its start, and only through such a one', () => {
    // Idle for three ticks and started one early: two ticks that could be saved.
    const need = [3, 1, 1, 1, 3, 3];
    expect(totals(need, 0)).toEqual([3, 1, 1, 3, 3, 3]);
    expect(totals(need, 2)).toEqual([3, 1, 1, 3, 3, 3]);
    expect(totals(need, 2.1)).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it('pod by pod: the second is needed again soon, the third is not', () => {
    expect(totals([3, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 3], 4)).toEqual([3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 3, 3]);
  });

  it('nobody stays who is never needed again, whatever a start costs', () => {
    expect(totals([3, 1, 1, 1], 5_000)).toEqual([3, 1, 1, 1]);
  });

  it('property: it serves all, and no plan at all that does has a lower objective', () => {
    const MOST = 3;
    const needs = fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: MOST }) }, fc.constant(Number.NaN)),
      {
        minLength: 2,
        maxLength: 6,
      },
    );
    const startCosts = fc.constantFrom(0, 10, 15, 20, 30, 50, 75, 1_000);
    fc.assert(
      fc.property(needs, fc.integer({ min: 1, max: 50 }), startCosts, (drawn, latency, startCost) => {
        const initial = drawn[0]! || 0;
        // What comes before any pod can be Ready is for the pods that are there.
        const need = drawn.map((pods, i) => (i * TICK < latency && pods > initial ? initial : pods));
        const demand = Float64Array.from(need, (pods) => pods * 10);
        const startup = () => latency;
        const span = { first: 0, end: need.length, initial, min: 0, max: MOST };
        const judged = (decide: (tick: number, pods: PodView) => number) => {
          const { total, ready, started } = simulate('oracle', { decide }, span, startup);
          const sum = (values: Int32Array) => values.reduce((a, b) => a + b, 0);
          const servesAll = need.every((pods, i) => !(pods > ready[i]!));
          return { servesAll, objective: TICK * sum(total) + startCost * sum(started) };
        };
        const best = oracle(demand, need.length, 10, startup, startCost);
        const ours = judged((tick, pods) => best.decide(tick, pods));
        expect(ours.servesAll).toBe(true);
        // Every plan there is: a number in base 4 has the pods of a tick in each digit.
        for (let plan = 0; plan < (MOST + 1) ** need.length; plan++) {
          const { servesAll, objective } = judged((tick) => Math.floor(plan / (MOST + 1) ** tick) % (MOST + 1));
          if (servesAll) expect(objective).toBeGreaterThanOrEqual(ours.objective - 1e-9);
        }
      }),
      { numRuns: 150 },
    );
  });
});
