import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemandExporter, EXPORTER, startDemandExporter } from './demand-exporter.ts';
import {
  type ReplicaWatch,
  type Sample,
  secondsUntil,
  shown,
  statusOf,
  trajectory,
  watchReplicas,
} from './fault-watch.ts';
import { type Cluster, startCluster } from './harness.ts';
import type { DeploymentOptions } from './kwok.ts';
import { type MetricsApis, startMetricsApis } from './metrics-apis.ts';
import { type PartialAnswers, startPartialAnswers } from './partial-answers.ts';
import { type InstalledPrescale, installPrescale, type RunningAddon } from './prescale.ts';
import { pause } from './server-process.ts';

/*
 * Loops that a cluster closes, without any history: pods that add load, start slowly or can't start, and figures that are wrong while
 * processes die. All at the same time; in real time about eleven minutes.
 */

/** What one pod serves, in the unit of each template. */
const TARGET = 10;
const FLEET = Array.from({ length: 40 }, (_, i) => `w${String(i).padStart(2, '0')}`);
/** A new pod of the closed loop burns so much at once, whatever the load; one that is at its target 100m. */
const BASELINE_CORES = 0.065;
const WORK_CORES = 0.15;

/** Removals wait for five minutes, as the HPA's: what is wrong shows after that. */
const HPA_FORGETS_MS = 345_000;

let cluster: Cluster;
let exporter: DemandExporter;
let apis: MetricsApis;
let proxy: PartialAnswers;
let replicas: ReplicaWatch;
/** Releases: `loop` reads Prometheus, `cpu` the metrics API alone. */
let loop: RunningAddon;
let cpu: RunningAddon;
let pair: InstalledPrescale;
let partial: RunningAddon;

const nowSeconds = () => Date.now() / 1000;
const demandOf = (key: string) => `demand{app="${key}"}`;
const TEMPLATES = {
  requests: { query: `sum(avg_over_time(demand{app="$namespace/$name",job="${EXPORTER}"}[1m]))`, unit: 'req/s' },
  queue: { query: `sum(demand{app="$namespace/$name",job="${EXPORTER}"})`, unit: 'jobs' },
};

async function release(name: string, namespaces: readonly string[], url?: string): Promise<InstalledPrescale> {
  for (const namespace of namespaces) await cluster.createNamespace(namespace);
  const prometheus = { templates: TEMPLATES, ...(url === undefined ? {} : { url }) };
  // The stories are about single workloads.
  const config = { namespaces, prometheus, limits: { fleetBreakerPercent: 100 } };
  return installPrescale(cluster, { namespace: name, release: name, values: { config } });
}

type Annotations = Readonly<Record<string, string>>;

async function deploy(key: string, count: number, own: Annotations, more: Partial<DeploymentOptions> = {}) {
  const [namespace, name] = key.split('/') as [string, string];
  const all = { enabled: 'true', mode: 'auto', 'max-replicas': '100', ...own };
  const annotations = Object.fromEntries(Object.entries(all).map(([k, v]) => [`prescale.dev/${k}`, v]));
  const pods = { startupSeconds: 10, jitterSeconds: 3, usageCpu: '10m' };
  await cluster.createDeployment({ namespace, name, replicas: count, annotations, ...pods, ...more });
}

const byDemand = (metric: 'requests' | 'queue') => ({ metric, target: String(TARGET) });
/** Of these there is no history: what is decided is the HPA's rule. */
const decides = (addon: RunningAddon, key: string, most: number, after = nowSeconds()) =>
  secondsUntil(
    cluster,
    `a decision on ${key}`,
    async () => {
      const status = await statusOf(addon, key);
      return (status?.decidedSeconds ?? 0) >= after && status!.metrics.every(({ missing }) => missing === undefined);
    },
    most,
  );
const observed = (addon: RunningAddon, key: string, most = 180) =>
  secondsUntil(
    cluster,
    `an observation of ${key}`,
    async () => (await statusOf(addon, key))?.metrics[0]?.load !== undefined,
    most,
  );
const since = (key: string, fromSeconds: number) =>
  replicas.of(key).filter(({ atSeconds }) => atSeconds >= fromSeconds);
const counts = (samples: readonly Sample[]) => samples.map((sample) => sample.replicas);

function story(name: string, play: () => Promise<void>): void {
  it.concurrent(name, play, 1_800_000);
}

/** What the test's metrics server shows of a pod: by its Deployment. */
const USAGE: Readonly<Record<string, (ready: number) => number>> = {
  'cpu/baseline': (ready) => BASELINE_CORES + WORK_CORES / ready,
  'cpu/twin': (ready) => BASELINE_CORES + WORK_CORES / ready,
  'cpu/exact': () => 0.5,
  'cpu/above': () => 0.505,
  'cpu/stuck': () => 0.3,
};

