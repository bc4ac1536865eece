import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from './harness.ts';
import { type MetricsApis, startMetricsApis } from './metrics-apis.ts';
import { type InstalledPrescale, installPrescale, type RunningAddon } from './prescale.ts';
import { type Workloads, workloadsOf } from './workloads.ts';

/* A cluster with a metrics server and without a Prometheus. About four minutes, for two minutes of history. */
const KEY = 'shop/Deployment/web';
/** A pod requests 1 core and may use 70 % of it. */
const POD_CORES = 0.7;

let cluster: Cluster;
let metricsApis: MetricsApis;
let installed: InstalledPrescale;
let addon: RunningAddon;
let workloads: Workloads;
/** Of all pods together, shared evenly by those that are Ready. */
let demandCores = 1.2;

beforeAll(async () => {
  cluster = await startCluster();
  metricsApis = await startMetricsApis(cluster);
  let ready = 2;
  const look = setInterval(() => {
    void cluster.readyPods('shop', 'web').then(
      (pods) => {
        ready = Math.max(1, pods);
      },
      () => undefined,
    );
  }, 1000);
  cluster.onStop(async () => clearInterval(look));
  metricsApis.overrideUsage(({ memoryBytes }) => ({ cpuCores: demandCores / ready, memoryBytes }));
  installed = await installPrescale(cluster, { values: { config: { prometheus: { url: '' } } } });
  addon = await installed.start();
  workloads = workloadsOf(cluster, () => addon);
}, 450_000);

afterAll(async () => {
  if (process.env.PRESCALE_TEST_LOG) console.log(addon?.log());
  await metricsApis?.close();
  await cluster?.stop();
});

it('without a Prometheus cpu is scaled by what metrics.k8s.io says now, while a history is collected', async () => {
  await cluster.createNamespace('shop');
  await cluster.createDeployment({
    namespace: 'shop',
    name: 'web',
    replicas: 2,
    requests: { cpu: '1' },
    usageCpu: '100m',
    annotations: {
      'prescale.dev/enabled': 'true',
      'prescale.dev/mode': 'auto',
      'prescale.dev/max-replicas': '20',
      'prescale.dev/lead-time': '15s',
    },
  });
  const isReady = async () => (await workloads.condition(KEY, 'Ready'))?.status;
  await cluster.waitFor('a decision on what is measured', isReady, 180);
  const collected = /collected \d\.\d of 7 days/;
  const told = async () => collected.test((await workloads.condition(KEY, 'Forecasting'))?.message ?? '');
  await cluster.waitFor('what was collected to be told', told, 120);
  expect((await workloads.condition(KEY, 'Forecasting'))!.status).toBe(false);
  expect(await installed.prescale('explain', KEY, '--url', addon.consoleUrl)).toMatch(/collected \d\.\d of 7 days/);
  expect(addon.log()).toContain('demand comes from metrics.k8s.io');

  demandCores = 5 * POD_CORES;
  const seconds = await workloads.reaches('shop', 'web', 5, 120);
  console.log(`${demandCores} cores asked for → 5 or more pods of ${POD_CORES} cores after ${seconds.toFixed(0)} s`);
}, 1_000_000);

it('what was collected is there after a restart', async () => {
  const started = Date.now();
  // The store keeps whole minutes; what a refit learned from is read from it.
  const learned = async () => (await workloads.status(KEY))?.metrics[0]?.learnedDays ?? 0;
  await cluster.waitFor('two minutes of history', async () => Date.now() - started > 100_000, 150);
  await addon.stop();
  addon = await installed.start();
  const restarted = Date.now();
  // A forecast from before may still be shown first, of fewer minutes.
  const minutes = await cluster.waitFor(
    'a history from before',
    async () => {
      const minutes = Math.round((await learned()) * 24 * 60);
      return minutes >= 2 && minutes;
    },
    120,
  );
  const since = (Date.now() - restarted) / 60_000;
  console.log(`${since.toFixed(1)} minutes after the restart it has learned from ${minutes}`);
  // One that began anew would have closed at most one minute more than have passed.
  expect(minutes).toBeGreaterThan(Math.floor(since) + 1);
  expect(await workloads.replicas('shop', 'web')).toBeGreaterThanOrEqual(5);
}, 1_000_000);
