import { describe, expect, it } from 'vitest';
import { ApiError, type KubernetesApi } from '../../kubernetes/api.ts';
import { answeringApi } from '../../test/answering-api.ts';
import { discoverPrometheus, discoveryNamespaces, discoveryProblem, USUAL_NAMESPACES } from './discovery.ts';

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
    const [, namespace] = /^\/api\/v1\/namespaces\/([^/]+)\/services$/.exec(path)!;
    const items = services
      .filter(({ labels }) => values!.split(',').includes(labels[key!] ?? ''))
      .filter((service) => service.namespace === namespace)
      .map(({ name, namespace: own, labels, clusterIP = '10.0.0.1', ports = [{ name: 'http', port: 9090 }] }) => ({
        metadata: { name, namespace: own, labels },
        spec: { clusterIP, ports },
      }));
    return { items };
  });
}

const MONITORING = ['monitoring'];
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
  namespace: 'monitoring',
  labels: { 'app.kubernetes.io/name': 'prometheus', 'app.kubernetes.io/component': 'server' },
  ports: [{ name: 'http', port: 80 }],
};
const THANOS: FakeService = {
  name: 'thanos-query',
  namespace: 'monitoring',
  labels: { 'app.kubernetes.io/name': 'thanos', 'app.kubernetes.io/component': 'query' },
  ports: [
    { name: 'grpc', port: 10901 },
    { name: 'http', port: 9090 },
  ],
};
const MIMIR: FakeService = {
  name: 'mimir-query-frontend',
  namespace: 'monitoring',
  labels: { 'app.kubernetes.io/name': 'mimir', 'app.kubernetes.io/component': 'query-frontend' },
  ports: [{ name: 'http-metrics', port: 8080 }],
};
const ALERTS: FakeService = {
  name: 'prometheus-alertmanager',
  namespace: 'monitoring',
  labels: { 'app.kubernetes.io/name': 'prometheus' },
};

/**
 * What a name in a pod stands for, in the order in which it is looked up: with fewer dots than ndots (5) under each of the search domains that
 * the kubelet gives, of which those under `svc.cluster.local` are `[endpoint.]service.namespace.svc`. What is longer is no name.
 * Source: kubernetes.io/docs/concepts/services-networking/dns-pod-service/, parseRequest in CoreDNS' plugin/kubernetes/parse.go
 */
function searched(host: string, ownNamespace: string) {
  return [`${ownNamespace}.svc`, 'svc', ''].flatMap((domain) => {
    const parts = [...host.split('.'), ...domain.split('.')].filter((part) => part !== '');
    const [namespace, service, ...rest] = parts.slice(0, -1).reverse();
    if (parts.at(-1) !== 'svc' || service === undefined || rest.length > 1) return [];
    return [{ endpoint: rest[0], service, namespace }];
  });
}