beforeAll(async () => {
  exporter = await startDemandExporter();
  cluster = await startCluster({ scrape: { [EXPORTER]: exporter } });
  replicas = watchReplicas(cluster);
  apis = await startMetricsApis(cluster);
  apis.overrideUsage(({ namespace, name, ...pod }) => {
    const key = `${namespace}/${name.split('-').slice(0, -2).join('-')}`;
    const cores = USAGE[key]?.(Math.max(1, replicas.of(key).at(-1)?.ready ?? 1));
    return cores === undefined ? pod : { ...pod, cpuCores: cores };
  });
  proxy = await startPartialAnswers(cluster.prometheus.url);
  loop = await (await release('prescale-loop', ['loop', 'fleet'])).start('loop');
  cpu = await (await release('prescale-cpu', ['cpu'], '')).start('cpu');
  pair = await release('prescale-pair', ['pair']);
  partial = await (await release('prescale-partial', ['partial'], proxy.url)).start('partial');
}, 450_000);

afterAll(async () => {
  const keys = [...Object.keys(USAGE), 'loop/queue', 'pair/web', 'partial/web', 'fleet/w00', 'fleet/w01'];
  for (const key of keys) console.log(`${key}: ${trajectory(replicas.of(key))}`);
  if (process.env.PRESCALE_TEST_LOG) console.log(cpu?.log());
  await replicas?.stop();
  await proxy?.close();
  await exporter?.close();
  await cluster?.stop();
}, 150_000);

