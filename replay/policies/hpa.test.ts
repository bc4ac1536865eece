import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReactiveRule } from '../../actuator/scaler/reactive.ts';
import { simulate } from '../pods.ts';
import { defaultHpa, type HpaRule, hpa, TUNED_TARGETS, tunedGrid } from './hpa.ts';

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
    const policy = hpa(Float64Array.of(5, 40), defaultHpa(10, 0.5, 300, { min: 1, max: 100 }));
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
});

describe('the HPA of a replay', () => {
  const WIDE = { min: 1, max: 1_000 };
  const play = (load: Float64Array, rule: HpaRule, latency = 30) =>
    simulate('hpa', hpa(load, rule), { first: 0, end: load.length, initial: 3, ...WIDE }, () => latency);
  const steps = (...levels: readonly (readonly [ticks: number, load: number])[]) =>
    Float64Array.from(levels.flatMap(([ticks, load]) => new Array<number>(ticks).fill(load)));

  it('is, tick by tick and whatever the load, the rule that the addon falls back to', () => {
    const loads = fc.array(fc.oneof(fc.constant(Number.NaN), fc.integer({ min: 0, max: 400 })), {
      minLength: 1,
      maxLength: 150,
    });
    fc.assert(
      fc.property(loads, fc.integer({ min: 1, max: 200 }), (levels, latency) => {
        const load = Float64Array.from(levels);
        const live = new ReactiveRule(10);
        const bounds = { first: 0, end: load.length, initial: 3, ...WIDE };
        const twin = {
          decide: (i: number, pods: { total: number; ready: number }) =>
            live.replicas(load[i]!, 0.7, pods.total, pods.ready),
        };
        const asLive = simulate('hpa', twin, bounds, () => latency);
        expect([...play(load, defaultHpa(10, 0.7, 300, WIDE), latency).total]).toEqual([...asLive.total]);
      }),
    );
  });

  it('keeps its own bounds', () => {
    const rule = defaultHpa(10, 0.5, 0, { min: 2, max: 6 });
    expect([...play(steps([3, 0], [3, 400]), rule).total]).toEqual([2, 2, 2, 6, 6, 6]);
  });

  it('comes down as soon as its window is over', () => {
    const load = steps([2, 40], [50, 10]);
    const down = (window: number) => play(load, defaultHpa(10, 0.5, window, WIDE)).total.indexOf(2);
    expect([0, 60, 300, 600].map(down)).toEqual([2, 5, 21, 41]);
  });

  it('of an external or object metric counts every pod, Ready or not', () => {
    const slow = 10_000;
    // 80 at 10 a pod: 8 pods. Those that start count as idle for a metric of pods; for one of no pod they are pods.
    const rule = defaultHpa(10, 1, 300, WIDE);
    const load = steps([6, 80]);
    expect([...play(load, { ...rule, counts: 'all' }, slow).total]).toEqual([7, 8, 8, 8, 8, 8]);
    expect([...play(load, { ...rule, counts: 'ready' }, slow).total]).toEqual([7, 8, 8, 8, 8, 8]);
    // Fewer are needed than are Ready and starting, but more than are Ready: pods' metrics hold, an object's comes down.
    const falling = steps([2, 80], [6, 50]);
    const fast = { ...rule, ...defaultHpa(10, 1, 0, WIDE) };
    expect(play(falling, { ...fast, counts: 'all' }, slow).total.at(-1)).toBe(5);
    expect(play(falling, { ...fast, counts: 'ready' }, slow).total.at(-1)).toBe(8);
  });

  it('has a tolerance for each direction', () => {
    const wide = { ...defaultHpa(10, 1, 0, WIDE), tolerances: { down: 0.4, up: 0.05 } };
    expect([...play(steps([1, 31.6]), wide).total]).toEqual([4]);
    expect([...play(steps([1, 31.4]), wide).total]).toEqual([3]);
    expect([...play(steps([1, 18.1]), wide).total]).toEqual([3]);
    expect([...play(steps([1, 17.9]), wide).total]).toEqual([2]);
  });

  it('limits its rate by what it did in the period', () => {
    const behavior = {
      scaleUp: {
        stabilizationSeconds: 0,
        select: 'Max' as const,
        policies: [{ type: 'Pods' as const, value: 2, periodSeconds: 60 }],
        tolerance: 0.1,
      },
      scaleDown: {
        stabilizationSeconds: 0,
        select: 'Max' as const,
        policies: [{ type: 'Pods' as const, value: 1, periodSeconds: 30 }],
        tolerance: 0.1,
      },
    };
    const rule = { ...defaultHpa(10, 1, 0, WIDE), behavior };
    expect([...play(steps([9, 200]), rule, 0).total]).toEqual([5, 5, 5, 5, 7, 7, 7, 7, 9]);
    // Up and down count against each other: the two pods of the step up may go again at once, and one more.
    expect([...play(steps([1, 200], [6, 1]), rule, 0).total]).toEqual([5, 2, 2, 1, 1, 1, 1]);
  });
});

describe('the grid of hpa-tuned', () => {
  it('has the targets 30, 35 … 95 % and five windows', () => {
    expect(TUNED_TARGETS.map((target) => Math.round(100 * target))).toEqual([
      30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95,
    ]);
    const grid = tunedGrid(300);
    expect(grid).toHaveLength(70);
    expect([...new Set(grid.map(({ windowSeconds }) => windowSeconds))]).toEqual([0, 60, 120, 300, 600]);
  });

  it("keeps the HPA's own window where a start costs nothing", () => {
    expect([...new Set(tunedGrid(0).map(({ windowSeconds }) => windowSeconds))]).toEqual([300]);
  });
});