describe('a Prometheus among the Services', () => {
  it('the only one, with its address from inside and from outside', async () => {
    const { api, asked } = apiWith([STACK, ALERTS]);
    const { choice, why, ambiguous, candidates } = await discoverPrometheus(api, MONITORING);
    expect(candidates).toHaveLength(1);
    expect(choice).toMatchObject({
      url: 'http://stack-prometheus.monitoring:9090',
      proxyPath: '/api/v1/namespaces/monitoring/services/http:stack-prometheus:9090/proxy',
    });
    expect(why).toBe('Prometheus monitoring/stack-prometheus: the only candidate; prometheus.url names another');
    expect(ambiguous).toBe(false);
    expect(asked.length).toBeLessThanOrEqual(3);
  });

  it('prefers what sees several, and says so', async () => {
    const all = [STACK, OPERATED, CHART, MIMIR, THANOS];
    for (const services of [all, [...all].reverse()]) {
      const { choice, candidates, why, ambiguous } = await discoverPrometheus(apiWith(services).api, MONITORING);
      expect(candidates.map(({ service }) => service)).toEqual([
        'thanos-query',
        'mimir-query-frontend',
        'prometheus-server',
        'stack-prometheus',
        'prometheus-operated',
      ]);
      expect(choice!.url).toBe('http://thanos-query.monitoring:9090');
      expect(why).toContain('preferred among 5, as it sees what all its Prometheus servers hold');
      expect(ambiguous).toBe(false);
    }
  });

  it('knows under which path Mimir answers', async () => {
    const { choice } = await discoverPrometheus(apiWith([MIMIR]).api, MONITORING);
    expect(choice).toMatchObject({
      url: 'http://mimir-query-frontend.monitoring:8080/prometheus',
      proxyPath: '/api/v1/namespaces/monitoring/services/http:mimir-query-frontend:8080/proxy/prometheus',
    });
  });

  it('has a name that the DNS of the cluster takes for no pod of a namespace that is named svc', async () => {
    const TLS = { ...STACK, name: 'secured', ports: [{ name: 'https', port: 9090 }] };
    for (const [service, namespace] of [
      [STACK, 'monitoring'],
      [THANOS, 'monitoring'],
      [STACK, 'svc'],
      [TLS, 'monitoring'],
      [TLS, 'svc'],
    ] as const) {
      const { choice } = await discoverPrometheus(apiWith([{ ...service, namespace }]).api, [namespace]);
      const { hostname, protocol } = new URL(choice!.url);
      const first = searched(hostname, 'prescale').find(({ namespace }) => namespace !== 'prescale');
      // Who answers for another one has no certificate for this name.
      if (protocol === 'https:') expect(hostname).toBe(`${service.name}.${namespace}.svc`);
      else expect(first).toEqual({ endpoint: undefined, service: service.name, namespace });
    }
    // The name with .svc, which has no certificate to show: a pod of somebody's namespace comes first.
    expect(searched('prometheus.monitoring.svc', 'prescale')[0]).toEqual({
      endpoint: 'prometheus',
      service: 'monitoring',
      namespace: 'svc',
    });
  });

  it('takes the Service with an address of its own before the headless one', async () => {
    const { choice, ambiguous, why } = await discoverPrometheus(apiWith([OPERATED, STACK]).api, MONITORING);
    expect(choice!.service).toBe('stack-prometheus');
    expect(why).toContain('the one with an address of its own among 2');
    expect(ambiguous).toBe(false);
  });

  it('two that are as good: the same one each time, and a person is asked to say which', async () => {
    for (const services of [
      [STACK, CHART],
      [CHART, STACK],
    ]) {
      const { choice, ambiguous, why } = await discoverPrometheus(apiWith(services).api, MONITORING);
      expect(choice!.service).toBe('prometheus-server');
      expect(ambiguous).toBe(true);
      expect(why).toContain('(monitoring/prometheus-server, monitoring/stack-prometheus)');
    }
  });

  it('none: what to do', async () => {
    const { choice, why } = await discoverPrometheus(apiWith([ALERTS]).api, MONITORING);
    expect(choice).toBeUndefined();
    expect(why).toContain('no Service in monitoring has the labels of Prometheus');
    expect(why).toContain('prometheus.url names one');
    expect(discoveryProblem(new ApiError('services is forbidden', 403, 'Forbidden'))).toContain(
      'right to list services',
    );
  });
});

describe('a Service of a tenant that looks like a Prometheus', () => {
  const tenants = [
    { ...THANOS, name: 'mine', namespace: 'shop' },
    { ...OPERATED, namespace: 'shop', clusterIP: '10.0.0.9' },
  ];
  const usual = discoveryNamespaces([], 'prescale');

  it('is never seen, however well it is labelled', async () => {
    const { api, asked } = apiWith([...tenants, STACK]);
    const { choice, candidates, ambiguous } = await discoverPrometheus(api, usual);
    expect(choice).toMatchObject({ namespace: 'monitoring', service: 'stack-prometheus' });
    expect([candidates.length, ambiguous]).toEqual([1, false]);
    expect(new Set(asked)).toEqual(new Set(usual.map((one) => `/api/v1/namespaces/${one}/services`)));
    expect((await discoverPrometheus(apiWith(tenants).api, usual)).choice).toBeUndefined();
  });

  it('is not chosen in a namespace that is looked at either, where another namespace has a candidate: none is', async () => {
    const taken = { ...THANOS, namespace: 'observability' };
    for (const services of [
      [taken, STACK, OPERATED],
      [OPERATED, STACK, taken],
    ]) {
      const { choice, candidates, why, ambiguous } = await discoverPrometheus(apiWith(services).api, usual);
      expect(choice).toBeUndefined();
      expect(ambiguous).toBe(true);
      expect(candidates).toHaveLength(3);
      expect(why).toBe(
        'none is chosen among candidates of several namespaces (Thanos Query observability/thanos-query, ' +
          'Prometheus monitoring/stack-prometheus, Prometheus monitoring/prometheus-operated): ' +
          'prometheus.url names the one that is meant',
      );
    }
  });

  it('is not the only one that is left where a namespace can not be looked at', async () => {
    const { api } = answeringApi((path) => {
      if (path.includes('/monitoring/')) throw new ApiError('services is forbidden', 403, 'Forbidden');
      return { items: [] };
    });
    await expect(discoverPrometheus(api, usual)).rejects.toThrow('services is forbidden');
  });

  it('is looked for where the administrator says, and in the release’s own namespace', () => {
    expect(usual).toEqual(['prescale', ...USUAL_NAMESPACES]);
    expect(discoveryNamespaces(['metrics', 'metrics'], 'prescale')).toEqual(['prescale', 'metrics']);
    expect(discoveryNamespaces(['prescale'], 'prescale')).toEqual(['prescale']);
  });
});
