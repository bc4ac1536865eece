import type { AddonConfig } from '../../addon/config/config.ts';
import type { Choice } from '../../addon/sources/chosen-source.ts';
import type { PrometheusDemandOptions } from '../../collector/prometheus/demand.ts';
import type { OnServerTime } from '../../collector/prometheus/server.io.ts';
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
  if (prometheus.url !== undefined) {
    const files = { ...prometheus, url: prometheus.url, proxy: proxyTo(prometheus.url) };
    return { source: demandFromPrometheus(files, options, clock) };
  }
  const { discoverPrometheus, discoveryNamespaces, discoveryProblem } = await import(
    '../../collector/prometheus/discovery.ts'
  );
  let why: string;
  try {
    const found = await discoverPrometheus(api, discoveryNamespaces(prometheus.discovery.namespaces, namespace));
    why = found.why;
    // Another source would be a choice too: it stays undecided, which is said on every workload, until somebody decides.
    if (found.ambiguous && !found.choice) {
      log.warn('no source of demand is chosen', { why });
      return { none: why };
    }
    if (found.choice) {
      log.info('found a source of demand', { why, ambiguous: found.ambiguous, url: found.choice.url });
      // No credential and no header goes to an address that was found, and no proxy resolves its name: that is checked here.
      const files = { url: found.choice.url, tls: { caFile: prometheus.tls.caFile } };
      if (inside) return { source: demandFromPrometheus(files, options, clock) };
      const { prometheusThroughApiServer } = await import('../../collector/prometheus/proxy.ts');
      const { prometheusDemand } = await import('../../collector/prometheus/demand.ts');
      const http = prometheusThroughApiServer(api, found.choice.proxyPath);
      return { source: prometheusDemand(http, http, options) };
    }
  } catch (error) {
    why = discoveryProblem(error);
  }
  return metricsApi(config, api, history, why, log);
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
