import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TooMuchAtOnce } from '../../../collector/prometheus/answer.ts';
import { queriesOf } from '../../../collector/prometheus/usage-batches.ts';
import { BOUND_LIMITS, MOST_QUERIES, planBounds, REPLAY_LIMITS, REPLAY_QUERIES, shrunk } from './usage-plan.ts';

const RANGE = { startSeconds: 0, endSeconds: 14 * 86_400, stepSeconds: 60 };
const LIMITS = { ...BOUND_LIMITS, chars: 6_000 };
const fleet = (workloads: number, pods: number, name = (i: number) => `web-${i}`) =>
  Array.from({ length: workloads }, (_, i) => {
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: `team-${i % 50}`, name: name(i) };
    return { ref, pods };
  });
const planned = (subjects: ReturnType<typeof fleet>, limits = LIMITS) => {
  const plan = planBounds(subjects, subjects, RANGE, limits);
  return { queries: queriesOf(plan.batches, plan.range), minutes: plan.range.stepSeconds / 60 };
};

describe('the queries of the bounds', () => {
  it.each([
    ['a usual one', fleet(1_000, 10), 24, 5],
    ['of many pods', fleet(1_000, 100), 42, 15],
    ['of long names', fleet(1_000, 10, (i) => `${'recommendations-'.repeat(3)}${i}`), 26, 5],
    ['large', fleet(5_000, 10), 60, 10],
    ['as large as Kubernetes is tested with', fleet(10_000, 15), 45, 30],
  ])('of a fleet %s', (_, subjects, queries, minutes) => {
    expect(planned(subjects)).toEqual({ queries, minutes });
  });

  it('of a fleet that takes more at the coarsest step are as many as it takes: the budget ends them', () => {
    const { queries, minutes } = planned(fleet(20_000, 10));
    expect(minutes).toBe(60);
    expect(queries).toBeGreaterThan(MOST_QUERIES - REPLAY_QUERIES);
  });

  it('are planned coarser, not as more, where the server refuses their size', () => {
    const smaller = planned(fleet(1_000, 10), shrunk(LIMITS, new TooMuchAtOnce('too many samples')));
    expect(smaller.queries).toBeLessThanOrEqual(60);
    expect(smaller.minutes).toBe(10);
  });

  it('have the limits that docs/report.md says', () => {
    const page = readFileSync('docs/report.md', 'utf8').replaceAll(/ +/g, ' ');
    const shown = (n: number) => n.toLocaleString('en');
    expect(page).toContain(`At most ${MOST_QUERIES} requests are made for any fleet`);
    expect(page).toContain(`| ${shown(BOUND_LIMITS.points)} | ${shown(REPLAY_LIMITS.points)} |`);
    expect(page).toContain(`| ${BOUND_LIMITS.samples / 1e6} M | ${REPLAY_LIMITS.samples / 1e6} M |`);
    expect(page).toContain(`≤ ${MOST_QUERIES - REPLAY_QUERIES} | at least ${REPLAY_QUERIES} |`);
  });
});
