import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_SECONDS, WEEK_SECONDS } from '../../core/series.ts';
import { type DemandExporter, startDemandExporter } from './demand-exporter.ts';
import { type Cluster, startCluster } from './harness.ts';
import { startMetricsApis } from './metrics-apis.ts';
import { installPrescale, readConfig } from './prescale.ts';
import { pause, startWatchdog } from './server-process.ts';

const SERIES = 'demand{app="shop"}';
const STEP_SECONDS = 60;
const POINTS = WEEK_SECONDS / STEP_SECONDS;

let cluster: Cluster;
let exporter: DemandExporter;
let endSeconds: number;

beforeAll(async () => {
  exporter = await startDemandExporter();
  endSeconds = Math.floor(Date.now() / 1000);
  const week = Float64Array.from({ length: POINTS }, (_, i) => 100 + i);
  exporter.set(SERIES, 7);
  cluster = await startCluster({
    hpaSyncSeconds: 2,
    scrapeSeconds: 1,
    backfill: [exporter.backfill(SERIES, week, STEP_SECONDS, endSeconds)],
    scrape: { demand: exporter },
  });
  console.info('seconds until ready:', cluster.readySeconds);
  await cluster.createNamespace('shop');
});

afterAll(async () => {
  await cluster?.stop();
  await exporter?.close();
});

