import { type Dispatcher, request } from 'undici';
import { InputError, messageOf, WorldError } from '../../core/errors.ts';
import { readInputText, SECRET_BYTES } from '../../files/input-file.io.ts';
import { httpStatusOf, type KubernetesApi, type MetadataObject } from '../../kubernetes/api.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';
import { newDispatcher } from '../../network/dispatcher.io.ts';
import { proxyFailureOf, refusedBy } from '../../network/proxy-failure.ts';
import { type ClusterFlags, connectCluster } from './cluster.ts';
import { proxyTo } from './environment-proxy.ts';
import type { ForwardedPort, ForwardPort } from './port-forward.ts';
import { ofReleases } from './release-namespaces.ts';

/** Where the addon is, as typed: its address, its Service, or nothing: it is looked for. */
export interface AddonFlags extends ClusterFlags {
  readonly url?: string;
  /** `namespace/name[:port]` */
  readonly service?: string;
  /** A file with a token of the cluster, where the console asks for one. */
  readonly tokenFile?: string;
}

/** Asks the addon; `path` begins with /api/v1. @returns the parsed JSON; undefined: 404 */
export type AskAddon = (path: string) => Promise<unknown>;

/** As the chart names it, and where it listens by default. */
const CONSOLE_PORT = { name: 'console', port: 8082 };
const NAME_LABEL = 'app.kubernetes.io/name=prescale';
const ASK_MS = 10_000;
/** 10,000 workloads take 25 MB. */
const MOST_ANSWER_BYTES = 100e6;

interface Service extends MetadataObject {
  readonly spec: { readonly selector?: Readonly<Record<string, string>> };
}

interface Pod extends MetadataObject {
  readonly spec?: {
    readonly containers?: readonly {
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
  };
  readonly status?: { readonly phase?: string };
}

/** Runs `work` with a way to ask the addon, and lets go of all connections afterwards. */
export async function withAddon<T>(flags: AddonFlags, work: (ask: AskAddon) => Promise<T>): Promise<T> {
  if (flags.url !== undefined && flags.service !== undefined) {
    throw new InputError('--url conflicts with --service: give one of the two');
  }
  const own = flags.tokenFile === undefined ? undefined : tokenHeaders(flags.tokenFile);
  if (flags.url !== undefined) return work(askUrl(flags.url, own));
  const api = await connectCluster(flags);
  const forwarded: ForwardedPort[] = [];
  const forward: ForwardPort = async (...where) => {
    const { forwardPort } = await import('./port-forward.ts');
    const port = await forwardPort(flags, ...where);
    forwarded.push(port);
    return own ? { ...port, headers: own } : port;
  };
  try {
    return await work(await askThroughCluster(api, flags.service, forward));
  } finally {
    await Promise.all([api.close(), ...forwarded.map((port) => port.close())]);
  }
}

function tokenHeaders(path: string): Readonly<Record<string, string>> {
  const text = readInputText({
    path,
    name: `--token-file ${path}`,
    expected: 'a token of the cluster',
    mostBytes: SECRET_BYTES,
  });
  return { authorization: `Bearer ${text.trim()}` };
}

/** Straight to its port: from inside the cluster, or by a port-forward. @param called in messages; default: by its address */
export function askUrl(text: string, headers: Readonly<Record<string, string>> = {}, called?: string): AskAddon {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InputError(`--url: found ${JSON.stringify(text)}; expected a URL such as http://127.0.0.1:8082`);
  }
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const name = called ?? base;
  const proxy = proxyTo(base);
  const dispatcher = newDispatcher({ connectMs: ASK_MS, headersMs: ASK_MS, bodyMs: ASK_MS, tls: {} }, proxy);
  return async (path) => {
    let answer: Dispatcher.ResponseData;
    try {
      answer = await request(`${base}${path}`, {
        headers: { ...headers },
        signal: AbortSignal.timeout(ASK_MS),
        dispatcher,
      });
    } catch (error) {
      const failure = proxyFailureOf(error, proxy, url.hostname);
      if (failure) throw new WorldError(`${name}: ${failure.message}`, { cause: error });
      const why = (error as Error).message || (error as NodeJS.ErrnoException).code;
      throw new WorldError(
        `${name} does not answer (${why}): ${called === undefined ? 'is the address right, and does' : 'does'} prescale run there?`,
        {
          cause: error,
        },
      );
    }
    const { statusCode: status, headers: told } = answer;
    if (status === 200) return parsed(await bounded(answer.body, name), `${name}${path}`);
    if (status === 401 || status === 403 || status === 503) {
      throw new WorldError(`${name}: ${refusal(status, await bounded(answer.body, name))}`);
    }
    await answer.body.dump();
    if (status === 404) return undefined;
    if (status === 407 && proxy) throw new WorldError(`${name}: ${refusedBy(proxy, status, url.hostname).message}`);
    const through = proxy ? ` through the proxy ${proxy.url}` : '';
    const redirected = told.location === undefined ? '' : ` to ${String(told.location)}`;
    throw new WorldError(`${name}${path} answered HTTP ${status}${redirected}${through}: its log says why`);
  };
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WorldError(`${url} is no prescale: its answer is not JSON`, { cause: error });
  }
}

