import type { HpaObject } from '../../../actuator/targets/hpa.ts';
import { podRequests } from '../../../collector/pods/pod-projection.ts';
import type { RawPod } from '../../../collector/pods/raw-pod.ts';
import { podNamePattern } from '../../../collector/prometheus/pod-names.ts';
import { atMost } from '../../../core/concurrency/at-most.ts';
import { InputError, messageOf } from '../../../core/errors.ts';
import { annotation } from '../../../core/policy/annotations.ts';
import type { Mode } from '../../../core/policy/policy.ts';
import { type WorkloadRef, workloadKey } from '../../../core/workload.ts';
import { httpStatusOf, type KubernetesApi, type MetadataObject } from '../../../kubernetes/api.ts';
import { resourcePath } from '../../../kubernetes/resource-path.ts';
import type { Resources } from '../../../kubernetes/resources.ts';
import { type Sentence, type Skipped, verbatim } from './skipped.ts';

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
  readonly hpa: WorkloadHpa;
  /** What is to be read with care. */
  readonly notes: readonly Sentence[];
}

/** Its HPA; `none`: it has none; `prescale`: Prescale sets its replicas; `unknown`: HPAs can't be listed, and why. */
export type WorkloadHpa =
  | { readonly kind: 'found'; readonly object: HpaObject }
  | { readonly kind: 'none' }
  | { readonly kind: 'prescale' }
  | { readonly kind: 'unknown'; readonly why: string };

export interface ClusterWorkloads {
  /** By namespace, kind and name. */
  readonly workloads: readonly ClusterWorkload[];
  /** Those that can't be replayed. */
  readonly skipped: readonly Skipped<Sentence>[];
  /** What can't be listed: nobody knows how many workloads that is. */
  readonly unlisted: readonly Skipped<Sentence>[];
}

interface WorkloadObject extends MetadataObject {
  readonly spec?: { readonly replicas?: number; readonly template?: { readonly spec?: RawPod['spec'] } };
}

