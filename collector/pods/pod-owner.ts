import type { WorkloadRef } from '../../core/workload.ts';
import type { Labels } from '../../kubernetes/label-selector.ts';

/** One of a pod's `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  /** At most one is: the object that makes and removes the pod. */
  readonly controller?: boolean;
}

/** `unknown`: the object in between would have to be read, so the selector alone tells. */
export type Ownership = 'own' | 'foreign' | 'unknown';

/** Kinds of Kubernetes' own, and Argo's Rollout: known to own their pods directly, or through ReplicaSets that are named after them. */
const KNOWN_KINDS: Readonly<Record<string, string>> = {
  Deployment: 'apps',
  StatefulSet: 'apps',
  ReplicaSet: 'apps',
  DaemonSet: 'apps',
  ReplicationController: '',
  Rollout: 'argoproj.io',
};
/** The label that tells the ReplicaSets of one owner apart is the end of their names: `web-6d4cf56db6`. */
const HASH_LABELS = { Deployment: 'pod-template-hash', Rollout: 'rollouts-pod-template-hash' } as const;
/** Their pods do work of their own, whatever else owns them. */
const NEVER_SCALED: readonly string[] = ['Job', 'DaemonSet'];
/** A longer name of a Deployment is cut so that its ReplicaSet's is a valid one (pkg/controller/deployment/sync.go). */
const MOST_NAME_CHARS = 253;

/**
 * Whether a pod that the workload's selector matches is the workload's, by its owner references. A selector alone would also take in
 * an idle Job's pod, one that somebody started by hand, and those of another Deployment.
 *
 * Of kinds that aren't known (custom resources with a scale subresource) only direct ownership is certain: an operator may put a
 * Deployment or StatefulSet in between, or set no reference at all.
 */
export function ownership(workload: WorkloadRef, owners: readonly OwnerReference[], labels: Labels): Ownership {
  const known = KNOWN_KINDS[workload.kind] === groupOf(workload.apiVersion);
  const controller = owners.find((owner) => owner.controller === true);
  if (controller === undefined) {
    if (!known && owners.some((owner) => isSame(workload, owner))) return 'own';
    return known ? 'foreign' : 'unknown';
  }
  if (isSame(workload, controller)) return 'own';
  const { kind, name } = workload;
  if (kind in HASH_LABELS && known && isOf(controller, 'ReplicaSet')) {
    const owner = ownerOfReplicaSet(controller.name, labels);
    if (owner === undefined) return 'unknown';
    return owner.kind === kind && isNamedAfter(name, controller.name, owner.hash) ? 'own' : 'foreign';
  }
  const others = NEVER_SCALED.includes(controller.kind) || controller.kind === kind;
  return known || others ? 'foreign' : 'unknown';
}

function isSame({ apiVersion, kind, name }: WorkloadRef, owner: OwnerReference): boolean {
  return owner.name === name && owner.kind === kind && groupOf(owner.apiVersion ?? '') === groupOf(apiVersion);
}

function isOf({ apiVersion = '', kind }: OwnerReference, wanted: string): boolean {
  return kind === wanted && groupOf(apiVersion) === KNOWN_KINDS[wanted];
}

/** Undefined: one that was made by hand and adopted, whose name tells nothing. */
function ownerOfReplicaSet(name: string, labels: Labels): { kind: string; hash: string } | undefined {
  for (const [kind, label] of Object.entries(HASH_LABELS)) {
    const hash = Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (hash !== undefined && name.endsWith(`-${hash}`)) return { kind, hash };
  }
  return undefined;
}

function isNamedAfter(name: string, replicaSet: string, hash: string): boolean {
  return replicaSet === `${name.slice(0, MOST_NAME_CHARS - 1 - hash.length)}-${hash}`;
}

/** `apps` of apps/v1, nothing of v1: an owner may be known by another version than the one that is configured. */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
