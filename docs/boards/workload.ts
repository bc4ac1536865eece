import type { Board } from './board.ts';

const EACH = 'namespace, kind, workload';
const OF = 'namespace="$namespace", kind="$kind", workload="$workload"';
const LOAD = `${OF}, metric=~"$metric"`;

/** Replicas of Prescale that wait show the same; one of them is shown. */
const max = (metric: string, matchers = OF) => `max(${metric}{${matchers}})`;
const maxBy = (labels: string, metric: string, matchers = LOAD) => `max by (${labels}) (${metric}{${matchers}})`;

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
  rows: [
    {
      title: 'Demand',
      panels: [
        {
          title: 'Demand, and what was forecast for it',
          description: 'In the unit of the metric. What was forecast one lead time ago for now, beside what came.',
          unit: 'short',
          width: 24,
          queries: [
            { expr: maxBy('metric', 'prescale_load'), legend: '{{metric}} load' },
            { expr: maxBy('metric', 'prescale_demand_estimate'), legend: '{{metric}} estimate of now' },
            {
              expr: maxBy('metric, level', 'prescale_forecast_for_now_load'),
              legend: '{{metric}} forecast for now, quantile {{level}}',
            },
          ],
        },
        {
          title: 'Demand expected within the lead time',
          description: 'The largest demand within the lead time and its expected error, in the unit of the metric.',
          unit: 'short',
          queries: [
            { expr: maxBy('metric', 'prescale_expected_peak_load'), legend: '{{metric}} peak' },
            { expr: maxBy('metric', 'prescale_expected_peak_error_load'), legend: '{{metric}} error of the peak' },
            {
              expr: maxBy('metric, level', 'prescale_forecast_load'),
              legend: '{{metric}} in one lead time, quantile {{level}}',
            },
          ],
        },
        {
          title: 'Forecast error',
          description: 'How far past forecasts missed, as a share of the demand.',
          unit: 'percentunit',
          queries: [{ expr: maxBy('metric', 'prescale_forecast_error_ratio'), legend: '{{metric}}' }],
        },
      ],
    },
    {
      title: 'Replicas',
      panels: [
        {
          title: 'Replicas',
          description: 'proactive: what the forecast alone asks for; reactive: what the observed load alone does.',
          unit: 'short',
          width: 24,
          queries: ['current', 'ready', 'requested', 'proactive', 'reactive', 'min', 'max'].map((which) => ({
            expr: max(`prescale_${which}_replicas`),
            legend: which,
          })),
        },
        {
          title: 'Utilisation of the Ready pods',
          description: 'Demand ÷ what the Ready pods serve at their target.',
          unit: 'percentunit',
          queries: [
            {
              expr: `${maxBy(`${EACH}, metric`, 'prescale_load')} / on (${EACH}, metric) (${maxBy(`${EACH}, metric`, 'prescale_pod_capacity_load')} * on (${EACH}) group_left () ${maxBy(EACH, 'prescale_ready_replicas', OF)})`,
              legend: '{{metric}}',
            },
          ],
        },
        {
          title: 'What decided',
          description: 'Decisions a second in which a rule spoke. docs/metrics.md lists the reasons.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (reason) (rate(prescale_decision_reasons_total{${OF}}[$__rate_interval]))`,
              legend: '{{reason}}',
            },
          ],
        },
        {
          title: 'Conditions',
          description: '1 where the condition holds. Ready should be 1, Conflict and ReplicaFailure 0.',
          unit: 'short',
          queries: [{ expr: maxBy('type', 'prescale_condition', OF), legend: '{{type}}' }],
        },
        {
          title: 'Error budget used',
          description: 'Of the demand that the SLO lets go unmet, the share that was: above 1 the SLO is missed.',
          unit: 'percentunit',
          queries: [{ expr: `${max('prescale_unmet_ratio')} / (1 - ${max('prescale_slo_ratio')})`, legend: 'used' }],
        },
      ],
    },
    {
      title: 'Start-up',
      panels: [
        {
          title: 'Start-up times',
          description: 'Pods by the time from created to Ready.',
          unit: 's',
          kind: 'heatmap',
          queries: [
            {
              expr: `sum by (le) (increase(prescale_pod_startup_seconds_bucket{${OF}}[$__rate_interval]))`,
              legend: '{{le}}',
            },
          ],
        },
        {
          title: 'Lead time, and the p90 that it comes from',
          description:
            'Pods are asked for so long ahead of the load. The p90 is of the starts of six hours, by class of nodes.',
          unit: 's',
          queries: [
            { expr: max('prescale_lead_time_seconds'), legend: 'lead time' },
            {
              expr: `histogram_quantile(0.9, sum by (node_class, le) (rate(prescale_pod_startup_seconds_bucket{${OF}}[6h])))`,
              legend: 'p90 on {{node_class}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Against the HPA',
      panels: [
        {
          title: 'Pod-hours',
          description: 'Of the compared hours of the last week: what ran, and what the HPA would have needed.',
          unit: 'short',
          queries: [{ expr: maxBy('policy', 'prescale_baseline_pod_hours', OF), legend: '{{policy}}' }],
        },
        {
          title: 'Served',
          description: 'Share of the demand of these hours that found a Ready pod.',
          unit: 'percentunit',
          queries: [{ expr: maxBy('policy', 'prescale_baseline_served_ratio', OF), legend: '{{policy}}' }],
        },
      ],
    },
  ],
};
