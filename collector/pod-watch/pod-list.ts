import type { KubernetesApi } from '../../kubernetes/api.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';
import type { RawPod } from '../pods/raw-pod.ts';

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
    const page = await api.get<PodPage>(resourcePath('v1', 'pods', namespace || undefined), query);
    yield* page.items;
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
}
