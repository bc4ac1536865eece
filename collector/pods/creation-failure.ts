import type { WorkloadRef } from '../../core/workload.ts';
import { ApiError, type KubernetesApi } from '../../kubernetes/api.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';

interface WithConditions {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

interface EventList {
  readonly items: readonly {
    readonly message?: string;
    readonly lastTimestamp?: string | null;
    readonly eventTime?: string | null;
  }[];
}

/** A StatefulSet that fails for an hour has a handful of them: repeats are counted. */
const MOST_EVENTS = 50;

/**
 * Why the pods of a workload are not created, in Kubernetes' own words: its condition ReplicaFailure (Deployments, ReplicaSets), or the
 * newest Event FailedCreate on it (StatefulSets have no such condition).
 * @param path of the object
 * @returns undefined where Kubernetes says nothing, or may not be asked
 * @throws ApiError where the API server fails
 */
export async function creationFailure(
  api: KubernetesApi,
  path: string,
  { namespace }: WorkloadRef,
  uid: string,
): Promise<string | undefined> {
  const object = await unlessRefused(api.get<WithConditions>(path));
  const failure = object?.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (failure?.message) return failure.message;
  const fieldSelector = `involvedObject.uid=${uid},reason=FailedCreate`;
  const query = { fieldSelector, limit: MOST_EVENTS };
  const events = await unlessRefused(api.get<EventList>(resourcePath('v1', 'events', namespace), query));
  const at = ({ lastTimestamp, eventTime }: EventList['items'][number]) =>
    Date.parse(lastTimestamp ?? eventTime ?? '') || 0;
  return events?.items.reduce<EventList['items'][number] | undefined>(
    (newest, event) => (newest === undefined || at(event) > at(newest) ? event : newest),
    undefined,
  )?.message;
}

/** Missing rights or a missing object are an answer. */
async function unlessRefused<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return undefined;
    throw error;
  }
}
