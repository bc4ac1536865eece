import type { AddonConfig } from '../../../addon/config/config.ts';
import { type PrometheusHttp, readAnswer } from '../../../collector/prometheus/answer.ts';
import { discoverPrometheus, discoveryNamespaces } from '../../../collector/prometheus/discovery.ts';
import { podNamePattern } from '../../../collector/prometheus/pod-names.ts';
import { expandTemplate } from '../../../collector/prometheus/promql/query-templates.ts';
import { stringLiteral } from '../../../collector/prometheus/promql/text.ts';
import { prometheusThroughApiServer } from '../../../collector/prometheus/proxy.ts';
import { LIVE_LIMITS, prometheusHttpFromFiles } from '../../../collector/prometheus/server.io.ts';
import type { MetricRef } from '../../../core/policy/policy.ts';
import type { WorkloadRef } from '../../../core/workload.ts';
import { httpStatusOf, type KubernetesApi } from '../../../kubernetes/api.ts';
import { resourcePath, serviceProxyPath } from '../../../kubernetes/resource-path.ts';
import { proxyTo } from '../../cluster/environment-proxy.ts';
import { ASK_INSIDE, type Finding, failed, fixOf, ok, said, warning } from './finding.ts';

/** Which Prometheus, why, and a way to ask it; undefined: none. Close it when done. */
export interface FoundPrometheus {
  readonly findings: readonly Finding[];
  readonly http: PrometheusHttp | undefined;
}

/**
 * The configured one, or the one found among the Services.
 * @param ownNamespace the release's
 * @param inside in a pod, where a Service's own address leads there; from outside it is asked through the API server
 * @param isOfRelease the configuration is an installed release's: its addresses and files mean something in its pods
 */
export async function findPrometheus(
  api: KubernetesApi,
  config: AddonConfig,
  ownNamespace: string,
  inside: boolean,
  isOfRelease = false,
): Promise<FoundPrometheus> {
  const { url, templates: _, discovery, ...files } = config.prometheus;
  if (url !== undefined && isOfRelease && !inside) return fromOutside(api, url);
  if (url !== undefined) {
    const http = prometheusHttpFromFiles({ url, ...files, proxy: proxyTo(url) }, LIVE_LIMITS);
    return { http, findings: [ok(`Prometheus: ${url}, as configured`), await checkAnswer(http)] };
  }
  try {
    const namespaces = discoveryNamespaces(discovery.namespaces, ownNamespace);
    const { choice, candidates, why, ambiguous } = await discoverPrometheus(api, namespaces);
    const meant = `set prometheus.url to the one that is meant: ${candidates.map((one) => one.url).join(', ')}`;
    if (choice === undefined) {
      return { http: undefined, findings: [ambiguous ? failed(why, meant) : withoutPrometheus(config, why)] };
    }
    const http = inside
      ? prometheusHttpFromFiles({ url: choice.url, tls: { caFile: files.tls.caFile } }, LIVE_LIMITS)
      : prometheusThroughApiServer(api, choice.proxyPath);
    const chosen = `Prometheus: ${choice.url} of ${candidates.length} found; ${why}`;
    return { http, findings: [ambiguous ? warning(chosen, meant) : ok(chosen), await checkAnswer(http)] };
  } catch (error) {
    const fix = fixOf(error, 'set prometheus.url, or grant list on services', 'set prometheus.url');
    return { http: undefined, findings: [failed(`Prometheus can't be looked for: ${said(error)}`, fix)] };
  }
}

/**
 * The address that a release's pods use, asked from here: through the API server where it is a Service's. Without credentials: a
 * release's paths are of files in its pods, and whoever writes a ConfigMap must not have this machine's files sent to them.
 */
async function fromOutside(api: KubernetesApi, url: string): Promise<FoundPrometheus> {
  const what = `Prometheus: ${url}, as the release is configured`;
  try {
    const proxyPath = await serviceProxy(api, url);
    const http = proxyPath ? prometheusThroughApiServer(api, proxyPath) : prometheusHttpFromFiles({ url }, LIVE_LIMITS);
    const answer = await checkAnswer(http);
    if (answer.level !== 'failed') return { http, findings: [ok(what), answer] };
    await http.close();
    return { http: undefined, findings: [ok(what), warning(`from here: ${answer.what}`, ASK_INSIDE)] };
  } catch (error) {
    return { http: undefined, findings: [ok(what), warning(`from here: ${said(error)}`, ASK_INSIDE)] };
  }
}

/** `http://prometheus.monitoring.svc:9090` → the path that leads there through the API server; undefined: there is no such Service. */
async function serviceProxy(api: KubernetesApi, text: string): Promise<string | undefined> {
  const { protocol, hostname, port, pathname } = new URL(text);
  const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)(?:\.svc(?:\..+)?)?$/.exec(hostname) ?? [];
  if (name === undefined || namespace === undefined) return undefined;
  try {
    await api.get<unknown>(resourcePath('v1', 'services', namespace, name));
  } catch (error) {
    if (httpStatusOf(error) === 404) return undefined;
    throw error;
  }
  const scheme = protocol.replace(':', '');
  const number = port || (scheme === 'https' ? '443' : '80');
  const behind = pathname.split('/').filter((part) => part !== '');
  return serviceProxyPath(namespace, { scheme, name, port: number }, behind.map(decodeURIComponent));
}

