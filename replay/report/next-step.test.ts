import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePolicy } from '../../core/policy/parse-policy.ts';
import type { PolicyLimits, WorkloadPolicy } from '../../core/policy/policy.ts';
import { runs } from '../../test/property.ts';
import { factsOf, policyOf } from '../../test/report-facts.ts';
import { annotationsYaml, METRIC_PLACEHOLDER } from './next-step.ts';
import type { Facts } from './recommendation-text.ts';

/** An administrator who has the template that the placeholder stands for, and allows raw queries. */
const LIMITS: PolicyLimits = {
  defaultMode: 'auto',
  defaultUnmetTargetBp: 5,
  maxReplicas: 1_000_000,
  allowRawQueries: true,
  templates: { [METRIC_PLACEHOLDER]: { args: [] } },
};
const policies = { predictive: policyOf(50, 0.4), hpa: policyOf(70, 0) };

/** What the addon reads of it, by its own parser. */
function asRead(text: string): WorkloadPolicy {
  const { metadata } = parse(text) as { metadata: { annotations: Record<string, string> } };
  const opted = parsePolicy({}, metadata.annotations, LIMITS);
  if (opted.kind !== 'in') throw new Error(JSON.stringify(opted));
  return opted.policy;
}

function next(more: Partial<Facts>, { peakPods = 21, query }: { peakPods?: number; query?: string } = {}): string {
  return annotationsYaml({ facts: factsOf(policies, more), peakPods, query });
}

describe('the annotations of a result', () => {
  it('are read by the addon as what was replayed', () => {
    const text = next({ podCapacity: 53.3, unmetTargetBp: 2, bounds: { min: 2, max: 40 } });
    expect(asRead(text)).toMatchObject({
      mode: 'observe',
      metrics: [{ metric: { kind: 'template' }, target: { kind: 'absolute', perPod: 53.3 } }],
      unmetTargetBp: 2,
      minReplicas: 2,
      maxReplicas: 40,
      leadTime: 20,
    });
  });

  it('cap what was replayed without a cap at twice the most pods, and say so', () => {
    const text = next({});
    expect(asRead(text).maxReplicas).toBe(42);
    expect(text).toContain('# Replayed without a cap: twice the most pods that there were, 21.');
  });

  it('take the query that the trace was read with, where it fits', () => {
    const query = 'sum(rate(http_requests_total{service="web",path=~"/a.*"}[1m]))';
    expect(asRead(next({}, { query })).metrics[0]!.metric).toEqual({ kind: 'query', query });
    const wide = Array.from({ length: 9 }, (_, i) => `sum(rate(requests_total{zone="zone ${i}"}[1m]))`).join(' + ');
    expect(asRead(next({}, { query: wide })).metrics[0]!.metric).toEqual({ kind: 'query', query: wide });
    const long = `sum(${'a'.repeat(3_000)})`;
    expect(asRead(next({}, { query: long })).metrics[0]!.metric).toMatchObject({ kind: 'template' });
    expect(asRead(next({}, { query: 'up # all\n+ 1' })).metrics[0]!.metric).toMatchObject({ kind: 'template' });
  });

  it('are for watching where something else is better', () => {
    const better = factsOf({ predictive: policyOf(90, 0.4), hpa: policyOf(70, 0) });
    const text = annotationsYaml({ facts: better, peakPods: 5, query: undefined });
    expect(text).toContain('# By this replay something else is better.');
    expect(next({})).not.toContain('something else');
  });

  it('are valid for any replay', () => {
    const settings = fc.record({
      podCapacity: fc.double({ min: 1e-9, max: 1e15, noNaN: true }),
      unmetTargetBp: fc.integer({ min: 1, max: 1_000_000_000 }).map((n) => n / 1e6),
      min: fc.nat(50),
      max: fc.option(fc.integer({ min: 50, max: 10_000 }), { nil: null }),
      p90Seconds: fc.double({ min: 0, max: 1e5, noNaN: true }),
      peakPods: fc.integer({ min: 50, max: 100_000 }),
      query: fc.option(fc.string({ minLength: 1, unit: 'binary' }), { nil: undefined }),
    });
    fc.assert(
      fc.property(settings, ({ podCapacity, unmetTargetBp, min, max, p90Seconds, peakPods, query }) => {
        const startup = { p50Seconds: 1, p90Seconds, p99Seconds: 1e6 };
        const text = next(
          { podCapacity, unmetTargetBp, bounds: { min, max }, startup },
          { peakPods, ...(query === undefined || query.trim() === '' ? {} : { query }) },
        );
        if (query === undefined) for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
        const policy = asRead(text);
        expect(policy.unmetTargetBp).toBeCloseTo(unmetTargetBp, 6);
        expect(policy.minReplicas).toBe(min);
        expect(policy.maxReplicas).toBe(max ?? 2 * peakPods);
        const { target } = policy.metrics[0]!;
        expect(target.kind === 'absolute' && target.perPod / podCapacity).toBeCloseTo(1, 4);
      }),
      { numRuns: runs(200) },
    );
  });
});
