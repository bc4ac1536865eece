import type { KubernetesApi, MetadataObject, Query } from './api.ts';

/** A list or a page of one, asked for with `metadataOnly`. */
export interface MetadataList {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  /** null: none. So the API server answers for metadata alone; whole objects come as an empty list. */
  readonly items: readonly MetadataObject[] | null;
}

/** Names, labels and annotations of all objects under a path, in one answer. @throws ApiError */
export async function metadataList(
  api: KubernetesApi,
  path: string,
  query: Query = {},
): Promise<readonly MetadataObject[]> {
  const { items } = await api.get<MetadataList>(path, query, { metadataOnly: true });
  return items ?? [];
}
