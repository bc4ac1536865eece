import type { AddonConfig } from '../../addon/config/config.ts';
import type { Choice } from '../../addon/sources/chosen-source.ts';
import type { PrometheusDemandOptions } from '../../collector/prometheus/demand.ts';
import type { OnServerTime, PrometheusFiles } from '../../collector/prometheus/server.io.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { proxyTo } from '../cluster/environment-proxy.ts';
import { epochSeconds } from '../process.ts';

/** How much a Prometheus is asked at a time; without, what one process for everything asks. */
export type AskingLimits = Pick<PrometheusDemandOptions, 'batchSize' | 'concurrency' | 'historyConcurrency'>;

/** The one that the configuration names, else one that is found, else the metrics API. @param namespace the release's */
export async function chooseSource(
  config: AddonConfig,
  api: KubernetesApi,
  history: Pick<HistoryStore, 'read'>,
  inside: boolean,
  namespace: string,
  log: Log,
  asking: AskingLimits = {},
  onServerTime: OnServerTime = () => {},
): Promise<Choice> {
  const clock = { epochSeconds, onServerTime };
  const { demandFromPrometheus } = await import('../../collector/prometheus/server.io.ts');
  const { prometheus, limits } = config;
  const options = { templates: prometheus.templates, allowRawQueries: limits.allowRawQueries, ...asking };
  const found = await choosePrometheus(config, api, inside, namespace);
  switch (found.kind) {
    case 'files':
      if (found.why !== undefined) log.info('found a source of demand', { why: found.why, url: found.files.url });
      return { source: demandFromPrometheus(found.files, options, clock) };
    case 'proxy': {
      log.info('found a source of demand', { why: found.why, url: found.url });
      const { prometheusThroughApiServer } = await import('../../collector/prometheus/proxy.ts');
      const { prometheusDemand } = await import('../../collector/prometheus/demand.ts');
      const http = prometheusThroughApiServer(api, found.proxyPath);
      return { source: prometheusDemand(http, http, options) };
    }
    case 'ambiguous':
      // Another source would be a choice too: it stays undecided, which is said on every workload, until somebody decides.
      log.warn('no source of demand is chosen', { why: found.why });
      return { none: found.why };
    case 'none':
      return metricsApi(config, api, history, found.why, log);
  }
}

/** Which Prometheus is asked, and how it is reached; `why`: how it was found. */
export type PrometheusChoice =
  | { readonly kind: 'files'; readonly files: PrometheusFiles; readonly why: string | undefined }
  | { readonly kind: 'proxy'; readonly proxyPath: string; readonly url: string; readonly why: string }
  | { readonly kind: 'ambiguous' | 'none'; readonly why: string };

/** The one that the configuration names, else one that is found. @param namespace the release's */
export async function choosePrometheus(
  { prometheus }: Pick<AddonConfig, 'prometheus'>,
  api: KubernetesApi,
  inside: boolean,
  namespace: string,
): Promise<PrometheusChoice> {
  if (prometheus.url !== undefined) {
    const files = { ...prometheus, url: prometheus.url, proxy: proxyTo(prometheus.url) };
    return { kind: 'files', files, why: undefined };
  }
  const { discoverPrometheus, discoveryNamespaces, discoveryProblem } = await import(
    '../../collector/prometheus/discovery.ts'
  );
  try {
    const { choice, why, ambiguous } = await discoverPrometheus(
      api,
      discoveryNamespaces(prometheus.discovery.namespaces, namespace),
    );
    if (!choice) return { kind: ambiguous ? 'ambiguous' : 'none', why };
    // No credential and no header goes to an address that was found, and no proxy resolves its name: that is checked here.
    const files = { url: choice.url, tls: { caFile: prometheus.tls.caFile } };
    return inside
      ? { kind: 'files', files, why }
      : { kind: 'proxy', proxyPath: choice.proxyPath, url: choice.url, why };
  } catch (error) {
    return { kind: 'none', why: discoveryProblem(error) };
  }
}

/** metrics.k8s.io, where it is served; its past is what was collected here. */
async function metricsApi(
  config: AddonConfig,
  api: KubernetesApi,
  history: Pick<HistoryStore, 'read'>,
  why: string,
  log: Log,
): Promise<Choice> {
  const none = { none: `${why}; set config.prometheus.url in the chart's values` };
  if (config.resourceMetrics.enabled === false) return none;
  try {
    await api.get('/apis/metrics.k8s.io/v1beta1');
  } catch {
    return none;
  }
  const { resourceMetrics } = await import('../../collector/resource-metrics/resource-metrics.ts');
  const { samplesOf } = await import('../../core/resample.ts');
  log.info('no Prometheus: demand comes from metrics.k8s.io, its history is collected from now on', { why });
  const read = async (id: string) => samplesOf(await history.read(id));
  const { namespaces } = config;
  return { source: resourceMetrics(api, { read }, namespaces.length === 0 ? undefined : namespaces) };
}
