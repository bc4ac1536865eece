import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeClass, PodRecord } from '../../core/pod-record.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import {
  DELETION_COST_ANNOTATION,
  honoursDeletionCost,
  markPods,
  OWN_COST_ANNOTATION,
  podsToMark,
  VIRTUAL_NODE_COST,
} from './deletion-cost.ts';
import { restoreAll } from './restore.ts';

const pod = (name: string, nodeClass: NodeClass | undefined, rest: Partial<PodRecord> = {}): PodRecord => ({
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
  createdSeconds: 0,
  readySinceSeconds: 100,
  startedSeconds: 50,
  phase: 'Running',
  deleting: false,
  nodeClass,
  nodeName: 'n',
  requests: { cpuCores: 1, memoryBytes: 1, gpus: 0 },
  deletionCost: undefined,
  ...rest,
});
const names = (pods: readonly PodRecord[]) => pods.map(({ name }) => name);

describe('pods that go first', () => {
  const mixed = [
    pod('old', 'virtual', { readySinceSeconds: 10 }),
    pod('new', 'virtual', { readySinceSeconds: 90 }),
    pod('fixed', 'ordinary'),
  ];

  it('are as many of the virtual nodes as will be removed, the newest ones', () => {
    expect(names(podsToMark(mixed, 1))).toEqual(['new']);
    expect(names(podsToMark(mixed, 3))).toEqual(['new', 'old']);
  });

  it('are none where nothing is removed, or all pods are of one class', () => {
    expect(podsToMark(mixed, 0)).toEqual([]);
    expect(podsToMark(mixed.slice(0, 2), 2)).toEqual([]);
    expect(podsToMark(mixed.slice(2), 1)).toEqual([]);
    expect(podsToMark([pod('a', 'virtual'), pod('b', undefined)], 1)).toEqual([]);
  });

  it('are not marked twice, and a value of the user is left alone', () => {
    const marked = [pod('a', 'virtual', { deletionCost: VIRTUAL_NODE_COST }), pod('b', 'virtual', { deletionCost: 5 })];
    expect(podsToMark([...mixed, ...marked], 1)).toEqual([]);
    expect(names(podsToMark([...mixed, ...marked], 4))).toEqual(['new', 'old']);
  });

  it('that are not Ready go anyway, and leaving ones have gone', () => {
    const starting = pod('starting', 'ordinary', { readySinceSeconds: undefined });
    const leaving = pod('leaving', 'virtual', { deleting: true });
    expect(names(podsToMark([...mixed, starting, leaving], 2))).toEqual(['new']);
  });

  it('are at most 50 a tick', () => {
    const many = Array.from({ length: 200 }, (_, i) => pod(`p${i}`, 'virtual'));
    expect(podsToMark([...many, pod('fixed', 'ordinary')], 150)).toHaveLength(50);
  });

  it('are none of a StatefulSet, which looks at ordinals', () => {
    expect(['Deployment', 'Rollout', 'StatefulSet'].map(honoursDeletionCost)).toEqual([true, true, false]);
  });
});

describe('marking', () => {
  it('writes both annotations, skips pods that are gone or another by now, and reports the rest', async () => {
    const api = memoryKubernetes();
    const path = '/api/v1/namespaces/shop/pods';
    const { metadata } = api.seed(`${path}/here`, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'here' } });
    api.seed(`${path}/another`, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'another' } });
    const pods = [pod('here', 'virtual', { uid: metadata.uid }), pod('gone', 'virtual'), pod('another', 'virtual')];
    expect(await markPods(api, pods)).toEqual(new Map());
    expect(await api.get(`${path}/here`)).toMatchObject({
      metadata: {
        annotations: {
          'controller.kubernetes.io/pod-deletion-cost': '-7311',
          'prescale.dev/pod-deletion-cost': '-7311',
        },
      },
    });
    expect((await api.get<{ metadata: object }>(`${path}/another`)).metadata).not.toHaveProperty('annotations');
    api.intercept = () => ({ error: new Error('broken') as never });
    expect([...(await markPods(api, pods)).keys()]).toEqual(['shop/here', 'shop/gone', 'shop/another']);
  });
});

it('whatever stands on a pod, our one cost is all that is set, and only a cost that is noted as ours is removed', async () => {
  const ours = String(VIRTUAL_NODE_COST);
  const text = fc.oneof(fc.constantFrom(ours, '-7311.0', '0', '999999999999', ''), fc.string());
  const found = fc.record({ [DELETION_COST_ANNOTATION]: text, [OWN_COST_ANNOTATION]: text }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(found, fc.boolean(), async (annotations, marks) => {
      const api = memoryKubernetes();
      const at = '/api/v1/namespaces/shop/pods/a';
      const seeded = api.seed(at, { metadata: { name: 'a', namespace: 'shop', annotations }, spec: {} });
      const annotationsNow = async () =>
        (await api.get<{ metadata: { annotations?: Record<string, string> } }>(at)).metadata.annotations ?? {};
      if (marks) {
        await markPods(api, [pod('a', 'virtual', { uid: (seeded.metadata as { uid: string }).uid })]);
        expect(await annotationsNow()).toEqual({ [DELETION_COST_ANNOTATION]: ours, [OWN_COST_ANNOTATION]: ours });
      }
      await restoreAll(api);
      const own = marks ? ours : annotations[OWN_COST_ANNOTATION];
      const cost = marks ? ours : annotations[DELETION_COST_ANNOTATION];
      const isOurs = own !== undefined && own === cost;
      expect(await annotationsNow()).toEqual(isOurs || cost === undefined ? {} : { [DELETION_COST_ANNOTATION]: cost });
    }),
    { numRuns: 300 },
  );
});
