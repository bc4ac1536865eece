import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ApiError } from '../../kubernetes/api.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import type { Shop } from './fleet.ts';

const BEHIND = /\/services\/http:prometheus:9090\/proxy(\/.*)$/;

/** A cluster in memory behind HTTP that leads to a Prometheus, as an API server does. */
export interface ReportCluster {
  readonly kubeconfig: string;
  /** Range queries that went through, and when the first by the minute did (performance.now). */
  readonly queries: () => { readonly count: number; readonly firstMinuteMs: number | undefined };
  stop(): Promise<void>;
}

/** @param folder gets the kubeconfig */
export async function serveCluster(
  fleet: readonly Shop[],
  prometheusUrl: string,
  folder: string,
): Promise<ReportCluster> {
  const api = clusterOf(fleet);
  let count = 0;
  let firstMinuteMs: number | undefined;
  const proxied = async (path: string, url: URL, response: ServerResponse) => {
    if (path.endsWith('/query_range')) {
      count++;
      if (url.searchParams.get('step') === '60') firstMinuteMs ??= performance.now();
    }
    const answer = await fetch(`${prometheusUrl}${path}${url.search}`);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://api');
    const [, behind] = BEHIND.exec(url.pathname) ?? [];
    try {
      if (behind !== undefined) return await proxied(behind, url, response);
      response.end(JSON.stringify(await api.get(url.pathname, Object.fromEntries(url.searchParams))));
    } catch (error) {
      const { status, message } =
        error instanceof ApiError && error.status > 0 ? error : new ApiError(String(error), 502, 'BadGateway');
      response.writeHead(status).end(JSON.stringify({ kind: 'Status', message, code: status }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = join(folder, 'kubeconfig');
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server: address } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    users: [{ name: 'a', user: {} }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return {
    kubeconfig,
    queries: () => ({ count, firstMinuteMs }),
    stop: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
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
