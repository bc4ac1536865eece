import type { KubernetesApi } from '../kubernetes/api.ts';
import type { RawPod } from './raw-pod.ts';

const PAGE_OBJECTS = 500;

interface PodPage {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly RawPod[];
}

/** Pods page by page. @param namespace '': all */
export async function* listPods(api: KubernetesApi, namespace: string, labelSelector?: string): AsyncGenerator<RawPod> {
  let next: string | undefined;
  do {
    const query = { labelSelector, limit: PAGE_OBJECTS, continue: next };
    const page = await api.get<PodPage>(`${scopePath(namespace)}/pods`, query);
    yield* page.items;
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
}

/** Where a namespace's objects of core/v1 are found. @param namespace '': all */
export function scopePath(namespace: string): string {
  return namespace === '' ? '/api/v1' : `/api/v1/namespaces/${namespace}`;
}