/** Command lines of running processes that name the folder. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        // It ended between the two looks.
        return [];
      }
    })
    .filter((command) => command.includes(folder));
}

describe('the cluster', () => {
  it('has an ordinary and a virtual node, and pods go where they tolerate to', async () => {
    const nodes = await cluster.kubectl('get', 'nodes', '-o', 'name', '-l', 'type=virtual-kubelet');
    expect(nodes.trim()).toBe('node/virtual-kubelet-1');
    for (const nodes of ['virtual', 'ordinary'] as const) {
      await cluster.createDeployment({ namespace: 'shop', name: nodes, replicas: 2, startupSeconds: 0.5, nodes });
      await cluster.waitFor('2 pods', async () => (await cluster.readyPods('shop', nodes)) === 2, 60);
      const where = await cluster.kubectl(
        ...['get', 'pods', '-n', 'shop', '-l', `app=${nodes}`, '-o', 'jsonpath={.items[*].spec.nodeName}'],
      );
      expect(new Set(where.split(' '))).toEqual(new Set([nodes === 'virtual' ? 'virtual-kubelet-1' : 'node-1']));
    }
  });

  it('makes pods Ready after the start-up time that a test gives them', async () => {
    await cluster.createDeployment({ namespace: 'shop', name: 'slow', replicas: 20, startupSeconds: 3 });
    await cluster.waitFor('20 pods', async () => (await cluster.readyPods('shop', 'slow')) === 20, 60);
    type Pod = {
      metadata: { creationTimestamp: string };
      status: { conditions: { type: string; lastTransitionTime: string }[] };
    };
    const { items } = await cluster.kubectlJson<{ items: Pod[] }>('get', 'pods', '-n', 'shop', '-l', 'app=slow');
    const latencies = items.map(({ metadata, status }) => {
      const ready = status.conditions.find(({ type }) => type === 'Ready')!.lastTransitionTime;
      return (Date.parse(ready) - Date.parse(metadata.creationTimestamp)) / 1000;
    });
    // Timestamps are whole seconds: 2 is 3 rounded from both sides.
    expect(latencies).toHaveLength(20);
    expect(Math.min(...latencies)).toBeGreaterThanOrEqual(2);
  });

  it('refuses a ServiceAccount what no role allows it, and allows what one does', async () => {
    await cluster.applyYaml(`
apiVersion: v1
kind: ServiceAccount
metadata: { name: nobody, namespace: shop }
`);
    const kubeconfig = await cluster.serviceAccountKubeconfig('shop', 'nobody');
    const get = ['--kubeconfig', kubeconfig, 'get', 'deployments'];
    await expect(cluster.kubectl(...get)).rejects.toThrow(
      /"system:serviceaccount:shop:nobody" cannot list resource "deployments"/,
    );
    await cluster.kubectl(
      ...['create', 'rolebinding', 'see', '-n', 'shop', '--clusterrole=view', '--serviceaccount=shop:nobody'],
    );
    await expect(cluster.waitFor('the role', () => cluster.kubectl(...get, '-o', 'name'), 60)).resolves.toMatch(
      /deployment.apps\/slow/,
    );
  });

  it('installs charts', async () => {
    await cluster.helm('create', `${cluster.folder}/sample`);
    await cluster.helm('install', 'sample', `${cluster.folder}/sample`, '-n', 'charts', '--create-namespace');
    expect(await cluster.helm('list', '-A', '-q')).toBe('sample\n');
  });
});

describe('Prometheus', () => {
  it('holds the backfilled week, and the exporter continues the same series', async () => {
    const range = `sum(count_over_time(demand{app="shop"}[${POINTS * STEP_SECONDS}s] @ ${endSeconds}))`;
    expect(await cluster.prometheus.query(range)).toBe(POINTS);
    expect(await cluster.prometheus.query(`demand @ ${endSeconds}`)).toBe(100 + POINTS - 1);
    expect(await cluster.prometheus.query(`demand @ ${endSeconds - DAY_SECONDS}`)).toBe(100 + POINTS - 1 - 1440);
    await cluster.waitFor('a scrape', async () => (await cluster.prometheus.query('demand')) === 7, 60);
    exporter.set(SERIES, 8);
    await cluster.waitFor('a scrape', async () => (await cluster.prometheus.query('demand')) === 8, 60);
  });

  it('knows what pods use', async () => {
    const usage = { startupSeconds: 0.5, usageCpu: '250m', usageMemory: '100Mi' };
    await cluster.createDeployment({ namespace: 'shop', name: 'busy', replicas: 2, ...usage });
    const cpu = 'sum(rate(container_cpu_usage_seconds_total{namespace="shop",pod=~"busy-.*"}[10s]))';
    await cluster.waitFor(
      '500m of CPU',
      async () => Math.abs(((await cluster.prometheus.query(cpu)) ?? 0) - 0.5) < 0.05,
      40,
    );
  });

  it('is away while it is stopped, and back with its data', async () => {
    await cluster.prometheus.stop();
    await expect(cluster.prometheus.query('demand')).rejects.toThrow(/fetch failed/);
    await cluster.prometheus.start();
    expect(await cluster.prometheus.query(`demand @ ${endSeconds}`)).toBe(100 + POINTS - 1);
  });
});

describe('the metrics APIs', () => {
  it('let the real HPA scale on an external metric and kubectl see what pods use', async () => {
    const apis = await startMetricsApis(cluster, 1);
    apis.setExternal('demand', () => exporter.value(SERIES));
    await cluster.createDeployment({
      namespace: 'shop',
      name: 'twin',
      replicas: 1,
      startupSeconds: 0.5,
      usageCpu: '50m',
    });
    await cluster.applyYaml(`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: twin, namespace: shop }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: twin }
  minReplicas: 1
  maxReplicas: 10
  metrics:
    - type: External
      external: { metric: { name: demand }, target: { type: AverageValue, averageValue: "10" } }
`);
    exporter.set(SERIES, 38);
    // 38 at 10 a pod.
    await cluster.waitFor('4 pods', async () => (await cluster.readyPods('shop', 'twin')) === 4, 30);
    type PodMetrics = { items: { containers: { usage: { cpu: string } }[] }[] };
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?labelSelector=${encodeURIComponent('app=twin')}`;
    const { items } = await cluster.waitFor(
      'figures of 4 pods',
      async () => {
        const answer = await cluster.api.request<PodMetrics>('GET', path);
        return answer.items.length === 4 && answer;
      },
      20,
    );
    for (const { containers } of items)
      expect(Number.parseInt(containers[0]!.usage.cpu, 10) / 1e9).toBeCloseTo(0.05, 1);
    expect(await cluster.kubectl('top', 'pods', '-n', 'shop', '-l', 'app=twin')).toMatch(/twin-\S+ +\d+m/);
  });
});

describe('an installed Prescale', () => {
  /** Stands in for `prescale run`: it serves /healthz and says what it was given. */
  const PROGRAM = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const [, listen] = /^http:[^]*?\\blisten: (127\\.0\\.0\\.1:\\d+)/m.exec(readFileSync(process.argv[4], 'utf8'));
