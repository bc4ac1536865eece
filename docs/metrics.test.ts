import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COLLECTOR_METRICS, collectorMetrics } from '../telemetry/metrics/collector-metrics.io.ts';
import { METRICS } from '../telemetry/metrics/metric-table.ts';
import { addonMetrics } from '../telemetry/metrics/metrics.io.ts';
import { FORECASTER_METRICS, QUEUE_METRICS, REDIS_METRICS, roleMetrics } from '../telemetry/metrics/role-metrics.io.ts';

/** The columns of its tables may be aligned or not. */
const page = readFileSync('docs/metrics.md', 'utf8').replace(/^\|.*$/gm, (row) =>
  row.replace(/ +/g, ' ').replace(/-{3,}/g, '---'),
);

/** The rows of the tables under a heading: name, type, labels, help. */
function tableUnder(heading: string) {
  const section = page.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`))!;
  return [...section.matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\| (.+) \|$/gm)].map(([, name, type, labels, help]) => {
    return [name, type, [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label), help];
  });
}

/** What an exposition says of its metrics. */
function exposed(text: string) {
  return [...text.matchAll(/^# HELP (\S+) (.+)\n# TYPE \S+ (\S+)$/gm)].map(([, name, help, type]) => [
    name,
    type,
    help,
  ]);
}

it('docs/metrics.md says of every metric what the addon says of it, in the same order', async () => {
  const table = tableUnder('Metrics');
  expect(table.map(([name, type, , help]) => [name, type, help])).toEqual(
    exposed(String(await addonMetrics({ version: '1' }).render())),
  );
  expect(table.map(([, , labels]) => labels)).toEqual(Object.values(METRICS).map((metric) => [...metric.labels]));
});

it('and what a collector says of its own', async () => {
  const reading = {
    owned: 7,
    missing: 2,
    backfillsWaiting: 3,
    backfillsFailing: 1,
    alive: 2,
    lastTickSeconds: 9,
    ready: true,
  };
  const metrics = collectorMetrics({
    version: '1',
    read: () => reading,
    requests: () => [{ verb: 'GET', resource: 'pods', status: 200, count: 4, seconds: 0.5 }],
  });
  metrics.tick(0.7);
  metrics.query('http://prometheus', 'ok', 0.2);
  const text = await metrics.render();
  const table = tableUnder('Of a collector');
  expect(table).toEqual(
    Object.entries(COLLECTOR_METRICS).map(([name, { type, labels, help }]) => [name, type, [...labels], help]),
  );
  const own = Object.keys(COLLECTOR_METRICS);
  const all = exposed(text);
  expect(all.filter(([name]) => own.includes(name!))).toEqual(table.map(([name, type, , help]) => [name, type, help]));
  const ofAddon = exposed(String(await addonMetrics({ version: '1' }).render()));
  expect(ofAddon).toEqual(expect.arrayContaining(all.filter(([name]) => !own.includes(name!))));
  expect(text).toContain('prescale_collector_metrics 7\n');
  expect(text).toContain('prescale_collector_backfills{state="failing"} 1\n');
  expect(text).toContain('prescale_collector_tick_duration_seconds_sum 0.7\n');
  expect(text).toContain('prescale_api_requests_total{verb="GET",resource="pods",code="200"} 4\n');
  expect(text).toContain('prescale_queries_total{source="http://prometheus",outcome="ok"} 1\n');
});

it('its queries name metrics that exist', () => {
  const queries = /```promql\n([\s\S]*?)```/.exec(page)![1]!;
  const names = [...queries.matchAll(/\bprescale_\w+/g)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''));
  expect(names.length).toBeGreaterThan(4);
  const tables = [METRICS, COLLECTOR_METRICS, REDIS_METRICS, QUEUE_METRICS, FORECASTER_METRICS];
  expect(tables.flatMap((table) => Object.keys(table))).toEqual(expect.arrayContaining(names));
});

it.each([
  ['an actuator', { queue: true, jobs: false }, ['Of Redis', 'Of the queue']],
  ['a forecaster', { queue: true, jobs: true }, ['Of Redis', 'Of the queue', 'Of a forecaster']],
  ['a collector', { queue: false, jobs: false }, ['Of Redis']],
])('and what %s shows of Redis, the queue and its jobs', async (_, parts, headings) => {
  const metrics = roleMetrics({ ...parts, processMetrics: false });
  metrics.redis({ latencySeconds: 0.002, usedBytes: 5e6, limitBytes: 1e9 });
  metrics.queue({ waiting: 3, running: 1, backingOff: 2, failed: 4, repeating: 10, oldestSeconds: 12.5 });
  metrics.job(0.04, 'done');
  const text = await metrics.render();
  const shown = exposed(text).map(([name, type, help]) => [name, type, labelsOf(name!, text), help]);
  expect(headings.flatMap(tableUnder)).toEqual(shown);
});

it('names a state of jobs for each that there is', async () => {
  const metrics = roleMetrics({ queue: true, jobs: false, processMetrics: false });
  metrics.queue({ waiting: 1, running: 1, backingOff: 1, failed: 1, repeating: 1, oldestSeconds: 1 });
  const states = [...(await metrics.render()).matchAll(/^prescale_jobs\{state="(.+)"\}/gm)].map(([, state]) => state);
  expect(QUEUE_METRICS.prescale_jobs).toContain(`: ${states.join(', ')}.`);
});

/** Those of the samples, without a histogram's own. */
function labelsOf(name: string, text: string): string[] {
  const [, labels = ''] = new RegExp(`^${name}(?:_bucket)?\\{(.*)\\} `, 'm').exec(text) ?? [];
  return [...labels.matchAll(/(\w+)="/g)].flatMap(([, label]) => (label === 'le' ? [] : [label!]));
}
