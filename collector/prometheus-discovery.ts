import { ApiError, type KubernetesApi, type ObjectMeta } from '../kubernetes/api.ts';
import { resourcePath } from '../kubernetes/resource-path.ts';

/** What speaks Prometheus's HTTP API, in the order of preference. */
export type PrometheusKind = 'Thanos Query' | 'Mimir' | 'VictoriaMetrics' | 'Prometheus';

/** A Service that looks like a Prometheus. */
export interface PrometheusCandidate {
  readonly kind: PrometheusKind;
  readonly namespace: string;
  readonly service: string;
  /** From inside the cluster. */
  readonly url: string;
  /** From outside: a path of the API server. */
  readonly proxyPath: string;
  /** A Service without an address of its own, whose name leads to any one of the pods. */
  readonly headless: boolean;
}

/** What was found: the candidates, best first, and the first of them as the choice. */
export interface PrometheusDiscovery {
  readonly candidates: readonly PrometheusCandidate[];
  readonly choice: PrometheusCandidate | undefined;
  /** One sentence: what was chosen and why, or what was looked for in vain. */
  readonly why: string;
  /** Another candidate is as good as the choice: a person should say which. */
  readonly ambiguous: boolean;
}

interface Labels {
  readonly kind: PrometheusKind;
  /** All of them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Under the Service's address; Mimir serves the API under a prefix, VictoriaMetrics' cluster under a tenant. */
  readonly prefix?: string;
}

/** Labels of the wide-spread charts and operators. */
const KNOWN: readonly Labels[] = [
  { kind: 'Thanos Query', labels: { 'app.kubernetes.io/name': 'thanos', 'app.kubernetes.io/component': 'query' } },
  { kind: 'Thanos Query', labels: { 'app.kubernetes.io/name': 'thanos-query' } },
  { kind: 'Thanos Query', labels: { app: 'thanos-query' } },
  { kind: 'Thanos Query', labels: { app: 'thanos-querier' } },
  {
    kind: 'Mimir',
    labels: { 'app.kubernetes.io/name': 'mimir', 'app.kubernetes.io/component': 'query-frontend' },
    prefix: '/prometheus',
  },
  { kind: 'VictoriaMetrics', labels: { 'app.kubernetes.io/name': 'vmselect' }, prefix: '/select/0/prometheus' },
  { kind: 'VictoriaMetrics', labels: { 'app.kubernetes.io/name': 'vmsingle' } },
  { kind: 'VictoriaMetrics', labels: { 'app.kubernetes.io/name': 'victoria-metrics-single' } },
  { kind: 'Prometheus', labels: { 'app.kubernetes.io/name': 'prometheus', 'app.kubernetes.io/component': 'server' } },
  { kind: 'Prometheus', labels: { app: 'kube-prometheus-stack-prometheus' } },
  { kind: 'Prometheus', labels: { app: 'rancher-monitoring-prometheus' } },
  { kind: 'Prometheus', labels: { app: 'prometheus-operator-prometheus' } },
  { kind: 'Prometheus', labels: { app: 'prometheus-prometheus' } },
  { kind: 'Prometheus', labels: { app: 'prometheus-server' } },
  { kind: 'Prometheus', labels: { app: 'prometheus', component: 'server' } },
  { kind: 'Prometheus', labels: { 'app.kubernetes.io/name': 'prometheus' } },
  { kind: 'Prometheus', labels: { 'operated-prometheus': 'true' } },
];
const WHY: Readonly<Record<PrometheusKind, string>> = {
  'Thanos Query': 'it sees what all its Prometheus servers hold',
  Mimir: 'it holds what all its Prometheus servers send',
  VictoriaMetrics: 'it holds what all its agents send',
  Prometheus: 'none that sees several was found',
};
const ORDER = Object.keys(WHY) as PrometheusKind[];
const OVERRIDE = 'prometheus.url names another';

interface Service {
  readonly metadata: ObjectMeta;
  readonly spec?: {
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
  };
}

/**
 * Looks among the Services by well-known labels, by one request for each label key.
 * @param namespaces where to look; undefined: in the whole cluster
 * @throws ApiError
 */
export async function discoverPrometheus(
  api: KubernetesApi,
  namespaces?: readonly string[],
): Promise<PrometheusDiscovery> {
  const paths = namespaces?.map((namespace) => resourcePath('v1', 'services', namespace)) ?? ['/api/v1/services'];
  const found = new Map<string, PrometheusCandidate>();
  for (const path of paths) {
    for (const labelSelector of selectors()) {
      const { items } = await api.get<{ items: Service[] }>(path, { labelSelector });
      for (const service of items) {
        const candidate = candidateOf(service);
        if (candidate) found.set(`${candidate.namespace}/${candidate.service}`, candidate);
      }
    }
  }
  return choose([...found.values()]);
}

