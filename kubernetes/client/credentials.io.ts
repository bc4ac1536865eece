import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { delimiter, dirname } from 'node:path';
import { InputError } from '../../core/errors.ts';
import { readInputText, SECRET_BYTES } from '../../files/input-file.io.ts';
import type { ForwardProxy } from '../../network/forward-proxy.ts';
import { parseProxy } from '../../network/proxy-choice.io.ts';

/** Where the mounted credentials of a pod's ServiceAccount stand. */
const MOUNTED = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Hundreds of clusters, each with its certificates. */
const KUBECONFIG_BYTES = 16_777_216;

/** What it takes to be let in: re-read now and then, as tokens and certificates are rotated. */
export interface Access {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    /** PEM texts. */
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
}

export interface Credentials {
  /** https://host:port */
  readonly server: string;
  /** The context's or the pod's own namespace. */
  readonly namespace: string;
  /** The kubeconfig's proxy-url, which wins over the environment, NO_PROXY included, as it does for kubectl. */
  readonly proxy?: ForwardProxy;
  /** The access as it is now: files are read again, an exec plugin's token that expired is asked for again. */
  access(): Promise<Access>;
}

/** A pod's own API server, and where its credentials are mounted. */
export interface InCluster {
  readonly host: string;
  readonly port: string;
  readonly folder?: string;
}

/** @returns undefined outside a cluster. @param env the program's environment: every pod has these two */
export function inClusterFrom(env: Readonly<Record<string, string | undefined>>): InCluster | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  return host && port ? { host, port } : undefined;
}

/**
 * The mounted token and authority, read by ourselves: @kubernetes/client-node costs 75 MB and 300 ms to load, for three small
 * files. The kubelet rotates the token before it expires (at 80 % of its life), so that reading it each minute is enough.
 */
export async function mountedCredentials({ host, port, folder = MOUNTED }: InCluster): Promise<Credentials> {
  const read = async (name: string) => {
    try {
      return (await readFile(`${folder}/${name}`, 'utf8')).trim();
    } catch (error) {
      throw new InputError(
        `${folder}/${name} can't be read (${(error as NodeJS.ErrnoException).code}); expected a pod with a ServiceAccount ` +
          'token mounted (automountServiceAccountToken: true)',
        { cause: error },
      );
    }
  };
  const access = async (): Promise<Access> => {
    const [token, ca] = await Promise.all([read('token'), read('ca.crt')]);
    return { headers: { authorization: `Bearer ${token}` }, tls: { ca } };
  };
  await access();
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    namespace: await read('namespace').catch(() => 'default'),
    access,
  };
}

/**
 * A kubeconfig as kubectl reads it: tokens, certificates, exec plugins.
 * @param files one path, or several as in $KUBECONFIG; undefined: ~/.kube/config
 * @throws InputError where there is none, or the context is not in it
 */
export async function kubeconfigCredentials(files: string | undefined, context?: string): Promise<Credentials> {
  return fromConfig(await readKubeconfig(files, context));
}

/** The same as client-node's own object, for what that library does by itself. @throws InputError */
export async function readKubeconfig(files: string | undefined, context?: string) {
  const { KubeConfig } = await import('@kubernetes/client-node');
  /** The library's own would wait for a FIFO, and read whatever stands there. */
  class BoundedConfig extends KubeConfig {
    override loadFromFile(
      path: string,
      options?: Parameters<InstanceType<typeof KubeConfig>['loadFromFile']>[1],
    ): void {
      this.loadFromString(readInputText({ path, expected: 'a kubeconfig', mostBytes: KUBECONFIG_BYTES }), options);
      this.makePathsAbsolute(dirname(path));
    }
  }
  const config = new BoundedConfig();
  try {
    if (files === undefined) config.loadFromDefault();
    else {
      const [first = '', ...others] = files.split(delimiter).filter((file) => file !== '');
      config.loadFromFile(first);
      for (const file of others) {
        const other = new BoundedConfig();
        other.loadFromFile(file);
        config.mergeConfig(other, true);
      }
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`the kubeconfig ${files ?? ''} can't be used: ${(error as Error).message}`, { cause: error });
  }
  const known = config.getContexts().flatMap(({ name }) => (name === 'loaded-context' ? [] : [name]));
  if (context !== undefined) {
    if (!known.includes(context)) {
      throw new InputError(`--context: found ${JSON.stringify(context)}; expected ${contextWords(known)}`);
    }
    config.setCurrentContext(context);
  }
  return config;
}

const MOST_CONTEXTS = 20;

/** The names to choose from. */
function contextWords(known: readonly string[]): string {
  if (known.length === 0)
    return 'a kubeconfig with contexts: this one has none (--kubeconfig, $KUBECONFIG or ~/.kube/config)';
  const more = known.length > MOST_CONTEXTS ? `, or ${known.length - MOST_CONTEXTS} more` : '';
  return `one of ${[...known].sort().slice(0, MOST_CONTEXTS).join(', ')}${more}`;
}

function fromConfig(config: InstanceType<typeof import('@kubernetes/client-node').KubeConfig>): Credentials {
  const cluster = config.getCurrentCluster();
  const current = config.getContextObject(config.getCurrentContext());
  // Without any file, client-node falls back to http://localhost:8080, which nobody has served for years.
  if (!cluster?.server || current?.name === 'loaded-context') {
    const known = config.getContexts().flatMap(({ name }) => (name === 'loaded-context' ? [] : [name]));
    throw new InputError(
      known.length === 0
        ? 'found no cluster; expected a kubeconfig (--kubeconfig, $KUBECONFIG or ~/.kube/config) with a context'
        : `the kubeconfig's current context leads to no cluster; expected --context: ${contextWords(known)}`,
    );
  }
  const { proxyUrl } = cluster;
  const plain = cluster.server.startsWith('http:');
  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: current?.namespace ?? 'default',
    ...(proxyUrl ? { proxy: parseProxy(proxyUrl, `proxy-url of the cluster ${cluster.name}`) } : {}),
    async access() {
      const options: Record<string, unknown> & { headers: Record<string, string> } = { headers: {} };
      refuseFiles(config);
      // The agent that it also makes is dropped: undici's is used. It refuses http without insecure-skip-tls-verify.
      if (!plain) await config.applyToHTTPSOptions(options);
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(options.headers)) headers[name.toLowerCase()] = String(value).trim();
      if (typeof options.auth === 'string') {
        headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
      }
      return { headers, tls: tlsOf(options) };
    },
  };
}

/** What the library reads by itself has to be what it says. @throws InputError */
function refuseFiles(config: InstanceType<typeof import('@kubernetes/client-node').KubeConfig>): void {
  const user = config.getCurrentUser();
  const { tokenFile } = (user?.authProvider?.config ?? {}) as { tokenFile?: string };
  for (const path of [config.getCurrentCluster()?.caFile, user?.certFile, user?.keyFile, tokenFile]) {
    if (path) readInputText({ path, expected: 'a file that the kubeconfig names', mostBytes: SECRET_BYTES });
  }
}

function tlsOf(options: Readonly<Record<string, unknown>>): Access['tls'] {
  const text = (name: string) => (options[name] === undefined ? {} : { [name]: String(options[name]) });
  return {
    ...text('ca'),
    ...text('cert'),
    ...text('key'),
    ...text('servername'),
    ...(options.rejectUnauthorized === false ? { rejectUnauthorized: false } : {}),
  };
}
