/** What a metric is about; its labels begin with these. */
const WORKLOAD = ['namespace', 'kind', 'workload'] as const;
const LOAD = [...WORKLOAD, 'metric', 'unit'] as const;

/** Whose figures they are, `prescale` or `hpa`, and which HPA it is: `manifest`, its own, or `default`. */
const BASELINE = [...WORKLOAD, 'policy', 'source'] as const;

export interface MetricRow {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

/** Every metric that the addon shows, in the order of docs/metrics.md, which is checked against this table. */
export const METRICS = {
  prescale_current_replicas: gauge(WORKLOAD, 'Pods that exist.'),
  prescale_ready_replicas: gauge(WORKLOAD, 'Pods that are Ready.'),
  prescale_requested_replicas: gauge(WORKLOAD, 'Pods decided on, within all bounds.'),
  prescale_proactive_replicas: gauge(WORKLOAD, 'Pods that the forecast alone asks for.'),
  prescale_reactive_replicas: gauge(WORKLOAD, 'Pods that the observed load alone asks for.'),
  prescale_min_replicas: gauge(WORKLOAD, 'Least pods allowed now, scheduled bounds included.'),
  prescale_max_replicas: gauge(WORKLOAD, 'Most pods allowed now, scheduled bounds included.'),
  prescale_load: gauge(LOAD, 'Demand on the workload, mean of the last minute, in the unit of the label.'),
  prescale_demand_estimate: gauge(LOAD, 'Demand now, recovered from means that arrive late.'),
  prescale_forecast_load: gauge([...LOAD, 'level'], 'Demand forecast one lead time ahead: its quantile of that level.'),
  prescale_forecast_for_now_load: gauge(
    [...LOAD, 'level'],
    'Demand that was forecast for now, one lead time ago: its quantile of that level.',
  ),
  prescale_expected_peak_load: gauge(LOAD, 'Expected largest demand within the lead time.'),
  prescale_expected_peak_error_load: gauge(LOAD, 'Expected error of that peak.'),
  prescale_pod_capacity_load: gauge(LOAD, 'Demand that one Ready pod serves.'),
  prescale_load_missing: gauge(LOAD, '1 where the metric has no value now, else 0.'),
  prescale_load_censored: gauge(LOAD, '1 where saturated pods hide the demand, else 0.'),
  prescale_history_seconds: gauge(LOAD, 'History that the forecast learned from.'),
  prescale_forecast_error_ratio: gauge(
    LOAD,
    'Error of past forecasts as it became known: sum of absolute errors / sum of demand.',
  ),
  prescale_lead_time_seconds: gauge(WORKLOAD, 'Time by which pods are asked for ahead of the load.'),
  prescale_lead_time_measured_startups: gauge(WORKLOAD, 'Pod start-ups that the lead time was measured on.'),
  prescale_slo_ratio: gauge(WORKLOAD, 'Share of the demand that is to be served by Ready pods: the SLO.'),
  prescale_unmet_ratio: gauge(
    WORKLOAD,
    'Share of the demand that found no Ready pod, as estimated; none on the first day, unless the SLO is missed.',
  ),
  prescale_baseline_pod_hours: gauge(BASELINE, 'Pods over the compared hours of the last week, pod-hours.'),
  prescale_baseline_served_ratio: gauge(BASELINE, 'Share of the demand of these hours that found a Ready pod.'),
  prescale_baseline_pod_starts: gauge(BASELINE, 'Pods that were started in these hours.'),
  prescale_baseline_seconds: gauge(WORKLOAD, 'Length of these hours: Prescale acted, and the demand was known.'),
  prescale_condition: gauge([...WORKLOAD, 'type'], '1 where the condition holds, else 0.'),
  prescale_last_decision_timestamp_seconds: gauge(WORKLOAD, 'When it was last decided on.'),
  prescale_last_write_timestamp_seconds: gauge(WORKLOAD, 'When its replicas were last written.'),
  prescale_decision_reasons_total: counter([...WORKLOAD, 'reason'], 'Decisions in which the rule spoke.'),
  prescale_pod_startup_seconds: histogram([...WORKLOAD, 'node_class'], 'Time from a pod created to it Ready.'),
  prescale_pod_startup_stage_seconds: histogram(
    ['node_class', 'stage'],
    'Length of each stage of the start-up of pods, of all workloads that are there.',
  ),
  prescale_workloads: gauge(['mode', 'target'], 'Workloads that opted in.'),
  prescale_workload_conditions: gauge(['type', 'status'], 'Workloads by condition.'),
  prescale_policy_errors: gauge([], 'Workloads ignored because their annotations are wrong.'),
  prescale_series_limited_workloads: gauge(
    [],
    'Workloads without series of their own, as the cap on series is reached.',
  ),
  prescale_oldest_forecast_seconds: gauge(
    [],
    'Age of the oldest forecast of a metric that has a value: since the newest observation that it knew.',
  ),
  prescale_refits_waiting: gauge([], 'Refits that wait or run.'),
  prescale_writes_total: counter(['target', 'outcome'], 'Writes of replicas.'),
  prescale_api_requests_total: counter(
    ['verb', 'resource', 'code'],
    'Requests to the API server, retries included; code 0: no answer came.',
  ),
  prescale_api_request_seconds_total: counter(
    ['verb', 'resource', 'code'],
    'Time of requests to the API server, of watches until they began.',
  ),
  prescale_queries_total: counter(['source', 'outcome'], 'Queries to sources of metrics.'),
  prescale_query_duration_seconds: histogram(['source'], 'Time of queries to sources of metrics.'),
  prescale_tick_duration_seconds: histogram([], 'Time of one tick over all workloads.'),
  prescale_last_tick_timestamp_seconds: gauge([], 'When the last tick ended.'),
  prescale_console_failures_total: counter([], 'Times the thread of the console ended and was begun anew.'),
  prescale_leader: gauge([], '1 on the replica that acts, else 0.'),
  prescale_ready: gauge([], '1 where the addon can act, else 0; /readyz says why.'),
  prescale_build_info: gauge(['version'], 'Always 1.'),
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof METRICS;

function gauge<L extends readonly string[]>(labels: L, help: string) {
  return { type: 'gauge', labels, help } as const;
}

function counter<L extends readonly string[]>(labels: L, help: string) {
  return { type: 'counter', labels, help } as const;
}

function histogram<L extends readonly string[]>(labels: L, help: string) {
  return { type: 'histogram', labels, help } as const;
}
