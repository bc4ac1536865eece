import type { Path } from '../../kubernetes/manifests/manifest-documents.ts';
import { type Draft, type MetricWish, shown } from '../draft.ts';
import { templateName } from '../draft-query.ts';
import { type FieldRow, pathText } from '../fields.ts';
import { readStartAndEnd } from '../schedules.ts';

const KNOWN = ['cpu', 'memory', 'prometheus', 'predictkube', 'cron'] as const;
const CREDENTIALS = 'credentials are the administrator’s: config.prometheus and secretMounts of the chart';
const TLS_CHECK = 'certificates are always checked: config.prometheus.tls.caFile names your authority';
/** Headers with a credential: in a ConfigMap everybody who reads those sees it. */
const SECRET_HEADER = /^(?:proxy-)?authorization$/i;

/** What rows call the triggers of a type. */
const at = (type: string, field: string) => `spec.triggers[${type}].${field}`;

export const TRIGGER_ROWS: readonly FieldRow[] = [
  ...KNOWN.map((type) => ({ path: at(type, 'type'), to: type === 'cron' ? '`bounds`' : '`metric`' })),
  ...KNOWN.map((type) => ({
    path: at(type, 'useCachedMetrics'),
    dropped: 'a metric is asked for once in a sync period',
  })),
  ...['cpu', 'memory'].flatMap((type): FieldRow[] => [
    { path: at(type, 'name'), dropped: 'metrics have no names of their own' },
    {
      path: at(type, 'metricType'),
      to: '`target`',
      how: '`Utilization` is a percentage of the request, `AverageValue` a quantity',
    },
    { path: at(type, 'metadata.type'), to: '`target`', how: 'of old versions, as `metricType`' },
    { path: at(type, 'metadata.value'), to: '`target`' },
    { path: at(type, 'metadata.containerName'), dropped: 'pods are measured as a whole' },
  ]),
  ...['prometheus', 'predictkube'].flatMap((type): FieldRow[] => [
    { path: at(type, 'name'), to: 'the name of the template' },
    {
      path: at(type, 'metricType'),
      to: '`target`',
      how: '`AverageValue`; a `Value` says nothing of what one pod serves',
    },
    { path: at(type, 'metadata.metricName'), to: 'the name of the template', how: 'where the trigger has none' },
    {
      path: at(type, `metadata.${type === 'prometheus' ? 'serverAddress' : 'prometheusAddress'}`),
      to: 'chart: `config.prometheus.url`',
    },
    { path: at(type, 'metadata.query'), to: 'chart: `config.prometheus.templates.<name>.query`' },
    { path: at(type, 'metadata.threshold'), to: '`target`' },
    {
      path: at(type, 'metadata.activationThreshold'),
      dropped: 'a workload that rests at 0 comes back as soon as its metric is above 0',
    },
    { path: at(type, 'metadata.authModes'), dropped: CREDENTIALS },
    { path: at(type, 'authenticationRef'), dropped: CREDENTIALS },
    { path: at(type, 'metadata.unsafeSsl'), dropped: TLS_CHECK },
  ]),
  {
    path: at('prometheus', 'metadata.customHeaders'),
    to: 'chart: `config.prometheus.headers`',
    how: 'without credentials',
  },
  {
    path: at('prometheus', 'metadata.cortexOrgID'),
    to: 'chart: `config.prometheus.headers`: X-Scope-OrgID',
    how: 'of old versions',
  },
  { path: at('prometheus', 'metadata.namespace'), dropped: 'name the namespace in the query: namespace="$namespace"' },
  { path: at('prometheus', 'metadata.ignoreNullValues'), dropped: 'no data is never read as no load' },
  { path: at('prometheus', 'metadata.queryParameters'), dropped: 'a query has no further parameters' },
  { path: at('prometheus', 'metadata.timeout'), dropped: 'how long a query may take is Prescale’s own' },
  {
    path: at('predictkube', 'metadata.predictHorizon'),
    dropped: 'pods are asked for as early as their start-up was measured; lead-time says another time',
  },
  {
    path: at('predictkube', 'metadata.historyTimeWindow'),
    dropped: 'eight days are kept: config.store.retentionDays of the chart',
  },
  { path: at('predictkube', 'metadata.queryStep'), dropped: 'the load is read every 15 s' },
  { path: at('cron', 'name'), dropped: 'rules of bounds have no names' },
  { path: at('cron', 'metadata.timezone'), to: '`bounds`: `timeZone`' },
  { path: at('cron', 'metadata.start'), to: '`bounds`: `cron`' },
  { path: at('cron', 'metadata.end'), to: '`bounds`: `duration`' },
  {
    path: at('cron', 'metadata.desiredReplicas'),
    to: '`bounds`: `min`',
    how: 'KEDA takes the larger of it and the other triggers',
  },
  { path: at('cron', 'metricType'), dropped: 'a schedule measures nothing' },
  {
    path: 'spec.triggers[other]',
    dropped: 'load is read from Prometheus or metrics.k8s.io: write a template for what it measures',
  },
];

