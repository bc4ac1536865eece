import { ApiError, type KubernetesApi, type ObjectMeta } from '../../kubernetes/api.ts';
import { pathOf, resourcePath, serviceProxyPath } from '../../kubernetes/resource-path.ts';

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
  /** Undefined: there is none, or there are some in several namespaces. */
  readonly choice: PrometheusCandidate | undefined;
  /** One sentence: what was chosen and why, or what was looked for in vain. */
  readonly why: string;
  /** Another candidate is as good as the choice, or none is chosen among several: a person should say which. */
  readonly ambiguous: boolean;
}

/** Where Prometheus is looked for beside the release's own namespace, where the administrator names no namespaces. */
export const USUAL_NAMESPACES: readonly string[] = [
  'monitoring',
  'prometheus',
  'observability',
  'cattle-monitoring-system',
];

/**
 * The only namespaces whose Services may be taken for Prometheus: anybody who may create a Service in one of them may tell the addon
 * what the load is. @param named by the administrator. @param own the release's
 */
export function discoveryNamespaces(named: readonly string[], own: string): readonly string[] {
  return [...new Set([own, ...(named.length === 0 ? USUAL_NAMESPACES : named)])];
}

interface Labels {
  readonly kind: PrometheusKind;
  /** All of them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Parts of the path under the Service's address; Mimir serves the API under a prefix, VictoriaMetrics' cluster under a tenant. */
  readonly behind?: readonly string[];
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
    behind: ['prometheus'],
  },
  { kind: 'VictoriaMetrics', labels: { 'app.kubernetes.io/name': 'vmselect' }, behind: ['select', '0', 'prometheus'] },
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
 * Looks among the Services of these namespaces by well-known labels, by one request for each namespace and label key.
 * @param namespaces see discoveryNamespaces
 * @throws ApiError where one of them can't be looked at: what is not seen there might be a second candidate
 */
export async function discoverPrometheus(
  api: KubernetesApi,
  namespaces: readonly string[],
): Promise<PrometheusDiscovery> {
  const found = new Map<string, PrometheusCandidate>();
  for (const namespace of namespaces) {
    for (const labelSelector of selectors()) {
      const path = resourcePath('v1', 'services', namespace);
      const { items } = await api.get<{ items: Service[] }>(path, { labelSelector });
      for (const service of items) {
        const candidate = candidateOf(service, namespace);
        if (candidate) found.set(keyOf(candidate), candidate);
      }
    }
  }
  return choose([...found.values()], namespaces);
}

/** `app in (prometheus,thanos-query,…)`: one for each key that may tell by itself. */
function selectors(): string[] {
  const first = KNOWN.map(({ labels }) => Object.entries(labels)[0]!);
  const keys = [...new Set(first.map(([key]) => key))];
  const values = (key: string) => [...new Set(first.filter(([other]) => other === key).map(([, value]) => value))];
  return keys.map((key) => `${key} in (${values(key).join(',')})`);
}

function candidateOf({ metadata, spec }: Service, namespace: string): PrometheusCandidate | undefined {
  const labels = metadata.labels ?? {};
  const known = KNOWN.find((one) => Object.entries(one.labels).every(([key, value]) => labels[key] === value));
  const port = apiPort(spec?.ports ?? []);
  const { name: service } = metadata;
  if (!known || !port || isOther(service)) return undefined;
  const scheme = port.name?.startsWith('https') || port.port === 443 ? 'https' : 'http';
  const { behind = [] } = known;
  return {
    kind: known.kind,
    namespace,
    service,
    url: `${scheme}://${hostOf(service, namespace, scheme)}:${port.port}${pathOf(behind)}`,
    proxyPath: serviceProxyPath(namespace, { scheme, name: service, port: port.port }, behind),
    headless: spec?.clusterIP === 'None',
  };
}

/**
 * The Service's name for a pod. Not `service.namespace.svc`: the cluster's DNS first looks for it as `….svc.svc.cluster.local`, which is
 * the pod `service` behind the Service `namespace` of a namespace that is named `svc`, whoever's that is. With TLS the certificate says
 * whose the server is, and the longer name is the one that certificates have.
 */
function hostOf(service: string, namespace: string, scheme: string): string {
  return `${service}.${namespace}${scheme === 'https' ? '.svc' : ''}`;
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

function keyOf({ namespace, service }: PrometheusCandidate): string {
  return `${namespace}/${service}`;
}

/**
 * Within one namespace by kind, then Services with an address, then by name: the same cluster gives the same choice. Labels say nothing
 * of whose a Service is, so that between namespaces nothing is chosen.
 */
function choose(unsorted: readonly PrometheusCandidate[], namespaces: readonly string[]): PrometheusDiscovery {
  const rank = (one: PrometheusCandidate) => ORDER.indexOf(one.kind) * 2 + (one.headless ? 1 : 0);
  const candidates = [...unsorted].sort((a, b) => rank(a) - rank(b) || (keyOf(a) < keyOf(b) ? -1 : 1));
  const [choice] = candidates;
  if (!choice) {
    const where = namespaces.join(', ');
    const why = `no Service in ${where} has the labels of Prometheus, Thanos Query, Mimir or VictoriaMetrics; prometheus.url names one`;
    return { candidates, choice, why, ambiguous: false };
  }
  if (candidates.some(({ namespace }) => namespace !== choice.namespace)) {
    const names = candidates.map((one) => `${one.kind} ${keyOf(one)}`).join(', ');
    const why = `none is chosen among candidates of several namespaces (${names}): prometheus.url names the one that is meant`;
    return { candidates, choice: undefined, why, ambiguous: true };
  }
  const equals = candidates.filter((one) => rank(one) === rank(choice));
  const ambiguous = equals.length > 1;
  const why = `${choice.kind} ${keyOf(choice)}: ${reasonOf(candidates, equals)}; ${OVERRIDE}`;
  return { candidates, choice, why, ambiguous };
}

/** @param equals those that are as good as the first */
function reasonOf([choice, ...others]: readonly PrometheusCandidate[], equals: readonly PrometheusCandidate[]): string {
  const count = others.length + 1;
  if (count === 1) return 'the only candidate';
  if (equals.length > 1) {
    const names = equals.map(keyOf).join(', ');
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
