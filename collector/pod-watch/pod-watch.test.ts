import { describe, expect, it } from 'vitest';
import { ApiError } from '../../kubernetes/api.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { VirtualClock } from '../../kubernetes/fake/virtual-clock.ts';
import { PodIndex } from '../pods/pod-index.ts';
import { StartupSketches } from '../startup/sketches.ts';
import { StartupTracker } from '../startup/tracker.ts';
import { PodFeed } from './pod-feed.ts';
import { PodWatch } from './pod-watch.ts';

const START = 1_772_000_000;
const deployment = (name: string, namespace = 'shop') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace,
  name,
});
const KEY = 'shop/Deployment/web';

function cluster({ namespaces, forbidden }: { namespaces?: readonly string[]; forbidden?: RegExp } = {}) {
  const clock = new VirtualClock(START);
  const api = memoryKubernetes({ sleep: clock.sleep, epochSeconds: clock.nowSeconds, namespaces: ['shop', 'bank'] });
  if (forbidden !== undefined) {
    api.intercept = ({ path }) =>
      forbidden.test(path) ? { error: new ApiError(`forbidden: ${path}`, 403, 'Forbidden') } : undefined;
  }
  const sketches = new StartupSketches(START);
  const feed = new PodFeed(new PodIndex(), new StartupTracker(sketches), clock.nowSeconds);
  const errors: string[] = [];
  const stop = new AbortController();
  const start = () =>
    new PodWatch({
      api,
      feed,
      namespaces,
      imageEvents: true,
      random: () => 0.5,
      signal: stop.signal,
      nowSeconds: clock.nowSeconds,
      sleep: clock.sleep,
      onError: (error: Error) => errors.push(error.message),
    });
  const time = (seconds: number) => new Date(seconds * 1000).toISOString();
  const pod = (name: string, createdSeconds: number, readySeconds?: number, app = 'web', namespace = 'shop') =>
    api.seed(`/api/v1/namespaces/${namespace}/pods`, {
      metadata: {
        ...{
          name,
          uid: `uid-${name}`,
          labels: { app, 'pod-template-hash': 'x' },
          creationTimestamp: time(createdSeconds),
        },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${app}-x`, controller: true }],
      },
      spec: { nodeName: 'pool-7', containers: [{ name: 'web', resources: { requests: { cpu: '1' } } }] },
      status: {
        phase: readySeconds === undefined ? 'Pending' : 'Running',
        conditions: [
          { type: 'PodScheduled', status: 'True', lastTransitionTime: time(createdSeconds) },
          ...(readySeconds === undefined
            ? []
            : [{ type: 'Ready', status: 'True', lastTransitionTime: time(readySeconds) }]),
        ],
      },
    });
  api.seed('/api/v1/nodes', { metadata: { name: 'pool-7', labels: { type: 'virtual-kubelet' } } });
  const latency = () => sketches.latency({ workload: KEY, batch: 1, nowSeconds: clock.nowSeconds() });
  return { clock, api, feed, errors, stop, start, pod, latency };
}

describe('the watch of pods', () => {
  it('knows pods, their nodes and their start-ups from the first list on', async () => {
    const { clock, feed, start, pod, latency, errors, stop } = cluster();
    for (let i = 0; i < 12; i++) pod(`web-${i}`, START - 9000 + 100 * i, START - 9000 + 100 * i + 14);
    pod('api-1', START - 500, START - 490, 'api');
    feed.index.register(deployment('web'), 'app=web');
    const watch = start();
    expect(watch.synced).toBe(false);
    await clock.advance(1);
    expect([watch.synced, feed.index.size, feed.index.countsOf(KEY)]).toEqual([true, 12, { total: 12, ready: 12 }]);
    expect(feed.index.podsOf(KEY)[0]).toMatchObject({ nodeClass: 'virtual', requests: { cpuCores: 1 } });
    expect(latency()).toMatchObject({ source: 'measured', samples: 12 });
    expect(latency().latency.quantile(0.9)).toBeCloseTo(14, 0);
    expect(watch.lastHeardSeconds).toBeGreaterThanOrEqual(START);
    expect(errors).toEqual([]);
    stop.abort();
    await watch.done;
  });

  it('counts no pod of others under the same labels, and learns no start-up from it', async () => {
    const { clock, feed, api, start, pod, latency, stop } = cluster();
    feed.index.register(deployment('web'), 'app=web');
    for (let i = 0; i < 12; i++) pod(`web-${i}`, START - 9000 + 100 * i, START - 9000 + 100 * i + 14);
    const watch = start();
    await clock.advance(1);
    const time = (seconds: number) => new Date(seconds * 1000).toISOString();
    const owners = [[{ apiVersion: 'batch/v1', kind: 'Job', name: 'cleanup', uid: 'j', controller: true }], []];
    for (const [i, ownerReferences] of [...owners, ...owners, ...owners].entries()) {
      api.seed('/api/v1/namespaces/shop/pods', {
        metadata: { name: `other-${i}`, labels: { app: 'web' }, ownerReferences, creationTimestamp: time(START - 600) },
        spec: { containers: [{ name: 'web', resources: { requests: { cpu: '8' } } }] },
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: time(START) }],
        },
      });
    }
    await clock.advance(60);
    expect([feed.index.countsOf(KEY), feed.index.size, feed.tracker.size]).toEqual([{ total: 12, ready: 12 }, 12, 12]);
    expect(latency()).toMatchObject({ source: 'measured', samples: 12 });
    expect(latency().latency.quantile(0.95)).toBeCloseTo(14, 0);
    stop.abort();
    await watch.done;
  });

  it('follows new pods to Ready and forgets deleted ones', async () => {
    const { clock, feed, api, start, pod, latency, stop } = cluster();
    feed.index.register(deployment('web'), 'app=web');
    const watch = start();
    await clock.advance(10);
    for (let i = 0; i < 10; i++) {
      pod(`web-${i}`, START + 10 + 40 * i);
      await clock.advance(1);
      const lastTransitionTime = new Date((START + 22 + 40 * i) * 1000).toISOString();
      const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] };
      await api.patch(`/api/v1/namespaces/shop/pods/web-${i}/status`, 'merge', { status });
      await clock.advance(39);
    }
    await clock.advance(20);
    expect(latency()).toMatchObject({ source: 'measured', samples: 10 });
    await api.delete('/api/v1/namespaces/shop/pods/web-3');
    await clock.advance(1);
    expect(feed.index.countsOf(KEY)).toEqual({ total: 9, ready: 9 });
    expect(feed.tracker.size).toBe(9);
    stop.abort();
    await watch.done;
  });

  it('lists the pods of a workload that opts in later, and only these', async () => {
    const { clock, api, feed, start, pod, stop } = cluster();
    for (let i = 0; i < 3; i++) pod(`web-${i}`, START - 900, START - 890);
    pod('api-1', START - 500, START - 490, 'api');
    const watch = start();
    await clock.advance(1);
    expect(feed.index.size).toBe(0);
    const before = api.requests.list;
    await watch.register(deployment('web'), 'app=web');
    await watch.register(deployment('web'), 'app=web');
    expect(api.requests.list - before).toBe(1);
    expect(feed.index.countsOf(KEY)).toEqual({ total: 3, ready: 3 });
    watch.unregister(deployment('web'));
    expect([feed.index.size, feed.tracker.size]).toEqual([0, 0]);
    stop.abort();
    await watch.done;
  });

  it('lists a whole cluster once for a hundred workloads that come at once, and keeps only their pods', async () => {
    const { clock, api, feed, start, pod, stop } = cluster();
    for (let i = 0; i < 1_200; i++) pod(`app-${i % 400}-${i}`, START - 900, START - 890, `app-${i % 400}`);
    const watch = start();
    await clock.advance(1);
    const before = api.requests.list;
    const wanted = Array.from({ length: 100 }, (_, i) => ({
      workload: deployment(`app-${i}`),
      selector: i === 7 ? '' : `app=app-${i}`,
    }));
    const failed = await watch.registerAll(wanted);
    expect([...failed.keys()]).toEqual(['shop/Deployment/app-7']);
    expect(api.requests.list - before).toBe(3);
    expect(feed.index.size).toBe(99 * 3);
    for (const i of [0, 50, 99]) expect(feed.index.countsOf(`shop/Deployment/app-${i}`).ready).toBe(3);
    expect(await watch.registerAll(wanted.slice(10, 90))).toEqual(new Map());
    expect(api.requests.list - before).toBe(3);
    stop.abort();
    await watch.done;
  });

  it('registers none of many where their list fails, and all of them when they come again', async () => {
    const { clock, api, feed, start, pod, stop } = cluster();
    for (let i = 0; i < 40; i++) pod(`app-${i}-1`, START - 900, START - 890, `app-${i}`);
    const watch = start();
    await clock.advance(1);
    const wanted = Array.from({ length: 40 }, (_, i) => ({
      workload: deployment(`app-${i}`),
      selector: `app=app-${i}`,
    }));
    api.intercept = () => ({ error: new ApiError('gone away', 503, 'ServiceUnavailable') });
    expect((await watch.registerAll(wanted)).size).toBe(40);
    api.intercept = undefined;
    expect(await watch.registerAll(wanted)).toEqual(new Map());
    expect(feed.index.size).toBe(40);
    stop.abort();
    await watch.done;
  });

  it('reads 10,000 pods in pages, resumes after a cut where it was, and lists again only when its place is forgotten', async () => {
    const { clock, api, feed, start, pod, errors, stop } = cluster();
    for (let i = 0; i < 10_000; i++) pod(`web-${i}`, START - 9000, START - 8990);
    feed.index.register(deployment('web'), 'app=web');
    const lists: (string | undefined)[] = [];
    const resumed: string[] = [];
    let cut = false;
    api.intercept = ({ verb, path, query }) => {
      if (path !== '/api/v1/pods') return undefined;
      if (verb === 'list') lists.push(String(query.limit));
      if (verb === 'watch') resumed.push(String(query.resourceVersion));
      return verb === 'watch' && cut ? { error: new ApiError('cut', 0, 'ConnectionReset') } : undefined;
    };
    const watch = start();
    await clock.advance(1);
    expect([feed.index.size, lists.length, new Set(lists)]).toEqual([10_000, 20, new Set(['500'])]);
    // Cut for 40 s in which a pod comes and one goes: found by the watch that goes on, without a list.
    cut = true;
    api.breakWatches();
    await clock.advance(20);
    pod('web-new', START + 10, START + 20);
    await api.delete('/api/v1/namespaces/shop/pods/web-7');
    await clock.advance(20);
    expect(feed.index.size).toBe(10_000);
    cut = false;
    await clock.advance(15);
    expect([feed.index.countsOf(KEY).total, feed.index.get('uid-web-7')]).toEqual([10_000, undefined]);
    expect(feed.index.get('uid-web-new')).toBeDefined();
    expect(lists).toHaveLength(20);
    expect(new Set(resumed).size).toBe(1);
    // 410 Gone: what happened meanwhile is found by one list, in pages again.
    api.expire();
    cut = true;
    api.breakWatches();
    await clock.advance(5);
    await api.delete('/api/v1/namespaces/shop/pods/web-8');
    api.expire();
    cut = false;
    await clock.advance(15);
    expect([feed.index.countsOf(KEY).total, lists.length]).toEqual([9_999, 40]);
    expect(errors.filter((message) => message.includes('410') || /expired/i.test(message)).length).toBeGreaterThan(0);
    stop.abort();
    await watch.done;
  });

  it('forgets such a pod at once that is deleted by force before it was ever named again: its node is gone', async () => {
    const { clock, api, feed, start, pod, stop } = cluster();
    for (let i = 0; i < 3; i++) pod(`web-${i}`, START - 900, START - 890);
    const watch = start();
    await clock.advance(1);
    await watch.register(deployment('web'), 'app=web');
    await api.delete('/api/v1/namespaces/shop/pods/web-1');
    await clock.advance(1);
    expect(feed.index.countsOf(KEY)).toEqual({ total: 2, ready: 2 });
    stop.abort();
    await watch.done;
  });

  it('finds out in the end where the watch had lost its place meanwhile', async () => {
    const { clock, api, feed, start, pod, stop } = cluster();
    for (let i = 0; i < 3; i++) pod(`web-${i}`, START - 900, START - 890);
    const watch = start();
    await clock.advance(1);
    await watch.register(deployment('web'), 'app=web');
    api.intercept = ({ verb }) => (verb === 'watch' ? { error: new ApiError('cut', 0, 'ConnectionReset') } : undefined);
    api.breakWatches();
    await clock.advance(5);
    await api.delete('/api/v1/namespaces/shop/pods/web-1');
    api.expire();
    api.intercept = () => undefined;
    await clock.advance(1200);
    expect(feed.index.countsOf(KEY)).toEqual({ total: 2, ready: 2 });
    stop.abort();
    await watch.done;
  });

  it('that may not be registered, as its list fails, can be registered again', async () => {
    const { clock, api, feed, start, pod, stop } = cluster();
    pod('web-1', START - 900, START - 890);
    const watch = start();
    await clock.advance(1);
    api.intercept = () => ({ error: new ApiError('gone away', 503, 'ServiceUnavailable') });
    await expect(watch.register(deployment('web'), 'app=web')).rejects.toThrow('gone away');
    api.intercept = undefined;
    await watch.register(deployment('web'), 'app=web');
    expect(feed.index.countsOf(KEY).total).toBe(1);
    stop.abort();
    await watch.done;
  });

  it('goes without nodes and Events where it has no right to them, and says so once each', async () => {
    const { clock, feed, start, pod, errors, stop } = cluster({ namespaces: ['shop'], forbidden: /nodes|events/ });
    pod('web-1', START - 900, START - 890);
    pod('web-2', START - 900, START - 890, 'web', 'bank');
    feed.index.register(deployment('web'), 'app=web');
    feed.index.register(deployment('web', 'bank'), 'app=web');
    const watch = start();
    await clock.advance(120);
    expect(errors.map((message) => message.split(' (')[0])).toEqual([
      'may not watch nodes: their class is told by pods and names alone',
      'may not watch events: image pulls are not told apart',
    ]);
    expect(feed.index.countsOf(KEY).total).toBe(1);
    expect(feed.index.countsOf('bank/Deployment/web').total).toBe(0);
    stop.abort();
    await watch.done;
  });
});
