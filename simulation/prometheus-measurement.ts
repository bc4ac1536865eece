import { type DemandReading, type DemandSource, OBSERVATION_DELAY_SECONDS } from '../collector/demand/demand-source.ts';
import type { HttpAnswer, PrometheusHttp } from '../collector/prometheus/answer.ts';
import { prometheusDemand } from '../collector/prometheus/demand.ts';
import type { QueryTemplate } from '../collector/prometheus/promql/query-templates.ts';
import { resourceMetrics } from '../collector/resource-metrics/resource-metrics.ts';
import type { Random } from '../core/random.ts';
import { samplesOf } from '../core/resample.ts';
import type { HistoryStore } from '../storage/history-store.ts';
import type { SimulationClock } from './clock.ts';
import { answerFault, metricsFault, serversPause } from './measured-answers.ts';
import type { AnswerFault } from './measurement/answer-faults.ts';
import { CADVISOR, Scraping } from './measurement/scraping.ts';
import { SeriesStore } from './measurement/series-store.ts';
import { SimulatedMetricsServer } from './measurement/simulated-metrics-server.ts';
import { SimulatedPrometheus } from './measurement/simulated-prometheus.ts';
import type { MeasurementFaults } from './measurement-faults.ts';
import type { Measurement } from './plain-measurement.ts';
import { type Cluster, NAMESPACE } from './plant/cluster.ts';
import type { SimulatedPod } from './plant/pod.ts';
import type { SimulatedWorkload } from './plant/workload.ts';
import type { ProcessApi } from './processes/api.ts';
import type { SimulatedProcess } from './processes/process.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { MetricsApi } from './traffic.ts';
import { WorkIntegral } from './work-integral.ts';

/** Prometheus was there so long before the addon, whatever it remembers. */
const BEFORE_SECONDS = 600;
/** Beyond the history and the longest window, for late answers. */
const KEPT_SECONDS = 1_200;
/** What a counter had counted before anybody looked: `rate` cuts nothing off at its zero. */
const COUNTED = 1e6;
const RESOURCE_SCRAPE_SECONDS = 15;

interface WatchedPod {
  readonly pod: SimulatedPod;
  readonly workload: SimulatedWorkload;
  readonly gone: readonly (() => void)[];
}

/**
 * Measurement as in a cluster: counters and gauges that a Prometheus scrapes, asked by the product's own queries; the pods' CPU and
 * memory as metrics-server or cAdvisor have them. Scrapes have a phase, jitter and losses; the window of `rate` is four of them.
 */
export class PrometheusMeasurement implements Measurement, MetricsApi {
  private readonly clock: SimulationClock;
  private readonly cluster: Cluster;
  private readonly faults: MeasurementFaults;
  private readonly measured: Scenario['measured'];
  private readonly templates: Readonly<Record<string, QueryTemplate>>;
  private readonly scraping: Scraping;
  private readonly prometheus: SimulatedPrometheus;
  private readonly metricsServer: SimulatedMetricsServer;
  private readonly pods = new Map<string, WatchedPod>();
  /** Both replicas ask the same at a tick. */
  private readonly answers = new Map<string, Promise<HttpAnswer>>();
  private answered = '';
  private listed: { readonly version: string; readonly items: readonly object[] } | undefined;

  /** @param templates as the addon is configured with */
  constructor(
    parts: { readonly cluster: Cluster; readonly clock: SimulationClock; readonly faults: MeasurementFaults },
    scenario: Scenario,
    templates: Readonly<Record<string, QueryTemplate>>,
    random: Random,
  ) {
    const { cluster, clock, faults } = parts;
    this.cluster = cluster;
    this.clock = clock;
    this.faults = faults;
    this.measured = scenario.measured;
    this.templates = templates;
    const now = clock.nowSeconds();
    const since = now - Math.max(BEFORE_SECONDS, scenario.history);
    const store = new SeriesStore(scenario.history + KEPT_SECONDS);
    const { every: everySeconds, lost: lossProbability } = scenario.measured;
    this.scraping = new Scraping(store, random, since, { everySeconds, lossProbability });
    this.prometheus = new SimulatedPrometheus(store, {
      name: 'http://prometheus',
      nowSeconds: clock.nowSeconds,
      sleep: clock.sleep,
      fault: ({ query }) => this.faultOf(query),
    });
    this.metricsServer = new SimulatedMetricsServer(random, now - BEFORE_SECONDS);
    for (const workload of cluster.workloads.values()) this.exposeWork(workload, since);
    for (const workload of cluster.workloads.values()) if (workload.isClosed) workload.use(now);
    this.watchPods(COUNTED);
    this.look();
    cluster.beforeUse = () => {
      this.watchPods(0);
      this.look();
    };
  }

  /** Queries that the simulation can't answer: there must be none. */
  get unsupported(): readonly string[] {
    return this.prometheus.unsupported;
  }

  get away(): boolean {
    return this.faults.away;
  }

  /** The answer of /apis/metrics.k8s.io/v1beta1/pods. */
  list(): { readonly items: readonly object[] } {
    this.look();
    const version = `${this.clock.nowSeconds()} ${this.faults.version}`;
    if (this.listed?.version !== version) {
      const { items } = this.metricsServer.podMetrics(NAMESPACE) as { readonly items: readonly object[] };
      this.listed = { version, items };
    }
    return { items: this.listed.items };
  }

