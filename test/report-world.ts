import { memoryKubernetes } from '../kubernetes/fake/memory-api.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

const MINUTE = 60;
/** Of what only the bound is read: two scrapes are in five minutes. */
const SELDOM = 150;
const DAY = 86_400;
export const END = Date.UTC(2026, 2, 16) / 1000;
const START = END - 14 * DAY;
export const NAMESPACE = 'shop';
const LONG_NAME = 'recommendations-for-returning-customers-of-all-countries';
/** Of an API server that lies: a formula, markup, a pattern, a path. */
export const HOSTILE_NAME = '=1+1,"<i>../(.*\\';
const [BASE, SWING] = [2, 1.5];

/** Cores of the busy ones: a day's sine; of `paused` six hours on the tenth day are missing. */
export const busy = (at: number) => BASE + SWING * Math.sin((at / DAY) * 2 * Math.PI);
const idle = () => 0.05;

interface Shop {
  readonly name: string;
  /** Default: a Deployment. */
  readonly kind?: 'Deployment' | 'Widget';
  readonly pod: string;
  readonly replicas: number;
  readonly hasHpa?: boolean;
  readonly load: (at: number) => number;
  readonly fromSeconds?: number;
  readonly isMissing?: (at: number) => boolean;
}

const gapAt = START + 9 * DAY + 7 * 3600;
export const SHOPS: readonly Shop[] = [
  { name: 'web', pod: 'web-7d9f8bc5d4-x2x4z', replicas: 4, hasHpa: true, load: busy },
  {
    name: 'paused',
    pod: 'paused-7d9f8bc5d4-x2x4z',
    replicas: 4,
    hasHpa: true,
    load: busy,
    isMissing: (at) => at > gapAt && at < gapAt + 6 * 3600,
  },
  { name: 'search', pod: 'search-7d9f8bc5d4-x2x4z', replicas: 12, load: busy },
  { name: HOSTILE_NAME, pod: `${HOSTILE_NAME}-7d9f8bc5d4-x2x4z`, replicas: 9, load: busy },
  // Only its HPA tells of it, and only kube-state-metrics of its pods.
  { name: 'gadget', kind: 'Widget', pod: 'gadget-of-its-own', replicas: 2, hasHpa: true, load: idle },
  { name: 'young', pod: 'young-7d9f8bc5d4-x2x4z', replicas: 2, load: busy, fromSeconds: END - 2 * DAY },
  // Its pods' names are cut, so that it is asked for with others of its length.
  { name: LONG_NAME, pod: `${LONG_NAME}-7x2x4z`, replicas: 1, load: idle },
  ...Array.from({ length: 53 }, (_, i) => ({
    name: `small-${i}`,
    pod: `small-${i}-7d9f8bc5d4-x2x4z`,
    replicas: 1,
    load: idle,
  })),
];

/** A counter by the minute in OpenMetrics. */
function* counters(shops: readonly Shop[]): Generator<string> {
  yield '# TYPE container_cpu_usage_seconds counter\n';
  for (const { pod, load, fromSeconds = START, isMissing = () => false } of shops) {
    const label = pod.replace(/[\\"]/g, '\\$&');
    const step = load === idle ? SELDOM : MINUTE;
    let total = 0;
    let text = '';
    for (let at = fromSeconds; at <= END; at += step) {
      total += load(at) * step;
      if (!isMissing(at))
        text += `container_cpu_usage_seconds_total{namespace="${NAMESPACE}",pod="${label}",container="app"} ${total} ${at}\n`;
    }
    yield text;
  }
  yield '# TYPE kube_pod_owner gauge\n';
  for (const { name, kind, pod } of shops) {
    if (kind !== 'Widget') continue;
    const labels = `namespace="${NAMESPACE}",pod="${pod}",owner_kind="${kind}",owner_name="${name}"`;
    for (let at = START; at <= END; at += SELDOM) yield `kube_pod_owner{${labels}} 1 ${at}\n`;
  }
}

/** A Prometheus that holds the CPU counters of these. */
export function prometheusOf(shops: readonly Shop[], flags: readonly string[] = []): Promise<PrometheusServer> {
  const none = { times: Float64Array.of(END - MINUTE, END), values: Float64Array.of(1, 1) };
  return startPrometheus('other', none, { openMetrics: counters(shops), flags });
}

const WIDGETS = { group: 'example.com', version: 'v1', resource: 'widgets', kind: 'Widget' };

/** 61 Deployments and a custom resource in a namespace, some with an HPA, and the Service of a Prometheus. */
export const cluster = memoryKubernetes({
  namespaces: [NAMESPACE, 'monitoring'],
  resources: [{ ...WIDGETS, namespaced: true, scale: true }],
});
const DEPLOYMENTS = { apiVersion: 'apps/v1', resource: 'deployments', kind: 'Deployment' };
const KINDS = { Deployment: DEPLOYMENTS, Widget: { ...WIDGETS, apiVersion: 'example.com/v1' } };
const workload = (
  { name, replicas, kind = 'Deployment' }: Pick<Shop, 'name' | 'replicas' | 'kind'>,
  requests: object,
  annotations = {},
) =>
  cluster.seed(`/apis/${KINDS[kind].apiVersion}/namespaces/${NAMESPACE}/${KINDS[kind].resource}`, {
    apiVersion: KINDS[kind].apiVersion,
    kind,
    metadata: { name, namespace: NAMESPACE, annotations },
    spec: { replicas, template: { spec: { containers: [{ name: 'app', resources: { requests } }] } } },
  });
const REQUESTS = { cpu: '500m', memory: '1Gi' };
for (const shop of SHOPS) {
  const { name, kind = 'Deployment', hasHpa } = shop;
  workload(shop, REQUESTS, name === 'paused' ? { 'prescale.dev/enabled': 'true' } : {});
  if (!hasHpa) continue;
  cluster.seed(`/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      scaleTargetRef: { apiVersion: KINDS[kind].apiVersion, kind, name },
      minReplicas: 2,
      maxReplicas: 20,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
      ],
    },
  });
}
workload({ name: 'greedy', replicas: 2 }, { memory: '1Gi' });
workload({ name: 'unseen', replicas: 2 }, REQUESTS);
cluster.seed('/api/v1/namespaces/monitoring/services', {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'prometheus', namespace: 'monitoring', labels: { 'app.kubernetes.io/name': 'prometheus' } },
  spec: { clusterIP: '10.0.0.1', ports: [{ name: 'http', port: 9090 }] },
});
