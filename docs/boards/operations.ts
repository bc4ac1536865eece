import type { Board } from './board.ts';

const quantile = (level: number, metric: string, by = 'le') =>
  `histogram_quantile(${level}, sum by (${by}) (rate(${metric}_bucket[$__rate_interval])))`;
/** Of the processes of Prescale alone, whatever else is scraped. */
const ofPrescale = (metric: string) => `${metric} and on (instance, job) prescale_build_info`;

export const OPERATIONS: Board = {
  uid: 'prescale-operations',
  title: 'Prescale / Operations',
  description: 'Prescale itself: who leads, its ticks, what it asks others for.',
  variables: [],
  rows: [
    {
      title: 'Ticks',
      panels: [
        stat('Leaders', 'Exactly one replica acts.', 'sum(prescale_leader)'),
        stat('Ready', '0: no replica can act; /readyz says why.', 'max(prescale_ready)'),
        stat(
          'Age of the last tick',
          'A tick begins every 15 s.',
          'time() - max(prescale_last_tick_timestamp_seconds)',
          's',
        ),
        stat(
          'Oldest forecast',
          'When it ends, the observed load alone decides.',
          'max(prescale_oldest_forecast_seconds)',
          's',
        ),
        stat('Refits waiting', 'Refits that wait or run.', 'max(prescale_refits_waiting)'),
        stat('Versions', 'More than one during an upgrade only.', 'count(count by (version) (prescale_build_info))'),
        {
          title: 'Time of a tick',
          description: 'Over all workloads; one begins every 15 s.',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'prescale_tick_duration_seconds'), legend: 'p50' },
            { expr: quantile(0.99, 'prescale_tick_duration_seconds'), legend: 'p99' },
          ],
        },
        {
          title: 'Writes of replicas',
          description: 'Writes a second by where to and how they ended.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (target, outcome) (rate(prescale_writes_total[$__rate_interval]))',
              legend: '{{target}} {{outcome}}',
            },
          ],
        },
      ],
    },
    {
      title: 'What it asks for',
      panels: [
        {
          title: 'Queries',
          description: 'Queries a second to sources of metrics, by how they ended.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (source, outcome) (rate(prescale_queries_total[$__rate_interval]))',
              legend: '{{source}} {{outcome}}',
            },
          ],
        },
        {
          title: 'Time of a query',
          description: 'p99 by source.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'prescale_query_duration_seconds', 'source, le'), legend: '{{source}}' }],
        },
        {
          title: 'Requests to the API server',
          description: 'Requests a second by code; 0: no answer came.',
          unit: 'ops',
          queries: [
            { expr: 'sum by (code) (rate(prescale_api_requests_total[$__rate_interval]))', legend: '{{code}}' },
          ],
        },
        {
          title: 'Time of a request to the API server',
          description: 'Mean by verb.',
          unit: 's',
          queries: [
            {
              expr: 'sum by (verb) (rate(prescale_api_request_seconds_total[$__rate_interval])) / sum by (verb) (rate(prescale_api_requests_total[$__rate_interval]))',
              legend: '{{verb}}',
            },
          ],
        },
        {
          title: 'Start-up by stage',
          description: 'p90 of the length of each stage of the start-up of pods, of all workloads.',
          unit: 's',
          queries: [
            {
              expr: 'histogram_quantile(0.9, sum by (stage, le) (rate(prescale_pod_startup_stage_seconds_bucket[6h])))',
              legend: '{{stage}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Process',
      panels: [
        {
          title: 'Memory',
          description: 'Resident memory of each process.',
          unit: 'bytes',
          queries: [{ expr: ofPrescale('process_resident_memory_bytes'), legend: '{{instance}}' }],
        },
        {
          title: 'CPU',
          description: 'Cores that each process uses.',
          unit: 'short',
          queries: [{ expr: ofPrescale('rate(process_cpu_seconds_total[$__rate_interval])'), legend: '{{instance}}' }],
        },
        {
          title: 'Lag of the event loop',
          description: 'p99: a tick waits so long at least.',
          unit: 's',
          queries: [{ expr: ofPrescale('nodejs_eventloop_lag_p99_seconds'), legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Mode distributed',
      collapsed: true,
      panels: [
        {
          title: 'Refits in the queue',
          description: 'By state; all roles count the same queue.',
          unit: 'short',
          queries: [{ expr: 'max by (state) (prescale_jobs)', legend: '{{state}}' }],
        },
        {
          title: 'Oldest refit that is not done',
          description: 'Forecasts end an hour after their refit is due.',
          unit: 's',
          queries: [{ expr: 'max(prescale_jobs_oldest_seconds)', legend: 'oldest' }],
        },
        {
          title: 'Time of a refit',
          description: 'p99 on the forecasters, by how it ended.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'prescale_job_duration_seconds', 'outcome, le'), legend: '{{outcome}}' }],
        },
        {
          title: 'Redis',
          description: '1 where it answered lately, as each role sees it.',
          unit: 'short',
          queries: [{ expr: 'min by (instance) (prescale_redis_up)', legend: '{{instance}}' }],
        },
        {
          title: 'Time of a PING to Redis',
          description: 'As each role sees it.',
          unit: 's',
          queries: [{ expr: 'max by (instance) (prescale_redis_latency_seconds)', legend: '{{instance}}' }],
        },
        {
          title: 'Memory of Redis',
          description: 'At its limit nothing is written any more; a limit of 0 is none.',
          unit: 'bytes',
          queries: [
            { expr: 'max(prescale_redis_memory_bytes)', legend: 'used' },
            { expr: 'max(prescale_redis_memory_limit_bytes)', legend: 'limit' },
          ],
        },
        {
          title: 'Collectors',
          description: 'Metrics of their shards, and those of them without a value at the last tick.',
          unit: 'short',
          queries: [
            { expr: 'sum(prescale_collector_metrics)', legend: 'metrics' },
            { expr: 'sum(prescale_collector_missing)', legend: 'missing' },
            { expr: 'sum by (state) (prescale_collector_backfills)', legend: 'weeks {{state}}' },
          ],
        },
        {
          title: 'Time of a tick of the collectors',
          description: 'p99.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'prescale_collector_tick_duration_seconds'), legend: 'p99' }],
        },
      ],
    },
  ],
};

function stat(title: string, description: string, expr: string, unit = 'short') {
  return { title, description, unit, kind: 'stat', queries: [{ expr, legend: title }] } as const;
}
