import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CONTRACT_QUERY,
  CONTRACT_USAGE,
  contractPod,
  demandSourceContract,
} from '../collector/demand/demand-source.contract.ts';
import type { DemandQuery, DemandReading, DemandSource } from '../collector/demand/demand-source.ts';
import type { PrometheusHttp } from '../collector/prometheus/answer.ts';
import { prometheusDemand } from '../collector/prometheus/demand.ts';
import { prometheusHttp } from '../collector/prometheus/http.io.ts';
import { LIVE_LIMITS } from '../collector/prometheus/server.io.ts';
import type { MetricRef } from '../core/policy/policy.ts';
import { WEEK_SECONDS } from '../core/series.ts';
import { type WorkloadRef, workloadKey } from '../core/workload.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

/** What is the newest instant in the server's data. */
const AT = 1_790_000_040;
const WORKLOADS = 500;
const NAMESPACES = 20;
const PODS = 3;
const TEMPLATES = {
  requests: { query: 'sum(requests{namespace="$namespace",service="$arg.service"})', args: ['service'] },
  // What one would write first: the hostile values' way out, were they not patterns of themselves only.
  matching: { query: 'sum(requests{namespace=~\'$namespace\',service=~"$arg.service"}) # all', args: ['service'] },
};

const ref = (i: number, kind = 'Deployment'): WorkloadRef => ({
  apiVersion: 'apps/v1',
  kind,
  namespace: `team-${i % NAMESPACES}`,
  name: `app-${i}`,
});
const podName = (i: number, pod: number) => `app-${i}-6d4cf56db6-${'bcd'[pod]!.repeat(5)}`;

/** Usage as a counter and memory as a gauge, every 15 s from ten minutes before AT; some series with a past. */
function* series(): Generator<string> {
  const labels = (namespace: string, pod: string) => `container="app",namespace="${namespace}",pod="${pod}"`;
  const every = (from: number, to: number, step: number, line: (t: number) => string) => {
    let text = '';
    for (let t = from; t <= to; t += step) text += line(t);
    return text;
  };
  const cpu = (namespace: string, pod: string, cores: number, [from, to, step]: [number, number, number], more = '') =>
    every(from, to, step, (t) => {
      return `container_cpu_usage_seconds_total{${labels(namespace, pod)}${more}} ${cores * (t - from)} ${t}\n`;
    });
  const recent: [number, number, number] = [AT - 600, AT, 15];
  for (const [pod, cores] of Object.entries(CONTRACT_USAGE)) {
    yield cpu('shop', pod, cores, recent);
    // The same container seen by a second endpoint counts once; neither the pod's own sum nor the sandbox counts.
    yield cpu('shop', pod, cores, recent, ',job="kubelet-resource"');
    yield cpu('shop', pod, cores, recent).replaceAll('container="app"', 'container=""');
    yield cpu('shop', pod, cores, recent).replaceAll('container="app"', 'container="POD"');
  }
  // Five minutes of 2 cores by pods that are gone, without the third; a neighbour whose name begins alike.
  const gone = AT - 7200;
  const minute = (i: number): [number, number, number] => [gone + 60 * i - 60, gone + 60 * i - 20, 20];
  for (const i of [0, 1, 3, 4]) {
    yield cpu('shop', `web-75c4bd8f9b-${'wxzvt'[i]!.repeat(5)}`, 1.5, minute(i));
    yield cpu('shop', `web-75c4bd8f9b-${'pqrsn'[i]!.repeat(5)}`, 0.5, minute(i));
  }
  yield cpu('shop', 'web-admin-75c4bd8f9b-wwwww', 7, [gone - 120, gone + 300, 20]);
  yield cpu('shop', 'web-0', 7, [gone - 120, gone + 300, 20]);
  yield cpu('elsewhere', 'web-75c4bd8f9b-wwwww', 7, [gone - 120, gone + 300, 20]);
  // A week of a StatefulSet, scraped once a minute.
  yield cpu('shop', 'queue-0', 0.25, [AT - WEEK_SECONDS - 300, AT, 60]);
  yield cpu('shop', 'queue-1', 0.5, [AT - WEEK_SECONDS - 300, AT, 60]);
  for (let i = 0; i < WORKLOADS; i++) {
    for (let pod = 0; pod < PODS; pod++) yield cpu(ref(i).namespace, podName(i, pod), 0.001 * i, recent);
  }
  for (let i = 0; i < WORKLOADS; i++) {
    for (let pod = 0; pod < PODS; pod++) {
      const own = labels(ref(i).namespace, podName(i, pod));
      yield every(AT - 600, AT, 15, (t) => `container_memory_working_set_bytes{${own}} ${1e6 * i} ${t}\n`);
    }
  }
  for (let i = 0; i < WORKLOADS; i++) {
    yield every(AT - 600, AT, 15, (t) => `requests{namespace="${ref(i).namespace}",service="app-${i}"} ${i} ${t}\n`);
  }
  for (const namespace of ['secret', 'shop']) {
    yield every(AT - 600, AT, 15, (t) => `requests{namespace="${namespace}",service="vault"} 42 ${t}\n`);
  }
  // A custom kind's pods, their owner known to kube-state-metrics; a neighbour with the same beginning.
  yield cpu('shop', 'cache-x1', 0.125, recent);
  yield cpu('shop', 'cache-other-x1', 4, recent);
  yield every(AT - 600, AT, 15, (t) => {
    return `kube_pod_owner{namespace="shop",pod="cache-x1",owner_kind="CloneSet",owner_name="cache"} 1 ${t}\n`;
  });
}

