import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PodFeed } from '../../collector/pod-watch/pod-feed.ts';
import { PodWatch } from '../../collector/pod-watch/pod-watch.ts';
import { PodIndex } from '../../collector/pods/pod-index.ts';
import type { RawPod } from '../../collector/pods/raw-pod.ts';
import { trueSince } from '../../collector/pods/raw-pod.ts';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import { StartupTracker } from '../../collector/startup/tracker.ts';
import { connectKubernetes, type HttpKubernetesApi } from '../../kubernetes/client/http-api.io.ts';
import { type Cluster, startCluster } from './harness.ts';

const PODS = 30;
const STARTUP = { startupSeconds: 5, jitterSeconds: 5 };
const SLOW = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'slow' };
const FAST = { ...SLOW, name: 'fast' };
const KEY = 'shop/Deployment/slow';

const epochSeconds = () => Date.now() / 1000;
const world = {
  random: Math.random,
  nowSeconds: () => performance.now() / 1000,
  sleep: (seconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

let cluster: Cluster;
let api: HttpKubernetesApi;
const stops: AbortController[] = [];

beforeAll(async () => {
  cluster = await startCluster();
  api = await connectKubernetes({ kubeconfig: cluster.kubeconfig, userAgent: 'prescale/test', ...world });
  await cluster.createNamespace('shop');
});
afterAll(async () => {
  for (const stop of stops) stop.abort();
  await api?.close();
  await cluster?.stop();
});

function watching(register: (index: PodIndex) => void = () => {}) {
  const sketches = new StartupSketches(epochSeconds());
  const feed = new PodFeed(new PodIndex(), new StartupTracker(sketches), epochSeconds);
  register(feed.index);
  const stop = new AbortController();
  stops.push(stop);
  const errors: string[] = [];
  const watch = new PodWatch({
    api,
    feed,
    namespaces: undefined,
    imageEvents: true,
    signal: stop.signal,
    ...world,
    onError: (error) => errors.push(error.message),
  });
  const latency = (workload = KEY) => sketches.latency({ workload, batch: PODS, nowSeconds: epochSeconds() });
  return { feed, watch, sketches, latency, errors, stop };
}

/** Created → Ready of every pod by its own JSON, ascending. */
async function startups(name: string): Promise<number[]> {
  const { items } = await cluster.kubectlJson<{ items: RawPod[] }>('get', 'pods', '-n', 'shop', '-l', `app=${name}`);
  const seconds = items.map((pod) => trueSince(pod, 'Ready')! - Date.parse(pod.metadata.creationTimestamp!) / 1000);
  return seconds.sort((a, b) => a - b);
}

/** Of whole seconds the neighbours may differ by one: a quantile lies between those of a tenth more and less. */
function expectQuantile(seconds: number, level: number, sorted: readonly number[]): void {
  const ofShare = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!;
  expect(seconds).toBeGreaterThanOrEqual(0.98 * ofShare(level - 0.1));
  expect(seconds).toBeLessThanOrEqual(1.02 * ofShare(level + 0.1));
}

describe('30 pods that KWOK takes 5 to 10 s to start', () => {
  it('are measured as they come: count, node class, p50 and p90', async () => {
    const { feed, watch, latency, sketches, errors } = watching((index) => index.register(SLOW, 'app=slow'));
    await cluster.waitFor('the first list', async () => watch.synced, 60);
    await cluster.createDeployment({ namespace: 'shop', name: 'slow', replicas: PODS, ...STARTUP });
    await cluster.waitFor('30 Ready pods', async () => feed.index.countsOf(KEY).ready === PODS, 60);
    expect(feed.index.countsOf(KEY).total).toBe(PODS);
    expect(latency().source).toBe('default');
    // Counted once the batch can't grow any more, at the next tick.
    const { latency: measured, samples } = await cluster.waitFor(
      'their start-ups',
      async () => latency().source === 'measured' && latency(),
      60,
    );
    const exact = await startups('slow');
    console.log(
      `created → Ready of ${PODS} pods with ${STARTUP.startupSeconds}–${STARTUP.startupSeconds + STARTUP.jitterSeconds} s: ` +
        `p50 ${measured.quantile(0.5).toFixed(1)} s, p90 ${measured.quantile(0.9).toFixed(1)} s; exact ${exact.join(' ')}`,
    );
    expect(samples).toBe(PODS);
    // The sketch is exact to 1 %; the API's times have whole seconds, so 4 s may be a start-up of 4.9.
    expect(exact[0]).toBeGreaterThanOrEqual(STARTUP.startupSeconds - 1);
    for (const level of [0.5, 0.9]) expectQuantile(measured.quantile(level), level, exact);
    expect(sketches.classMix(KEY)).toEqual({ virtual: 1, ordinary: 0 });
    expect(feed.index.podsOf(KEY)[0]).toMatchObject({ nodeName: 'virtual-kubelet-1', requests: { cpuCores: 0.1 } });
    expect([...sketches.histograms()].find(({ span }) => span === 'total')?.counts.count).toBe(PODS);
    expect(errors).toEqual([]);
  });

  it('are known at once to an addon that starts afterwards, and to one whose workload opts in later', async () => {
    const exact = await startups('slow');
    const early = watching((index) => index.register(SLOW, 'app=slow'));
    const late = watching();
    await cluster.waitFor('both lists', async () => early.watch.synced && late.watch.synced, 60);
    expect(late.feed.index.size).toBe(0);
    await late.watch.register(SLOW, 'app=slow');
    for (const { feed, latency, sketches } of [early, late]) {
      expect(feed.index.countsOf(KEY)).toEqual({ total: PODS, ready: PODS });
      expect(latency()).toMatchObject({ source: 'measured', samples: PODS });
      expectQuantile(latency().latency.quantile(0.9), 0.9, exact);
      expect([...sketches.histograms()]).toEqual([]);
    }
  });

  it('are followed through an outage of the API server, and to their end', async () => {
    const { feed, watch } = watching((index) => index.register(FAST, 'app=fast'));
    const key = 'shop/Deployment/fast';
    await cluster.createDeployment({ namespace: 'shop', name: 'fast', replicas: 5 });
    await cluster.waitFor('5 pods', async () => watch.synced && feed.index.countsOf(key).ready === 5, 60);
    await cluster.apiServer.stop('SIGKILL');
    await cluster.apiServer.start();
    expect(feed.index.countsOf(key)).toEqual({ total: 5, ready: 5 });
    await cluster.kubectl('scale', 'deployment/fast', '-n', 'shop', '--replicas=2');
    await cluster.waitFor('2 pods', async () => feed.index.podsOf(key).length === 2, 60);
    expect([feed.index.countsOf(key), feed.tracker.size]).toEqual([{ total: 2, ready: 2 }, 2]);
  });
});
