import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiFront, serveApi } from '../../benchmarks/addon/api-front.ts';
import type { CollectedMetric } from '../../collector/demand/collection.ts';
import { workloadKey } from '../../core/workload.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { RedisCollectionList } from '../../redis/collection/collection-list.io.ts';
import { RedisCollectorsAlive } from '../../redis/collection/collectors-alive.io.ts';
import { RedisReadingsStore } from '../../redis/collection/readings-store.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { freePorts } from '../cluster/ports.ts';
import { type ServerProcess, serverProcess, startWatchdog } from '../cluster/server-process.ts';
import { type PrometheusServer, startPrometheus } from '../prometheus-server.ts';
import { MAIN } from '../spawn-prescale.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { storeParts, until } from './redis-settings.ts';

const WORKLOADS = 24;
const DEAD_AFTER_SECONDS = 3;
const START = Math.floor(Date.now() / 60_000) * 60;
const PAST_SECONDS = 2 * 3_600;
/** So long the made-up Prometheus knows the future. */
const AHEAD_SECONDS = 1_800;

const folder = mkdtempSync(join(tmpdir(), 'prescale-collectors-'));
const watchdog = startWatchdog(folder);
let redis: RedisServer;
let client: Redis;
let prometheus: PrometheusServer;
let front: ApiFront;
const collectors: { readonly process: ServerProcess; readonly url: string }[] = [];

/** Even ones are scaled by a query, odd ones by the cpu of their two pods. */
const metricOf = (i: number): CollectedMetric => {
  const workload = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: `app-${i}` };
  const byQuery = { kind: 'template', template: 'load', args: {} } as const;
  const byCpu = { kind: 'resource', resource: 'cpu' } as const;
  const query = { id: `${workloadKey(workload)}#0`, workload, metric: i % 2 === 0 ? byQuery : byCpu };
  return { query, selector: `app=app-${i}` };
};
const METRICS = Array.from({ length: WORKLOADS }, (_, i) => metricOf(i));
const podName = (i: number, pod: string) => `app-${i}-6d4cf56db6-${pod.repeat(5)}`;

function* series(): Generator<string> {
  const every = (labels: string, value: (t: number) => number) => {
    let text = '';
    for (let t = START - PAST_SECONDS; t <= START + AHEAD_SECONDS; t += 15) text += `${labels} ${value(t)} ${t}\n`;
    return text;
  };
  for (let i = 0; i < WORKLOADS; i++) {
    yield every(`load{app="app-${i}"}`, () => 100 + i);
    for (const pod of ['b', 'c']) {
      const labels = `container="app",namespace="shop",pod="${podName(i, pod)}"`;
      yield every(`container_cpu_usage_seconds_total{${labels}}`, (t) => (0.25 + i / 100) * (t - START + PAST_SECONDS));
    }
  }
}

function cluster() {
  const api = memoryKubernetes({ epochSeconds: () => Date.now() / 1000, namespaces: ['shop'] });
  const at = new Date((START - 3_600) * 1000).toISOString();
  for (let i = 0; i < WORKLOADS; i++) {
    for (const pod of ['b', 'c']) {
      api.seed(`/api/v1/namespaces/shop/pods/${podName(i, pod)}`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: podName(i, pod),
          namespace: 'shop',
          creationTimestamp: at,
          labels: { app: `app-${i}`, 'pod-template-hash': '6d4cf56db6' },
          ownerReferences: [
            {
              apiVersion: 'apps/v1',
              kind: 'ReplicaSet',
              name: `app-${i}-6d4cf56db6`,
              uid: `rs-${i}`,
              controller: true,
            },
          ],
        },
        spec: { nodeName: 'node-1', containers: [{ name: 'app', resources: { requests: { cpu: '500m' } } }] },
        status: {
          phase: 'Running',
          startTime: at,
          conditions: ['PodScheduled', 'Ready'].map((type) => ({ type, status: 'True', lastTransitionTime: at })),
        },
      });
    }
  }
  return api;
}

async function startCollector(name: string): Promise<(typeof collectors)[number]> {
  const [port] = await freePorts(1);
  const config = join(folder, `${name}.yaml`);
  const kubeconfig = join(folder, 'kubeconfig');
  const settings = {
    prometheus: { url: prometheus.url, templates: { load: { query: 'sum(load{app="$name"})' } } },
    redis: { url: redis.url, connectSeconds: 1, commandSeconds: 1 },
    collector: { heartbeatSeconds: 1, deadAfterSeconds: DEAD_AFTER_SECONDS },
    http: { listen: `127.0.0.1:${port}`, probeListen: '127.0.0.1:0' },
  };
  // YAML reads JSON.
  writeFileSync(config, JSON.stringify(settings));
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'it',
      users: [{ name: 'me', user: {} }],
      clusters: [{ name: 'it', cluster: { server: front.url } }],
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'me' } }],
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  const child = serverProcess(
    {
      name,
      command: process.execPath,
      args: [MAIN, 'collector', '--config', config, '--kubeconfig', kubeconfig],
      logFile: join(folder, `${name}.log`),
      env: { ...process.env, POD_NAME: name },
      ready: async () => (await fetch(`${url}/healthz`)).ok,
    },
    watchdog,
  );
  await child.start();
  const started = { process: child, url };
  collectors.push(started);
  return started;
}

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis({ port: redis.port });
  client.on('error', () => {});
  const demand = { times: Float64Array.of(START - 60, START), values: Float64Array.of(1, 1) };
  prometheus = await startPrometheus('demand', demand, { openMetrics: series() });
  front = await serveApi(cluster());
});
afterAll(async () => {
  for (const { process: one } of collectors) await one.stop('SIGKILL');
  client?.disconnect();
  await redis?.stop();
  await prometheus?.stop();
  await front?.close();
  await watchdog.finish();
  rmSync(folder, { recursive: true, force: true });
});

