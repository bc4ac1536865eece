import type { Board } from './board.ts';
import { errorBudgetUsed, forecastError, panel, podHours, row, whatDecided } from './panels.ts';

const EACH = 'namespace, kind, workload';
const OF = 'namespace="$namespace", kind="$kind", workload="$workload"';
const LOAD = `${OF}, metric=~"$metric"`;
const WHOLE_ROW = { width: 24 };

/** Replicas of Prescale that wait show the same; one of them is shown. */
const max = (metric: string) => `max(${metric}{${OF}})`;
const maxBy = (labels: string, metric: string, matchers = LOAD) => `max by (${labels}) (${metric}{${matchers}})`;
const startups = 'prescale_pod_startup_seconds_bucket';

const demand = row(
  'Demand',
  panel(
    'short',
    'Demand, and what was forecast for it',
    'In the unit of the metric. What was forecast one lead time ago for now, beside what came.',
    {
      '{{metric}} load': maxBy('metric', 'prescale_load'),
      '{{metric}} estimate of now': maxBy('metric', 'prescale_demand_estimate'),
      '{{metric}} forecast for now, quantile {{level}}': maxBy('metric, level', 'prescale_forecast_for_now_load'),
    },
    WHOLE_ROW,
  ),
  panel(
    'short',
    'Demand expected within the lead time',
    'The largest demand within the lead time and its expected error, in the unit of the metric.',
    {
      '{{metric}} peak': maxBy('metric', 'prescale_expected_peak_load'),
      '{{metric}} error of the peak': maxBy('metric', 'prescale_expected_peak_error_load'),
      '{{metric}} in one lead time, quantile {{level}}': maxBy('metric, level', 'prescale_forecast_load'),
    },
  ),
  forecastError({ '{{metric}}': maxBy('metric', 'prescale_forecast_error_ratio') }),
);

const capacity = `${maxBy(`${EACH}, metric`, 'prescale_pod_capacity_load')} * on (${EACH}) group_left () ${maxBy(EACH, 'prescale_ready_replicas', OF)}`;

const replicas = row(
  'Replicas',
  panel(
    'short',
    'Replicas',
    'proactive: what the forecast alone asks for; reactive: what the observed load alone does.',
    Object.fromEntries(
      ['current', 'ready', 'requested', 'proactive', 'reactive', 'min', 'max'].map((which) => [
        which,
        max(`prescale_${which}_replicas`),
      ]),
    ),
    WHOLE_ROW,
  ),
  panel('percentunit', 'Utilisation of the Ready pods', 'Demand ÷ what the Ready pods serve at their target.', {
    '{{metric}}': `${maxBy(`${EACH}, metric`, 'prescale_load')} / on (${EACH}, metric) (${capacity})`,
  }),
  whatDecided(`sum by (reason) (rate(prescale_decision_reasons_total{${OF}}[$__rate_interval]))`),
  panel('short', 'Conditions', '1 where the condition holds. Ready should be 1, Conflict and ReplicaFailure 0.', {
    '{{type}}': maxBy('type', 'prescale_condition', OF),
  }),
  errorBudgetUsed({ used: `${max('prescale_unmet_ratio')} / (1 - ${max('prescale_slo_ratio')})` }),
);

const startup = row(
  'Start-up',
  panel(
    's',
    'Start-up times',
    'Pods by the time from created to Ready.',
    { '{{le}}': `sum by (le) (increase(${startups}{${OF}}[$__rate_interval]))` },
    { kind: 'heatmap' },
  ),
  panel(
    's',
    'Lead time, and the p90 that it comes from',
    'Pods are asked for so long ahead of the load. The p90 is of the starts of six hours, by class of nodes.',
    {
      'lead time': max('prescale_lead_time_seconds'),
      'p90 on {{node_class}}': `histogram_quantile(0.9, sum by (node_class, le) (rate(${startups}{${OF}}[6h])))`,
    },
  ),
);

const baseline = row(
  'Against the HPA',
  podHours('Pod-hours', maxBy('policy', 'prescale_baseline_pod_hours', OF)),
  panel('percentunit', 'Served', 'Share of the demand of these hours that found a Ready pod.', {
    '{{policy}}': maxBy('policy', 'prescale_baseline_served_ratio', OF),
  }),
);

export const WORKLOAD: Board = {
  uid: 'prescale-workload',
  title: 'Prescale / Workload',
  description: 'One workload: why it has so many pods, and whether to believe its forecast.',
  variables: [
    { name: 'namespace', label: 'Namespace', query: 'label_values(prescale_current_replicas, namespace)' },
    { name: 'kind', label: 'Kind', query: 'label_values(prescale_current_replicas{namespace="$namespace"}, kind)' },
    {
      name: 'workload',
      label: 'Workload',
      query: 'label_values(prescale_current_replicas{namespace="$namespace", kind="$kind"}, workload)',
    },
    { name: 'metric', label: 'Metric', query: `label_values(prescale_load{${OF}}, metric)`, multi: true },
  ],
  rows: [demand, replicas, startup, baseline],
};