/** One trigger; the largest of all counts, as with metrics and rules here. */
export function readTrigger(draft: Draft, trigger: Path): void {
  const type = draft.text([...trigger, 'type']);
  const known = KNOWN.find((one) => one === type);
  draft.kinds.set(pathText(trigger), `[${known ?? 'other'}]`);
  if (known === 'cpu' || known === 'memory') readResource(draft, trigger, known);
  else if (known === 'cron') readCron(draft, trigger);
  else if (known !== undefined) readQuery(draft, trigger, known);
  else
    draft.drop(
      trigger,
      `the trigger ${shown(type)}: load is read from Prometheus or metrics.k8s.io; write a template for what it measures`,
    );
}

function readResource(draft: Draft, trigger: Path, resource: 'cpu' | 'memory'): void {
  const [own, old]: [Path, Path] = [
    [...trigger, 'metricType'],
    [...trigger, 'metadata', 'type'],
  ];
  const value: Path = [...trigger, 'metadata', 'value'];
  const type = draft.text(own) ?? draft.text(old);
  const text = draft.text(value);
  if (text === undefined || (type !== 'Utilization' && type !== 'AverageValue')) {
    draft.drop(
      trigger,
      `found the type ${shown(type)} and the value ${shown(text)}; expected Utilization or AverageValue with a value`,
    );
    return;
  }
  const amount = resource === 'cpu' && /^\d{2,}$/.test(text) ? `${text}.0` : text;
  draft.metrics.push({
    metric: { resource },
    target: type === 'Utilization' ? `${text}%` : amount,
    from: draft.origin([...trigger, 'type'], own, old, value),
  });
}

function readCron(draft: Draft, trigger: Path): void {
  const field = (name: string): Path => [...trigger, 'metadata', name];
  const rules = draft.rules.length;
  readStartAndEnd(
    draft,
    {
      item: trigger,
      start: field('start'),
      end: field('end'),
      zone: field('timezone'),
      replicas: field('desiredReplicas'),
      byDefault: undefined,
    },
    'least',
  );
  if (draft.rules.length > rules) draft.use([...trigger, 'type']);
}

function readQuery(draft: Draft, trigger: Path, type: 'prometheus' | 'predictkube'): void {
  const field = (name: string): Path => [...trigger, 'metadata', name];
  const address = field(type === 'prometheus' ? 'serverAddress' : 'prometheusAddress');
  const url = draft.text(address);
  if (url !== undefined) draft.values.push({ path: ['prometheus', 'url'], value: url, from: draft.origin(address) });
  if (type === 'prometheus') readHeaders(draft, field('customHeaders'), field('cortexOrgID'));
  const query = draft.text(field('query'));
  const threshold = draft.text(field('threshold'));
  const metricType = draft.text([...trigger, 'metricType']) ?? 'AverageValue';
  if (query === undefined || threshold === undefined || metricType !== 'AverageValue') {
    const found = `found the query ${shown(query)}, the threshold ${shown(threshold)} and the metricType ${shown(metricType)}`;
    draft.drop(trigger, `${found}; expected query and threshold with AverageValue, what one pod serves`);
    return;
  }
  const [name, metricName]: [Path, Path] = [[...trigger, 'name'], field('metricName')];
  const called = draft.text(name) ?? draft.text(metricName) ?? `${draft.target?.name ?? 'workload'}-${type}`;
  const wish: MetricWish = {
    metric: { template: templateName(draft, called), query: query.trim() },
    target: threshold,
    from: draft.origin(
      [...trigger, 'type'],
      [...trigger, 'metricType'],
      name,
      metricName,
      field('query'),
      field('threshold'),
    ),
  };
  draft.metrics.push(wish);
}

/** `X-Client-Id=cid,X-Tenant-Id=tid`. */
function readHeaders(draft: Draft, custom: Path, cortex: Path): void {
  const tenant = draft.text(cortex);
  const pairs = (draft.text(custom) ?? '').split(',').filter((pair) => pair.includes('='));
  const headers = pairs.map((pair) => {
    const cut = pair.indexOf('=');
    return [pair.slice(0, cut).trim(), pair.slice(cut + 1).trim()] as const;
  });
  if (headers.some(([header]) => SECRET_HEADER.test(header))) {
    draft.drop(custom, CREDENTIALS);
  } else {
    for (const [header, value] of headers)
      draft.values.push({ path: ['prometheus', 'headers', header], value, from: draft.origin(custom) });
  }
  if (tenant !== undefined)
    draft.values.push({ path: ['prometheus', 'headers', 'X-Scope-OrgID'], value: tenant, from: draft.origin(cortex) });
}
