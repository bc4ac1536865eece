import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractPod } from '../collector/demand/demand-source.contract.ts';
import type { DemandQuery } from '../collector/demand/demand-source.ts';
import { type AnsweredSeries, type PrometheusHttp, promNumber, readAnswer } from '../collector/prometheus/answer.ts';
import { prometheusDemand } from '../collector/prometheus/demand.ts';
import { batchExpression } from '../collector/prometheus/demand-batch.ts';
import { prometheusHttp } from '../collector/prometheus/http.io.ts';
import { ownedPods, usageOfNamespaces, usageOfWorkload } from '../collector/prometheus/resource-expressions.ts';
import type { PodRecord } from '../core/pod-record.ts';
import { seededRandom } from '../core/random.ts';
import { type WorkloadRef, workloadKey } from '../core/workload.ts';
import { labelKey, SeriesStore } from '../simulation/measurement/series-store.ts';
import { SimulatedPrometheus } from '../simulation/measurement/simulated-prometheus.ts';
import { MEASURED_FROM, MEASURED_SECONDS, measuredWorld } from './measured-world.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';
import { remoteWrite } from './remote-write.ts';

/*
 * The simulated Prometheus beside a real one: both hold the same samples, both are asked the same, both give the same numbers.
 */

const SEEDS = [1, 2, 3, 4, 5, 6, 7];
const INSTANTS = 30;
const RELATIVE_TOLERANCE = 1e-9;
const COUNTERS = ['container_cpu_usage_seconds_total', 'http_requests_total'];

const workload = (seed: number, kind = 'Deployment'): WorkloadRef => ({
  apiVersion: 'apps/v1',
  kind,
  namespace: `team-${seed}`,
  name: 'web',
});

function queries(seed: number): string[] {
  const of = `{namespace="team-${seed}"}`;
  const templates = [
    `sum(rate(http_requests_total${of}[1m]))`,
    `sum(rate(http_requests_total${of}[5m]))`,
    `sum(rate(http_requests_total{namespace=~"team-${seed}",code!~"5..",pod=~'web-.*'}[2m30s])) # of all`,
    `sum(queue_depth${of})`,
    `sum(avg_over_time(queue_depth${of}[1m]))`,
    `max(avg_over_time(queue_depth${of}[5m]))`,
    `max by (pod) (queue_depth${of}) * 2`,
    `avg(max_over_time(queue_depth${of}[3m])) + 1`,
    `count(min_over_time(queue_depth${of}[90s]))`,
    `sum(increase(http_requests_total${of}[2m])) / 120`,
    `clamp_min(sum(queue_depth${of}) - 100, 0)`,
    'vector(5)',
  ];
  return [
    ...templates,
    batchExpression(templates),
    ...(['cpu', 'memory', 'gpu'] as const).flatMap((resource) => [
      usageOfNamespaces(resource, [`team-${seed}`, 'elsewhere']),
      usageOfWorkload(resource, workload(seed), false),
      usageOfWorkload(resource, workload(seed, 'CloneSet'), true),
    ]),
    `count(last_over_time(${ownedPods(workload(seed, 'CloneSet'))}[1d]))`,
    `http_requests_total${of}`,
    `queue_depth${of} unless on (pod) kube_pod_owner${of}`,
    `rate(http_requests_total${of}[1m])`,
    `increase(http_requests_total${of}[10m])`,
    `sum_over_time(queue_depth${of}[10m])`,
    `last_over_time(queue_depth${of}[2m])`,
    `count_over_time(container_cpu_usage_seconds_total${of}[75s])`,
  ];
}

/** All seeds' samples in one store. @param markers also the staleness markers */
function allWorlds(markers: boolean): SeriesStore {
  const store = new SeriesStore(10 * MEASURED_SECONDS);
  for (const seed of SEEDS) {
    for (const { labels, log } of measuredWorld(seed).all()) {
      const own = store.series(labels).log;
      for (let i = log.from; i < log.end; i++) {
        if (log.stale[i] === 0) own.append(log.times[i]!, log.values[i]!);
        else if (markers) own.markStale(log.times[i]!);
      }
    }
  }
  return store;
}

function* openMetrics(store: SeriesStore): Generator<string> {
  const names = new Set([...store.all()].map(({ labels }) => labels.__name__!));
  for (const name of names) {
    const counter = COUNTERS.includes(name);
    yield `# TYPE ${counter ? name.replace(/_total$/, '') : name} ${counter ? 'counter' : 'gauge'}\n`;
    for (const { labels, log } of store.select(name, [])) {
      const { __name__: _, ...others } = labels;
      const text = Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
      for (let i = log.from; i < log.end; i++) {
        yield `${name}{${text.join(',')}} ${log.values[i]} ${log.times[i]! / 1000}\n`;
      }
    }
  }
}

/** All pods that were ever measured in a namespace, as if all were Ready. */
function podsOf(store: SeriesStore, namespace: string, at: number): PodRecord[] {
  const series = store.select('queue_depth', []).filter(({ labels }) => labels.namespace === namespace);
  return series.map(({ labels }) => contractPod(labels.pod!, at, { namespace }));
}

async function ask(http: PrometheusHttp, path: string, parameters: Record<string, string>): Promise<AnsweredSeries[]> {
  const { status, body } = await http.ask(path, parameters);
  return readAnswer(http.name, status, body);
}

