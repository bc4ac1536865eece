import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addonConfig } from '../addon/config/config.ts';
import { readBoundsOnThread } from '../cli/roles/bounds-thread.io.ts';
import { memoryKubernetes } from '../kubernetes/fake/memory-api.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

/* What the addon reads at night, on the thread that it reads it on: an API server in memory behind HTTP, and a real Prometheus. */

const SCRIPT = new URL('../dist/cli/roles/bounds-worker.io.js', import.meta.url);
const DAY = 86_400;
const STEP = 150;
const END = Math.floor(Date.now() / 1000 / STEP) * STEP;
const STARTUP = { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 } as const;

/** Two cores on average, of eight pods that request half a core each. */
function* counter(): Generator<string> {
  yield '# TYPE container_cpu_usage_seconds counter\n';
  let total = 0;
  let text = '';
  for (let at = END - 9 * DAY; at <= END; at += STEP) {
    total += STEP * (2 + 1.5 * Math.sin((at / DAY) * 2 * Math.PI));
    text += `container_cpu_usage_seconds_total{namespace="shop",pod="web-7d9f8bc5d4-x2x4z",container="app"} ${total} ${at}\n`;
  }
  yield text;
}

const folder = mkdtempSync(join(tmpdir(), 'prescale-bounds-'));
const kubeconfig = join(folder, 'kubeconfig');
const cluster = memoryKubernetes({ namespaces: ['shop', 'monitoring'] });
let prometheus: PrometheusServer;
let api: Server;
/** Requests for what stands behind the API server: nothing answers there. */
let proxied = 0;

beforeAll(async () => {
  const none = { times: Float64Array.of(END - 60, END), values: Float64Array.of(1, 1) };
  prometheus = await startPrometheus('other', none, { openMetrics: counter() });
  api = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://api');
    if (url.pathname.includes('/proxy/')) {
      proxied++;
      response.writeHead(503).end(JSON.stringify({ kind: 'Status', message: 'no endpoints available', code: 503 }));
      return;
    }
    try {
      response.end(JSON.stringify(await cluster.get(url.pathname, Object.fromEntries(url.searchParams))));
    } catch (error) {
      response.writeHead(404).end(JSON.stringify({ kind: 'Status', message: String(error), code: 404 }));
    }
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const server = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    users: [{ name: 'a', user: {} }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  for (const name of ['web', 'idle']) {
    cluster.seed('/apis/apps/v1/namespaces/shop/deployments', {
      metadata: { name, namespace: 'shop' },
      spec: {
        replicas: 8,
        template: { spec: { containers: [{ name: 'app', resources: { requests: { cpu: '500m' } } }] } },
      },
    });
  }
});
afterAll(async () => {
  api?.close();
  await prometheus?.stop();
  rmSync(folder, { recursive: true });
});

const read = (config: object) => {
  const work = { config: addonConfig(config, 'test'), flags: { kubeconfig }, namespace: 'prescale', startup: STARTUP };
  return readBoundsOnThread(SCRIPT, work, new AbortController().signal);
};

it('reads the cluster and its Prometheus on a thread, and says what it can not know', async () => {
  const bounds = await read({ prometheus: { url: prometheus.url } });
  expect(bounds).toMatchObject({
    prometheus: prometheus.url,
    queries: 1,
    unlisted: [],
    startupSeconds: expect.closeTo(20),
  });
  expect(bounds.rows).toHaveLength(1);
  expect(bounds.rows[0]).toMatchObject({
    key: 'shop/Deployment/web',
    baseline: 'fixed',
    podHours: expect.closeTo(1_344, 0),
  });
  // Four pods on average, and never fewer than the demand needs.
  expect(bounds.rows[0]!.leastPodHours / 168).toBeGreaterThan(4);
  expect(bounds.rows[0]!.leastPodHours / 168).toBeLessThan(5.5);
  expect(bounds.unknown).toEqual([
    { key: 'shop/Deployment/idle', why: 'Prometheus has no CPU usage of its pods', fault: false },
  ]);
});

it('says that there is no Prometheus, and that one does not answer', async () => {
  await expect(read({})).rejects.toThrow(/no Prometheus: .*; set config\.prometheus\.url in the chart's values/);
  await expect(read({ prometheus: { url: 'http://127.0.0.1:9' } })).rejects.toThrow(/127\.0\.0\.1:9/);
});

it('behind the API server a request that fails is made once more, and no oftener than the budget counts', async () => {
  cluster.seed('/api/v1/namespaces/monitoring/services', {
    metadata: { name: 'prometheus', namespace: 'monitoring', labels: { 'app.kubernetes.io/name': 'prometheus' } },
    spec: { clusterIP: '10.0.0.1', ports: [{ name: 'http', port: 9090 }] },
  });
  await expect(read({})).rejects.toThrow(/no endpoints available/);
  expect(proxied).toBe(2);
});
