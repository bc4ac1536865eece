import { ANNOTATION_PREFIX, ownAnnotations } from '../../core/policy/annotations.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import type { ObjectMeta } from '../../kubernetes/api.ts';

/** What `kubectl apply` keeps on the object: the manifest as it was applied, its pod template too. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const MOST_NAMES = 5;
const APPS = 'apps/v1';

type Texts = Readonly<Record<string, string>>;
interface Applied {
  readonly spec?: { readonly template?: { readonly metadata?: { readonly annotations?: Texts } } } | undefined;
}

/**
 * Names of our annotations on the pod template, separated by spaces, as far as the object's own annotations tell: watches are for
 * metadata only, and whole Deployments would cost a cluster more than a mistake does.
 */
export function appliedTemplate(annotations: Texts | undefined): string {
  const text = annotations?.[LAST_APPLIED];
  // Nearly always not: nothing is parsed then.
  if (!text?.includes(ANNOTATION_PREFIX)) return '';
  try {
    const applied = JSON.parse(text) as Applied | null;
    return joinNames(namesOf(applied?.spec?.template?.metadata?.annotations));
  } catch {
    // Cut or edited by hand: it says nothing.
    return '';
  }
}

/** A pod of a workload whose template carries annotations of ours; undefined: it carries none, or its owner isn't known by name. */
export function annotatedPod(pod: ObjectMeta): { readonly owner: WorkloadRef; readonly names: string[] } | undefined {
  if (pod.annotations === undefined) return undefined;
  const names = namesOf(pod.annotations);
  const owner = names.length === 0 ? undefined : templateOwner(pod);
  return owner && { owner, names };
}

/** The StatefulSet that owns the pod, or the Deployment, whose ReplicaSet has its name and the template's hash. */
function templateOwner({ namespace = '', ownerReferences, labels }: ObjectMeta): WorkloadRef | undefined {
  const owner = ownerReferences?.find(({ controller }) => controller);
  if (owner?.apiVersion !== APPS) return undefined;
  if (owner.kind === 'StatefulSet') return { apiVersion: APPS, kind: owner.kind, namespace, name: owner.name };
  const hash = labels?.['pod-template-hash'];
  if (owner.kind !== 'ReplicaSet' || hash === undefined || !owner.name.endsWith(`-${hash}`)) return undefined;
  return { apiVersion: APPS, kind: 'Deployment', namespace, name: owner.name.slice(0, -hash.length - 1) };
}

export function joinNames(names: readonly string[]): string {
  return names.slice(0, MOST_NAMES).join(' ');
}

function namesOf(annotations: Texts | undefined): string[] {
  return ownAnnotations(typeof annotations === 'object' ? annotations : {}).map(([name]) => name);
}