/** The console's own words, with what helps. */
function refusal(status: number, text: string): string {
  let words = `HTTP ${status}, its log says why`;
  try {
    words = String((JSON.parse(text) as { readonly error?: unknown }).error ?? words);
  } catch {
    // Not the console's words.
  }
  return status === 401 ? `${words}; --token-file gives one` : words;
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
 * Through a port-forward to the pods of the addon's Service, as the console listens on a pod's own loopback: who may forward a port to it may
 * read. With several replicas the one that acts is asked.
 */
export async function askThroughCluster(
  api: KubernetesApi,
  service: string | undefined,
  forward: ForwardPort,
): Promise<AskAddon> {
  const found = service === undefined ? await discover(api) : await named(api, service);
  const { namespace, selector } = found;
  const pods = await listed<Pod>(api, resourcePath('v1', 'pods', namespace), { labelSelector: selector });
  const running = pods.filter(({ status }) => status?.phase === 'Running');
  if (running.length === 0) {
    throw new WorldError(
      `no pod of prescale runs in ${namespace}: kubectl describe pod -n ${namespace} -l ${selector} says why`,
    );
  }
  const asks = running.map(async (pod) => {
    const port = found.port ?? consolePort(pod);
    const forwarded = await forward(namespace, pod.metadata.name, port);
    const ask = askUrl(forwarded.url, forwarded.headers, `port ${port} of pod ${namespace}/${pod.metadata.name}`);
    return async (path: string) => {
      try {
        return await ask(path);
      } catch (error) {
        throw forwarded.problem() ? notForwarded(namespace, pod.metadata.name, port, forwarded.problem()!) : error;
      }
    };
  });
  return leading(await Promise.all(asks));
}

function consolePort({ spec }: Pod): number {
  const ports = (spec?.containers ?? []).flatMap(({ ports }) => ports ?? []);
  return ports.find(({ name }) => name === CONSOLE_PORT.name)?.containerPort ?? CONSOLE_PORT.port;
}

function notForwarded(namespace: string, pod: string, port: number, cause: Error): WorldError {
  return new WorldError(
    `port ${port} of pod ${pod} can't be reached through the API server: ${cause.message}; create on pods/portforward in ${namespace} is ` +
      `needed, or kubectl port-forward -n ${namespace} ${pod} ${port} elsewhere, and --url http://127.0.0.1:${port}`,
    { cause },
  );
}

/** The pod that acts; where none says so, one that answers. */
async function leading(asks: readonly AskAddon[]): Promise<AskAddon> {
  const answers = await Promise.allSettled(asks.map((ask) => ask('/api/v1/status')));
  const acts = answers.findIndex(
    (answer) => answer.status === 'fulfilled' && (answer.value as { leads?: unknown } | undefined)?.leads === true,
  );
  const chosen = asks[acts >= 0 ? acts : answers.findIndex(({ status }) => status === 'fulfilled')];
  if (chosen !== undefined) return chosen;
  throw (answers[0] as PromiseRejectedResult).reason;
}

interface FoundService {
  readonly namespace: string;
  /** As it was asked for; undefined: the pod says it. */
  readonly port: number | undefined;
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
  if (selector.length === 0) {
    throw new InputError(`the Service ${metadata.namespace}/${metadata.name} selects no pods: is it prescale's?`);
  }
  return { namespace: metadata.namespace!, port, selector: selector.join(',') };
}

async function listed<T>(
  api: KubernetesApi,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<readonly T[]> {
  return (await api.get<{ readonly items: readonly T[] }>(path, query)).items;
}
