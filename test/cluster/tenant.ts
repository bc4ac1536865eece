import { type ApiClient, apiClient, type Method } from './api-client.ts';
import type { Cluster } from './harness.ts';
import { type DeploymentOptions, deploymentManifest } from './kwok.ts';

const RBAC = 'rbac.authorization.k8s.io';
const ACCOUNT = 'dev';

/** Who may do in one namespace what Kubernetes' own ClusterRole `edit` gives, by a token of a ServiceAccount there. */
export interface Tenant {
  readonly namespace: string;
  /** The whole API, with this account's rights. */
  readonly api: ApiClient;
  /** @throws where the API server refuses it. @param resource `apps/v1/deployments`, `v1/services` */
  create(resource: string, body: object): Promise<void>;
  patch(resource: string, name: string, body: object): Promise<void>;
  deploy(name: string, annotations: Readonly<Record<string, string>>, more?: Partial<DeploymentOptions>): Promise<void>;
  /** The status of a request's answer: 403 is "may not". */
  status(method: Method, path: string, body?: unknown): Promise<number>;
}

/** Makes the namespace and the account. */
export async function newTenant(cluster: Cluster, namespace: string): Promise<Tenant> {
  await cluster.createNamespace(namespace);
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await cluster.api.request('POST', account, { metadata: { name: ACCOUNT } });
  await cluster.api.request('POST', `/apis/${RBAC}/v1/namespaces/${namespace}/rolebindings`, {
    metadata: { name: ACCOUNT },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'edit' },
    subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace }],
  });
  type Token = { readonly status: { readonly token: string } };
  const { status } = await cluster.api.request<Token>('POST', `${account}/${ACCOUNT}/token`, { spec: {} });
  const api = apiClient(cluster.apiUrl, cluster.api.ca, status.token);
  cluster.onStop(() => api.close());
  const create = async (resource: string, body: object) => {
    await api.request('POST', collectionPath(resource, namespace), body);
  };
  return {
    namespace,
    api,
    create,
    patch: async (resource, name, body) => {
      await api.request('PATCH', `${collectionPath(resource, namespace)}/${name}`, body);
    },
    deploy: (name, annotations, more) =>
      create('apps/v1/deployments', deploymentManifest({ namespace, name, replicas: 2, annotations, ...more })),
    status: async (method, path, body) => {
      try {
        await api.request(method, path, body);
        return 200;
      } catch (error) {
        return Number(/: HTTP (\d+) /.exec(String(error))?.[1] ?? Number.NaN);
      }
    },
  };
}

/** `apps/v1/deployments` → `/apis/apps/v1/namespaces/shop/deployments` */
export function collectionPath(resource: string, namespace: string): string {
  const parts = resource.split('/');
  const [version, plural] = [parts.slice(0, -1).join('/'), parts.at(-1)!];
  return `/${parts.length === 2 ? 'api' : 'apis'}/${version}/namespaces/${namespace}/${plural}`;
}