const list = () => new RedisCollectionList(client, 'prescale', storeParts());
const alive = () => new RedisCollectorsAlive(client, 'prescale', DEAD_AFTER_SECONDS, storeParts()).alive();
const readyText = async ({ url }: { readonly url: string }) => {
  const answer = await fetch(`${url}/readyz`);
  return `${answer.status} ${(await answer.text()).trim()}`;
};
const metric = async ({ url }: { readonly url: string }, name: string) => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
};
/** Ids whose newest reading is of this tick or later, and has a value. */
const measuredSince = async (tickSeconds: number) => {
  const { readings } = await new RedisReadingsStore(client, 'prescale', storeParts()).read();
  return [...readings].filter(([, one]) => one.kind === 'value' && one.timeSeconds >= tickSeconds - 15);
};
const nextTick = () => (Math.floor(Date.now() / 15_000) + 1) * 15;

describe('two collectors as processes', { timeout: 240_000 }, () => {
  it('share the list, one is killed, Redis is killed, and in the end every minute is in the history', async () => {
    const [a, b] = [await startCollector('collector-a'), await startCollector('collector-b')];
    await until('no list yet', async () =>
      (await readyText(a)).startsWith('503 what is to be collected was not read yet'),
    );
    await list().put(METRICS);
    for (const one of [a, b]) await until('ready', async () => (await readyText(one)) === '200 ok');
    expect(await alive()).toEqual(['collector-a', 'collector-b']);
    const tick = nextTick();
    await until('all measured', async () => (await measuredSince(tick)).length === WORKLOADS);
    const owned = [await metric(a, 'prescale_collector_metrics'), await metric(b, 'prescale_collector_metrics')];
    expect(owned[0]! + owned[1]!).toBe(WORKLOADS);
    expect(Math.min(...owned)).toBeGreaterThan(0);
    const readings = new Map(await measuredSince(tick));
    expect(readings.get(METRICS[4]!.query.id)).toMatchObject({ value: 104 });
    expect(readings.get(METRICS[5]!.query.id)).toMatchObject({ value: expect.closeTo(0.6, 3), censored: false });
    await until('all filled', async () => (await list().filled()).size === WORKLOADS);

    b.process.kill('SIGKILL');
    const killed = Date.now();
    await until('a has all', async () => (await metric(a, 'prescale_collector_metrics')) === WORKLOADS);
    const after = nextTick();
    await until('all measured by a', async () => (await measuredSince(after)).length === WORKLOADS);
    // Silence, a look, a tick; twice that, as other tests may run here.
    expect((Date.now() - killed) / 1000).toBeLessThan(2 * (DEAD_AFTER_SECONDS + 2 + 15));

    await redis.kill('SIGKILL');
    await until('a says that Redis is away', async () => (await readyText(a)).startsWith('503 Redis'));
    await redis.restart();
    await until('a is ready again', async () => (await readyText(a)) === '200 ok');
    const again = nextTick();
    await until('all measured again', async () => (await measuredSince(again)).length === WORKLOADS);
    expect(await metric(a, 'prescale_redis_up')).toBe(1);

    // Gaps are looked for a minute or two after they were noticed.
    const history = new RedisHistoryStore(
      client,
      'prescale',
      8,
      storeParts({ onDamage: (message) => expect(message).toBe('') }),
    );
    const end = again - (again % 60);
    const gaps = async () => {
      let lacking = 0;
      for (const { query } of METRICS) {
        const known = await history.read(query.id);
        for (let at = START - PAST_SECONDS + 900; at <= end; at += 60) {
          const value = known?.values[(at - known.startSeconds) / 60];
          if (value === undefined || Number.isNaN(value)) lacking++;
        }
      }
      return lacking;
    };
    await until('no minute is lacking', async () => (await gaps()) === 0, 150);

    await a.process.stop('SIGTERM');
    expect(await alive()).toEqual([]);
    expect(a.process.log()).toContain('"stopped"');
    expect(a.process.log()).not.toMatch(/unhandled|TypeError/i);
  });
});
