import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from '../../kubernetes/api.ts';
import { annotatedPod, appliedTemplate } from './template-annotations.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const TRUE = { 'prescale.dev/enabled': 'true' };

function pod(kind: string, owner: string, more: Partial<ObjectMeta> = {}): ObjectMeta {
  return {
    name: `${owner}-x`,
    namespace: 'shop',
    uid: '1',
    resourceVersion: '1',
    creationTimestamp: '',
    annotations: TRUE,
    labels: { 'pod-template-hash': '7d9f8c' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name: owner, uid: '2', controller: true }],
    ...more,
  };
}

describe('annotations on a pod template', () => {
  it('are the prescale.dev/ names of the pod template in kubectl’s last-applied configuration', () => {
    const applied = (annotations: unknown) =>
      appliedTemplate({ [LAST_APPLIED]: JSON.stringify({ spec: { template: { metadata: { annotations } } } }) });
    expect(applied({ ...TRUE, 'prescale.dev/mode': 'auto', 'a/b': 'c' })).toBe(
      'prescale.dev/enabled prescale.dev/mode',
    );
    expect(applied({ 'a/b': 'c' })).toBe('');
    // On the object itself is right.
    expect(appliedTemplate({ [LAST_APPLIED]: JSON.stringify({ metadata: { annotations: TRUE } }) })).toBe('');
  });

  it('are nobody’s where that is cut, odd or missing', () => {
    for (const text of ['{"prescale.dev/', 'null', '[]', '"prescale.dev/"', '{"spec":{"template":"prescale.dev/x"}}']) {
      expect(appliedTemplate({ [LAST_APPLIED]: text })).toBe('');
    }
    expect(appliedTemplate(undefined)).toBe('');
  });

  it('are told by a pod, which names its Deployment by its ReplicaSet and the hash', () => {
    expect(annotatedPod(pod('ReplicaSet', 'web-7d9f8c'))).toEqual({
      owner: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
      names: ['prescale.dev/enabled'],
    });
    expect(annotatedPod(pod('StatefulSet', 'db'))?.owner).toMatchObject({ kind: 'StatefulSet', name: 'db' });
  });

  it('of a ReplicaSet of nobody, a DaemonSet or a bare pod name no workload; nor does our own note on a pod', () => {
    expect(annotatedPod(pod('ReplicaSet', 'alone', { labels: {} }))).toBeUndefined();
    expect(annotatedPod(pod('DaemonSet', 'agent'))).toBeUndefined();
    expect(annotatedPod(pod('ReplicaSet', 'web-7d9f8c', { ownerReferences: [] }))).toBeUndefined();
    const annotations = { 'prescale.dev/pod-deletion-cost': '-100' };
    expect(annotatedPod(pod('ReplicaSet', 'web-7d9f8c', { annotations }))).toBeUndefined();
  });
});
