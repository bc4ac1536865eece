import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { podNameParts, podNamePattern } from './pod-names.ts';
import {
  batchExpression,
  queriesOf,
  stepsOf,
  type UsageLimits,
  type UsageSubject,
  usageBatches,
} from './usage-batches.ts';

const refOf = (name: string, namespace = 'shop', kind = 'Deployment'): WorkloadRef => ({
  apiVersion: 'apps/v1',
  kind,
  namespace,
  name,
});
const subjects = (...refs: WorkloadRef[]) => refs.map((ref) => ({ ref, pods: 1 }));
const LIMITS: UsageLimits = { samples: 10e6, points: 170_000, chars: 6_000 };
const FORTNIGHT = { startSeconds: 0, endSeconds: 14 * 86_400 };
const COARSE = { ...FORTNIGHT, stepSeconds: 300 };
const batched = (all: readonly UsageSubject[], range = COARSE, limits = LIMITS) =>
  usageBatches(all, all, range, { seconds: range.stepSeconds }, limits);

describe('batches of workloads', () => {
  it('a thousand Deployments of ten pods and fourteen days by five minutes are 24 queries; a fortnight by the minute is two', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({ ref: refOf(`w${i}`, `n${i % 40}`), pods: 10 }));
    const sorted = many.sort((a, b) => (workloadKey(a.ref) < workloadKey(b.ref) ? -1 : 1));
    expect(queriesOf(batched(sorted), COARSE)).toBe(24);
    const minutes = { ...FORTNIGHT, stepSeconds: 60 };
    expect(queriesOf(usageBatches(many.slice(0, 1), many, minutes, 'observation', LIMITS), minutes)).toBe(2);
    // Pods cost the server, so that large ones share a query with fewer.
    expect(queriesOf(batched(many.map((one) => ({ ...one, pods: 100 }))), COARSE)).toBe(125);
  });

  it('have pods whose names are made alike; names that are cut are, too', () => {
    const [long, longToo] = [refOf('a'.repeat(60)), refOf('b'.repeat(61))];
    const widgets = [refOf('x', 'shop', 'Widget'), refOf('y', 'shop', 'Gadget')];
    const all = subjects(refOf('web'), refOf('db', 'shop', 'StatefulSet'), refOf('api'), long, ...widgets, longToo);
    expect(batched(all).map(({ subjects: own }) => own.map(({ ref }) => ref.name))).toEqual([
      ['web', 'api'],
      ['db'],
      [long.name, longToo.name],
      ['x', 'y'],
    ]);
  });

  it('count what a query finds of others: the same names in the other namespaces', () => {
    const tenants = Array.from({ length: 30 }, (_, n) => n).flatMap((n) =>
      Array.from({ length: 30 }, (_, i) => refOf(`app-${i}`, `tenant-${n}`)),
    );
    // One app of each tenant: a query of all thirty finds all nine hundred.
    const best = subjects(...tenants.filter((_, i) => i % 31 === 0));
    const points = 30 * stepsOf(COARSE);
    const batches = usageBatches(best, subjects(...tenants), COARSE, { seconds: 300 }, { ...LIMITS, points });
    expect(Math.max(...batches.map(({ subjects: own }) => own.length))).toBe(5);
    expect(batched(best, COARSE, { ...LIMITS, points })).toHaveLength(1);
  });

  it('a workload of more pods than a query may take is read in shorter pages', () => {
    const [batch] = batched([{ ref: refOf('large'), pods: 5_000 }]);
    expect(batch!.pageSteps).toBe(666);
    expect(queriesOf([batch!], COARSE)).toBe(7);
  });

  it('property: of any fleet each workload is in one batch, and no query is more than its limits', () => {
    const name = fc.stringMatching(/^[a-z0-9.]([-a-z0-9.]{0,60}[a-z0-9])?$/);
    const kind = fc.constantFrom('Deployment', 'StatefulSet', 'Rollout', 'DaemonSet', 'Widget');
    const subject = fc.record({
      ref: fc.record({
        apiVersion: fc.constant('apps/v1'),
        kind,
        namespace: fc.constantFrom('a', 'b', 'c'),
        name,
      }),
      pods: fc.integer({ min: 1, max: 3_000 }),
    });
    const fleet = fc.uniqueArray(subject, { selector: ({ ref }) => workloadKey(ref), maxLength: 60 });
    fc.assert(
      fc.property(fleet, fc.integer({ min: 1, max: 70 }), fc.constantFrom(60, 300, 3_600), (all, days, stepSeconds) => {
        const range = { startSeconds: 0, endSeconds: days * 86_400, stepSeconds };
        const batches = batched(all, range);
        const keys = batches.flatMap(({ subjects: own }) => own.map(({ ref }) => workloadKey(ref)));
        expect(keys.sort()).toEqual(all.map(({ ref }) => workloadKey(ref)).sort());
        for (const { subjects: own, suffix, pageSteps } of batches) {
          expect(pageSteps).toBeLessThanOrEqual(11_000);
          const query = batchExpression({ subjects: own, suffix }, { seconds: stepSeconds });
          if (own.length > 1) expect(encodeURIComponent(query).length).toBeLessThanOrEqual(LIMITS.chars);
          const pods = own.reduce((sum, one) => sum + one.pods, 0);
          if (pageSteps > 1) expect(pods * 3 * pageSteps).toBeLessThanOrEqual(LIMITS.samples);
          expect(own.length * pageSteps).toBeLessThanOrEqual(LIMITS.points);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('the parts of a pattern are the pattern', () => {
    for (const ref of [
      refOf('web'),
      refOf('db', 'shop', 'StatefulSet'),
      refOf('a'.repeat(50)),
      refOf('b'.repeat(60)),
    ]) {
      const { base, suffix } = podNameParts(ref)!;
      expect(`${base}${suffix}`).toBe(podNamePattern(ref).pattern);
    }
    expect(podNameParts(refOf('x', 'shop', 'Widget'))).toBeUndefined();
  });
});
