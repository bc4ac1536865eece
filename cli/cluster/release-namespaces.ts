import type { KubernetesApi, MetadataObject } from '../../kubernetes/api.ts';

const CHART_LABEL = 'helm.sh/chart';
/** `prescale-0.1.0`: the chart's own name, whatever nameOverride says. */
const CHART = /^prescale-\d/;

interface Binding extends MetadataObject {
  readonly subjects?: readonly { readonly kind: string; readonly namespace?: string }[] | undefined;
}

/**
 * Namespaces in which the chart is installed, by its ClusterRoleBindings: only an administrator of the cluster makes these, while
 * whoever may write in one namespace can give any labels to a Service or a ConfigMap there.
 * @returns undefined: that can't be told, as they may not be listed, or somebody else gives the rights (`rbac.create: false`)
 */
export async function releaseNamespaces(api: KubernetesApi): Promise<ReadonlySet<string> | undefined> {
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  let items: readonly Binding[];
  try {
    ({ items } = await api.get<{ readonly items: readonly Binding[] }>(path, { labelSelector: CHART_LABEL }));
  } catch {
    // Of use, and not needed: who asks may know no more than Services.
    return undefined;
  }
  const ours = items.filter(({ metadata }) => CHART.test(metadata.labels?.[CHART_LABEL] ?? ''));
  const accounts = ours.flatMap(({ subjects }) => subjects ?? []).filter(({ kind }) => kind === 'ServiceAccount');
  const namespaces = new Set(accounts.flatMap(({ namespace }) => namespace ?? []));
  return namespaces.size === 0 ? undefined : namespaces;
}

/** Of what is labelled like ours, what is in a namespace of the chart; all of it where that can't be told. */
export async function ofReleases<T extends { readonly namespace: string }>(
  api: KubernetesApi,
  found: readonly T[],
): Promise<readonly T[]> {
  if (found.length === 0) return found;
  const namespaces = await releaseNamespaces(api);
  return namespaces === undefined ? found : found.filter(({ namespace }) => namespaces.has(namespace));
}
