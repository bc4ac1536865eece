import type { PodRecord } from '../../core/pod-record.ts';
import { ApiError, type KubernetesApi } from '../../kubernetes/api.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';

/** Source: kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-deletion-cost. Unset counts as 0; the lower goes first. */
export const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';
/** Written together with the cost, so that ours is told from a user's when everything is put back. */
export const OWN_COST_ANNOTATION = 'prescale.dev/pod-deletion-cost';
/** Below the 0 of unmarked pods, and a number that nobody else picks: a pod that has it was marked by us. */
export const VIRTUAL_NODE_COST = -7_311;
/** Patches a tick and workload. A larger scale-in is guided for so many of its pods. */
const MOST_PATCHES = 50;

/** Only ReplicaSets look at the cost: not a StatefulSet, which removes its highest ordinals. */
export function honoursDeletionCost(kind: string): boolean {
  return kind === 'Deployment' || kind === 'ReplicaSet' || kind === 'Rollout';
}

/**
 * Pods to mark before `removed` pods go, so that pods on virtual nodes, which are paid by the second, go before ordinary ones,
 * whose node is paid anyway. Empty where the pods are all of one class, or enough are marked. The documentation asks to
 * update costs rarely, so exactly as many are marked as will go, and only when they are about to.
 *
 * Pods that aren't Ready go before all Ready ones whatever their cost, so they are neither marked nor counted. A value that a user
 * set is left alone. The newest Ready pods come first, as the ReplicaSet itself would choose among equals.
 *
 * @param pods of one workload.
 * @param removed how many pods the coming write takes away; `pods.length` where another controller decides that (an HPA).
 */
export function podsToMark(pods: readonly PodRecord[], removed: number): PodRecord[] {
  const ready = pods.filter(isReady);
  const virtual = ready.filter(({ nodeClass }) => nodeClass === 'virtual');
  if (virtual.length === 0 || !ready.some(({ nodeClass }) => nodeClass === 'ordinary')) return [];
  const unready = pods.filter((pod) => !pod.deleting && !isReady(pod)).length;
  const marked = virtual.filter(({ deletionCost }) => deletionCost === VIRTUAL_NODE_COST).length;
  const missing = Math.min(removed - unready - marked, MOST_PATCHES);
  if (missing <= 0) return [];
  return virtual
    .filter(({ deletionCost }) => deletionCost === undefined)
    .sort((a, b) => b.readySinceSeconds! - a.readySinceSeconds! || (a.name < b.name ? -1 : 1))
    .slice(0, missing);
}

function isReady({ readySinceSeconds, deleting }: PodRecord): boolean {
  return readySinceSeconds !== undefined && !deleting;
}

/** Marks pods, all at once. @returns errors by `namespace/name`; a pod that is gone meanwhile is none. Scale in all the same: it's only money. */
export async function markPods(api: KubernetesApi, pods: readonly PodRecord[]): Promise<Map<string, unknown>> {
  const cost = String(VIRTUAL_NODE_COST);
  return patchCosts(api, pods, { [DELETION_COST_ANNOTATION]: cost, [OWN_COST_ANNOTATION]: cost });
}

/** Sets or (null) removes these annotations on pods. */
export async function patchCosts(
  api: KubernetesApi,
  pods: readonly { readonly namespace: string; readonly name: string; readonly uid: string }[],
  annotations: Readonly<Record<string, string | null>>,
): Promise<Map<string, unknown>> {
  const failed = new Map<string, unknown>();
  const one = async ({ namespace, name, uid }: { namespace: string; name: string; uid: string }) => {
    try {
      // The uid makes it fail (409) on another pod of the same name.
      const body = { metadata: { uid, annotations } };
      await api.patch(resourcePath('v1', 'pods', namespace, name), 'merge', body, { fieldManager: 'prescale' });
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 409))
        failed.set(`${namespace}/${name}`, error);
    }
  };
  await Promise.all(pods.map(one));
  return failed;
}
