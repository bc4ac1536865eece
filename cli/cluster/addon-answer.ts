import { type Dispatcher, request } from 'undici';
import { InputError, messageOf, WorldError } from '../../core/errors.ts';
import { httpStatusOf, type KubernetesApi, type MetadataObject } from '../../kubernetes/api.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';
import { newDispatcher } from '../../network/dispatcher.io.ts';
import { proxyFailureOf, refusedBy } from '../../network/proxy-failure.ts';
import { type ClusterFlags, connectCluster } from './cluster.ts';
import { proxyTo } from './environment-proxy.ts';
import { ofReleases } from './release-namespaces.ts';

/** Where the addon is, as typed: its address, its Service, or nothing: it is looked for. */
export interface AddonFlags extends ClusterFlags {
  readonly url?: string;
  /** `namespace/name[:port]` */
  readonly service?: string;
}

/** Asks the addon; `path` begins with /api/v1. @returns the parsed JSON; undefined: 404 */
export type AskAddon = (path: string) => Promise<unknown>;

const NAME_LABEL = 'app.kubernetes.io/name=prescale';
const ASK_MS = 10_000;
/** 10,000 workloads take 25 MB. */
const MOST_ANSWER_BYTES = 100e6;

interface Service extends MetadataObject {
  readonly spec: { readonly selector?: Readonly<Record<string, string>>; readonly ports?: readonly { port: number }[] };
}

interface Pod extends MetadataObject {
  readonly status?: { readonly phase?: string };
}

/** Runs `work` with a way to ask the addon, and lets go of all connections afterwards. */
export async function withAddon<T>(flags: AddonFlags, work: (ask: AskAddon) => Promise<T>): Promise<T> {
  if (flags.url !== undefined && flags.service !== undefined) {
    throw new InputError('--url conflicts with --service: give one of the two');
  }
  if (flags.url !== undefined) return work(askUrl(flags.url));
  const api = await connectCluster(flags);
  try {
    return await work(await askThroughCluster(api, flags.service));
  } finally {
    await api.close();
  }
}

/** Straight to its port: from inside the cluster, or by a port-forward. */
export function askUrl(text: string): AskAddon {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InputError(`--url: found ${JSON.stringify(text)}; expected a URL such as http://127.0.0.1:8080`);
  }
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const proxy = proxyTo(base);
  const dispatcher = newDispatcher({ connectMs: ASK_MS, headersMs: ASK_MS, bodyMs: ASK_MS, tls: {} }, proxy);
  return async (path) => {
    let answer: Dispatcher.ResponseData;
    try {
      answer = await request(`${base}${path}`, { signal: AbortSignal.timeout(ASK_MS), dispatcher });
    } catch (error) {
      const failure = proxyFailureOf(error, proxy, url.hostname);
      if (failure) throw new WorldError(`${base}: ${failure.message}`, { cause: error });
      const why = (error as Error).message || (error as NodeJS.ErrnoException).code;
      throw new WorldError(`${base} does not answer (${why}): is the address right, and does prescale run there?`, {
        cause: error,
      });
    }
    const { statusCode: status, headers } = answer;
    if (status === 200) return parsed(await bounded(answer.body, base), `${base}${path}`);
    await answer.body.dump();
    if (status === 404) return undefined;
    if (status === 407 && proxy) throw new WorldError(`${base}: ${refusedBy(proxy, status, url.hostname).message}`);
    const through = proxy ? ` through the proxy ${proxy.url}` : '';
    const redirected = headers.location === undefined ? '' : ` to ${String(headers.location)}`;
    throw new WorldError(`${base}${path} answered HTTP ${status}${redirected}${through}: its log says why`);
  };
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WorldError(`${url} is no prescale: its answer is not JSON`, { cause: error });
  }
}

