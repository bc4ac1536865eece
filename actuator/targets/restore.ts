import { chunks } from '../../core/concurrency/chunks.ts';
import { httpStatusOf, type KubernetesApi, type MetadataObject } from '../../kubernetes/api.ts';
import type { MetadataList } from '../../kubernetes/metadata-list.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';
import { DELETION_COST_ANNOTATION, OWN_COST_ANNOTATION, patchCosts } from './deletion-cost.ts';
import { ForgedOriginal, HpaMinReplicas, isMarked } from './hpa.ts';
import { MOST_ATTEMPTS } from './target.ts';

const PAGE_OBJECTS = 500;
/** Pods patched at a time. */
const BATCH_PODS = 20;

/** What was put back. */
export interface Restored {
  /** HPAs whose minReplicas is the user's again: `shop/web`. */
  readonly hpas: readonly string[];
  readonly pods: number;
  /** One line an HPA whose annotation can't be ours: its minReplicas is left as it is, which keeps its pods. */
  readonly left: readonly string[];
  /** One line an object that could not be put back. */
  readonly failed: readonly string[];
}

/**
 * Puts back all that stands in the cluster because of us: minReplicas of HPAs, and deletion costs of pods. Can be repeated. One object
 * that fails doesn't keep the others from it.
 * @param namespaces those that the role is bound in; empty: the whole cluster.
 */
export async function restoreAll(api: KubernetesApi, namespaces: readonly string[] = []): Promise<Restored> {
  const hpas: string[] = [];
  const left = new Set<string>();
  const failed = new Map<string, string>();
  let pods = 0;
  for (const namespace of namespaces.length === 0 ? [undefined] : namespaces) {
    for await (const page of pages(api, resourcePath('autoscaling/v2', 'horizontalpodautoscalers', namespace))) {
      for (const hpa of page.filter(isMarked)) await restoreHpa(api, hpa, { hpas, left, failed });
    }
    for await (const page of pages(api, resourcePath('v1', 'pods', namespace)))
      pods += await restorePods(api, page, failed);
  }
  return { hpas, pods, left: [...left], failed: [...failed].map(([what, why]) => `${what}: ${why}`) };
}

async function restoreHpa(
  api: KubernetesApi,
  { metadata }: MetadataObject,
  { hpas, left, failed }: { hpas: string[]; left: Set<string>; failed: Map<string, string> },
): Promise<void> {
  const { name } = metadata;
  const namespace = metadata.namespace!;
  const what = `HorizontalPodAutoscaler ${namespace}/${name}`;
  try {
    // The scale subresource plays no part in a release.
    await new HpaMinReplicas(api, { namespace, name }, '').release();
    hpas.push(`${namespace}/${name}`);
    failed.delete(what);
  } catch (error) {
    // Whoever writes nonsense on an HPA of theirs must not keep the release from being uninstalled.
    if (error instanceof ForgedOriginal) left.add(error.message);
    else failed.set(what, (error as Error).message);
  }
}

async function restorePods(
  api: KubernetesApi,
  page: readonly MetadataObject[],
  failed: Map<string, string>,
): Promise<number> {
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
    for (const some of chunks(pods, BATCH_PODS)) {
      const errors = await patchCosts(api, some, removed);
      for (const [pod, error] of errors) failed.set(`Pod ${pod}`, (error as Error).message);
      restored += some.length - errors.size;
    }
  }
  return restored;
}

/** Names, labels and annotations of all objects, a page at a time; from the start again where the pages expired meanwhile. */
async function* pages(api: KubernetesApi, path: string): AsyncGenerator<readonly MetadataObject[]> {
  let from: string | undefined = '';
  for (let restarts = 0; from !== undefined; ) {
    try {
      const list: MetadataList = await api.get(
        path,
        { limit: PAGE_OBJECTS, continue: from || undefined },
        { metadataOnly: true },
      );
      from = list.metadata.continue || undefined;
      yield list.items ?? [];
    } catch (error) {
      if (httpStatusOf(error) !== 410 || ++restarts >= MOST_ATTEMPTS) throw error;
      from = '';
    }
  }
}
