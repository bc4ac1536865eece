import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { PROJECT, run } from './binaries.ts';
import type { Cluster } from './harness.ts';
import { freePorts } from './ports.ts';
import type { ServerProcess } from './server-process.ts';

export interface InstallOptions {
  /** Default prescale; made where it is missing. */
  readonly namespace?: string;
  readonly release?: string;
  /** Values of the chart, over `config.prometheus.url` = the cluster's. */
  readonly values?: Tree;
  readonly chart?: string;
  /** What runs instead of the chart's image (default dist/cli/main.js). */
  readonly main?: string;
}

type Tree = { readonly [key: string]: unknown };

/** The addon as a local process, in the place of one of the chart's pods. */
export interface RunningAddon extends ServerProcess {
  /** Where its /metrics, /healthz and /readyz are. */
  readonly url: string;
  /** The configuration file that it reads; a restart reads it again. */
  readonly configFile: string;
  /** Body of an answer that is 2xx. @throws otherwise */
  get(path: string): Promise<string>;
}

/** A release of the chart whose programs run here, with its ServiceAccount's rights and in its container's environment. */
export interface AttachedPrescale {
  readonly namespace: string;
  readonly release: string;
  /** Path; a token of the chart's ServiceAccount. */
  readonly kubeconfig: string;
  /** Starts `prescale run` and returns when /healthz answers. Each name is a further replica: own port, data and pod name. */
  start(name?: string): Promise<RunningAddon>;
  /** Standard output of `prescale <args>` with the same rights, e.g. status. */
  prescale(...args: string[]): Promise<string>;
}

export interface InstalledPrescale extends AttachedPrescale {
  upgrade(values: Tree): Promise<void>;
  /** What the chart's pre-delete hooks would run, here; then helm uninstall. */
  uninstall(): Promise<void>;
}

interface Container {
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: Tree }[];
}
interface PodOwner {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly template: { readonly spec: { readonly serviceAccountName: string; readonly containers: Container[] } };
  };
}

/**
 * `helm install`, for the chart's rights and configuration. Its pods are KWOK's and do nothing: start() runs the built
 * program instead, with a token of the chart's ServiceAccount, so that a missing right fails the test.
 */
export async function installPrescale(cluster: Cluster, options: InstallOptions = {}): Promise<InstalledPrescale> {
  const { namespace = 'prescale', release = 'prescale', chart = join(PROJECT, 'helm') } = options;
  const upgrade = (values: Tree) => helmUpgrade(cluster, chart, namespace, release, values);
  await upgrade(options.values ?? {});
  const attached = await attachPrescale(cluster, namespace, release, options.main);
  return {
    ...attached,
    upgrade,
    uninstall: async () => {
      for (const args of await hookCommands(cluster, namespace, release)) await attached.prescale(...args);
      // The hooks' pods are KWOK's: they would end and have done nothing.
      await cluster.helm('uninstall', release, '-n', namespace, '--no-hooks', '--wait');
    },
  };
}

/** The programs of a release that somebody installed. @param main what runs instead of the chart's image */
export async function attachPrescale(
  cluster: Cluster,
  namespace: string,
  release: string,
  main = join(PROJECT, 'dist/cli/main.js'),
): Promise<AttachedPrescale> {
  if (!existsSync(main)) throw new Error(`${main} is missing: npm run build makes it`);
  const { serviceAccountName } = await chartParts(cluster, namespace, release);
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, serviceAccountName);
  const prepare = async (name: string) => {
    const { container, config } = await chartParts(cluster, namespace, release);
    const folder = join(cluster.folder, `${namespace}-${release}-${name}`);
    mkdirSync(folder, { recursive: true });
    const configFile = join(folder, 'config.yaml');
    const [port] = await freePorts(1);
    const listen = `127.0.0.1:${port}`;
    const own = { http: { listen }, store: { folder: join(folder, 'store') } };
    writeFileSync(configFile, stringify(merged(parse(config), own)));
    const variables = containerEnvironment(container, `${release}-${name}`, namespace);
    const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig, ...variables };
    return { configFile, url: `http://${listen}`, args: container.args ?? ['run'], env };
  };
  return {
    namespace,
    release,
    kubeconfig,
    start: async (name = 'a') => {
      const { args, env, configFile, url } = await prepare(name);
      const addon = cluster.program({
        name: `prescale-${name}`,
        command: process.execPath,
        args: [main, ...withConfig(args, configFile)],
        env,
        ready: async () => (await fetch(`${url}/healthz`)).ok,
      });
      await addon.start();
      // Not a copy: pid is a getter.
      return Object.assign(addon, { url, configFile, get: (path: string) => body(url + path) });
    },
    prescale: async (...args) => {
      const { env, configFile } = await prepare('command');
      const known = args.includes('--config') ? withConfig(args, configFile) : args;
      return run(process.execPath, [main, ...known], { env });
    },
  };
}