/** What differs between two answers; empty: nothing. */
function differences(real: readonly AnsweredSeries[], simulated: readonly AnsweredSeries[], what: string): string[] {
  const keyed = (answer: readonly AnsweredSeries[]) => new Map(answer.map((one) => [labelKey(one.metric), one.points]));
  const [expected, found] = [keyed(real), keyed(simulated)];
  const problems: string[] = [];
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const [a, b] = [expected.get(key), found.get(key)];
    if (a?.length !== b?.length) problems.push(`${what}: ${key}: ${a?.length} points, simulated ${b?.length}`);
    for (const [i, [time, text]] of (a ?? []).entries()) {
      const other = b?.[i];
      if (!other || time !== other[0] || !isSame(promNumber(text), promNumber(other[1]))) {
        problems.push(`${what}: ${key} at ${time}: ${text}, simulated ${other}`);
      }
    }
  }
  return problems;
}

function isSame(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= RELATIVE_TOLERANCE * Math.max(Math.abs(a), Math.abs(b), 1e-9);
}

const SUITES = [
  { name: 'blocks of promtool', markers: false },
  { name: 'remote write, with staleness markers', markers: true },
];
for (const { name, markers } of SUITES) {
  describe(`the simulated Prometheus and a real one, filled by ${name}`, () => {
    let server: PrometheusServer;
    let real: PrometheusHttp;
    let simulated: SimulatedPrometheus;
    let store: SeriesStore;
    beforeAll(async () => {
      store = allWorlds(markers);
      const day = { times: Float64Array.of(MEASURED_FROM - 7200, MEASURED_FROM - 7100), values: Float64Array.of(1, 1) };
      server = await startPrometheus('demand', day, {
        flags: ['--web.enable-remote-write-receiver'],
        ...(markers ? {} : { openMetrics: openMetrics(store) }),
      });
      if (markers) await remoteWrite(server.url, store);
      real = prometheusHttp({ url: server.url });
      simulated = new SimulatedPrometheus(store);
    });
    afterAll(async () => {
      await real?.close();
      await server?.stop();
    });

    for (const seed of SEEDS) {
      it(`give the same values at ${INSTANTS} instants, seed ${seed}`, async () => {
        const random = seededRandom(seed);
        const problems: string[] = [];
        let answered = 0;
        for (let i = 0; i < INSTANTS; i++) {
          const seconds = MEASURED_FROM - 60 + random() * (MEASURED_SECONDS + 500);
          // Whole seconds as a collector asks; others too.
          const time = String(i % 2 === 0 ? Math.round(seconds) : Math.round(seconds * 1000) / 1000);
          const found = queries(seed).map(async (query) => {
            const [a, b] = await Promise.all(
              [real, simulated].map((http) => ask(http, '/api/v1/query', { query, time })),
            );
            answered += a!.length;
            return differences(a!, b!, `${query} at ${time}`);
          });
          problems.push(...(await Promise.all(found)).flat());
        }
        expect(problems.slice(0, 5)).toEqual([]);
        expect(answered).toBeGreaterThan(INSTANTS * 20);
      });

      it(`give the same histories by range queries, seed ${seed}`, async () => {
        const range = { start: String(MEASURED_FROM - 300), end: String(MEASURED_FROM + MEASURED_SECONDS + 300) };
        const problems: string[] = [];
        for (const [i, query] of queries(seed).entries()) {
          const parameters = { query, ...range, step: i % 3 === 0 ? '15' : '60' };
          const [a, b] = await Promise.all(
            [real, simulated].map((http) => ask(http, '/api/v1/query_range', parameters)),
          );
          problems.push(...differences(a!, b!, query));
        }
        expect(problems.slice(0, 5)).toEqual([]);
      });
    }

    it('our collector reads the same from both, newest values and histories', async () => {
      const options = {
        templates: {
          requests: { query: 'sum(rate(http_requests_total{namespace="$namespace"}[1m]))', args: [] },
          queue: { query: 'sum(queue_depth{namespace="$namespace"})', args: [] },
        },
        allowRawQueries: false,
      };
      const [a, b] = [prometheusDemand(real, real, options), prometheusDemand(simulated, simulated, options)];
      const all: DemandQuery[] = SEEDS.flatMap((seed) =>
        [
          { kind: 'resource', resource: 'cpu' } as const,
          { kind: 'resource', resource: 'memory' } as const,
          { kind: 'template', template: 'requests', args: {} } as const,
          { kind: 'template', template: 'queue', args: {} } as const,
        ].map((metric, i) => ({ id: `${workloadKey(workload(seed))}#${i}`, workload: workload(seed), metric })),
      );
      const range = { startSeconds: MEASURED_FROM, endSeconds: MEASURED_FROM + MEASURED_SECONDS, stepSeconds: 60 };
      for (const query of all) {
        const [left, right] = [await a.history(query, range), await b.history(query, range)];
        expect([...right.times], query.id).toEqual([...left.times]);
        for (const [i, value] of left.values.entries()) expect(isSame(value, right.values[i]!), query.id).toBe(true);
      }
      let values = 0;
      for (let at = MEASURED_FROM + 600; at < MEASURED_FROM + MEASURED_SECONDS; at += 615) {
        const pods = (key: string) => podsOf(store, key.split('/')[0]!, at);
        const [left, right] = [await a.latest(all, at, pods), await b.latest(all, at, pods)];
        for (const { id } of all) {
          const [x, y] = [left.get(id)!, right.get(id)!];
          expect(y.kind, id).toBe(x.kind);
          values += x.kind === 'value' ? 1 : 0;
          if (x.kind === 'value' && y.kind === 'value') expect(isSame(x.value, y.value), id).toBe(true);
        }
      }
      expect(values).toBeGreaterThan(100);
      expect(simulated.unsupported).toEqual([]);
    });
  });
}
