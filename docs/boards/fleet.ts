import type { Board } from './board.ts';
import {
  errorBudgetUsed,
  forecastError,
  greenBelow,
  OLDEST_FORECAST,
  panel,
  podHours,
  row,
  stat,
  whatDecided,
} from './panels.ts';

/** One series a workload, whichever replica of Prescale shows it. */
const EACH = 'namespace, kind, workload';
const CHOSEN = 'namespace=~"$namespace"';
const NAME = '{{namespace}}/{{kind}}/{{workload}}';

const maxBy = (labels: string, metric: string, matchers = CHOSEN) => `max by (${labels}) (${metric}{${matchers}})`;
const condition = (type: string) => maxBy(EACH, 'prescale_condition', `type="${type}", ${CHOSEN}`);
const all = (metric: string) => `sum(${maxBy(EACH, metric)})`;

const attention = row(
  'Attention',
  stat('Workloads', 'Workloads that opted in.', 'sum(max by (mode, target) (prescale_workloads))'),
  stat(
    'Not Ready',
    'Prescale can not act on them; prescale doctor says why.',
    'sum(max by (status) (prescale_workload_conditions{type="Ready", status="false"}))',
    { steps: greenBelow(1) },
  ),
  stat('Conflicts', 'Another writer changes their replicas.', `sum(${condition('Conflict')})`, {
    steps: greenBelow(1),
  }),
  stat(
    'Wrong annotations',
    'Workloads that are ignored because their annotations are wrong.',
    'max(prescale_policy_errors)',
    { steps: greenBelow(1) },
  ),
  OLDEST_FORECAST,
  stat(
    'Series-limited',
    'Workloads that are in none of these panels, as the cap on series is reached.',
    'max(prescale_series_limited_workloads)',
    { steps: greenBelow(1, 'orange') },
  ),
  errorBudgetUsed(
    { [NAME]: `topk(10, ${maxBy(EACH, 'prescale_unmet_ratio')} / (1 - ${maxBy(EACH, 'prescale_slo_ratio')}))` },
    true,
  ),
  forecastError(
    { [`${NAME} {{metric}}`]: `topk(10, ${maxBy(`${EACH}, metric`, 'prescale_forecast_error_ratio')})` },
    true,
  ),
  panel(
    'short',
    'Not Ready, by workload',
    'Workloads that Prescale can not act on: their replicas stay as they are.',
    { [NAME]: `${condition('Ready')} == 0` },
    { kind: 'table' },
  ),
  panel('short', 'Conditions', 'Workloads by the condition that holds for them.', {
    '{{type}}': `sum by (type) (${maxBy(`${EACH}, type`, 'prescale_condition')})`,
  }),
);

const replicas = row(
  'Replicas',
  panel('short', 'Replicas', 'Pods of all workloads: what exists, what is Ready, what was decided on.', {
    current: all('prescale_current_replicas'),
    ready: all('prescale_ready_replicas'),
    requested: all('prescale_requested_replicas'),
  }),
  panel('short', 'Workloads by mode', 'observe changes nothing.', {
    '{{mode}}': 'sum by (mode) (max by (mode, target) (prescale_workloads))',
  }),
  whatDecided(`topk(10, sum by (reason) (rate(prescale_decision_reasons_total{${CHOSEN}}[$__rate_interval])))`),
  podHours('Pod-hours against the HPA', `sum by (policy) (${maxBy(`${EACH}, policy`, 'prescale_baseline_pod_hours')})`),
);

export const FLEET: Board = {
  uid: 'prescale-fleet',
  title: 'Prescale / Fleet',
  description: 'All workloads that opted in: what needs attention first, then replicas and forecasts.',
  variables: [
    { name: 'namespace', label: 'Namespace', query: 'label_values(prescale_current_replicas, namespace)', multi: true },
  ],
  rows: [attention, replicas],
};
