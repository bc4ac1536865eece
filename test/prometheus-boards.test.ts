import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnsweredSeries, type PrometheusHttp, readAnswer } from '../collector/prometheus/answer.ts';
import { prometheusHttp } from '../collector/prometheus/http.io.ts';
import { HISTOGRAM_SECONDS } from '../collector/startup/histogram.ts';
import { workloadKey } from '../core/workload.ts';
import { BOARDS } from '../docs/boards/boards.ts';
import { collectorMetrics } from '../telemetry/metrics/collector-metrics.io.ts';
import { addonMetrics } from '../telemetry/metrics/metrics.io.ts';
import { roleMetrics } from '../telemetry/metrics/role-metrics.io.ts';
import { CAPACITY, World, wave } from './engine-world.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

/*
 * Every query of Grafana's boards on a real Prometheus that scraped the addon's own metrics: its engine over a cluster in memory, a tick for
 * each scrape, and the roles of mode distributed beside it. What answers nothing would be an empty panel.
 */
const SCRAPE_SECONDS = 1;
const SCRAPES = 8;

const world = new World();
const addon = addonMetrics({ version: '1', processMetrics: true });
const roles = roleMetrics({ queue: true, jobs: true, processMetrics: false });
let ticks = 0;
const requests = () => [{ verb: 'GET', resource: 'pods', status: 200, count: 4 * ticks, seconds: 0.1 * ticks }];
const collector = collectorMetrics({
  version: '1',
  read: () => ({
    ...{ owned: 7, missing: 1, backfillsWaiting: 1, backfillsFailing: 0, alive: 2 },
    ...{ lastTickSeconds: Date.now() / 1000, ready: true },
  }),
  requests,
});

/** What the addon's parts leave in its metrics in a tick. */
async function tick(): Promise<void> {
  ticks++;
  await world.tick();
  addon.observe(world.engine.statuses);
  addon.query('http://prometheus', 'ok', 0.02);
  addon.write('scale', 'ok');
  addon.refits(2);
  addon.leader(true);
  addon.ready(true);
  addon.tick(0.1, Date.now() / 1000);
  collector.tick(0.2);
  roles.redis({ latencySeconds: 0.001, usedBytes: 1e6, limitBytes: 4e6 });
  roles.queue({ waiting: 1, running: 1, backingOff: 0, failed: 0, repeating: 2, oldestSeconds: 40 });
  roles.job(0.1, 'done');
}

let exporter: Server;
let server: PrometheusServer;
let http: PrometheusHttp;
let scraped = 0;
beforeAll(async () => {
  const web = await world.add('web', { replicas: 50, loads: [wave], days: 8 });
  // Its metric has no value: it is not Ready.
  await world.add('silent', { replicas: 3, loads: [() => Number.NaN], days: 0 });
  const ran = { podHours: 100, servedShare: 0.9999, starts: 40 };
  const baseline = { source: 'default', name: 'an HPA', note: '', fromSeconds: 0, toSeconds: 3_600, hours: 1 } as const;
  const compared = { ...baseline, own: ran, hpa: { ...ran, podHours: 140 }, savedShare: 0.3, madeSeconds: 3_600 };
  addon.baselines(() => new Map([[workloadKey(web), compared]]));
  addon.apiRequests(requests);
  addon.startups(HISTOGRAM_SECONDS, () => {
    const counts = { buckets: HISTOGRAM_SECONDS.map(() => 3 * ticks), sumSeconds: 27 * ticks, count: 3 * ticks };
    const of = { workload: workloadKey(web), nodeClass: 'virtual', counts } as const;
    return [
      { ...of, span: 'total' },
      { ...of, span: 'schedule' },
    ];
  });
  // From a day on the error budget is measured.
  await world.pass(86_400);
  exporter = createServer(async (request, response) => {
    if (request.url === '/metrics') {
      await tick();
      scraped++;
      response.writeHead(200, { 'content-type': addon.contentType }).end(await addon.render());
    } else
      response
        .writeHead(200, { 'content-type': roles.contentType })
        .end(request.url === '/roles' ? await roles.render() : await collector.render());
  });
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  const job = (name: string) =>
    `{job_name: ${name}, metrics_path: /${name}, honor_labels: true, static_configs: [{targets: ['${target}']}]}`;
  const config =
    `global: {scrape_interval: ${SCRAPE_SECONDS}s, scrape_timeout: 1s}\n` +
    `scrape_configs: [${['metrics', 'roles', 'collector'].map(job).join(', ')}]\n`;
  const past = { times: Float64Array.of(1_714_521_600, 1_714_521_660), values: Float64Array.of(1, 1) };
  server = await startPrometheus('other', past, { config });
  http = prometheusHttp({ url: server.url });
  while (scraped < SCRAPES) await new Promise((resolve) => setTimeout(resolve, 200));
});
afterAll(async () => {
  await http?.close();
  await server?.stop();
  await new Promise((resolve) => exporter?.close(resolve).closeAllConnections());
});

async function ask(expr: string): Promise<AnsweredSeries[]> {
  const end = Date.now() / 1000;
  const parameters = { query: expr, start: String(end - 2 * SCRAPE_SECONDS), end: String(end), step: '1' };
  const { status, body } = await http.ask('/api/v1/query_range', parameters);
  return readAnswer(http.name, status, body);
}

/** As Grafana fills in what is chosen above the board. */
function filled(expr: string): string {
  const chosen: Readonly<Record<string, string>> = {
    ...{ $namespace: 'shop', $kind: 'Deployment', $workload: 'web', $metric: '.*', $__rate_interval: '4s' },
  };
  return expr.replace(/\$\w+/g, (name) => chosen[name] ?? name);
}

describe.each(Object.values(BOARDS))('$title', ({ variables, rows }) => {
  const queries = rows.flatMap(({ panels }) =>
    panels.flatMap(({ title, queries: own, unit }) => own.map(({ expr, legend }) => ({ title, expr, legend, unit }))),
  );

  it.each(queries)('$title: $legend', async ({ expr, legend, unit }) => {
    const query = filled(expr);
    expect(query).not.toMatch(/\$/);
    const series = await ask(query);
    expect(series.length, query).toBeGreaterThan(0);
    const labels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
    for (const { metric, points } of series) {
      expect(Object.keys(metric), `labels of ${legend}`).toEqual(expect.arrayContaining(labels));
      for (const [, value] of points) expect(Number(value), query).not.toBeNaN();
      if (unit === 'percentunit') expect(Math.abs(Number(points.at(-1)![1]))).toBeLessThan(100);
    }
  });

  it('has variables that offer something', async () => {
    for (const { query } of variables) {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(query)!;
      const series = await ask(filled(selector!));
      expect(
        series.map(({ metric }) => metric[label!] ?? ''),
        query,
      ).toContain({ namespace: 'shop', kind: 'Deployment', workload: 'web' }[label!] ?? series[0]!.metric[label!]);
      expect(series[0]!.metric[label!], query).toBeTruthy();
    }
  });
});

it('the demand that was forecast for now is of the size of the demand that came', async () => {
  const [load] = await ask('prescale_load{workload="web"}');
  const [forecast] = await ask('prescale_forecast_for_now_load{workload="web", level="0.5"}');
  const ratio = Number(forecast!.points.at(-1)![1]) / Number(load!.points.at(-1)![1]);
  expect(ratio).toBeGreaterThan(0.7);
  expect(ratio).toBeLessThan(1.4);
  expect(Number(load!.points.at(-1)![1])).toBeGreaterThan(CAPACITY);
});
