import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodRecord } from '../../core/pod-record.ts';
import { parseSelector, selects } from '../../kubernetes/label-selector.ts';
import { type AmbiguousPod, PodIndex } from './pod-index.ts';
import type { OwnerReference } from './pod-owner.ts';

const deployment = (name: string, namespace = 'shop') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace,
  name,
});

function record(uid: string, changes: Partial<PodRecord> = {}): PodRecord {
  return {
    ...{
      namespace: 'shop',
      name: `web-${uid}`,
      uid,
      createdSeconds: 1000,
      readySinceSeconds: 1009,
      startedSeconds: 1001,
    },
    phase: 'Running',
    deleting: false,
    nodeClass: 'ordinary',
    nodeName: 'n1',
    deletionCost: undefined,
    requests: { cpuCores: 0.5, memoryBytes: 2 ** 30, gpus: 0, cpuLimitCores: 0 },
    ...changes,
  };
}

/** The controller of a Deployment's pods: its ReplicaSet. */
const by = (deployment: string): OwnerReference[] => [
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${deployment}-x`, controller: true },
];

/** A pod of a Deployment, with the label that its ReplicaSet gave it. */
function upsert(index: PodIndex, pod: PodRecord, labels: Record<string, string>, deployment = 'web') {
  return index.upsert(pod, { ...labels, 'pod-template-hash': 'x' }, by(deployment));
}

describe('a label selector', () => {
  it('is read as scale.status.selector writes it', () => {
    const selector = parseSelector('app=web,tier in (a,b),env notin (dev, test),!canary,team,zone!=z1');
    expect(selector.map(({ operator }) => operator)).toEqual(['in', 'in', 'not-in', 'absent', 'exists', 'not-in']);
    const labels = { app: 'web', tier: 'b', team: 'x' };
    expect(selects(selector, labels)).toBe(true);
    for (const wrong of [{ tier: 'c' }, { env: 'test' }, { canary: '' }, { zone: 'z1' }, { app: 'api' }]) {
      expect(selects(selector, { ...labels, ...wrong })).toBe(false);
    }
    expect(selects(selector, { app: 'web', tier: 'a' })).toBe(false);
  });

  it('takes no label from the object’s prototype', () => {
    expect(selects(parseSelector('constructor'), {})).toBe(false);
  });

  it('that is empty or unreadable is refused with what would be right', () => {
    expect(() => parseSelector(' ')).toThrow(/empty; expected one such as app=web/);
    expect(() => parseSelector('app=web,tier in a')).toThrow(/can't read "tier in a"; expected label=value/);
  });
});

describe('the pods of a workload', () => {
  it('are kept and counted as they come, change and go', () => {
    const index = new PodIndex();
    expect(index.register(deployment('web'), 'app=web')).toBe(true);
    expect(index.register(deployment('web'), 'app=web')).toBe(false);
    const key = 'shop/Deployment/web';
    const labels = { app: 'web' };
    expect(upsert(index, record('a', { readySinceSeconds: undefined, phase: 'Pending' }), labels)).toEqual([key]);
    upsert(index, record('b'), labels);
    expect(upsert(index, record('c'), { app: 'api' })).toEqual([]);
    expect(upsert(index, record('d', { namespace: 'other' }), labels)).toEqual([]);
    expect(index.countsOf(key)).toEqual({ total: 2, ready: 1 });
    const before = index.podsOf(key);
    upsert(index, record('a'), labels);
    upsert(index, record('b', { deleting: true }), labels);
    upsert(index, record('e', { phase: 'Failed' }), labels);
    expect(index.countsOf(key)).toEqual({ total: 1, ready: 1 });
    expect(index.podsOf(key).map(({ uid }) => uid)).toEqual(['a', 'b', 'e']);
    expect(before.map(({ readySinceSeconds }) => readySinceSeconds)).toEqual([undefined, 1009]);
    expect(index.delete('a')?.name).toBe('web-a');
    expect(index.delete('a')).toBeUndefined();
    expect(index.countsOf(key)).toEqual({ total: 0, ready: 0 });
  });

  it('leave when their labels no longer match: a pod taken out of service for a look', () => {
    const index = new PodIndex();
    index.register(deployment('web'), 'app=web');
    upsert(index, record('a'), { app: 'web' });
    expect(upsert(index, record('a'), { app: 'web-debug' })).toEqual([]);
    expect(index.countsOf('shop/Deployment/web')).toEqual({ total: 0, ready: 0 });
    expect(index.size).toBe(0);
  });

  it('that two workloads select, where no owner tells whose they are, are said once for the two', () => {
    const said: AmbiguousPod[] = [];
    const index = new PodIndex((pod) => said.push(pod));
    const game = (name: string) => ({ apiVersion: 'games.example/v1', kind: 'Game', namespace: 'shop', name });
    index.register(game('web'), 'app=web');
    index.register(game('canary'), 'app in (web,api)');
    const statefulSet = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'rooms', controller: true }];
    for (const uid of ['a', 'b', 'a']) index.upsert(record(uid), { app: 'web' }, statefulSet);
    const ambiguous = { namespace: 'shop', pod: 'web-a', workloads: ['shop/Game/canary', 'shop/Game/web'] };
    expect(said).toEqual([ambiguous]);
    expect(index.ambiguousPodOf('shop/Game/web')).toEqual(ambiguous);
    expect(index.unregister('shop/Game/canary')).toEqual([]);
    expect(index.ambiguousPodOf('shop/Game/web')).toBeUndefined();
    expect(index.countsOf('shop/Game/web').total).toBe(2);
    index.register(game('canary'), 'app=web');
    index.upsert(record('a'), { app: 'web' }, statefulSet);
    expect(said).toHaveLength(2);
    index.delete('a');
    expect(index.ambiguousPodOf('shop/Game/web')).toBeUndefined();
  });

  it('are told from those of others under the same labels: an idle Job’s, another Deployment’s, one made by hand', () => {
    const said: AmbiguousPod[] = [];
    const index = new PodIndex((pod) => said.push(pod));
    index.register(deployment('web'), 'app=web');
    index.register(deployment('web-canary'), 'app=web');
    for (const uid of ['a', 'b']) upsert(index, record(uid), { app: 'web' }, 'web');
    for (const uid of ['c', 'd', 'e']) upsert(index, record(uid), { app: 'web' }, 'web-canary');
    const job = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'web', controller: true }];
    expect(index.upsert(record('f'), { app: 'web' }, job)).toEqual([]);
    expect(index.upsert(record('g'), { app: 'web' }, [])).toEqual([]);
    expect(upsert(index, record('h'), { app: 'web' }, 'not-opted-in')).toEqual([]);
    expect([index.countsOf('shop/Deployment/web').total, index.countsOf('shop/Deployment/web-canary').total]).toEqual([
      2, 3,
    ]);
    expect([said, index.size]).toEqual([[], 5]);
  });

  it('change hands with their owner: orphaned by one ReplicaSet, adopted by another', () => {
    const index = new PodIndex();
    index.register(deployment('web'), 'app=web');
    index.register(deployment('next'), 'app=web');
    upsert(index, record('a'), { app: 'web' }, 'web');
    expect(index.upsert(record('a'), { app: 'web', 'pod-template-hash': 'x' }, [])).toEqual([]);
    expect(upsert(index, record('a'), { app: 'web' }, 'next')).toEqual(['shop/Deployment/next']);
    expect([index.countsOf('shop/Deployment/web').total, index.countsOf('shop/Deployment/next').total]).toEqual([0, 1]);
  });

  it('are forgotten with their workload, and asked for again when its selector changes', () => {
    const index = new PodIndex();
    index.register(deployment('web'), 'app=web');
    upsert(index, record('a'), { app: 'web' });
    expect(index.register(deployment('web'), 'app=web,track=stable')).toBe(true);
    expect(index.size).toBe(0);
    upsert(index, record('a'), { app: 'web', track: 'stable' });
    expect(index.unregister('shop/Deployment/web').map(({ uid }) => uid)).toEqual(['a']);
    expect([index.size, index.watches('shop'), index.podsOf('shop/Deployment/web')]).toEqual([0, false, []]);
  });

  it('are found in a namespace of 500 workloads that share a label, each by its own', () => {
    const index = new PodIndex();
    for (let i = 0; i < 500; i++) index.register(deployment(`w${i}`), `part-of=shop,app=w${i}`);
    let looked = 0;
    const counting = new Proxy({ 'part-of': 'shop', app: 'w499', 'pod-template-hash': 'x' } as Record<string, string>, {
      getOwnPropertyDescriptor: (labels, label) => {
        looked++;
        return Reflect.getOwnPropertyDescriptor(labels, label);
      },
    });
    expect(index.upsert(record('a'), counting, by('w499'))).toEqual(['shop/Deployment/w499']);
    // The first workload had no choice but part-of; a scan would look up a thousand labels.
    expect(looked).toBeLessThan(20);
  });

  it('churned ten thousand times leave nothing behind', () => {
    const index = new PodIndex();
    index.register(deployment('web'), 'app=web');
    for (let i = 0; i < 10_000; i++) {
      upsert(index, record(`u${i}`), { app: 'web' });
      if (i >= 10) index.delete(`u${i - 10}`);
    }
    expect([index.size, index.podsOf('shop/Deployment/web').length]).toEqual([10, 10]);
    expect(index.countsOf('shop/Deployment/web')).toEqual({ total: 10, ready: 10 });
  });

  it('are counted as if counted anew, whatever came before', () => {
    const change = fc.record({
      uid: fc.constantFrom('a', 'b', 'c', 'd'),
      app: fc.constantFrom('web', 'api', 'gone'),
      ready: fc.boolean(),
      deleting: fc.boolean(),
      phase: fc.constantFrom<PodRecord['phase']>('Pending', 'Running', 'Succeeded'),
      removed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const index = new PodIndex();
        for (const app of ['web', 'api']) index.register(deployment(app), `app=${app}`);
        const latest = new Map<string, { app: string; record: PodRecord }>();
        for (const { uid, app, ready, deleting, phase, removed } of changes) {
          const pod = record(uid, { readySinceSeconds: ready ? 1009 : undefined, deleting, phase });
          if (removed) index.delete(uid);
          else upsert(index, pod, { app }, app);
          if (removed) latest.delete(uid);
          else latest.set(uid, { app, record: pod });
        }
        for (const app of ['web', 'api']) {
          const own = [...latest.values()].filter((pod) => pod.app === app).map((pod) => pod.record);
          const counted = own.filter(({ deleting, phase }) => !deleting && phase !== 'Succeeded');
          const ready = counted.filter(({ readySinceSeconds }) => readySinceSeconds !== undefined).length;
          expect(index.countsOf(`shop/Deployment/${app}`)).toEqual({ total: counted.length, ready });
          expect(new Set(index.podsOf(`shop/Deployment/${app}`))).toEqual(new Set(own));
        }
      }),
    );
  });
});