/** `app in (prometheus,thanos-query,…)`: one for each key that may tell by itself. */
function selectors(): string[] {
  const first = KNOWN.map(({ labels }) => Object.entries(labels)[0]!);
  const keys = [...new Set(first.map(([key]) => key))];
  const values = (key: string) => [...new Set(first.filter(([other]) => other === key).map(([, value]) => value))];
  return keys.map((key) => `${key} in (${values(key).join(',')})`);
}

function candidateOf({ metadata, spec }: Service): PrometheusCandidate | undefined {
  const labels = metadata.labels ?? {};
  const known = KNOWN.find((one) => Object.entries(one.labels).every(([key, value]) => labels[key] === value));
  const port = apiPort(spec?.ports ?? []);
  const { name: service, namespace } = metadata;
  if (!known || !port || namespace === undefined || isOther(service)) return undefined;
  const scheme = port.name?.startsWith('https') || port.port === 443 ? 'https' : 'http';
  const prefix = known.prefix ?? '';
  return {
    kind: known.kind,
    namespace,
    service,
    url: `${scheme}://${service}.${namespace}.svc:${port.port}${prefix}`,
    proxyPath: `${resourcePath('v1', 'services', namespace, `${scheme}:${service}:${port.port}`, 'proxy')}${prefix}`,
    headless: spec?.clusterIP === 'None',
  };
}

/** Parts that carry the same labels in some charts and answer no queries. */
function isOther(service: string): boolean {
  return /alertmanager|pushgateway|node-exporter|kube-state-metrics|operator$|adapter|blackbox|thanos-(?:discovery|external)|sidecar/.test(
    service,
  );
}

type Port = NonNullable<NonNullable<Service['spec']>['ports']>[number];
function apiPort(ports: readonly Port[]): Port | undefined {
  const tcp = ports.filter(({ protocol }) => protocol === undefined || protocol === 'TCP');
  const named = ['http', 'http-web', 'web', 'https', 'http-query', 'http-metrics'];
  const byName = named.map((name) => tcp.find((port) => port.name === name)).find((port) => port !== undefined);
  return byName ?? tcp.find(({ name }) => !/grpc|gossip|reloader/.test(name ?? ''));
}

/** By kind, then Services with an address, then by namespace and name: the same cluster gives the same choice. */
function choose(unsorted: readonly PrometheusCandidate[]): PrometheusDiscovery {
  const rank = (one: PrometheusCandidate) => ORDER.indexOf(one.kind) * 2 + (one.headless ? 1 : 0);
  const key = (one: PrometheusCandidate) => `${one.namespace}/${one.service}`;
  const candidates = [...unsorted].sort((a, b) => rank(a) - rank(b) || (key(a) < key(b) ? -1 : 1));
  const [choice] = candidates;
  if (!choice) {
    const why = `no Service has the labels of Prometheus, Thanos Query, Mimir or VictoriaMetrics; prometheus.url names one`;
    return { candidates, choice, why, ambiguous: false };
  }
  const equals = candidates.filter((one) => rank(one) === rank(choice));
  const ambiguous = equals.length > 1;
  const why = `${choice.kind} ${key(choice)}: ${reasonOf(candidates, equals)}; ${OVERRIDE}`;
  return { candidates, choice, why, ambiguous };
}

/** @param equals those that are as good as the first */
function reasonOf([choice, ...others]: readonly PrometheusCandidate[], equals: readonly PrometheusCandidate[]): string {
  const count = others.length + 1;
  if (count === 1) return 'the only candidate';
  if (equals.length > 1) {
    const names = equals.map(({ namespace, service }) => `${namespace}/${service}`).join(', ');
    return `the first by name of several that are as good (${names})`;
  }
  if (others.some(({ kind }) => kind === choice!.kind)) return `the one with an address of its own among ${count}`;
  return `preferred among ${count}, as ${WHY[choice!.kind]}`;
}

/** Why discovery could not look, for a person. */
export function discoveryProblem(error: unknown): string {
  if (error instanceof ApiError && error.status === 403) {
    return `looking for Prometheus needs the right to list services: ${error.message}; or prometheus.url names it`;
  }
  return `looking for Prometheus failed: ${(error as Error).message}`;
}
