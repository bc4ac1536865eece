import type { HpaObject } from '../../../actuator/targets/hpa.ts';
import { podRequests } from '../../../collector/pods/pod-projection.ts';
import type { RawPod } from '../../../collector/pods/raw-pod.ts';
import { podNamePattern } from '../../../collector/prometheus/pod-names.ts';
import { atMost } from '../../../core/concurrency/at-most.ts';
import { InputError, messageOf } from '../../../core/errors.ts';
import { annotation } from '../../../core/policy/annotations.ts';
import { type WorkloadRef, workloadKey } from '../../../core/workload.ts';
import { httpStatusOf, type KubernetesApi, type MetadataObject } from '../../../kubernetes/api.ts';
import { resourcePath } from '../../../kubernetes/resource-path.ts';
import type { Resources } from '../../../kubernetes/resources.ts';
import type { Skipped } from './skipped.ts';

/** What one pod requests: what it is taken to serve, and what it is billed by. */
export interface PodSize {
  readonly cpuCores: number;
  /** 0: no container requests any. */
  readonly memoryBytes: number;
}

/** A workload of the cluster that can be replayed. */
export interface ClusterWorkload {
  readonly ref: WorkloadRef;
  readonly optedIn: boolean;
  /** As its spec has it now. */
  readonly replicas: number;
  readonly size: PodSize;
  readonly hpa: HpaObject | undefined;
}

export interface ClusterWorkloads {
  /** By namespace, kind and name. */
  readonly workloads: readonly ClusterWorkload[];
  readonly skipped: readonly Skipped[];
}

interface WorkloadObject extends MetadataObject {
  readonly spec?: { readonly replicas?: number; readonly template?: { readonly spec?: RawPod['spec'] } };
}

interface Page<T> {
  readonly items?: readonly T[];
  readonly metadata?: { readonly continue?: string };
}

const PAGE_OBJECTS = 500;
/** Requests at a time for what only an HPA names. */
const CONCURRENCY = 4;
const APPS = 'apps/v1';
const LISTED = [
  { kind: 'Deployment', resource: 'deployments' },
  { kind: 'StatefulSet', resource: 'statefulsets' },
] as const;

/**
 * Deployments, StatefulSets and whatever else an HPA scales. What can't be looked at is among the skipped, as a fault.
 * @param namespace undefined: of the whole cluster
 */
export async function clusterWorkloads(
  api: KubernetesApi,
  resources: Resources,
  namespace: string | undefined,
): Promise<ClusterWorkloads> {
  const skipped: Skipped[] = [];
  const objects = new Map<string, { ref: WorkloadRef; object: WorkloadObject }>();
  for (const { kind, resource } of LISTED) {
    for (const object of await listed<WorkloadObject>(api, APPS, resource, namespace, skipped)) {
      const { name, namespace: own = 'default' } = object.metadata;
      const ref = { apiVersion: APPS, kind, namespace: own, name };
      objects.set(workloadKey(ref), { ref, object });
    }
  }
  const hpas = new Map<string, HpaObject>();
  const others: WorkloadRef[] = [];
  for (const hpa of await listed<HpaObject>(api, 'autoscaling/v2', 'horizontalpodautoscalers', namespace, skipped)) {
    const ref = targetOf(hpa);
    const key = workloadKey(ref);
    if (!hpas.has(key) && !objects.has(key)) others.push(ref);
    if (hpas.has(key)) skipped.push(ignored(hpa, key));
    else hpas.set(key, hpa);
  }
  const opted = await optedNamespaces(api);
  const slot = atMost(CONCURRENCY);
  await Promise.all(others.map((ref) => slot(() => addNamed(api, resources, ref, objects, skipped))));
  const all = [...objects.values()].sort((a, b) => (workloadKey(a.ref) < workloadKey(b.ref) ? -1 : 1));
  const found = all.flatMap((one) => read(one, hpas.get(workloadKey(one.ref)), opted, skipped));
  return { workloads: distinct(found, skipped), skipped };
}

