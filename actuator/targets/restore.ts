import type { KubernetesApi, MetadataObject } from '../../kubernetes/api.ts';
import { DELETION_COST_ANNOTATION, OWN_COST_ANNOTATION, patchCosts } from '../deletion-cost.ts';
import { HpaMinReplicas, isMarked } from './hpa.ts';

const PAGE_OBJECTS = 500;
/** Pods patched at a time. */
const BATCH_PODS = 20;

/** What was put back. */
export interface Restored {
  /** HPAs whose minReplicas is the user's again: `shop/web`. */
  readonly hpas: readonly string[];
  readonly pods: number;
  /** One line an object that could not be put back. */
  readonly failed: readonly string[];
}

interface List {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly MetadataObject[];
}

/**
 * Puts back all that stands in the cluster because of us: minReplicas of HPAs, and deletion costs of pods. Can be repeated. One object
 * that fails doesn't keep the others from it.
 * @param namespaces those that the role is bound in; empty: the whole cluster.
 */
export async function restoreAll(api: KubernetesApi, namespaces: readonly string[] = []): Promise<Restored> {
  const hpas: string[] = [];
  const failed: string[] = [];
  let pods = 0;
  for (const scope of namespaces.length === 0 ? [''] : namespaces.map((name) => `/namespaces/${name}`)) {
    for await (const page of pages(api, `/apis/autoscaling/v2${scope}/horizontalpodautoscalers`)) {
      for (const hpa of page.filter(isMarked)) await restoreHpa(api, hpa, hpas, failed);
    }
    for await (const page of pages(api, `/api/v1${scope}/pods`)) pods += await restorePods(api, page, failed);
  }
  return { hpas, pods, failed };
}

async function restoreHpa(
  api: KubernetesApi,
  { metadata }: MetadataObject,
  hpas: string[],
  failed: string[],
): Promise<void> {
  const { name } = metadata;
  const namespace = metadata.namespace!;
  try {
    // Neither the scale subresource nor the cap plays a part in a release.
    await new HpaMinReplicas(api, { namespace, name }, '', 0).release();
    hpas.push(`${namespace}/${name}`);
  } catch (error) {
    failed.push(`HorizontalPodAutoscaler ${namespace}/${name}: ${(error as Error).message}`);
  }
}

async function restorePods(api: KubernetesApi, page: readonly MetadataObject[], failed: string[]): Promise<number> {
  let restored = 0;
  // A cost that a user changed after us is the user's: only our own note of it goes.
  for (const ours of [true, false]) {
    const pods = page
      .map(({ metadata }) => ({ ...metadata, namespace: metadata.namespace! }))
      .filter(({ annotations }) => {
        const noted = annotations?.[OWN_COST_ANNOTATION];
        return noted !== undefined && (noted === annotations?.[DELETION_COST_ANNOTATION]) === ours;
      });
    const removed = { [OWN_COST_ANNOTATION]: null, ...(ours && { [DELETION_COST_ANNOTATION]: null }) };
    for (let i = 0; i < pods.length; i += BATCH_PODS) {
      const errors = await patchCosts(api, pods.slice(i, i + BATCH_PODS), removed);
      for (const [name, error] of errors) failed.push(`Pod ${name}: ${(error as Error).message}`);
      restored += Math.min(BATCH_PODS, pods.length - i) - errors.size;
    }
  }
  return restored;
}

/** Names, labels and annotations of all objects, a page at a time. */
async function* pages(api: KubernetesApi, path: string): AsyncGenerator<readonly MetadataObject[]> {
  let next: string | undefined;
  do {
    const list: List = await api.get(path, { limit: PAGE_OBJECTS, continue: next }, { metadataOnly: true });
    yield list.items;
    next = list.metadata.continue || undefined;
  } while (next !== undefined);
}
