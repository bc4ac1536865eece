import { describe, expect, it } from 'vitest';
import { workloadKey } from '../../core/workload.ts';
import { PodIndex } from '../pods/pod-index.ts';
import type { RawPod } from '../pods/raw-pod.ts';
import { StartupSketches } from '../startup/sketches.ts';
import { StartupTracker } from '../startup/tracker.ts';
import { PodFeed } from './pod-feed.ts';

const START = 1_772_000_000;
const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const KEY = workloadKey(WEB);

interface PodAt {
  readonly created: number;
  readonly ready?: number;
  readonly node?: string;
  readonly changes?: Partial<RawPod['metadata']>;
  readonly status?: RawPod['status'];
}

const time = (seconds: number) => new Date((START + seconds) * 1000).toISOString();

/** Times in seconds since START. */
function pod(uid: string, { created, ready, node = 'virtual-kubelet-1', changes, status }: PodAt): RawPod {
  const told = (type: string, at: number, value = 'True') => ({ type, status: value, lastTransitionTime: time(at) });
  return {
    metadata: {
      name: `web-${uid}`,
      namespace: 'shop',
      uid,
      creationTimestamp: time(created),
      labels: { app: 'web', 'pod-template-hash': 'x' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-x', controller: true }],
      ...changes,
    },
    spec: { nodeName: node },
    status: status ?? {
      phase: ready === undefined ? 'Pending' : 'Running',
      conditions: [
        told('PodScheduled', created),
        ready === undefined ? told('Ready', created, 'False') : told('Ready', ready),
      ],
      ...(ready !== undefined && { containerStatuses: [{ state: { running: { startedAt: time(ready - 2) } } }] }),
    },
  };
}

/** A cluster whose clock is set by the test. */
function cluster(restored?: unknown) {
  let now = 0;
  const sketches = new StartupSketches(START);
  if (restored !== undefined) sketches.restore(restored, START);
  const tracker = new StartupTracker(sketches);
  const feed = new PodFeed(new PodIndex(), tracker, () => START + now);
  feed.index.register(WEB, 'app=web');
  return {
    feed,
    tracker,
    sketches,
    at(seconds: number, ...pods: RawPod[]) {
      now = seconds;
      for (const one of pods) feed.pod(one);
      feed.settle();
    },
    p90(batch: number, nodes: 'virtual' | 'ordinary' = 'virtual') {
      const question = { workload: KEY, nodes, batch, nowSeconds: START + now };
      const { latency, source, samples } = sketches.latency(question);
      return { seconds: Math.round(latency.quantile(0.9)), source, samples };
    },
  };
}

const many = (count: number, told: (i: number) => PodAt) =>
  Array.from({ length: count }, (_, i) => pod(`u${i}`, told(i)));

describe('start-ups as the watch sees them', () => {
  it('are learnt once their batch is complete, by its size', () => {
    const { at, p90, sketches } = cluster();
    at(1, ...many(12, () => ({ created: 0 })));
    at(9, ...many(12, () => ({ created: 0, ready: 9 })));
    expect(p90(12).source).toBe('default');
    at(31);
    expect(p90(12)).toEqual({ seconds: 9, source: 'measured', samples: 12 });
    expect(p90(1).source).toBe('borrowed');
    expect([...sketches.histograms()].find(({ span }) => span === 'total')?.counts.count).toBe(12);
  });

  it('of a batch that the controller takes 20 s to create all count as of the whole batch', () => {
    const { at, p90 } = cluster();
    const fifteen = (created: number, ready?: number) =>
      Array.from({ length: 15 }, (_, i) => pod(`${created}-${i}`, { created, ...(ready !== undefined && { ready }) }));
    for (let second = 0; second < 29; second++) {
      if (second < 20) at(second, ...fifteen(second));
      if (second >= 9) at(second, ...fifteen(second - 9, second));
    }
    at(60);
    expect(p90(300)).toEqual({ seconds: 9, source: 'measured', samples: 300 });
    expect(p90(16).source).toBe('borrowed');
  });

  it('count once: not again when a probe failed for a while', () => {
    const { at, p90 } = cluster();
    at(1, ...many(10, () => ({ created: 0 })));
    at(40, ...many(10, () => ({ created: 0, ready: 9 })));
    const told = { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: time(500) }] };
    at(500, ...many(10, () => ({ created: 0, status: told })));
    at(700, ...many(10, () => ({ created: 0, ready: 650 })));
    at(800);
    expect(p90(10)).toEqual({ seconds: 9, source: 'measured', samples: 10 });
  });

  it('of pods that were Ready long before the addon came give the lead time at once, and are in no histogram', () => {
    const { at, p90, sketches } = cluster();
    // One each two minutes, days ago, listed in no order.
    const old = many(20, (i) => ({
      created: -300_000 + 120 * ((i * 7) % 20),
      ready: -300_000 + 120 * ((i * 7) % 20) + 14,
    }));
    at(0, ...old);
    expect(p90(1)).toMatchObject({ seconds: 14, source: 'measured', samples: 20 });
    expect([...sketches.histograms()]).toEqual([]);
  });

  it('of pods that were counted before a restart don’t count twice', () => {
    const pods = many(20, (i) => ({ created: -9000 + 120 * i, ready: -9000 + 120 * i + 14 }));
    const first = cluster();
    first.at(0, ...pods);
    const second = cluster(JSON.parse(JSON.stringify(first.sketches.serialize(START))));
    second.at(60, ...pods, pod('new', { created: 10, ready: 30 }));
    expect(second.p90(1).samples).toBe(21);
  });

  it('that hang on an image are seen as trouble, and say nothing of how long a start takes', () => {
    const { at, p90, tracker, feed } = cluster();
    at(0, ...many(20, (i) => ({ created: -9000 + 120 * i, ready: -9000 + 120 * i + 10 })));
    const waiting = { containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] };
    const stuck = Array.from({ length: 6 }, (_, i) => pod(`s${i}`, { created: 40 * i, status: waiting }));
    at(600, ...stuck);
    expect(tracker.troubles()).toEqual([{ workload: KEY, trouble: 'image-pull', pods: 6 }]);
    expect(p90(1).seconds).toBe(10);
    for (const { metadata } of stuck) feed.podGone(metadata.uid);
    expect(tracker.troubles()).toEqual([]);
    expect(p90(1).seconds).toBe(10);
  });

  it('of a node a minute behind are corrected and counted as odd', () => {
    const { at, p90, tracker } = cluster();
    const skewed = (ready?: number): PodAt => ({ created: 0, ...(ready !== undefined && { ready }) });
    at(1, ...many(10, () => skewed()));
    at(10, ...many(10, () => skewed(-50)));
    at(60);
    // Started at −52 by the node's clock, so it is behind by 52 s at least, and Ready came 2 s later at least.
    expect(p90(10)).toMatchObject({ seconds: 2, source: 'measured' });
    expect(tracker.oddClocks).toBe(10);
  });

  it('know the class of their node by its labels, and take its image pull from the Event', () => {
    const { at, p90, feed, sketches } = cluster();
    feed.node('pool-7', { type: 'virtual-kubelet' });
    feed.node('pool-8', { type: 'spot' });
    at(1, ...many(20, (i) => ({ created: 0, node: i < 10 ? 'pool-7' : 'pool-8' })));
    for (let i = 0; i < 10; i++) {
      feed.event({ involvedObject: { uid: `u${i}` }, reason: 'Pulled', lastTimestamp: time(5) });
      feed.event({ involvedObject: { uid: `u${i}` }, reason: 'Created', lastTimestamp: time(8) });
    }
    at(12, ...many(20, (i) => ({ created: 0, ready: i < 10 ? 10 : 12, node: i < 10 ? 'pool-7' : 'pool-8' })));
    at(60);
    expect([p90(20).seconds, p90(20, 'ordinary').seconds]).toEqual([10, 12]);
    const pulled = [...sketches.histograms()].filter(({ span }) => span === 'pulled');
    expect(pulled).toMatchObject([{ workload: KEY, nodeClass: 'virtual', counts: { count: 10, sumSeconds: 50 } }]);
  });
});