describe('a loop that the cluster closes', () => {
  story('a false zero, and then the leader is killed: the standby removes nothing', async () => {
    const key = 'pair/web';
    exporter.set(demandOf(key), 116);
    expect((await cluster.kubectl('-n', pair.namespace, 'get', 'lease', '-o', 'name')).trim()).toBe('');
    const [a, b] = [await pair.start('pair-a'), await pair.start('pair-b')];
    await deploy(key, 12, byDemand('requests'));
    const leads = async (addon: RunningAddon) => (await shown(addon)).leader;
    await cluster.waitFor('a leader', async () => (await leads(a)) || (await leads(b)), 30);
    // The chart ships none: whoever leads made it.
    expect(await cluster.kubectl('-n', pair.namespace, 'get', 'lease', '-o', 'name')).toContain('/prescale');
    const [leader, standby] = (await leads(a)) ? [a, b] : [b, a];
    await observed(leader, key);
    await pause(60_000);
    const zero = nowSeconds();
    exporter.set(demandOf(key), 0);
    const seesZero = async () => (await statusOf(leader, key))?.metrics[0]?.load === 0;
    await secondsUntil(cluster, 'the zero to be seen', seesZero, 120);
    await pause(30_000);
    const held = await statusOf(leader, key);
    await leader.stop('SIGKILL');
    const killed = nowSeconds();
    await secondsUntil(cluster, 'the standby to lead', () => leads(standby), 40);
    await decides(standby, key, 90);
    await pause(1000 * Math.max(0, 270 - (nowSeconds() - killed)));
    const after = await statusOf(standby, key);
    console.log(
      `false zero: held by ${held?.reasons.join(', ')}; ${after?.reasons.join(', ')} after the leader's death`,
    );
    expect(after?.metrics[0]?.load).toBe(0);
    expect(replicas.lowered(key, zero)).toEqual([]);
    expect(Math.min(...counts(since(key, zero)))).toBeGreaterThanOrEqual(12);
  });

  story('every pod burns 65m of its 100m whatever the load: as few pods as the HPA has', async () => {
    await deploy('cpu/baseline', 3, { metric: 'cpu', target: '100m' });
    await cluster.createDeployment({
      namespace: 'cpu',
      name: 'twin',
      replicas: 3,
      startupSeconds: 10,
      jitterSeconds: 3,
      usageCpu: '10m',
    });
    const target = { type: 'AverageValue', averageValue: '100m' };
    await cluster.api.request('POST', '/apis/autoscaling/v2/namespaces/cpu/horizontalpodautoscalers', {
      metadata: { name: 'twin' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'twin' },
        minReplicas: 1,
        maxReplicas: 100,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      },
    });
    await observed(cpu, 'cpu/baseline');
    await pause(600_000);
    const from = nowSeconds() - 600;
    const [ours, twin] = [since('cpu/baseline', from), since('cpu/twin', from)];
    expect(Math.max(...counts(ours))).toBeLessThanOrEqual(Math.max(...counts(twin)) + 1);
    for (const samples of [ours, twin]) {
      const last = samples.filter(({ atSeconds }) => atSeconds > nowSeconds() - 240);
      expect(new Set(counts(last)).size, trajectory(samples)).toBe(1);
    }
    // 65m + 150m ÷ n is at most a tenth over 100m from four pods on.
    expect(ours.at(-1)!.replicas).toBeGreaterThanOrEqual(4);
  });

  story('a queue that steps: no ringing, no pods for jobs that were not there', async () => {
    const key = 'loop/queue';
    exporter.set(demandOf(key), 97);
    await deploy(key, 10, byDemand('queue'));
    await observed(loop, key);
    await pause(45_000);
    const start = nowSeconds();
    let seen = start;
    for (const [jobs, need] of [
      [97, 10],
      [197, 20],
      [257, 26],
    ] as const) {
      exporter.set(demandOf(key), jobs);
      await pause(135_000);
      const samples = since(key, seen);
      seen = nowSeconds();
      expect(Math.max(...counts(samples)), `${jobs} jobs: ${trajectory(samples)}`).toBeLessThanOrEqual(need * 1.3 + 1);
      const settled = counts(since(key, seen - 45));
      expect(new Set(settled).size, `${jobs} jobs: ${trajectory(samples)}`).toBe(1);
      expect(settled[0]).toBeGreaterThanOrEqual(need);
    }
    expect(replicas.lowered(key, start)).toEqual([]);
  });

  story('a stuck rollout whose only new pod requests 2 cores: the pods that serve all stay', async () => {
    const key = 'cpu/stuck';
    await deploy(key, 10, { metric: 'cpu', target: '60%' }, { requests: { cpu: '500m' } });
    const path = '/apis/apps/v1/namespaces/cpu/deployments/stuck';
    const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    await cluster.api.request('PATCH', path, { spec: { strategy } });
    await observed(cpu, key);
    await pause(30_000);
    const rolled = nowSeconds();
    const { spec } = await cluster.api.request<{ spec: { template: { spec: { containers: object[] } } } }>('GET', path);
    const [container] = spec.template.spec.containers;
    const containers = [{ ...container, resources: { requests: { cpu: '2', memory: '64Mi' } } }];
    const nodeSelector = { 'kubernetes.io/hostname': 'none' };
    await cluster.api.request('PATCH', path, { spec: { template: { spec: { containers, nodeSelector } } } });
    await pause(HPA_FORGETS_MS);
    const samples = since(key, rolled);
    expect(Math.min(...counts(samples)), trajectory(samples)).toBeGreaterThanOrEqual(10);
    expect(Math.min(...samples.map(({ ready }) => ready))).toBeGreaterThanOrEqual(10);
    expect(Math.max(...counts(samples)), trajectory(samples)).toBeLessThanOrEqual(14);
    expect(await cluster.readyPods('cpu', 'stuck')).toBe(10);
  });

  story('opted in at 100 % and at 101 % of the target: nothing happens', async () => {
    const more = { requests: { cpu: '1' } };
    const keys = ['cpu/exact', 'cpu/above'];
    for (const key of keys) await deploy(key, 10, { metric: 'cpu', target: '500m' }, more);
    for (const key of keys) await observed(cpu, key);
    await pause(HPA_FORGETS_MS);
    for (const key of keys)
      expect(new Set(counts(replicas.of(key))), trajectory(replicas.of(key))).toEqual(new Set([10]));
  });

  story(
    'forty Deployments created and opted in together, while their pods start: none is ordered that is not needed',
    async () => {
      const began = nowSeconds();
      const keys = FLEET.map((name) => `fleet/${name}`);
      for (const key of keys) exporter.set(demandOf(key), 3.6 * TARGET);
      const slow = { startupSeconds: 20, jitterSeconds: 20 };
      await Promise.all(keys.map((key) => deploy(key, 4, byDemand('requests'), slow)));
      await Promise.all(keys.map((key) => observed(loop, key)));
      await pause(150_000);
      const most = keys.map((key) => Math.max(...counts(since(key, began))));
      const total = most.reduce((sum, each) => sum + each, 0);
      console.log(`forty Deployments that need 160 pods: at most ${total}, ${Math.max(...most)} in one`);
      expect(Math.max(...most)).toBeLessThanOrEqual(5);
      expect(total).toBeLessThanOrEqual(176);
      expect(keys.flatMap((key) => replicas.lowered(key, began))).toEqual([]);
    },
  );

  story('isPartial is no answer: said in status, nothing is removed', async () => {
    const key = 'partial/web';
    exporter.set(demandOf(key), 8 * TARGET - 3);
    await deploy(key, 8, { ...byDemand('requests'), stabilization: '0s' });
    await observed(partial, key);
    await pause(30_000);
    proxy.partial = true;
    // Half of the storage nodes are silent.
    exporter.set(demandOf(key), 4 * TARGET - 3);
    const began = nowSeconds();
    // On a busy machine an answer may come too late first, which is said as well.
    const refused = async () => {
      const ready = (await statusOf(partial, key))?.conditions.find(({ type }) => type === 'Ready');
      return ready?.status === false && ready.message.includes('"isPartial": true') && ready;
    };
    expect(await cluster.waitFor('the condition', refused, 60)).toMatchObject({ reason: 'NoMetric' });
    await pause(HPA_FORGETS_MS);
    expect(new Set(counts(since(key, began)))).toEqual(new Set([8]));
    // Whole again: the same figures are an answer.
    proxy.partial = false;
    exporter.set(demandOf(key), 12 * TARGET - 3);
    await decides(partial, key, 60);
    await secondsUntil(cluster, 'twelve replicas', async () => replicas.of(key).at(-1)!.replicas >= 12, 120);
  });
});
