import { expect, it } from 'vitest';
import { ReactiveRule } from './reactive.ts';

/*
 * The cases of the Kubernetes replica calculator stand in replay/policies/baselines.test.ts, where this rule is the rival; here is
 * what the scaler needs of it over time.
 */

it('follows a rise at once and a fall after five minutes', () => {
  const rule = new ReactiveRule(10);
  let total = 4;
  const run = (load: number, ticks: number) => {
    for (let i = 0; i < ticks; i++) total = rule.replicas(load, 0.5, total, total);
    return total;
  };
  expect(run(20, 40)).toBe(4);
  expect(run(40, 1)).toBe(8);
  expect(run(20, 19)).toBe(8);
  expect(run(20, 1)).toBe(4);
});

it('a dip shorter than five minutes takes nothing away', () => {
  const rule = new ReactiveRule(10);
  for (let tick = 0; tick < 200; tick++) {
    const load = tick % 20 === 0 ? 100 : 5;
    expect(rule.replicas(load, 0.5, 20, 20)).toBe(20);
  }
});

it('a lower target has more pods', () => {
  const pods = [0.3, 0.5, 0.7, 0.9].map((target) => new ReactiveRule(10).replicas(70, target, 14, 14));
  expect(pods).toEqual([24, 14, 10, 8]);
});