async function listed<T>(
  api: KubernetesApi,
  apiVersion: string,
  resource: string,
  namespace: string | undefined,
  skipped: Skipped[],
): Promise<T[]> {
  const all: T[] = [];
  let next: string | undefined;
  try {
    do {
      const path = resourcePath(apiVersion, resource, namespace);
      const page: Page<T> = await api.get<Page<T>>(path, { limit: PAGE_OBJECTS, continue: next });
      all.push(...(page.items ?? []));
      next = page.metadata?.continue || undefined;
    } while (next !== undefined);
  } catch (error) {
    const some = all.length === 0 ? '' : ` after ${all.length}`;
    skipped.push({ workload: `all ${resource}`, why: `can't be listed${some}: ${messageOf(error)}`, fault: true });
  }
  return all;
}

/** Those whose label opts their workloads in; who may not read namespaces knows of the workloads' own annotations alone. */
async function optedNamespaces(api: KubernetesApi): Promise<ReadonlySet<string>> {
  try {
    const query = { labelSelector: `${annotation('enabled')}=true` };
    const { items = [] } = await api.get<Page<MetadataObject>>(resourcePath('v1', 'namespaces'), query);
    return new Set(items.map(({ metadata }) => metadata.name));
  } catch {
    return new Set();
  }
}

function targetOf({ metadata, spec }: HpaObject): WorkloadRef {
  const { apiVersion = APPS, kind, name } = spec.scaleTargetRef;
  return { apiVersion, kind, namespace: metadata.namespace ?? 'default', name };
}

/** Usage is told apart by the names of pods: a Rollout named as a Deployment beside it has the same. */
function distinct(found: readonly ClusterWorkload[], skipped: Skipped[]): ClusterWorkload[] {
  const byPods = new Map<string, ClusterWorkload[]>();
  for (const one of found) {
    const pods = `${one.ref.namespace}/${podNamePattern(one.ref).pattern}`;
    byPods.set(pods, [...(byPods.get(pods) ?? []), one]);
  }
  return [...byPods.values()].flatMap((same) => {
    if (same.length === 1) return same;
    const keys = same.map(({ ref }) => workloadKey(ref));
    for (const workload of keys) {
      skipped.push({ workload, why: `the pods of ${keys.join(' and ')} have the same names`, fault: false });
    }
    return [];
  });
}

function ignored({ metadata }: HpaObject, key: string): Skipped {
  return { workload: key, why: `a second HPA scales it, ${metadata.name}, which is ignored`, fault: false };
}

/** What only an HPA tells of: a Rollout, a custom resource. */
async function addNamed(
  api: KubernetesApi,
  resources: Resources,
  ref: WorkloadRef,
  objects: Map<string, { ref: WorkloadRef; object: WorkloadObject }>,
  skipped: Skipped[],
): Promise<void> {
  try {
    objects.set(workloadKey(ref), { ref, object: await api.get<WorkloadObject>(await resources.object(ref)) });
  } catch (error) {
    const isMissing = httpStatusOf(error) === 404 || error instanceof InputError;
    const why = isMissing ? `an HPA names it, and it does not exist` : `can't be read: ${messageOf(error)}`;
    skipped.push({ workload: workloadKey(ref), why, fault: !isMissing });
  }
}

function read(
  { ref, object }: { readonly ref: WorkloadRef; readonly object: WorkloadObject },
  hpa: HpaObject | undefined,
  opted: ReadonlySet<string>,
  skipped: Skipped[],
): ClusterWorkload[] {
  const { replicas = 1, template } = object.spec ?? {};
  const skip = (why: string) => {
    skipped.push({ workload: workloadKey(ref), why, fault: false });
    return [];
  };
  if (hpa === undefined && replicas === 0) return skip('it has no replicas');
  if (template?.spec?.containers === undefined) return skip(`a ${ref.kind} does not say what its pods request`);
  const { cpuCores, memoryBytes, without } = podRequests({ spec: template.spec });
  if (without?.cpu !== undefined) {
    const whose = without.cpu === '' ? 'its pods request' : `its container ${without.cpu} requests`;
    return skip(`${whose} no CPU, so that nothing says what a pod serves`);
  }
  if (!(cpuCores > 0)) return skip('its pods request no CPU, so that nothing says what one serves');
  const own = object.metadata.annotations?.[annotation('enabled')];
  const optedIn = own === undefined ? opted.has(ref.namespace) : own === 'true';
  return [{ ref, optedIn, replicas, size: { cpuCores, memoryBytes }, hpa }];
}