function withoutPrometheus({ resourceMetrics }: AddonConfig, why: string): Finding {
  const fix = 'set prometheus.url; without it seven days of history have to be collected first, from metrics.k8s.io';
  return resourceMetrics.enabled === false ? failed(why, fix) : warning(why, fix);
}

async function checkAnswer(http: PrometheusHttp): Promise<Finding> {
  try {
    const series = await count(http, 'up');
    if (series > 0) return ok(`Prometheus answers; it scrapes ${series} targets`);
    return warning(
      'Prometheus answers and scrapes nothing',
      'is it the right one? A Thanos or Mimir may need X-Scope-OrgID',
    );
  } catch (error) {
    const fix = 'check the address, the credentials and the egress NetworkPolicy';
    return failed(`Prometheus does not answer: ${said(error)}`, fix);
  }
}

/** One condition more than the step before it, and what to do where nothing is left. */
interface Narrowing {
  readonly query: string;
  readonly lacking: string;
  readonly fix: string;
}

/** Whether Prometheus has what a workload is scaled by; of what it lacks, the first thing that is missing. */
export async function checkMetric(
  http: PrometheusHttp,
  config: AddonConfig,
  workload: WorkloadRef,
  metric: MetricRef,
): Promise<Finding> {
  const steps = narrowings(config, workload, metric);
  try {
    for (const { query, lacking, fix } of steps) {
      if ((await count(http, query)) === 0) return failed(`Prometheus has ${lacking}`, fix);
    }
    return ok(`Prometheus has ${steps.at(-1)!.query}`);
  } catch (error) {
    return failed(`Prometheus can't be asked for the metric: ${said(error)}`, 'check the query and the server');
  }
}

function narrowings(config: AddonConfig, workload: WorkloadRef, metric: MetricRef): Narrowing[] {
  if (metric.kind === 'resource') return resourceNarrowings(workload, metric.resource);
  if (metric.kind === 'query') return [one(metric.query, 'no series for the query of the workload')];
  const template = config.prometheus.templates[metric.template]!;
  const query = expandTemplate(metric.template, template, workload, metric.args);
  return [one(query, `no series for the template ${metric.template}: ${query}`)];
}

function one(query: string, lacking: string): Narrowing {
  return {
    query,
    lacking,
    fix: 'try it in the Prometheus web page: is a label misspelt, or does nothing export it yet?',
  };
}

const NAMES = {
  cpu: { name: 'container_cpu_usage_seconds_total', from: 'the kubelet (/metrics/cadvisor or /metrics/resource)' },
  memory: { name: 'container_memory_working_set_bytes', from: 'the kubelet (/metrics/cadvisor or /metrics/resource)' },
  gpu: { name: 'DCGM_FI_DEV_GPU_UTIL', from: "NVIDIA's dcgm-exporter" },
} as const;

function resourceNarrowings(workload: WorkloadRef, resource: keyof typeof NAMES): Narrowing[] {
  const { name, from } = NAMES[resource];
  const pattern = stringLiteral(podNamePattern(workload).pattern);
  const namespace = `namespace=${stringLiteral(workload.namespace)}`;
  const relabel = 'set honorLabels: true in its scrape configuration, and drop no labels by relabelling';
  const containers: Narrowing = {
    query: `${name}{${namespace},pod=~${pattern},container!="",container!="POD"}`,
    lacking: `no ${name} with the label container for this workload`,
    fix: relabel,
  };
  return [
    { query: name, lacking: `no ${name} at all`, fix: `scrape ${from}` },
    {
      query: `${name}{namespace!="",pod!=""}`,
      lacking: `${name} without the labels namespace and pod`,
      fix: relabel,
    },
    {
      query: `${name}{${namespace}}`,
      lacking: `no ${name} of the namespace ${workload.namespace}`,
      fix: 'scrape the nodes on which its pods run; virtual nodes too',
    },
    {
      query: `${name}{${namespace},pod=~${pattern}}`,
      lacking: `no ${name} of the pods of ${workload.kind} ${workload.name}`,
      fix: 'have its pods run for some minutes? Scrape the nodes on which they run; virtual nodes too',
    },
    ...(resource === 'gpu' ? [] : [containers]),
  ];
}

/** Series that the expression has now. */
async function count(http: PrometheusHttp, query: string): Promise<number> {
  const { status, body } = await http.ask('/api/v1/query', { query: `count(${query})` });
  const [series] = readAnswer(http.name, status, body);
  return Number(series?.points.at(-1)?.[1] ?? 0);
}