  sourceFor(process: SimulatedProcess, api: ProcessApi, history: Pick<HistoryStore, 'read'>): DemandSource {
    const http: PrometheusHttp = {
      name: this.prometheus.name,
      close: async () => {},
      ask: async (path, parameters) => {
        await process.running();
        return process.received(this.ask(path, parameters));
      },
    };
    const demand = prometheusDemand(http, http, { templates: this.templates, allowRawQueries: false });
    if (this.measured.resources === 'prometheus') return demand;
    const onPods = resourceMetrics(api, { read: async (id) => samplesOf(await history.read(id)) });
    return {
      name: demand.name,
      close: async () => {},
      history: (query, range) => (query.metric.kind === 'resource' ? onPods : demand).history(query, range),
      latest: async (queries, atSeconds, pods) => {
        const resources = queries.filter(({ metric }) => metric.kind === 'resource');
        const others = queries.filter(({ metric }) => metric.kind !== 'resource');
        const found = new Map<string, DemandReading>();
        for (const [source, own] of [[onPods, resources] as const, [demand, others] as const]) {
          if (own.length === 0) continue;
          for (const [id, reading] of await source.latest(own, atSeconds, pods)) found.set(id, reading);
        }
        return found;
      },
    };
  }

  private ask(path: string, parameters: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    this.look();
    const asOf = `${this.clock.nowSeconds()} ${this.faults.version}`;
    if (this.answered !== asOf) this.answers.clear();
    this.answered = asOf;
    const key = `${path} ${Object.values(parameters).join(' ')}`;
    const answer = this.answers.get(key) ?? this.prometheus.ask(path, parameters);
    this.answers.set(key, answer);
    return answer;
  }

  /** All that was scraped until now is stored. */
  private look(): void {
    const now = this.clock.nowSeconds();
    this.scraping.advance(now);
    this.metricsServer.advance(now);
    const fault = this.faults.newest(() => true);
    this.scraping.paused = serversPause(fault, now);
    this.metricsServer.paused = fault?.action === 'metric-frozen' || this.scraping.paused;
    this.metricsServer.fault = metricsFault(fault);
  }

  private faultOf(query: string): AnswerFault | undefined {
    const fault = this.faults.newest((workload) => query.includes(`"${workload}"`));
    return fault && answerFault(fault, this.clock.nowSeconds());
  }

  private exposeWork(workload: SimulatedWorkload, since: number): void {
    const { name, metric } = workload.plan;
    const labels = { namespace: NAMESPACE, workload: name };
    if (workload.isClosed) return;
    const target = this.scraping.target();
    // Nobody can know what a scrape that was lost would have shown, until the next one.
    workload.lagSeconds = (atSeconds) =>
      this.measured.every * (1 + target.lostInARow(atSeconds - OBSERVATION_DELAY_SECONDS));
    if (metric === 'requests') {
      const work = new WorkIntegral((seconds) => workload.workAt(seconds), since - RESOURCE_SCRAPE_SECONDS, COUNTED);
      target.expose({ __name__: 'http_requests_total', ...labels }, (seconds) => work.at(seconds));
    } else {
      target.expose({ __name__: 'queue_jobs', ...labels }, (seconds) => workload.workAt(seconds));
    }
  }

  /** Pods that came are measured from now on, and those that went no more. @param counted by their counters so far */
  private watchPods(counted: number): void {
    for (const workload of this.cluster.workloads.values()) {
      if (!workload.isClosed) continue;
      const { pods, strangers } = workload.deployment.lives;
      for (const all of [pods, strangers]) {
        for (const pod of all.values()) {
          if (pod.phase === 'Running' && !this.pods.has(pod.uid))
            this.pods.set(pod.uid, this.watch(workload, pod, counted));
        }
      }
    }
    for (const [uid, { pod, workload, gone }] of this.pods) {
      const { lives } = workload.deployment;
      if (pod.phase === 'Running' && (lives.pods.has(uid) || lives.strangers.has(uid))) continue;
      for (const end of gone) end();
      this.pods.delete(uid);
    }
  }

  private watch(workload: SimulatedWorkload, pod: SimulatedPod, counted: number): WatchedPod {
    const startedSeconds = pod.startedSeconds ?? this.clock.nowSeconds();
    const cpuSeconds = (at: number) => Math.max(0, counted + workload.coreSecondsAt(pod, at));
    const memoryBytes = () => pod.gib * 2 ** 30;
    if (this.measured.resources === 'metrics-server') {
      const { name } = pod;
      return {
        pod,
        workload,
        gone: [this.metricsServer.watch({ namespace: NAMESPACE, name, startedSeconds, cpuSeconds, memoryBytes })],
      };
    }
    const target = this.scraping.target({ everySeconds: RESOURCE_SCRAPE_SECONDS, housekeeping: CADVISOR });
    const labels = { namespace: NAMESPACE, pod: pod.name, container: 'main' };
    if (workload.plan.metric === 'cpu')
      target.expose({ __name__: 'container_cpu_usage_seconds_total', ...labels }, cpuSeconds);
    else target.expose({ __name__: 'container_memory_working_set_bytes', ...labels }, memoryBytes);
    return { pod, workload, gone: [() => target.remove()] };
  }
}
