import type { Board } from './board.ts';
import { greenBelow, OLDEST_FORECAST, panel, row, stat } from './panels.ts';

const quantile = (level: number, metric: string, by = 'le') =>
  `histogram_quantile(${level}, sum by (${by}) (rate(${metric}_bucket[$__rate_interval])))`;
const rateBy = (label: string, metric: string) => `sum by (${label}) (rate(${metric}[$__rate_interval]))`;
/** Of the processes of Prescale alone, whatever else is scraped. */
const ofPrescale = (metric: string) => `${metric} and on (instance, job) prescale_build_info`;

/** Two ticks did not come. */
const LATE_TICK_SECONDS = 45;

const ticks = row(
  'Ticks',
  stat('Leaders', 'Exactly one replica acts.', 'sum(prescale_leader)', {
    steps: [
      { from: null, colour: 'red' },
      { from: 1, colour: 'green' },
      { from: 2, colour: 'red' },
    ],
  }),
  stat('Ready', '0: no replica can act; /readyz says why.', 'max(prescale_ready)', {
    steps: [
      { from: null, colour: 'red' },
      { from: 1, colour: 'green' },
    ],
  }),
  stat('Age of the last tick', 'A tick begins every 15 s.', 'time() - max(prescale_last_tick_timestamp_seconds)', {
    unit: 's',
    steps: greenBelow(LATE_TICK_SECONDS),
  }),
  OLDEST_FORECAST,
  stat('Refits waiting', 'Refits that wait or run.', 'max(prescale_refits_waiting)'),
  stat('Versions', 'More than one during an upgrade only.', 'count(count by (version) (prescale_build_info))', {
    steps: greenBelow(2, 'orange'),
  }),
  panel('s', 'Time of a tick', 'Over all workloads; one begins every 15 s.', {
    p50: quantile(0.5, 'prescale_tick_duration_seconds'),
    p99: quantile(0.99, 'prescale_tick_duration_seconds'),
  }),
  panel('ops', 'Writes of replicas', 'Writes a second by where to and how they ended.', {
    '{{target}} {{outcome}}': rateBy('target, outcome', 'prescale_writes_total'),
  }),
);

const asks = row(
  'What it asks for',
  panel('ops', 'Queries', 'Queries a second to sources of metrics, by how they ended.', {
    '{{source}} {{outcome}}': rateBy('source, outcome', 'prescale_queries_total'),
  }),
  panel('s', 'Time of a query', 'p99 by source.', {
    '{{source}}': quantile(0.99, 'prescale_query_duration_seconds', 'source, le'),
  }),
  panel('ops', 'Requests to the API server', 'Requests a second by code; 0: no answer came.', {
    '{{code}}': rateBy('code', 'prescale_api_requests_total'),
  }),
  panel('s', 'Time of a request to the API server', 'Mean by verb.', {
    '{{verb}}': `${rateBy('verb', 'prescale_api_request_seconds_total')} / ${rateBy('verb', 'prescale_api_requests_total')}`,
  }),
  panel('s', 'Start-up by stage', 'p90 of the length of each stage of the start-up of pods, of all workloads.', {
    '{{stage}}': 'histogram_quantile(0.9, sum by (stage, le) (rate(prescale_pod_startup_stage_seconds_bucket[6h])))',
  }),
);

const processes = row(
  'Process',
  panel('bytes', 'Memory', 'Resident memory of each process.', {
    '{{instance}}': ofPrescale('process_resident_memory_bytes'),
  }),
  panel('short', 'CPU', 'Cores that each process uses.', {
    '{{instance}}': ofPrescale('rate(process_cpu_seconds_total[$__rate_interval])'),
  }),
  panel('s', 'Lag of the event loop', 'p99: a tick waits so long at least.', {
    '{{instance}}': ofPrescale('nodejs_eventloop_lag_p99_seconds'),
  }),
);

const distributed = row(
  'Mode distributed',
  panel('short', 'Refits in the queue', 'By state; all roles count the same queue.', {
    '{{state}}': 'max by (state) (prescale_jobs)',
  }),
  panel('s', 'Oldest refit that is not done', 'Forecasts end an hour after their refit is due.', {
    oldest: 'max(prescale_jobs_oldest_seconds)',
  }),
  panel('s', 'Time of a refit', 'p99 on the forecasters, by how it ended.', {
    '{{outcome}}': quantile(0.99, 'prescale_job_duration_seconds', 'outcome, le'),
  }),
  panel('short', 'Redis', '1 where it answered lately, as each role sees it.', {
    '{{instance}}': 'min by (instance) (prescale_redis_up)',
  }),
  panel('s', 'Time of a PING to Redis', 'As each role sees it.', {
    '{{instance}}': 'max by (instance) (prescale_redis_latency_seconds)',
  }),
  panel('bytes', 'Memory of Redis', 'At its limit nothing is written any more; a limit of 0 is none.', {
    used: 'max(prescale_redis_memory_bytes)',
    limit: 'max(prescale_redis_memory_limit_bytes)',
  }),
  panel('short', 'Collectors', 'Metrics of their shards, and those of them without a value at the last tick.', {
    metrics: 'sum(prescale_collector_metrics)',
    missing: 'sum(prescale_collector_missing)',
    'weeks {{state}}': 'sum by (state) (prescale_collector_backfills)',
  }),
  panel('s', 'Time of a tick of the collectors', 'p99.', {
    p99: quantile(0.99, 'prescale_collector_tick_duration_seconds'),
  }),
);

export const OPERATIONS: Board = {
  uid: 'prescale-operations',
  title: 'Prescale / Operations',
  description: 'Prescale itself: who leads, its ticks, what it asks others for.',
  variables: [],
  rows: [ticks, asks, processes, { ...distributed, collapsed: true }],
};
