import { InputError } from '../core/errors.ts';
import type { WorkloadRef } from '../core/workload.ts';
import { ApiError, type KubernetesApi } from './api.ts';
import { apiRoot, resourcePath } from './resource-path.ts';

/** A kind as the API server serves it. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural, as paths have it: `deployments`. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** Whether it has a scale subresource. */
  readonly scalable: boolean;
}

/** Which paths kinds have, asked of the API server once for each group and version. */
export interface Resources {
  /** @throws InputError where the server doesn't serve the kind; ApiError where it can't be asked */
  kind(apiVersion: string, kind: string): Promise<ServedKind>;
  /** `/apis/apps/v1/deployments`, or those of one namespace. */
  collection(apiVersion: string, kind: string, namespace?: string): Promise<string>;
  /** The object's own path. */
  object(workload: WorkloadRef): Promise<string>;
  /** Its scale's. @throws InputError where the kind has none */
  scale(workload: WorkloadRef): Promise<string>;
}

interface ApiResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
  }[];
}

/** What is unknown is asked again no sooner, so that 500 workloads of a kind that is gone are one request a minute. */
const ASK_AGAIN_SECONDS = 60;

/** @param nowSeconds monotonic */
export function discoverResources(api: KubernetesApi, nowSeconds: () => number): Resources {
  const cache = new Map<string, { readonly kinds: Promise<readonly ServedKind[]>; readonly atSeconds: number }>();

  const ask = (apiVersion: string) => {
    const kinds = servedKinds(api, apiVersion);
    cache.set(apiVersion, { kinds, atSeconds: nowSeconds() });
    // A failure is no answer: the next caller asks again.
    kinds.catch(() => cache.delete(apiVersion));
    return kinds;
  };
  const find = async (apiVersion: string, wanted: string) => {
    const known = cache.get(apiVersion);
    const found = (await (known?.kinds ?? ask(apiVersion))).find(({ kind }) => kind === wanted);
    if (found || !known || nowSeconds() - known.atSeconds < ASK_AGAIN_SECONDS) return found;
    // A CRD may have been installed since.
    return (await ask(apiVersion)).find(({ kind }) => kind === wanted);
  };
  const kind = async (apiVersion: string, wanted: string) => {
    const found = await find(apiVersion, wanted);
    if (found) return found;
    const near = (await cache.get(apiVersion)?.kinds) ?? [];
    const served = near.filter(({ scalable }) => scalable).map((other) => other.kind);
    const hint =
      near.length === 0 ? `the server has no ${apiVersion}` : `scalable there: ${served.join(', ') || 'nothing'}`;
    throw new InputError(
      `${api.server}: found no kind ${wanted} in ${apiVersion}; expected one that is served (${hint})`,
    );
  };
  const collection = async (apiVersion: string, wanted: string, namespace?: string) => {
    const { resource } = await kind(apiVersion, wanted);
    return resourcePath(apiVersion, resource, namespace);
  };
  const object = async ({ apiVersion, kind: wanted, namespace, name }: WorkloadRef) =>
    resourcePath(apiVersion, (await kind(apiVersion, wanted)).resource, namespace, name);
  const scale = async (workload: WorkloadRef) => {
    const { apiVersion, namespace, name } = workload;
    const { scalable, resource } = await kind(apiVersion, workload.kind);
    if (scalable) return resourcePath(apiVersion, resource, namespace, name, 'scale');
    throw new InputError(
      `${workload.kind} ${workload.namespace}/${workload.name}: found no scale subresource on ${workload.kind} ` +
        `(${workload.apiVersion}); expected a kind with one, such as Deployment or StatefulSet`,
    );
  };
  return { kind, collection, object, scale };
}

/** Empty where the server doesn't have the group and version. */
async function servedKinds(api: KubernetesApi, apiVersion: string): Promise<readonly ServedKind[]> {
  let list: ApiResourceList;
  try {
    list = await api.get<ApiResourceList>(apiRoot(apiVersion));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
  const names = new Set(list.resources.map(({ name }) => name));
  return list.resources.flatMap(({ name: resource, kind, namespaced }) =>
    resource.includes('/')
      ? []
      : [{ apiVersion, kind, resource, namespaced, scalable: names.has(`${resource}/scale`) }],
  );
}
