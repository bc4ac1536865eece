import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { type ApiFront, askBehind, serveApi } from './api-front.ts';
import type { Shop } from './fleet.ts';

/** A cluster in memory behind HTTP that leads to a Prometheus, as an API server does. */
export interface ReportCluster extends ApiFront {
  /** Range queries that went through, and when the first by the minute did (performance.now). */
  readonly queries: () => { readonly count: number; readonly firstMinuteMs: number | undefined };
}

/** @param folder gets the kubeconfig */
export async function serveCluster(
  fleet: readonly Shop[],
  prometheusUrl: string,
  folder: string,
): Promise<ReportCluster> {
  let count = 0;
  let firstMinuteMs: number | undefined;
  const behind = (url: URL) => {
    if (url.pathname.endsWith('/query_range')) {
      count++;
      if (url.searchParams.get('step') === '60') firstMinuteMs ??= performance.now();
    }
    return askBehind(prometheusUrl, url);
  };
  const front = await serveApi(clusterOf(fleet), behind, folder);
  return { ...front, queries: () => ({ count, firstMinuteMs }) };
}

function clusterOf(fleet: readonly Shop[]) {
  const api = memoryKubernetes({ namespaces: ['monitoring'] });
  for (const shop of fleet) {
    const { namespace, name, replicas, cpuCores, hpaPercent } = shop;
    const requests = { cpu: String(cpuCores), memory: '1Gi' };
    api.seed(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: { replicas, template: { spec: { containers: [{ name: 'app', resources: { requests } }] } } },
    });
    if (hpaPercent === undefined) continue;
    const target = { type: 'Utilization', averageUtilization: hpaPercent };
    api.seed(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: 1,
        maxReplicas: 40,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      },
    });
  }
  api.seed('/api/v1/namespaces/monitoring/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'prometheus', namespace: 'monitoring', labels: { 'app.kubernetes.io/name': 'prometheus' } },
    spec: { clusterIP: '10.0.0.1', ports: [{ name: 'http', port: 9090 }] },
  });
  return api;
}
