import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Baseline, PodBaseline, REMEMBERED_CHANGES, usageJudged, workFactor } from './pod-baseline.ts';
import { ReactiveRule } from './reactive.ts';

/** Pods that use 65m each whatever they serve; the work beside it, cores. */
const usageOf = (pods: number, work: number) => pods * 0.065 + work;

describe('a baseline', () => {
  it('is not known before the pods changed', () => {
    const baseline = new PodBaseline();
    for (let tick = 0; tick < 100; tick++) baseline.observe(usageOf(4, 0.05), 4);
    expect(baseline.perPod).toBeUndefined();
  });

  it('is what usage grows by with each pod, found after the first change', () => {
    const baseline = new PodBaseline();
    for (let tick = 0; tick < 20; tick++) baseline.observe(usageOf(4, 0.05), 4);
    for (let tick = 0; tick < 20; tick++) baseline.observe(usageOf(6, 0.05), 6);
    expect(baseline.perPod).toBeCloseTo(0.065, 5);
  });

  it('is 0 where usage is all work, and stays so through gaps', () => {
    const baseline = new PodBaseline();
    for (let tick = 0; tick < 20; tick++) baseline.observe(3, 4);
    for (let tick = 0; tick < 6; tick++) baseline.observe(Number.NaN, 0);
    for (let tick = 0; tick < 30; tick++) baseline.observe(3, 8);
    expect(baseline.perPod).toBe(0);
  });

  it('is what another process was told, until this one is told something itself', () => {
    const before = new PodBaseline();
    for (const pods of [4, 6, 4, 6]) for (let tick = 0; tick < 20; tick++) before.observe(usageOf(pods, 0.05), pods);
    const baseline = new PodBaseline();
    baseline.restore(before.told);
    expect(baseline.perPod).toBeCloseTo(0.065, 5);
    expect(baseline.told).toEqual(before.told);
    for (let tick = 0; tick < 20; tick++) baseline.observe(3, 4);
    for (let tick = 0; tick < 20; tick++) baseline.observe(3, 8);
    baseline.restore([7]);
    expect(baseline.told).toHaveLength(before.told.length + 1);
    expect(new Set(baseline.told)).not.toContain(7);
    const long = new PodBaseline();
    long.restore(new Array(20).fill(1));
    expect(long.told).toHaveLength(REMEMBERED_CHANGES);
  });

  it('is never more than what a pod uses, whatever the load does meanwhile', () => {
    const tick = fc.tuple(fc.double({ min: 0, max: 100, noNaN: true }), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(fc.array(tick, { maxLength: 30 }), (stretches) => {
        const baseline = new PodBaseline();
        let most = 0;
        for (const [usage, pods] of stretches) {
          for (let i = 0; i < 17; i++) baseline.observe(usage, pods);
          most = Math.max(most, usage / pods);
        }
        const found = baseline.perPod ?? 0;
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(most + 1e-3);
      }),
    );
  });
});

describe('pods that add load', () => {
  it('are asked for by the work alone: n = work ÷ (target − baseline)', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(
        number(0, 0.6),
        number(0.1, 50),
        fc.integer({ min: 1, max: 100 }),
        number(1, 2),
        (b, work, n, growth) => {
          const usage = n * b + work;
          fc.pre(b <= 0.9 * Math.min(1, usage / n));
          expect(workFactor(usage, n, 1, b) * usage * growth).toBeCloseTo((work * growth) / (1 - b), 6);
        },
      ),
    );
  });

  it('at their target, ask for the same whatever the baseline is taken for', () => {
    expect(workFactor(7, 10, 0.7, 0)).toBe(1);
    expect(workFactor(7, 10, 0.7, 0.3)).toBeCloseTo(1);
    expect(workFactor(7, 10, 0.7, 0.6)).toBeCloseTo(1);
  });
});

describe('pods of which nobody knows what they use when idle', () => {
  /** Pods that a margin of 30 % comes to rest at, for work that ten pods at their target do, 0.6 of it whatever they serve. */
  const restsAt = (baseline: Baseline) => {
    let pods = 10;
    for (let tick = 0; tick < 200; tick++) {
      const usage = pods * 0.6 + 4;
      pods = Math.max(pods, Math.ceil(workFactor(usage, pods, 1, baseline) * 1.3 * usage - 1e-9));
    }
    return pods;
  };

  it('are no reason for further pods: a margin is added once, not to what it added', () => {
    expect(restsAt(0.6)).toBeLessThanOrEqual(18);
    expect(restsAt('unknown')).toBe(13);
    expect(restsAt(0)).toBeGreaterThanOrEqual(23);
  });

  it('property: are judged as the HPA judges them, or fewer of them are asked for', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(number(0.01, 200), fc.integer({ min: 1, max: 100 }), number(0.1, 5), (usage, n, target) => {
        const factor = workFactor(usage, n, target, 'unknown');
        expect(factor).toBeGreaterThan(0);
        expect(factor).toBeLessThanOrEqual(1);
        if (usage >= n * target) expect(factor).toBeCloseTo(1);
      }),
    );
  });
});

describe('a target of its own, below the asked one', () => {
  it('property: asks for no fewer pods than the asked one does, and for no more than with the spare room of idle pods, whatever is taken for the baseline', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(
        number(0, 200),
        fc.integer({ min: 1, max: 100 }),
        number(0, 3),
        number(0.7, 1),
        (usage, n, b, share) => {
          const judged = usageJudged(usage, n, 1, b, share);
          expect(judged / share).toBeGreaterThanOrEqual(usage - 1e-9);
          expect(judged).toBeLessThanOrEqual(usage);
        },
      ),
    );
  });

  it('is that of the whole usage where the demand is not the pods’ own', () => {
    expect(usageJudged(7, 10, 1, undefined, 0.8)).toBe(7);
  });

  it('leads to the pods of the HPA where the baseline is not known yet: idle pods need no room', () => {
    expect(usageJudged(1.9, 3, 1, 'unknown', 0.8) / 0.8).toBeCloseTo(1.9);
  });
});

it('pods that burn 65m of their 100m whatever they serve stay at four under the rule of the HPA', () => {
  const rule = new ReactiveRule(0.07);
  let pods = 3;
  for (let tick = 0; tick < 80; tick++) pods = rule.replicas(usageOf(pods, 0.04), 1, pods, pods);
  expect(pods).toBe(4);
});