let server: PrometheusServer;
const sources: DemandSource[] = [];
let requests = 0;
beforeAll(async () => {
  const demand = { times: Float64Array.of(AT - 60, AT), values: Float64Array.of(1, 1) };
  server = await startPrometheus('demand', demand, { openMetrics: series() });
});
afterAll(async () => {
  for (const source of sources) await source.close();
  await server?.stop();
});

function sourceAt(url: string): DemandSource {
  const counted = (http: PrometheusHttp): PrometheusHttp => ({
    name: http.name,
    close: () => http.close(),
    ask: (path, parameters) => {
      requests++;
      return http.ask(path, parameters);
    },
  });
  const live = counted(prometheusHttp({ url }, LIVE_LIMITS));
  const source = prometheusDemand(live, counted(prometheusHttp({ url })), {
    templates: TEMPLATES,
    allowRawQueries: true,
  });
  sources.push(source);
  return source;
}

const pods = (key: string) => {
  const i = Number(key.split('-').at(-1));
  return Array.from({ length: PODS }, (_, pod) => contractPod(podName(i, pod), AT));
};
const queriesOf = (metric: (i: number) => MetricRef): DemandQuery[] =>
  Array.from({ length: WORKLOADS }, (_, i) => ({
    id: `${workloadKey(ref(i))}#0`,
    workload: ref(i),
    metric: metric(i),
  }));
const numberOf = (reading: DemandReading | undefined) => (reading?.kind === 'value' ? reading.value : undefined);

demandSourceContract('a real Prometheus', async () => ({
  source: sourceAt(server.url),
  gone: sourceAt('http://127.0.0.1:1'),
  atSeconds: AT,
  historyStartSeconds: AT - 7200,
}));

describe('500 workloads on a real Prometheus', () => {
  const timed = async (what: string, source: DemandSource, queries: readonly DemandQuery[]) => {
    const before = requests;
    const start = performance.now();
    const readings = await source.latest(queries, AT, pods);
    const ms = Math.round(performance.now() - start);
    console.log(`${what}: ${queries.length} workloads, ${requests - before} requests, ${ms} ms`);
    return { readings, asked: requests - before };
  };

  it('cpu of all their pods: one request', async () => {
    const queries = queriesOf(() => ({ kind: 'resource', resource: 'cpu' }));
    const { readings, asked } = await timed('cpu', sourceAt(server.url), queries);
    expect(asked).toBe(1);
    for (const [i, { id }] of queries.entries()) expect(numberOf(readings.get(id))).toBeCloseTo(PODS * 0.001 * i, 6);
  });

  it('templates: 200 a request', async () => {
    const queries = queriesOf((i) => ({ kind: 'template', template: 'requests', args: { service: `app-${i}` } }));
    const source = sourceAt(server.url);
    const { readings, asked } = await timed('templates, first time', source, queries);
    expect(asked).toBe(3);
    for (const [i, { id }] of queries.entries()) expect(numberOf(readings.get(id)), id).toBe(i);
    await timed('templates, again', source, queries);
  });

  it('a gauge that was last scraped six minutes ago is no demand of now', async () => {
    const query: DemandQuery = {
      id: 'a',
      workload: ref(5),
      metric: { kind: 'template', template: 'requests', args: { service: 'app-5' } },
    };
    const source = sourceAt(server.url);
    expect((await source.latest([query], AT + 15 + 140, pods)).get('a')).toMatchObject({ kind: 'value', value: 5 });
    expect((await source.latest([query], AT + 15 + 360, pods)).get('a')!.kind).toBe('missing');
  });

  it('all kinds at once', async () => {
    const kinds = [
      (): MetricRef => ({ kind: 'resource', resource: 'cpu' }),
      (): MetricRef => ({ kind: 'resource', resource: 'memory' }),
      (i: number): MetricRef => ({ kind: 'template', template: 'matching', args: { service: `app-${i}` } }),
    ];
    const queries = queriesOf((i) => kinds[i % 3]!(i));
    const { readings, asked } = await timed('a mixture', sourceAt(server.url), queries);
    expect(asked).toBe(3);
    const expected = [(i: number) => PODS * 0.001 * i, (i: number) => PODS * 1e6 * i, (i: number) => i];
    for (const [i, { id }] of queries.entries()) expect(numberOf(readings.get(id))).toBeCloseTo(expected[i % 3]!(i), 5);
  });

  it('bad ones among them spoil nobody, and cost nothing the next time', async () => {
    const bad: Record<number, [query: string, why: RegExp]> = {
      7: ['sum(requests', /refused the query: .*parse error/],
      77: ['vector(1)), "prescale_query", "78", "", "") or label_replace((vector(99)', /parse error/],
      78: ['label_replace(vector(5), "prescale_query", "80", "", "")', /^$/],
      177: ['requests * on() requests', /refused the query: .*(?:duplicate|many-to-many)/],
      277: ['requests', /gives 502 series .*expected one/],
      377: ['0 * vector(1) / 0', /gives NaN, which is no demand/],
      387: ['vector(1) / 0', /gives \+Inf, which is no demand/],
      388: ['vector(-1)', /gives -1; expected a demand ≥ 0/],
      477: ['requests{namespace="none"}', /no series/],
    };
    const queries = queriesOf((i) =>
      bad[i]
        ? { kind: 'query', query: bad[i][0] }
        : { kind: 'template', template: 'requests', args: { service: `app-${i}` } },
    );
    const source = sourceAt(server.url);
    const { readings } = await timed('nine bad ones, found', source, queries);
    for (const [i, { id }] of queries.entries()) {
      const reading = readings.get(id)!;
      if (i === 78) expect(reading).toMatchObject({ kind: 'value', value: 5 });
      else if (bad[i]) expect(reading).toMatchObject({ kind: 'missing', why: expect.stringMatching(bad[i][1]) });
      else expect(numberOf(reading), id).toBe(i);
    }
    const again = await timed('nine bad ones, known', source, queries);
    expect(again.asked).toBe(3);
    expect(numberOf(again.readings.get(queries[80]!.id))).toBe(80);
  });
});

