import type { Board } from './board.ts';

/** One series a workload, whichever replica of Prescale shows it. */
const EACH = 'namespace, kind, workload';
const IN = '{namespace=~"$namespace"}';
const NAME = '{{namespace}}/{{kind}}/{{workload}}';

export const FLEET: Board = {
  uid: 'prescale-fleet',
  title: 'Prescale / Fleet',
  description: 'All workloads that opted in: what needs attention first, then replicas and forecasts.',
  variables: [
    { name: 'namespace', label: 'Namespace', query: 'label_values(prescale_current_replicas, namespace)', multi: true },
  ],
  rows: [
    {
      title: 'Attention',
      panels: [
        stat('Workloads', 'Workloads that opted in.', 'sum(max by (mode, target) (prescale_workloads))'),
        stat(
          'Not Ready',
          'Prescale can not act on them; prescale doctor says why.',
          'sum(max by (status) (prescale_workload_conditions{type="Ready", status="false"}))',
        ),
        stat(
          'Conflicts',
          'Another writer changes their replicas.',
          `sum(max by (${EACH}) (prescale_condition{type="Conflict", namespace=~"$namespace"}))`,
        ),
        stat(
          'Wrong annotations',
          'Workloads that are ignored because their annotations are wrong.',
          'max(prescale_policy_errors)',
        ),
        stat(
          'Oldest forecast',
          'When it ends, the observed load alone decides.',
          'max(prescale_oldest_forecast_seconds)',
          's',
        ),
        stat(
          'Series-limited',
          'Workloads that are in none of these panels, as the cap on series is reached.',
          'max(prescale_series_limited_workloads)',
        ),
        {
          title: 'Error budget used',
          description:
            'Of the demand that the SLO lets go unmet, the share that was: above 1 the SLO is missed. The ten highest.',
          unit: 'percentunit',
          queries: [
            {
              expr: `topk(10, max by (${EACH}) (prescale_unmet_ratio${IN}) / (1 - max by (${EACH}) (prescale_slo_ratio${IN})))`,
              legend: NAME,
            },
          ],
        },
        {
          title: 'Forecast error',
          description: 'How far past forecasts missed, as a share of the demand. The ten highest.',
          unit: 'percentunit',
          queries: [
            {
              expr: `topk(10, max by (${EACH}, metric) (prescale_forecast_error_ratio${IN}))`,
              legend: `${NAME} {{metric}}`,
            },
          ],
        },
        {
          title: 'Not Ready, by workload',
          description: 'Workloads that Prescale can not act on: their replicas stay as they are.',
          unit: 'short',
          kind: 'table',
          queries: [
            { expr: `max by (${EACH}) (prescale_condition{type="Ready", namespace=~"$namespace"}) == 0`, legend: NAME },
          ],
        },
        {
          title: 'Conditions',
          description: 'Workloads by the condition that holds for them.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (type) (max by (${EACH}, type) (prescale_condition${IN}))`,
              legend: '{{type}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Replicas',
      panels: [
        {
          title: 'Replicas',
          description: 'Pods of all workloads: what exists, what is Ready, what was decided on.',
          unit: 'short',
          queries: [
            { expr: `sum(max by (${EACH}) (prescale_current_replicas${IN}))`, legend: 'current' },
            { expr: `sum(max by (${EACH}) (prescale_ready_replicas${IN}))`, legend: 'ready' },
            { expr: `sum(max by (${EACH}) (prescale_requested_replicas${IN}))`, legend: 'requested' },
          ],
        },
        {
          title: 'Workloads by mode',
          description: 'observe changes nothing.',
          unit: 'short',
          queries: [{ expr: 'sum by (mode) (max by (mode, target) (prescale_workloads))', legend: '{{mode}}' }],
        },
        {
          title: 'What decided',
          description: 'Decisions a second in which a rule spoke. docs/metrics.md lists the reasons.',
          unit: 'ops',
          queries: [
            {
              expr: `topk(10, sum by (reason) (rate(prescale_decision_reasons_total${IN}[$__rate_interval])))`,
              legend: '{{reason}}',
            },
          ],
        },
        {
          title: 'Pod-hours against the HPA',
          description: 'Of the compared hours of the last week: what ran, and what the HPA would have needed.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (policy) (max by (${EACH}, policy) (prescale_baseline_pod_hours${IN}))`,
              legend: '{{policy}}',
            },
          ],
        },
      ],
    },
  ],
};

function stat(title: string, description: string, expr: string, unit = 'short') {
  return { title, description, unit, kind: 'stat', queries: [{ expr, legend: title }] } as const;
}
