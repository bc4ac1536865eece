import type { Path } from '../kubernetes/manifests/manifest-documents.ts';
import { type Draft, shown } from './draft.ts';
import { draftQuery, podPattern, templateName } from './draft-query.ts';

const RESOURCES = ['cpu', 'memory', 'gpu'] as const;
const SECTIONS: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

/** PromQL that the manifest itself holds for a metric: Crane's annotations. */
export type KnownQuery = (
  section: 'pods' | 'external',
  name: string,
) => { readonly query: string; readonly path: Path } | undefined;

/** Metrics as `autoscaling/v2` writes them. */
export function readMetrics(draft: Draft, list: Path, known: KnownQuery = () => undefined): void {
  for (const at of draft.each(list)) readMetric(draft, at, known);
}

function readMetric(draft: Draft, at: Path, known: KnownQuery): void {
  const type = draft.text([...at, 'type']);
  const section = type === undefined ? undefined : SECTIONS[type];
  if (section === undefined || draft.at([...at, section]) === undefined) {
    draft.drop(
      at,
      `found the type ${shown(type)}; expected ${Object.keys(SECTIONS).join(', ')}, with the section of that name`,
    );
    return;
  }
  const own = [...at, section];
  if (section === 'resource') readResource(draft, at, own);
  else if (section === 'containerResource') readContainer(draft, at, own);
  else readNamed(draft, at, own, section as 'pods' | 'object' | 'external', known);
}

function readResource(draft: Draft, at: Path, own: Path): void {
  const name = draft.text([...own, 'name']);
  const resource = RESOURCES.find((one) => one === name);
  if (resource === undefined) {
    draft.drop(
      at,
      `${shown(name)} is no resource that is measured here; expected a template of the administrator’s with a target for one pod`,
    );
    return;
  }
  const target = targetOf(draft, [...own, 'target'], resource);
  if (target === undefined) return;
  draft.metrics.push({
    metric: { resource },
    target: target.text,
    from: draft.origin([...at, 'type'], [...own, 'name'], ...target.from),
  });
}

/** A share of the request, or an amount; what has neither is dropped with its reason. */
function targetOf(
  draft: Draft,
  target: Path,
  resource: (typeof RESOURCES)[number] | undefined,
): { readonly text: string; readonly from: Path[] } | undefined {
  const type = [...target, 'type'];
  const share = draft.text([...target, 'averageUtilization']);
  const amount = draft.text([...target, 'averageValue']);
  if (resource !== undefined && share !== undefined) {
    return { text: `${share}%`, from: [type, [...target, 'averageUtilization']] };
  }
  if (amount !== undefined) return { text: amountText(amount, resource), from: [type, [...target, 'averageValue']] };
  const metric = target.slice(0, -2);
  if (draft.at([...target, 'value']) !== undefined) {
    draft.drop(metric, 'a Value is compared with the metric as it is; expected an averageValue, what one pod serves');
  } else
    draft.drop(metric, `found the target ${shown(draft.at(target))}; expected an averageValue, what one pod serves`);
  return undefined;
}

/** `10` of CPU are ten cores: written so that nobody takes them for a percentage. */
function amountText(text: string, resource: string | undefined): string {
  return resource === 'cpu' || resource === 'gpu'
    ? text.replace(/^(\d+)$/, (digits) => (Number(digits) >= 10 ? `${digits}.0` : digits))
    : text;
}

const CONTAINER_METRICS: Readonly<Record<string, (labels: string) => string>> = {
  cpu: (labels) => `sum(rate(container_cpu_usage_seconds_total{${labels}}[1m]))`,
  memory: (labels) => `sum(container_memory_working_set_bytes{${labels}})`,
};

/** One container of the pods: whole pods are what `cpu` and `memory` measure, so it takes a query. */
function readContainer(draft: Draft, at: Path, own: Path): void {
  const name = draft.text([...own, 'name']) ?? '';
  const container = draft.text([...own, 'container']) ?? '';
  const query = Object.hasOwn(CONTAINER_METRICS, name) ? CONTAINER_METRICS[name] : undefined;
  if (draft.at([...own, 'target', 'averageUtilization']) !== undefined || query === undefined) {
    draft.drop(
      at,
      'a share of the request of one container is not measured, pods are as a whole; expected an averageValue',
    );
    return;
  }
  const target = targetOf(draft, [...own, 'target'], undefined);
  if (target === undefined) return;
  const labels = `namespace="$namespace",pod=~"${podPattern(draft)}",container=${JSON.stringify(container)}`;
  draft.metrics.push({
    metric: {
      template: templateName(draft, `${container}-${name}`),
      query: query(labels),
      draft: `measures the container ${container} by cAdvisor's metrics`,
    },
    target: target.text,
    from: draft.origin([...at, 'type'], [...own, 'name'], [...own, 'container'], ...target.from),
  });
}

/** A metric that an adapter serves by its name. */
function readNamed(
  draft: Draft,
  at: Path,
  own: Path,
  section: 'pods' | 'object' | 'external',
  known: KnownQuery,
): void {
  const name = draft.text([...own, 'metric', 'name']);
  if (name === undefined) {
    draft.drop(at, 'found no name of a metric; expected metric.name');
    return;
  }
  const target = targetOf(draft, [...own, 'target'], undefined);
  if (target === undefined) return;
  const given = section === 'object' ? undefined : known(section, name);
  const drafted = given === undefined ? draftQuery(draft, own, section, name) : undefined;
  draft.metrics.push({
    metric: {
      template: templateName(draft, name),
      query: given?.query ?? drafted!.query,
      ...(drafted === undefined ? {} : { draft: `the manifest names the metric ${name} of an adapter, and no PromQL` }),
    },
    target: target.text,
    from: draft.origin(
      ...[[...at, 'type'], [...own, 'metric', 'name'], ...target.from],
      ...(given === undefined ? drafted!.from : [given.path]),
    ),
  });
}