describe('hostile values on a real Prometheus', () => {
  it('never give a foreign series, nor an error that tells of one', async () => {
    const spice = [
      '"',
      "'",
      '`',
      '}',
      '{',
      '\\',
      '\n',
      '#',
      '|',
      '.*',
      ')',
      ' or ',
      'up',
      '$',
      'vault',
      ',',
      '(',
      '\0',
    ];
    const hostile = fc.string({
      unit: fc.oneof(fc.constantFrom(...spice), fc.string({ unit: 'binary', maxLength: 2 })),
    });
    const known = [
      '"} or up{',
      '"} or requests{namespace="secret',
      '.*',
      'vault|',
      "'} or vector(1) #",
      '\\',
      '\\"',
      '',
    ];
    const values = [...known, ...fc.sample(hostile, { numRuns: 400, seed: 20_261_121 })].filter(
      (one) => one !== 'vault',
    );
    // A namespace can't be hostile in Kubernetes; here it is, too.
    const queries = values.flatMap((service, i): DemandQuery[] =>
      ['requests', 'matching'].flatMap((template) => [
        { id: `${i} ${template}`, workload: ref(0), metric: { kind: 'template', template, args: { service } } },
        {
          id: `${i} ${template} namespace`,
          workload: { ...ref(0), namespace: service },
          metric: { kind: 'template', template, args: { service: 'vault' } },
        },
      ]),
    );
    const readings = await sourceAt(server.url).latest(queries, AT, () => []);
    expect(readings.size).toBe(queries.length);
    for (const [id, reading] of readings) {
      const value = values[Number(id.split(' ')[0])];
      expect(reading, JSON.stringify(value)).toEqual({
        kind: 'missing',
        why: 'the query gives no series: do the metric and its labels exist?',
      });
    }
  });
});

describe('a history from a real Prometheus', () => {
  const week = { startSeconds: AT - WEEK_SECONDS, endSeconds: AT, stepSeconds: 60 };
  const history = (workload: Partial<WorkloadRef>, range = week) =>
    sourceAt(server.url).history({ ...CONTRACT_QUERY, workload: { ...CONTRACT_QUERY.workload, ...workload } }, range);

  it('of a week of minutes, scraped once a minute', async () => {
    const before = requests;
    const start = performance.now();
    const { times, values } = await history({ kind: 'StatefulSet', name: 'queue' });
    console.log(`a week: ${requests - before} requests, ${Math.round(performance.now() - start)} ms`);
    expect(times.length).toBe(10_081);
    expect(requests - before).toBe(4);
    for (const value of values) expect(value).toBeCloseTo(0.75, 6);
  });

  it('of a kind whose pods are told by kube-state-metrics, else by their beginning', async () => {
    const range = { startSeconds: AT - 300, endSeconds: AT, stepSeconds: 60 };
    const owned = await history({ kind: 'CloneSet', apiVersion: 'apps.kruise.io/v1alpha1', name: 'cache' }, range);
    expect(owned.values.at(-1)).toBeCloseTo(0.125, 6);
    const byName = await history({ kind: 'GameServerSet', name: 'cache' }, range);
    expect(byName.values.at(-1)).toBeCloseTo(4.125, 6);
  });
});
