import { setPriority } from 'node:os';
import type { AddonConfig } from '../../addon/config/config.ts';
import type { PrometheusHttp } from '../../collector/prometheus/answer.ts';
import { QueryBudget } from '../../collector/prometheus/query-budget.ts';
import { QUERY_CHARS } from '../../collector/prometheus/usage-batches.ts';
import { WorldError } from '../../core/errors.ts';
import type { StartupSpec } from '../../core/startup.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import { discoverResources } from '../../kubernetes/resources.ts';
import { serveThread } from '../../models/neural/thread.io.ts';
import { type ClusterFlags, connectCluster, runsInside } from '../cluster/cluster.ts';
import { readClusterBounds } from './cluster-bounds.ts';
import { choosePrometheus } from './demand-choice.ts';

/** What the thread is started with: plain data. */
export interface BoundsWork {
  readonly config: Pick<AddonConfig, 'prometheus' | 'namespaces' | 'defaults' | 'kubernetes'>;
  readonly flags: ClusterFlags;
  /** The release's. */
  readonly namespace: string;
  readonly startup: StartupSpec;
}

/** On Linux of this thread alone: whatever else the process does comes first. */
const LOWEST_PRIORITY = 19;
const MOST_QUERIES = 60;
const MOST_SECONDS = 600;
/** A range query may take the server so long. */
const PROXY_SECONDS = 60;

try {
  setPriority(LOWEST_PRIORITY);
} catch {
  // Not allowed here: then it is a thread like any other.
}

await serveThread<BoundsWork, never>(async ({ config, flags, namespace, startup }) => {
  const begun = performance.now();
  const { qps, burst } = config.kubernetes;
  const limits = { requestsPerSecond: qps, burst };
  const api = await connectCluster(flags, limits);
  // Each attempt is one request of the budget, which counts the second itself.
  const proxied = await connectCluster(flags, { ...limits, deadlineSeconds: PROXY_SECONDS, attempts: 1 });
  const budget = new QueryBudget(MOST_QUERIES);
  try {
    const { http, mostChars } = await prometheusOf(config, proxied, runsInside(flags), namespace, () => budget.take());
    try {
      return await readClusterBounds({
        api,
        resources: discoverResources(api, () => performance.now() / 1000),
        prometheus: http,
        namespaces: config.namespaces,
        defaultMode: config.defaults.mode,
        mostChars,
        budget,
        hasTime: () => performance.now() - begun < 1000 * MOST_SECONDS,
        startup,
        nowSeconds: Date.now() / 1000,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      });
    } finally {
      await http.close();
    }
  } finally {
    await Promise.all([api.close(), proxied.close()]);
  }
});

async function prometheusOf(
  config: BoundsWork['config'],
  api: KubernetesApi,
  inside: boolean,
  namespace: string,
  mayRetry: () => boolean,
): Promise<{ readonly http: PrometheusHttp; readonly mostChars: number }> {
  const found = await choosePrometheus(config, api, inside, namespace);
  switch (found.kind) {
    case 'files': {
      const { prometheusHttpFromFiles } = await import('../../collector/prometheus/server.io.ts');
      const { DEFAULT_LIMITS } = await import('../../collector/prometheus/http.io.ts');
      const limits = { ...DEFAULT_LIMITS, attempts: 2, slowAttempts: 1, mayRetry };
      return { http: prometheusHttpFromFiles(found.files, limits), mostChars: QUERY_CHARS.body };
    }
    case 'proxy': {
      const { prometheusThroughApiServer } = await import('../../collector/prometheus/proxy.ts');
      return { http: prometheusThroughApiServer(api, found.proxyPath), mostChars: QUERY_CHARS.url };
    }
    default:
      throw new WorldError(`no Prometheus: ${found.why}; set config.prometheus.url in the chart's values`);
  }
}
