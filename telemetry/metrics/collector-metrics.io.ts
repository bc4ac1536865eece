import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiRequestCount } from './addon-metrics.ts';
import { METRICS, type MetricRow } from './metric-table.ts';

/** What a collector shows beside what every role shows of Redis (role-metrics.ts), in the order of docs/metrics.md. */
export const COLLECTOR_METRICS = {
  prescale_collectors: {
    type: 'gauge',
    labels: [],
    help: 'Collectors that this one takes for alive, itself among them.',
  },
  prescale_collector_metrics: { type: 'gauge', labels: [], help: 'Metrics that are its share.' },
  prescale_collector_missing: { type: 'gauge', labels: [], help: 'Of these, those without a value at its last tick.' },
  prescale_collector_backfills: {
    type: 'gauge',
    labels: ['state'],
    help: 'Of these, those whose last week is not read yet (waiting), and those that failed and are tried again (failing).',
  },
  prescale_collector_tick_duration_seconds: {
    type: 'histogram',
    labels: [],
    help: 'Time to measure, publish and record its share.',
  },
  prescale_collector_last_tick_timestamp_seconds: { type: 'gauge', labels: [], help: 'When its last tick ended.' },
  prescale_collector_ready: { type: 'gauge', labels: [], help: '1 where it can collect, else 0; /readyz says why.' },
} as const satisfies Readonly<Record<string, MetricRow>>;

/** Of the addon's own, those that are the same here. */
const SHARED = [
  'prescale_queries_total',
  'prescale_query_duration_seconds',
  'prescale_api_requests_total',
  'prescale_api_request_seconds_total',
  'prescale_build_info',
] as const;

const TICK_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15, 30, 60];
const QUERY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What a collector is doing, read when its metrics are. */
export interface CollectorReading {
  readonly owned: number;
  readonly missing: number;
  readonly backfillsWaiting: number;
  readonly backfillsFailing: number;
  readonly alive: number;
  /** Epoch. */
  readonly lastTickSeconds: number;
  readonly ready: boolean;
}

export interface CollectorMetricsOptions {
  readonly version: string;
  readonly read: () => CollectorReading;
  /** Requests to the API server so far. */
  readonly requests: () => readonly ApiRequestCount[];
}

export interface CollectorMetrics {
  readonly contentType: string;
  /** The exposition text. */
  render(): Promise<string>;
  tick(seconds: number): void;
  query(source: string, outcome: 'ok' | 'empty' | 'error', seconds: number): void;
}

export function collectorMetrics({ version, read, requests }: CollectorMetricsOptions): CollectorMetrics {
  const registry = new Registry();
  const common = (name: Name) => {
    const { labels, help } = rowOf(name);
    return { name, help, labelNames: [...labels], registers: [registry] };
  };
  const shown = (name: Name, value: (reading: CollectorReading) => number) =>
    new Gauge({
      ...common(name),
      collect() {
        this.set(value(read()));
      },
    });
  shown('prescale_collectors', ({ alive }) => alive);
  shown('prescale_collector_metrics', ({ owned }) => owned);
  shown('prescale_collector_missing', ({ missing }) => missing);
  new Gauge({
    ...common('prescale_collector_backfills'),
    collect() {
      const { backfillsWaiting, backfillsFailing } = read();
      this.set({ state: 'waiting' }, backfillsWaiting);
      this.set({ state: 'failing' }, backfillsFailing);
    },
  });
  const ticks = new Histogram({ ...common('prescale_collector_tick_duration_seconds'), buckets: TICK_BUCKETS });
  shown('prescale_collector_last_tick_timestamp_seconds', ({ lastTickSeconds }) => lastTickSeconds);
  shown('prescale_collector_ready', ({ ready }) => Number(ready));
  const queries = new Counter(common('prescale_queries_total'));
  const durations = new Histogram({ ...common('prescale_query_duration_seconds'), buckets: QUERY_BUCKETS });
  const counted = (name: Name, value: (one: ApiRequestCount) => number) =>
    new Counter({
      ...common(name),
      collect() {
        this.reset();
        for (const one of requests()) {
          const { verb, resource, status } = one;
          this.inc({ verb, resource, code: String(status) }, value(one));
        }
      },
    });
  counted('prescale_api_requests_total', ({ count }) => count);
  counted('prescale_api_request_seconds_total', ({ seconds }) => seconds);
  new Gauge(common('prescale_build_info')).set({ version }, 1);
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    tick: (seconds) => ticks.observe(seconds),
    query(source, outcome, seconds) {
      queries.inc({ source, outcome });
      durations.observe({ source }, seconds);
    },
  };
}

type Name = keyof typeof COLLECTOR_METRICS | (typeof SHARED)[number];

function rowOf(name: Name): MetricRow {
  return name in COLLECTOR_METRICS
    ? COLLECTOR_METRICS[name as keyof typeof COLLECTOR_METRICS]
    : METRICS[name as (typeof SHARED)[number]];
}