const { POD_NAME, POD_NAMESPACE, KUBECONFIG } = process.env;
console.log('started', process.argv.slice(2, 4).join(' '), POD_NAMESPACE + '/' + POD_NAME);
createServer((_, response) => response.end(KUBECONFIG)).listen(listen.split(':')[1], '127.0.0.1');
`;

  it('is a program that runs with exactly the rights and the configuration of the chart, and can be killed', async () => {
    const main = join(cluster.folder, 'program.mjs');
    writeFileSync(main, PROGRAM);
    const installed = await installPrescale(cluster, { main, values: { config: { namespaces: ['shop'] } } });
    const addon = await installed.start();
    expect(readConfig(addon)).toMatchObject({ namespaces: ['shop'], prometheus: { url: cluster.prometheus.url } });
    expect(addon.log()).toMatch('started run --config prescale/prescale-a\n');
    const kubeconfig = await addon.get('/healthz');
    const can = (...what: string[]) =>
      cluster.kubectl('--kubeconfig', kubeconfig, 'auth', 'can-i', ...what).catch(() => 'no\n');
    expect(await can('patch', 'deployments.apps', '--subresource=scale', '-n', 'shop')).toBe('yes\n');
    expect(await can('delete', 'deployments.apps', '-n', 'shop')).toBe('no\n');
    const { pid } = addon;
    addon.kill('SIGKILL');
    await cluster.waitFor('it to be started again', async () => addon.ends === 1, 60);
    await addon.start();
    expect(addon.pid).not.toBe(pid);
    await addon.stop();
    await installed.uninstall();
    expect(await cluster.helm('list', '-n', 'prescale', '-q')).toBe('');
  });
});

describe('faults', () => {
  it('survives a restart of the API server: pods still come and go', async () => {
    await cluster.apiServer.restart();
    await cluster.kubectl('scale', 'deployment', 'virtual', '-n', 'shop', '--replicas=5');
    await cluster.waitFor('5 pods', async () => (await cluster.readyPods('shop', 'virtual')) === 5, 40);
  });

  it('leaves nothing behind when it is stopped', async () => {
    const { folder } = cluster;
    // etcd, three of Kubernetes, KWOK, Prometheus, the watchdog.
    expect(processesOf(folder).length).toBeGreaterThanOrEqual(7);
    await cluster.stop();
    expect(processesOf(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it('leaves nothing behind when it cannot start', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'prescale-no-cluster-'));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = temporary;
    try {
      await expect(startCluster({ backfill: ['not OpenMetrics'] })).rejects.toThrow(/promtool tsdb .* failed/);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
    expect(readdirSync(temporary)).toEqual([]);
    expect(processesOf(temporary)).toEqual([]);
    rmdirSync(temporary);
  });

  it('kills what it guards, and no stranger, when the test itself is gone', async () => {
    const folder = `${process.env.TMPDIR ?? '/tmp'}/prescale-watchdog-${process.pid}`;
    const watchdog = startWatchdog(folder);
    const server = spawn('sh', ['-c', 'while :; do sleep 0.1; done', 'server', folder], {
      detached: true,
      stdio: 'ignore',
    });
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    const ended = new Promise((resolve) => server.once('exit', (_, signal) => resolve(signal)));
    watchdog.guard(server.pid!);
    watchdog.guard(stranger.pid!);
    // The end of our side of its input is all that it sees of our end.
    await watchdog.finish();
    expect(await ended).toBe('SIGKILL');
    await pause(50);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill();
  });
});
