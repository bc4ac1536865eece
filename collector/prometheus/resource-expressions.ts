import type { WorkloadRef } from '../../core/workload.ts';
import { OBSERVATION_SECONDS } from '../demand/demand-source.ts';
import { podNamePattern } from './pod-names.ts';
import { escapeRegex, stringLiteral } from './promql/text.ts';

export type Resource = 'cpu' | 'memory' | 'gpu';

/**
 * A rate needs two scrapes. Where a minute holds one (a scrape a minute is Prometheus's default, and cAdvisor's own times
 * jitter by 15 s at one in 30 s), a pod's rate over so long is taken, if it was scraped at all in the last 75 s.
 */
const SPARSE_SECONDS = 150;
const ALIVE_SECONDS = 75;

/** The pods that are asked for, by the labels of that name. */
type Selector = (namespaceLabel: string, podLabel: string) => string;

/**
 * Usage per pod in cores, bytes and busy GPUs, over a window. The largest of a container's series is taken before the sum,
 * as cAdvisor and the kubelet's resource endpoint, or two replicas of Prometheus, may both hold it.
 */
const PER_POD: Readonly<Record<Resource, (selector: Selector, window: string) => string>> = {
  cpu: (selector, window) =>
    perContainer(`rate(container_cpu_usage_seconds_total{${CONTAINERS},${selector('namespace', 'pod')}}[${window}])`),
  memory: (selector, window) =>
    perContainer(
      `avg_over_time(container_memory_working_set_bytes{${CONTAINERS},${selector('namespace', 'pod')}}[${window}])`,
    ),
  gpu: busyGpus,
};
/** Neither cAdvisor's sum over the pod nor its sandbox. */
const CONTAINERS = 'container!="",container!="POD"';

function perContainer(usage: string): string {
  return `sum by (namespace, pod) (max by (namespace, pod, container) (${usage}))`;
}

/** NVIDIA's DCGM exporter, whose pod labels are exported_… where the scrape configuration does not honor labels. */
function busyGpus(selector: Selector, window: string): string {
  const busy = (namespace: string, pod: string) =>
    `max by (${namespace}, ${pod}, UUID) (avg_over_time(DCGM_FI_DEV_GPU_UTIL{${pod}!="",${selector(namespace, pod)}}[${window}])) / 100`;
  const renamed = ['namespace', 'pod'].reduce(
    (inner, label) => `label_replace(${inner}, "${label}", "$1", "exported_${label}", "(.+)")`,
    busy('exported_namespace', 'exported_pod'),
  );
  return `sum by (namespace, pod) (${busy('namespace', 'pod')} or ${renamed})`;
}

function perPod(resource: Resource, selector: Selector): string {
  const over = (seconds: number) => PER_POD[resource](selector, `${seconds}s`);
  const first = over(OBSERVATION_SECONDS);
  if (resource !== 'cpu') return `(${first} or ${over(ALIVE_SECONDS)})`;
  // Without this, a pod that ended would go on using cpu for the rest of the longer window, next to its successor.
  const alive = `count_over_time(container_cpu_usage_seconds_total{${selector('namespace', 'pod')}}[${ALIVE_SECONDS}s])`;
  return `(${first} or (${over(SPARSE_SECONDS)} and on (namespace, pod) ${alive}))`;
}

/** Usage of every pod of these namespaces, with the labels namespace and pod. */
export function usageOfNamespaces(resource: Resource, namespaces: readonly string[]): string {
  return perPod(resource, (label) => `${label}=~${anyOf(namespaces)}`);
}

/** The mean over a window that is as long as a coarse step, or the newest value of the window that decisions are made by. */
export type UsageWindow = { readonly seconds: number } | 'observation';

/** The label that says whose pods a series of {@link usageOfMany} sums up: the base of their names. */
export const NAME_LABEL = 'prescale_workload';

/**
 * Usage of many workloads, whose pods' names are a base and one suffix, by one selector: a series for each with the labels namespace and
 * {@link NAME_LABEL}. A workload of one of the bases in another of the namespaces is in the answer, too.
 * @param suffix a pattern (podNameParts), as all of them have it
 */
export function usageOfMany(
  namespaces: readonly string[],
  bases: readonly string[],
  suffix: string,
  window: UsageWindow,
): string {
  const namespace = anyOf(namespaces);
  const pods = stringLiteral(`(${alternatives(bases)})${suffix}`);
  const usage = usageIn('cpu', (label, podLabel) => `${label}=~${namespace},${podLabel}=~${pods}`, window);
  return `sum by (namespace, ${NAME_LABEL}) (label_replace(${usage}, "${NAME_LABEL}", "$1", "pod", ${pods}))`;
}

/**
 * Usage of many workloads whose pods' names don't tell: by kube-state-metrics' series of owners, a series for each with the labels namespace,
 * owner_kind and owner_name.
 */
export function usageOfOwners(workloads: readonly WorkloadRef[], window: UsageWindow): string {
  const [namespaces, kinds, names] = (['namespace', 'kind', 'name'] as const).map((part) =>
    workloads.map((workload) => workload[part]),
  ) as [string[], string[], string[]];
  const [namespace, pods] = [anyOf(namespaces), stringLiteral(`(${alternatives(names)})-.+`)];
  const usage = usageIn('cpu', (label, podLabel) => `${label}=~${namespace},${podLabel}=~${pods}`, window);
  const owners = `kube_pod_owner{namespace=~${namespace},owner_kind=~${anyOf(kinds)},owner_name=~${anyOf(names)}}`;
  const owned = `max by (namespace, pod, owner_kind, owner_name) (${owners})`;
  return `sum by (namespace, owner_kind, owner_name) (${owned} * on (namespace, pod) group_left () ${usage})`;
}

function anyOf(values: readonly string[]): string {
  return stringLiteral(alternatives(values));
}

function alternatives(values: readonly string[]): string {
  return [...new Set(values)].map(escapeRegex).join('|');
}

function usageIn(resource: Resource, selector: Selector, window: UsageWindow): string {
  return window === 'observation' ? perPod(resource, selector) : PER_POD[resource](selector, `${window.seconds}s`);
}

/** Total usage of one workload's pods, those that are gone included; one series without labels. */
export function usageOfWorkload(
  resource: Resource,
  workload: WorkloadRef,
  byOwner: boolean,
  window: UsageWindow = 'observation',
): string {
  const [namespace, pods] = [workload.namespace, podNamePattern(workload).pattern].map(stringLiteral);
  const usage = usageIn(resource, (label, podLabel) => `${label}=${namespace},${podLabel}=~${pods}`, window);
  return byOwner ? `sum(${usage} and on (namespace, pod) ${ownedPods(workload)})` : `sum(${usage})`;
}

/** kube-state-metrics' series of the pods that the workload itself owns. */
export function ownedPods({ namespace, kind, name }: WorkloadRef): string {
  const labels = { namespace, owner_kind: kind, owner_name: name };
  const matchers = Object.entries(labels).map(([label, value]) => `${label}=${stringLiteral(value)}`);
  return `kube_pod_owner{${matchers.join(',')}}`;
}
