import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient, KubernetesObject } from './api-client.ts';
import { run } from './binaries.ts';
import { writeKubeconfig } from './control-plane.ts';
import { type DeploymentOptions, deploymentManifest, NODES } from './kwok.ts';
import { pause } from './server-process.ts';

interface Conditions {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

function isReady({ status }: Conditions): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Ready, and without the taint that the controller manager puts on nodes that are not. */
export async function nodesReady(api: ApiClient): Promise<boolean> {
  type Node = Conditions & { readonly spec: { readonly taints?: readonly { readonly key: string }[] } };
  const { items } = await api.request<{ items: readonly Node[] }>('GET', '/api/v1/nodes');
  const free = ({ spec }: Node) => !spec.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/'));
  return items.filter((node) => isReady(node) && free(node)).length === NODES.length;
}

/** kubectl and helm as the administrator. */
export function commands(folder: string, binaries: string, kubeconfig: string) {
  // Caches of both go into the folder.
  const program = join(binaries, 'kubectl');
  const env = { PATH: process.env.PATH, HOME: madeFolder(join(folder, 'home')), KUBECONFIG: kubeconfig };
  const kubectl = (...args: string[]) => run(program, args, { env });
  return {
    kubectl,
    kubectlJson: async <T>(...args: string[]): Promise<T> => JSON.parse(await kubectl(...args, '-o', 'json')),
    helm: (...args: string[]) => run(join(binaries, 'helm'), args, { env }),
    applyYaml: async (text: string) => {
      await run(program, ['apply', '-f', '-'], { env, input: text });
    },
  };
}

/** What tests make and look at most often. */
export function objects(folder: string, api: ApiClient) {
  return {
    createNamespace: async (name: string, labels: Readonly<Record<string, string>> = {}) => {
      await api.request('POST', '/api/v1/namespaces', { metadata: { name, labels } });
      // Until the controller manager has made it, pods are refused and their creation backs off.
      const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
      while ((await api.find(account)) === undefined) await pause(20);
    },
    createDeployment: async (options: DeploymentOptions) => {
      await api.request(
        'POST',
        `/apis/apps/v1/namespaces/${options.namespace}/deployments`,
        deploymentManifest(options),
      );
    },
    readyPods: async (namespace: string, name: string) => {
      type Pod = Conditions & KubernetesObject & { readonly metadata: { readonly deletionTimestamp?: string } };
      const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(`app=${name}`)}`;
      const { items } = await api.request<{ items: readonly Pod[] }>('GET', path);
      return items.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;
    },
    serviceAccountKubeconfig: async (namespace: string, name: string) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
      const body = { spec: { expirationSeconds: 24 * 3600 } };
      const { status } = await api.request<{ status: { token: string } }>('POST', path, body);
      return writeKubeconfig(folder, `${namespace}-${name}`, api, status.token, namespace);
    },
  };
}

export function madeFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
