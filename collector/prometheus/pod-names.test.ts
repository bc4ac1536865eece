import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { podNamePattern } from './pod-names.ts';

const matches = (kind: string, name: string, pod: string) => {
  const { pattern } = podNamePattern({ apiVersion: 'apps/v1', kind, namespace: 'shop', name });
  return new RegExp(`^(?:${pattern})$`).test(pod);
};

describe('pods by their names', () => {
  it.each([
    ['Deployment', 'web', 'web-6d4cf56db6-x7k2p', true],
    ['Deployment', 'web', 'web-5b9-x7k2p', true],
    ['Deployment', 'web', 'web-admin-6d4cf56db6-x7k2p', false],
    ['Deployment', 'web', 'web-0', false],
    ['Deployment', 'web', 'webx-6d4cf56db6-x7k2p', false],
    ['Deployment', 'a.b', 'axb-6d4cf56db6-x7k2p', false],
    ['Rollout', 'web', 'web-6d4cf56db6-x7k2p', true],
    ['StatefulSet', 'db', 'db-12', true],
    ['StatefulSet', 'db', 'db-x7k2p', false],
    ['ReplicaSet', 'web-6d4cf56db6', 'web-6d4cf56db6-x7k2p', true],
    ['CloneSet', 'web', 'web-anything', true],
    ['CloneSet', 'web', 'webb-anything', false],
  ])('%s %s, pod %s: %s', (kind, name, pod, expected) => expect(matches(kind, name, pod)).toBe(expected));

  it('property: a Deployment of any length knows its pods, as the API server cuts their names', () => {
    const safe = fc.constantFrom(...'bcdfghjklmnpqrstvwxz2456789');
    const chars = (min: number, max: number) => fc.string({ unit: safe, minLength: min, maxLength: max });
    fc.assert(
      fc.property(chars(1, 63), chars(1, 10), chars(5, 5), (name, hash, suffix) => {
        const pod = `${`${name}-${hash}-`.slice(0, 58)}${suffix}`;
        expect(matches('Deployment', name, pod), pod).toBe(true);
      }),
    );
  });
});
