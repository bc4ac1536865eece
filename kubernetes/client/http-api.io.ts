import type { Clock } from '../../core/clock.ts';
import { InputError } from '../../core/errors.ts';
import { proxyFromEnvironment } from '../../network/proxy-choice.io.ts';
import type { KubernetesApi, ListOptions, PatchType, Query } from '../api.ts';
import { parseResourcePath } from '../resource-path.ts';
import { type ApiLimits, DEFAULT_API_LIMITS } from './api-limits.ts';
import { type Credentials, type InCluster, kubeconfigCredentials, mountedCredentials } from './credentials.io.ts';
import { ApiHttp, type HttpRequest, type RequestCount } from './http.io.ts';
import { openWatch } from './http-watch.io.ts';

export interface ConnectOptions extends Clock {
  /** A pod's own cluster (see inClusterFrom); wins over kubeconfig. */
  readonly inCluster?: InCluster | undefined;
  /** Files as in $KUBECONFIG; undefined: $KUBECONFIG, then ~/.kube/config. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Instead of all these: made elsewhere. */
  readonly credentials?: Credentials;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked for. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `prescale/0.1.0`: the API server's audit log shows it. */
  readonly userAgent: string;
  readonly limits?: Partial<ApiLimits>;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
}

/** A connection to a real API server. Leases pass the rate limit: a renewal behind 500 queued scale writes would come too late. */
export interface HttpKubernetesApi extends KubernetesApi {
  /** The context's or the pod's own namespace. */
  readonly namespace: string;
  /** All that was asked for so far, by verb, resource and status; retries count each time. */
  requests(): readonly RequestCount[];
}

/**
 * Reads credentials; no request is sent yet.
 * @throws InputError where there are no credentials
 */
export async function connectKubernetes(options: ConnectOptions): Promise<HttpKubernetesApi> {
  const { inCluster, kubeconfig, context } = options;
  const find = () => (inCluster ? mountedCredentials(inCluster) : kubeconfigCredentials(kubeconfig, context));
  const credentials = options.credentials ?? (await find());
  const limits = { ...DEFAULT_API_LIMITS, ...options.limits };
  if (!URL.canParse(credentials.server)) {
    throw new InputError(`found server ${JSON.stringify(credentials.server)}; expected https://host:port`);
  }
  const proxy = credentials.proxy ?? proxyFromEnvironment(new URL(credentials.server), options.env ?? {});
  const http = new ApiHttp(credentials, limits, options, proxy);
  const send = <T>(request: HttpRequest) => http.send(request) as Promise<T>;
  return {
    server: credentials.server,
    namespace: credentials.namespace,
    get: (path, query, list) => send({ method: 'GET', path: withQuery(path, query), accept: accepted(path, list) }),
    post: (path, body, query) => send({ method: 'POST', path: withQuery(path, query), body }),
    put: (path, body, query) => send({ method: 'PUT', path: withQuery(path, query), body }),
    patch: (path, type, body, query) =>
      send({ method: 'PATCH', path: withQuery(path, query), body, contentType: PATCH_TYPES[type] }),
    delete: async (path, query) => {
      await send({ method: 'DELETE', path: withQuery(path, query) });
    },
    watch: (path, query, onEvent, signal, list) => {
      const timeoutSeconds = Number(query.timeoutSeconds ?? limits.watchSeconds);
      const target = withQuery(path, { allowWatchBookmarks: true, ...query, watch: true, timeoutSeconds });
      const accept = list?.metadataOnly ? metadata('PartialObjectMetadata') : 'application/json';
      return openWatch(http, { path: target, accept, timeoutSeconds, limits }, onEvent, signal);
    },
    requests: () => http.requests(),
    close: () => http.close(),
  };
}

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
  json: 'application/json-patch+json',
};

function metadata(as: string): string {
  return `application/json;as=${as};g=meta.k8s.io;v=v1`;
}

function accepted(path: string, options: ListOptions | undefined): string {
  if (!options?.metadataOnly) return 'application/json';
  const one = parseResourcePath(path)?.name !== undefined;
  return metadata(one ? 'PartialObjectMetadata' : 'PartialObjectMetadataList');
}

function withQuery(path: string, query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}