/** What of the chart's Deployment and ConfigMap a program needs. */
async function chartParts(cluster: Cluster, namespace: string, release: string) {
  const selector = `app.kubernetes.io/instance=${release}`;
  const find = <T>(kind: string) =>
    cluster.kubectlJson<{ items: T[] }>('get', kind, '-n', namespace, '-l', selector).then(({ items }) => items);
  const [owner] = await find<PodOwner>('deployments');
  const maps = await find<{ data?: Record<string, string> }>('configmaps');
  const config = maps.map(({ data }) => data?.['config.yaml']).find((text) => text !== undefined);
  if (owner === undefined || config === undefined) {
    throw new Error(`${namespace} has no Deployment or no ConfigMap with config.yaml labelled ${selector}`);
  }
  const { serviceAccountName, containers } = owner.spec.template.spec;
  return { serviceAccountName, container: containers[0]!, config };
}

async function body(url: string): Promise<string> {
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status} ${text}`);
  return text;
}

async function helmUpgrade(cluster: Cluster, chart: string, namespace: string, release: string, values: Tree) {
  const file = join(cluster.folder, `values-${namespace}-${release}.yaml`);
  const ours = { config: { prometheus: { url: cluster.prometheus.url } } };
  writeFileSync(file, stringify(merged(ours, values)));
  await cluster.helm('upgrade', '--install', release, chart, '-n', namespace, '--create-namespace', '-f', file);
}

/** Arguments of the release's pre-delete hooks, in the chart's order. */
async function hookCommands(cluster: Cluster, namespace: string, release: string): Promise<(readonly string[])[]> {
  const hooks = (await cluster.helm('get', 'hooks', release, '-n', namespace)).split(/^---$/m);
  return hooks
    .map((text) => parse(text) as (PodOwner & { metadata: { annotations?: Record<string, string> } }) | null)
    .filter((hook) => hook?.kind === 'Job' && hook.metadata.annotations?.['helm.sh/hook']?.includes('pre-delete'))
    .map((hook) => hook!.spec.template.spec.containers[0]!.args ?? []);
}

/** The container's arguments with our configuration file instead of the mounted one. */
function withConfig(args: readonly string[], configFile: string): string[] {
  const at = args.indexOf('--config');
  return at < 0 ? [...args, '--config', configFile] : args.map((arg, i) => (i === at + 1 ? configFile : arg));
}

/** The container's variables, as a kubelet would set them for a pod of this name. */
function containerEnvironment({ env = [] }: Container, pod: string, namespace: string): Record<string, string> {
  const fields: Readonly<Record<string, string>> = { 'metadata.name': pod, 'metadata.namespace': namespace };
  const values = env.map(({ name, value, valueFrom }) => {
    const { fieldPath = '' } = (valueFrom?.fieldRef ?? {}) as { fieldPath?: string };
    const known = valueFrom === undefined ? (value ?? '') : fields[fieldPath];
    if (known === undefined) throw new Error(`the chart's variable ${name} comes from ${JSON.stringify(valueFrom)}`);
    return [name, known] as const;
  });
  return Object.fromEntries(values);
}

/** `over` on top of `base`, key by key; arrays and scalars replace. */
function merged(base: Tree, over: Tree): Tree {
  const isTree = (value: unknown): value is Tree =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isTree(below) && isTree(value) ? merged(below, value) : value;
  }
  return result;
}

/** The text of an addon's configuration, to change it before a restart. */
export function readConfig(addon: RunningAddon): Tree {
  return parse(readFileSync(addon.configFile, 'utf8'));
}
