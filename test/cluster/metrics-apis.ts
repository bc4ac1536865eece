import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { FRONT_PROXY_NAME, METRICS_SERVICE } from './certificates.ts';
import type { Cluster } from './harness.ts';
import { kubeletUsage, type PodUsage } from './kubelet-usage.ts';

/** metrics.k8s.io and external.metrics.k8s.io of a cluster, served by the test. */
export interface MetricsApis {
  /** Value of an external metric, whatever namespace and labels are asked for; undefined: none. May be a function of now. */
  setExternal(metric: string, value: number | (() => number | undefined) | undefined): void;
  /** Instead of KWOK's figures: what a pod uses now, undefined: none known. Without a function KWOK's again. */
  overrideUsage(usage?: (pod: PodUsage) => Pick<PodUsage, 'cpuCores' | 'memoryBytes'> | undefined): void;
  close(): Promise<void>;
}

const GROUPS = [
  {
    group: 'metrics.k8s.io',
    resources: [{ name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] }],
  },
  {
    group: 'external.metrics.k8s.io',
    resources: [
      { name: 'external', singularName: '', namespaced: true, kind: 'ExternalMetricValueList', verbs: ['get'] },
    ],
  },
];
const VERSION = 'v1beta1';
/** metrics-server's own --metric-resolution. */
const SCRAPE_SECONDS = 15;

/**
 * Starts the server, registers both APIs and returns when the API server finds them Available. They go with the cluster.
 * The Service is an ExternalName to localhost: the aggregator then dials `localhost:<port of the APIService>`, checks our
 * certificate for `<service>.<namespace>.svc` and shows its own.
 */