/** The body as text. @throws WorldError where it is longer than any answer of the addon: who answers may be anybody */
async function bounded(body: Dispatcher.ResponseData['body'], base: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MOST_ANSWER_BYTES) {
      body.destroy();
      throw new WorldError(`${base} is no prescale: it answers more than ${MOST_ANSWER_BYTES / 1e6} MB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Through the API server's proxy to the pods of the addon's Service, so that no port-forward is needed: with several replicas
 * only the leader knows workloads, and the Service would choose any.
 */
export async function askThroughCluster(api: KubernetesApi, service: string | undefined): Promise<AskAddon> {
  const found = service === undefined ? await discover(api) : await named(api, service);
  const { namespace, port, selector } = found;
  const pods = await listed<Pod>(api, resourcePath('v1', 'pods', namespace), { labelSelector: selector });
  const running = pods.filter(({ status }) => status?.phase === 'Running').map(({ metadata }) => metadata.name);
  if (running.length === 0) {
    throw new WorldError(
      `no pod of prescale runs in ${namespace}: kubectl describe pod -n ${namespace} -l ${selector} says why`,
    );
  }
  const ask = (pod: string, path: string) =>
    api.get<unknown>(`${resourcePath('v1', 'pods', namespace, `${pod}:${port}`, 'proxy')}${path}`);
  const leader = await leading(running, (pod) => ask(pod, '/api/v1/workloads'), namespace);
  return async (path) => {
    try {
      return await ask(leader, path);
    } catch (error) {
      if (httpStatusOf(error) === 404) return undefined;
      throw error;
    }
  };
}

/** The pod that acts; where none says so, one that answers. */
async function leading(
  pods: readonly string[],
  ask: (pod: string) => Promise<unknown>,
  namespace: string,
): Promise<string> {
  const answers = await Promise.allSettled(pods.map(ask));
  const answered = pods.filter((_, i) => answers[i]!.status === 'fulfilled');
  const acts = pods.find((_, i) => {
    const answer = answers[i]!;
    return answer.status === 'fulfilled' && (answer.value as { leader?: unknown } | null)?.leader === true;
  });
  const chosen = acts ?? answered[0];
  if (chosen !== undefined) return chosen;
  const { reason } = answers[0] as PromiseRejectedResult;
  if (httpStatusOf(reason) === 403) {
    throw new WorldError(
      `the pods of prescale can't be reached through the API server: ${messageOf(reason)}; get on pods/proxy in ${namespace} ` +
        `is needed, or kubectl port-forward and --url`,
      { cause: reason },
    );
  }
  throw reason;
}

interface FoundService {
  readonly namespace: string;
  readonly port: number;
  readonly selector: string;
}

async function named(api: KubernetesApi, text: string): Promise<FoundService> {
  const parts = /^([a-z0-9-]+)\/([a-z0-9.-]+?)(?::(\d{1,5}))?$/.exec(text);
  if (!parts) {
    throw new InputError(`--service: found ${JSON.stringify(text)}; expected namespace/name or namespace/name:port`);
  }
  const [, namespace, name, port] = parts;
  try {
    const service = await api.get<Service>(resourcePath('v1', 'services', namespace, name));
    return found(service, port === undefined ? undefined : Number(port));
  } catch (error) {
    if (httpStatusOf(error) !== 404) throw error;
    throw new InputError(
      `--service: there is no Service ${name} in ${namespace}; kubectl get services -A -l ${NAME_LABEL}`,
    );
  }
}

async function discover(api: KubernetesApi): Promise<FoundService> {
  let services: readonly Service[];
  try {
    services = await listed<Service>(api, '/api/v1/services', { labelSelector: NAME_LABEL });
  } catch (error) {
    if (httpStatusOf(error) !== 403) throw error;
    throw new WorldError(
      `prescale can't be looked for among the Services: ${messageOf(error)}; --service namespace/name says where it is`,
      {
        cause: error,
      },
    );
  }
  const labelled = services.map((service) => ({ service, namespace: service.metadata.namespace! }));
  const ours = await ofReleases(api, labelled);
  if (ours.length === 1) return found(ours[0]!.service, undefined);
  const names = (ours.length > 0 ? ours : labelled).map(
    ({ service, namespace }) => `${namespace}/${service.metadata.name}`,
  );
  if (services.length === 0) {
    throw new WorldError(
      `no Service in the cluster has the label ${NAME_LABEL}: is prescale installed? --service or --url says where`,
    );
  }
  if (ours.length === 0) {
    throw new WorldError(
      `${names.join(' and ')} has the label ${NAME_LABEL}, and the chart is installed in another namespace: --service or --url says where it is`,
    );
  }
  throw new InputError(`there are several Services of prescale, ${names.join(' and ')}: --service chooses one`);
}

function found({ metadata, spec }: Service, port: number | undefined): FoundService {
  const selector = Object.entries(spec.selector ?? {}).map(([name, value]) => `${name}=${value}`);
  const own = port ?? spec.ports?.[0]?.port;
  if (selector.length === 0 || own === undefined) {
    throw new InputError(
      `the Service ${metadata.namespace}/${metadata.name} selects no pods or has no port: is it prescale's?`,
    );
  }
  return { namespace: metadata.namespace!, port: own, selector: selector.join(',') };
}

async function listed<T>(
  api: KubernetesApi,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<readonly T[]> {
  return (await api.get<{ readonly items: readonly T[] }>(path, query)).items;
}