describe('a list beside the watch', () => {
  it('finds the pods of a workload that opts in late, and brings back none that was deleted meanwhile', async () => {
    const { feed, p90 } = cluster();
    const old = many(12, (i) => ({ created: -9000 + 120 * i, ready: -9000 + 120 * i + 14 }));
    async function* list() {
      yield* old.slice(0, 6);
      feed.podGone('u7');
      feed.pod(pod('u8', { created: -8040, ready: -8026, changes: { deletionTimestamp: time(0) } }));
      yield* old.slice(6);
    }
    await feed.takeList(list);
    expect(feed.index.countsOf(KEY)).toEqual({ total: 10, ready: 10 });
    expect(p90(1)).toMatchObject({ seconds: 14, samples: 10 });
  });

  it('of a workload that opted out meanwhile leaves nothing', () => {
    const { feed, tracker, at, p90 } = cluster();
    at(100, ...many(10, () => ({ created: 0, ready: 9 })), pod('w', { created: 90 }));
    feed.unregister(WEB);
    expect([feed.index.size, tracker.size]).toEqual([0, 0]);
    expect(p90(10).source).toBe('borrowed');
    at(120, pod('u3', { created: 0, ready: 9 }));
    expect([feed.index.size, tracker.size]).toEqual([0, 0]);
  });
});

describe('ten thousand pods', () => {
  it('that come and go leave nothing behind', () => {
    const { feed, tracker, at } = cluster();
    for (let i = 0; i < 10_000; i++) {
      at(i, pod(`u${i}`, { created: i }));
      if (i % 3 > 0) at(i, pod(`u${i}`, { created: i, ready: i + 1 }));
      feed.podGone(`u${i}`);
    }
    expect([feed.index.size, tracker.size]).toEqual([0, 0]);
  });
});
