import type { KubernetesApi } from '../../kubernetes/api.ts';
import type { ApiLimits } from '../../kubernetes/client/api-limits.ts';
import { packageVersion } from '../package-root.ts';

/** Options of every command that talks to a cluster, as typed. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Whether this runs in a pod of the cluster that is meant. */
export function runsInside({ kubeconfig, context }: ClusterFlags): boolean {
  return kubeconfig === undefined && context === undefined && process.env.KUBERNETES_SERVICE_HOST !== undefined;
}

/** The cluster of this pod, or the one that kubectl would talk to. @throws InputError where there are no credentials */
export async function connectCluster(
  flags: ClusterFlags,
  limits: Partial<ApiLimits> = {},
): Promise<KubernetesApi & { readonly namespace: string }> {
  const { connectKubernetes } = await import('../../kubernetes/client/http-api.io.ts');
  const { inClusterFrom } = await import('../../kubernetes/client/credentials.io.ts');
  return connectKubernetes({
    inCluster: runsInside(flags) ? inClusterFrom(process.env) : undefined,
    kubeconfig: flags.kubeconfig ?? (process.env.KUBECONFIG || undefined),
    context: flags.context,
    env: process.env,
    userAgent: `prescale/${packageVersion()}`,
    limits: { attempts: 2, ...limits },
    nowSeconds: () => performance.now() / 1000,
    sleep: (seconds, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, seconds * 1000);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    random: Math.random,
  });
}
