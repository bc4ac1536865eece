import { describe, expect, it } from 'vitest';
import { ApiError, type KubernetesApi } from '../kubernetes/api.ts';
import { answeringApi } from '../test/answering-api.ts';
import { discoverPrometheus, discoveryProblem } from './prometheus-discovery.ts';

interface FakeService {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly clusterIP?: string;
  readonly ports?: readonly { name?: string; port: number }[];
}

/** Answers label selectors of the form `key in (a,b)` as the API server does. */
function apiWith(services: readonly FakeService[]): { api: KubernetesApi; asked: string[] } {
  return answeringApi((path, query) => {
    const [, key, values] = /^(\S+) in \((.*)\)$/.exec(String(query.labelSelector))!;
    const namespace = /namespaces\/([^/]+)\//.exec(path)?.[1];
    const items = services
      .filter(({ labels }) => values!.split(',').includes(labels[key!] ?? ''))
      .filter((service) => namespace === undefined || service.namespace === namespace)
      .map(({ name, namespace: own, labels, clusterIP = '10.0.0.1', ports = [{ name: 'http', port: 9090 }] }) => ({
        metadata: { name, namespace: own, labels },
        spec: { clusterIP, ports },
      }));
    return { items };
  });
}

const STACK: FakeService = {
  name: 'stack-prometheus',
  namespace: 'monitoring',
  labels: { app: 'kube-prometheus-stack-prometheus' },
  ports: [
    { name: 'http-web', port: 9090 },
    { name: 'reloader-web', port: 8080 },
  ],
};
const OPERATED: FakeService = {
  name: 'prometheus-operated',
  namespace: 'monitoring',
  labels: { 'operated-prometheus': 'true' },
  clusterIP: 'None',
  ports: [{ name: 'web', port: 9090 }],
};
const CHART: FakeService = {
  name: 'prometheus-server',
  namespace: 'metrics',
  labels: { 'app.kubernetes.io/name': 'prometheus', 'app.kubernetes.io/component': 'server' },
  ports: [{ name: 'http', port: 80 }],
};
const THANOS: FakeService = {
  name: 'thanos-query',
  namespace: 'thanos',
  labels: { 'app.kubernetes.io/name': 'thanos', 'app.kubernetes.io/component': 'query' },
  ports: [
    { name: 'grpc', port: 10901 },
    { name: 'http', port: 9090 },
  ],
};
const MIMIR: FakeService = {
  name: 'mimir-query-frontend',
  namespace: 'mimir',
  labels: { 'app.kubernetes.io/name': 'mimir', 'app.kubernetes.io/component': 'query-frontend' },
  ports: [{ name: 'http-metrics', port: 8080 }],
};
const ALERTS: FakeService = {
  name: 'prometheus-alertmanager',
  namespace: 'metrics',
  labels: { 'app.kubernetes.io/name': 'prometheus' },
};

describe('a Prometheus among the Services', () => {
  it('the only one, with its address from inside and from outside', async () => {
    const { api, asked } = apiWith([STACK, ALERTS]);
    const { choice, why, ambiguous, candidates } = await discoverPrometheus(api);
    expect(candidates).toHaveLength(1);
    expect(choice).toMatchObject({
      url: 'http://stack-prometheus.monitoring.svc:9090',
      proxyPath: '/api/v1/namespaces/monitoring/services/http:stack-prometheus:9090/proxy',
    });
    expect(why).toBe('Prometheus monitoring/stack-prometheus: the only candidate; prometheus.url names another');
    expect(ambiguous).toBe(false);
    expect(asked.length).toBeLessThanOrEqual(3);
  });

  it('prefers what sees several, and says so', async () => {
    const all = [STACK, OPERATED, CHART, MIMIR, THANOS];
    for (const services of [all, [...all].reverse()]) {
      const { choice, candidates, why, ambiguous } = await discoverPrometheus(apiWith(services).api);
      expect(candidates.map(({ service }) => service)).toEqual([
        'thanos-query',
        'mimir-query-frontend',
        'prometheus-server',
        'stack-prometheus',
        'prometheus-operated',
      ]);
      expect(choice!.url).toBe('http://thanos-query.thanos.svc:9090');
      expect(why).toContain('preferred among 5, as it sees what all its Prometheus servers hold');
      expect(ambiguous).toBe(false);
    }
  });

  it('knows under which path Mimir answers', async () => {
    const { choice } = await discoverPrometheus(apiWith([MIMIR]).api);
    expect(choice!.url).toBe('http://mimir-query-frontend.mimir.svc:8080/prometheus');
  });

  it('takes the Service with an address of its own before the headless one', async () => {
    const { choice, ambiguous, why } = await discoverPrometheus(apiWith([OPERATED, STACK]).api);
    expect(choice!.service).toBe('stack-prometheus');
    expect(why).toContain('the one with an address of its own among 2');
    expect(ambiguous).toBe(false);
  });

  it('two that are as good: the same one each time, and a person is asked to say which', async () => {
    for (const services of [
      [STACK, CHART],
      [CHART, STACK],
    ]) {
      const { choice, ambiguous, why } = await discoverPrometheus(apiWith(services).api);
      expect(choice!.service).toBe('prometheus-server');
      expect(ambiguous).toBe(true);
      expect(why).toContain('(metrics/prometheus-server, monitoring/stack-prometheus)');
    }
  });

  it('looks only where it may', async () => {
    const { api, asked } = apiWith([STACK, CHART]);
    const { choice } = await discoverPrometheus(api, ['metrics']);
    expect(choice!.service).toBe('prometheus-server');
    expect(new Set(asked)).toEqual(new Set(['/api/v1/namespaces/metrics/services']));
  });

  it('none: what to do', async () => {
    const { choice, why } = await discoverPrometheus(apiWith([ALERTS]).api);
    expect(choice).toBeUndefined();
    expect(why).toContain('prometheus.url names one');
    expect(discoveryProblem(new ApiError('services is forbidden', 403, 'Forbidden'))).toContain(
      'right to list services',
    );
  });
});