export async function startMetricsApis(cluster: Cluster, scrapeSeconds = SCRAPE_SECONDS): Promise<MetricsApis> {
  const external = new Map<string, number | (() => number | undefined)>();
  let override: Parameters<MetricsApis['overrideUsage']>[0];
  const usage = kubeletUsage(cluster.kwokPort, scrapeSeconds);
  const answers: Answers = {
    external: (metric) => {
      const value = external.get(metric);
      return typeof value === 'function' ? value() : value;
    },
    pods: async (namespace, selector) => {
      const chosen = await podsOf(cluster, namespace, selector);
      const known = usage.pods().filter((pod) => chosen.has(`${pod.namespace}/${pod.name}`));
      return known.flatMap((pod) => {
        const instead = override === undefined ? pod : override(pod);
        return instead === undefined ? [] : [podMetrics({ ...pod, ...instead }, scrapeSeconds)];
      });
    },
  };
  const { server, port } = await serve(cluster, answers);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= new Promise<void>((resolve) => {
      usage.stop();
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closed;
  };
  cluster.onStop(close);
  await register(cluster, port);
  return {
    setExternal: (metric, value) => void (value === undefined ? external.delete(metric) : external.set(metric, value)),
    overrideUsage: (change) => {
      override = change;
    },
    close,
  };
}

interface Answers {
  external(metric: string): number | undefined;
  /** @param selector of labels, as in a URL; '' is all */
  pods(namespace: string | undefined, selector: string): Promise<object[]>;
}

async function serve(cluster: Cluster, answers: Answers): Promise<{ server: Server; port: number }> {
  const { metricsApis, frontProxyCa } = cluster.certificates;
  const options = {
    cert: readFileSync(metricsApis.certificate),
    key: readFileSync(metricsApis.key),
    ca: readFileSync(frontProxyCa),
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = createServer(options, (request, response) => {
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const socket = request.socket as TLSSocket;
    const fromAggregator = socket.authorized && socket.getPeerCertificate().subject.CN === FRONT_PROXY_NAME;
    if (!fromAggregator) return send(401, status(401, 'only the aggregation layer may ask'));
    answer(request.url ?? '/', answers).then(
      (body) => (body === undefined ? send(404, status(404, `nothing at ${request.url}`)) : send(200, body)),
      (error) => send(500, status(500, String(error))),
    );
  });
  // The aggregator may resolve localhost to ::1 first; it then tries 127.0.0.1.
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

function status(code: number, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message };
}

async function answer(address: string, answers: Answers): Promise<object | undefined> {
  const url = new URL(address, 'https://localhost');
  const [, apis, group, version, ...rest] = url.pathname.replace(/\/$/, '').split('/');
  const known = GROUPS.find((each) => each.group === group);
  if (apis !== 'apis' || known === undefined || version !== VERSION) return undefined;
  const groupVersion = `${group}/${VERSION}`;
  if (rest.length === 0) return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: known.resources };
  const namespace = rest[0] === 'namespaces' ? rest[1] : undefined;
  const [resource, name] = rest[0] === 'namespaces' ? rest.slice(2) : rest;
  if (group === 'external.metrics.k8s.io') return externalMetric(answers, resource ?? '');
  if (resource !== 'pods') return undefined;
  const items = await answers.pods(namespace, url.searchParams.get('labelSelector') ?? '');
  if (name !== undefined) return items.find((item) => (item as { metadata: { name: string } }).metadata.name === name);
  return { kind: 'PodMetricsList', apiVersion: groupVersion, metadata: {}, items };
}

function externalMetric(answers: Answers, metricName: string): object {
  const value = answers.external(metricName);
  // Quantities know thousandths.
  const quantity = (number: number) => `${Math.round(number * 1000)}m`;
  const timestamp = new Date().toISOString();
  const items = value === undefined ? [] : [{ metricName, metricLabels: {}, timestamp, value: quantity(value) }];
  return { kind: 'ExternalMetricValueList', apiVersion: `external.metrics.k8s.io/${VERSION}`, metadata: {}, items };
}

function podMetrics(pod: PodUsage, windowSeconds: number): object {
  return {
    metadata: { name: pod.name, namespace: pod.namespace, creationTimestamp: new Date().toISOString() },
    timestamp: new Date(pod.atSeconds * 1000).toISOString(),
    window: `${windowSeconds}s`,
    containers: [
      {
        name: 'main',
        usage: { cpu: `${Math.round(pod.cpuCores * 1e9)}n`, memory: `${Math.round(pod.memoryBytes / 1024)}Ki` },
      },
    ],
  };
}

/** Names of the pods that the API server finds for a selector: ours to resolve, as metrics-server does. */
async function podsOf(cluster: Cluster, namespace: string | undefined, selector: string): Promise<Set<string>> {
  type Pods = {
    readonly items: readonly { readonly metadata: { readonly namespace: string; readonly name: string } }[];
  };
  const where = namespace === undefined ? '' : `/namespaces/${namespace}`;
  const path = `/api/v1${where}/pods?labelSelector=${encodeURIComponent(selector)}`;
  const { items } = await cluster.api.request<Pods>('GET', path);
  return new Set(items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
}

async function register(cluster: Cluster, port: number): Promise<void> {
  const { name, namespace } = METRICS_SERVICE;
  await cluster.api.request('POST', `/api/v1/namespaces/${namespace}/services`, {
    metadata: { name },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  const caBundle = readFileSync(cluster.certificates.ca).toString('base64');
  const path = '/apis/apiregistration.k8s.io/v1/apiservices';
  for (const { group } of GROUPS) {
    const service = { name, namespace, port };
    const priority = { groupPriorityMinimum: 100, versionPriority: 100 };
    await cluster.api.request('POST', path, {
      metadata: { name: `${VERSION}.${group}` },
      spec: { group, version: VERSION, service, caBundle, ...priority },
    });
  }
  type Registered = { readonly status?: { readonly conditions?: { type: string; status: string }[] } };
  const available = async (group: string) => {
    const { status } = await cluster.api.request<Registered>('GET', `${path}/${VERSION}.${group}`);
    return status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True') ?? false;
  };
  await cluster.waitFor(
    'the metrics APIs to be Available',
    async () => (await Promise.all(GROUPS.map(({ group }) => available(group)))).every(Boolean),
    30,
  );
}
