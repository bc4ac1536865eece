import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OwnerReference, ownership } from './pod-owner.ts';

const workload = (kind: string, name = 'web', apiVersion = 'apps/v1') => ({
  apiVersion,
  kind,
  namespace: 'shop',
  name,
});
const controller = (kind: string, name: string, apiVersion = 'apps/v1'): OwnerReference[] => [
  { apiVersion, kind, name, controller: true },
];
const hashed = { app: 'web', 'pod-template-hash': '6d4cf56db6' };
const rollout = workload('Rollout', 'web', 'argoproj.io/v1alpha1');
const game = workload('Game', 'web', 'games.example/v1');

describe('whose a pod is', () => {
  const web = workload('Deployment');
  it.each([
    ['its ReplicaSet’s', controller('ReplicaSet', 'web-6d4cf56db6'), 'own'],
    ['another Deployment’s with the same labels', controller('ReplicaSet', 'web-canary-6d4cf56db6'), 'foreign'],
    ['one whose name begins the same way', controller('ReplicaSet', 'webshop-6d4cf56db6'), 'foreign'],
    ['a Job’s', controller('Job', 'web', 'batch/v1'), 'foreign'],
    ['a DaemonSet’s', controller('DaemonSet', 'web'), 'foreign'],
    ['a StatefulSet’s of the same name', controller('StatefulSet', 'web'), 'foreign'],
    ['nobody’s: started by hand', [], 'foreign'],
    [
      'owned, but controlled by nobody',
      [{ ...controller('ReplicaSet', 'web-6d4cf56db6')[0]!, controller: false }],
      'foreign',
    ],
    ['a ReplicaSet’s that was made by hand and may have been adopted', controller('ReplicaSet', 'web-old'), 'unknown'],
  ] as const)('of a Deployment: %s', (_, owners, expected) => {
    expect(ownership(web, owners, hashed)).toBe(expected);
  });

  it.each([
    ['StatefulSet', workload('StatefulSet'), controller('StatefulSet', 'web'), 'own'],
    ['StatefulSet: another one’s', workload('StatefulSet'), controller('StatefulSet', 'web2'), 'foreign'],
    ['StatefulSet: nobody’s', workload('StatefulSet'), [], 'foreign'],
    ['ReplicaSet', workload('ReplicaSet', 'web-6d4cf56db6'), controller('ReplicaSet', 'web-6d4cf56db6'), 'own'],
    [
      'ReplicationController',
      workload('ReplicationController', 'web', 'v1'),
      controller('ReplicationController', 'web', 'v1'),
      'own',
    ],
  ] as const)('of a %s', (_, one, owners, expected) => {
    expect(ownership(one, owners, hashed)).toBe(expected);
  });

  it('of an Argo Rollout, by its own label: its ReplicaSet’s, and not those of the Deployment that it replaces', () => {
    const owners = controller('ReplicaSet', 'web-5b9');
    expect(ownership(rollout, owners, { 'rollouts-pod-template-hash': '5b9' })).toBe('own');
    expect(ownership(rollout, owners, { 'pod-template-hash': '5b9' })).toBe('foreign');
    expect(ownership(web, owners, { 'rollouts-pod-template-hash': '5b9' })).toBe('foreign');
    expect(ownership(rollout, controller('ReplicaSet', 'web-old'), {})).toBe('unknown');
  });

  it('of a custom resource: direct owners are certain, in any version; what stands in between is not known', () => {
    expect(ownership(game, controller('Game', 'web', 'games.example/v2'), {})).toBe('own');
    expect(ownership(game, [{ apiVersion: 'games.example/v1', kind: 'Game', name: 'web' }], {})).toBe('own');
    expect(ownership(game, controller('Game', 'web', 'other.example/v1'), {})).toBe('foreign');
    expect(ownership(game, controller('Game', 'chess', 'games.example/v1'), {})).toBe('foreign');
    expect(ownership(game, controller('StatefulSet', 'rooms'), {})).toBe('unknown');
    expect(ownership(game, controller('ReplicaSet', 'rooms-6d4cf56db6'), hashed)).toBe('unknown');
    expect(ownership(game, [], {})).toBe('unknown');
    expect(ownership(game, controller('Job', 'cleanup', 'batch/v1'), {})).toBe('foreign');
  });

  it('of a Deployment whose name leaves no room for the hash: the ReplicaSet’s is cut', () => {
    const name = 'w'.repeat(250);
    const owners = controller('ReplicaSet', `${'w'.repeat(242)}-6d4cf56db6`);
    expect(ownership(workload('Deployment', name), owners, hashed)).toBe('own');
  });

  it('property: of two Deployments whose names differ, a pod is never both’s', () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,12}[a-z0-9])?$/);
    const hash = fc.stringMatching(/^[bcdf2456789]{1,10}$/);
    fc.assert(
      fc.property(name, name, hash, (a, b, templateHash) => {
        fc.pre(a !== b);
        const owners = controller('ReplicaSet', `${a}-${templateHash}`);
        const labels = { 'pod-template-hash': templateHash };
        expect(ownership(workload('Deployment', a), owners, labels)).toBe('own');
        expect(ownership(workload('Deployment', b), owners, labels)).toBe('foreign');
      }),
    );
  });
});