interface FoundObject {
  readonly ref: WorkloadRef;
  readonly object: WorkloadObject;
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
 * Deployments, StatefulSets and whatever else an HPA scales. What can't be looked at is skipped, as a fault.
 * @param namespace undefined: of the whole cluster
 * @param defaultMode of a workload that opted in and names none, as the addon is configured; undefined: that is not known
 */
export async function clusterWorkloads(
  api: KubernetesApi,
  resources: Resources,
  namespace: string | undefined,
  defaultMode: Mode | undefined,
): Promise<ClusterWorkloads> {
  const skipped: Skipped<Sentence>[] = [];
  const unlisted: Skipped<Sentence>[] = [];
  const objects = new Map<string, FoundObject>();
  for (const { kind, resource } of LISTED) {
    const { items } = await listed<WorkloadObject>(api, APPS, resource, namespace, unlisted);
    for (const object of items) {
      const { name, namespace: own = 'default' } = object.metadata;
      const ref = { apiVersion: APPS, kind, namespace: own, name };
      objects.set(workloadKey(ref), { ref, object });
    }
  }
  const list = await listed<HpaObject>(api, 'autoscaling/v2', 'horizontalpodautoscalers', namespace, unlisted);
  const hpas = new Map<string, HpaObject[]>();
  for (const hpa of list.items) {
    const key = workloadKey(targetOf(hpa));
    hpas.set(key, [...(hpas.get(key) ?? []), hpa]);
  }
  const others = [...hpas].flatMap(([key, [hpa]]) => (hpa === undefined || objects.has(key) ? [] : [targetOf(hpa)]));
  const opted = await optedNamespaces(api);
  const slot = atMost(CONCURRENCY);
  await Promise.all(others.map((ref) => slot(() => addNamed(api, resources, ref, objects, skipped))));
  const all = [...objects.values()].sort((a, b) => (workloadKey(a.ref) < workloadKey(b.ref) ? -1 : 1));
  const missing: WorkloadHpa = list.failed === undefined ? { kind: 'none' } : { kind: 'unknown', why: list.failed };
  const found = all.flatMap((one) => {
    const [hpa, ...more] = hpas.get(workloadKey(one.ref)) ?? [];
    const own: WorkloadHpa = hpa === undefined ? missing : { kind: 'found', object: hpa };
    return read(one, own, more, { namespaces: opted, defaultMode }, skipped);
  });
  return { workloads: distinct(found, skipped), skipped, unlisted };
}

/** @returns what could be listed, and why the rest could not */
async function listed<T>(
  api: KubernetesApi,
  apiVersion: string,
  resource: string,
  namespace: string | undefined,
  unlisted: Skipped<Sentence>[],
): Promise<{ readonly items: readonly T[]; readonly failed: string | undefined }> {
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
    const failed = messageOf(error);
    unlisted.push({
      workload: (texts) => texts.allOf(resource),
      why: (texts) => texts.notListed(failed, all.length),
      fault: true,
    });
    return { items: all, failed };
  }
  return { items: all, failed: undefined };
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
function distinct(found: readonly ClusterWorkload[], skipped: Skipped<Sentence>[]): ClusterWorkload[] {
  const byPods = new Map<string, ClusterWorkload[]>();
  for (const one of found) {
    const pods = `${one.ref.namespace}/${podNamePattern(one.ref).pattern}`;
    byPods.set(pods, [...(byPods.get(pods) ?? []), one]);
  }
  return [...byPods.values()].flatMap((same) => {
    if (same.length === 1) return same;
    const keys = same.map(({ ref }) => workloadKey(ref));
    for (const key of keys) {
      skipped.push({ workload: verbatim(key), why: (texts) => texts.samePods(keys), fault: false });
    }
    return [];
  });
}

/** What only an HPA tells of: a Rollout, a custom resource. */
async function addNamed(
  api: KubernetesApi,
  resources: Resources,
  ref: WorkloadRef,
  objects: Map<string, FoundObject>,
  skipped: Skipped<Sentence>[],
): Promise<void> {
  try {
    objects.set(workloadKey(ref), { ref, object: await api.get<WorkloadObject>(await resources.object(ref)) });
  } catch (error) {
    const isMissing = httpStatusOf(error) === 404 || error instanceof InputError;
    const why: Sentence = (texts) => (isMissing ? texts.notThere : texts.notRead(messageOf(error)));
    skipped.push({ workload: verbatim(workloadKey(ref)), why, fault: !isMissing });
  }
}

/** What opts workloads in beside their own annotations, and the mode of those that name none. */
interface OptedIn {
  readonly namespaces: ReadonlySet<string>;
  readonly defaultMode: Mode | undefined;
}

function read(
  { ref, object }: FoundObject,
  hpa: WorkloadHpa,
  further: readonly HpaObject[],
  { namespaces, defaultMode }: OptedIn,
  skipped: Skipped<Sentence>[],
): ClusterWorkload[] {
  const { replicas = 1, template } = object.spec ?? {};
  const skip = (why: Sentence) => {
    skipped.push({ workload: verbatim(workloadKey(ref)), why, fault: false });
    return [];
  };
  if (hpa.kind !== 'found' && replicas === 0) return skip((texts) => texts.noReplicas);
  if (template?.spec?.containers === undefined) return skip((texts) => texts.noTemplate(ref.kind));
  const { cpuCores, memoryBytes, without } = podRequests({ spec: template.spec });
  if (without?.cpu) return skip((texts) => texts.containerWithoutCpu(without.cpu ?? ''));
  if (without?.cpu !== undefined || !(cpuCores > 0)) return skip((texts) => texts.podsWithoutCpu);
  const own = object.metadata.annotations?.[annotation('enabled')];
  const optedIn = own === undefined ? namespaces.has(ref.namespace) : own === 'true';
  const notes: Sentence[] = further.map<Sentence>(
    ({ metadata }) =>
      (texts) =>
        texts.secondHpa(metadata.name),
  );
  const isOurs = hpa.kind === 'none' && optedIn;
  const mode = object.metadata.annotations?.[annotation('mode')] ?? defaultMode;
  if (isOurs && mode === undefined) notes.push((texts) => texts.defaultModeUnknown);
  const scaledBy: WorkloadHpa = isOurs && mode !== undefined && mode !== 'observe' ? { kind: 'prescale' } : hpa;
  return [{ ref, optedIn, replicas, size: { cpuCores, memoryBytes }, hpa: scaledBy, notes }];
}
