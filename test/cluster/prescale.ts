import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ValueMac } from '../../redis/value-mac.ts';
import { type RedisServer, startRedis } from '../redis/redis-server.ts';
import { PROJECT, run } from './binaries.ts';
import type { Cluster } from './harness.ts';
import { freePorts } from './ports.ts';
import type { ServerProcess } from './server-process.ts';

export type Role = 'actuator' | 'collector' | 'forecaster';

const COMPONENT = 'app.kubernetes.io/component';
const REDIS_PASSWORD = 'of the tests alone';
const REDIS_MAC_KEY = 'a key of the tests alone, long enough';
/** Of what the roles of a release store. */
export const releaseMac = (): ValueMac => new ValueMac(Buffer.from(REDIS_MAC_KEY));
/** PRESCALE_MODE=distributed: the same tests with the roles in processes of their own, over a real Redis. */
const MODE = process.env.PRESCALE_MODE ?? 'single';

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
  /** Where its console is. */
  readonly consoleUrl: string;
  /** The configuration file that it reads; a restart reads it again. */
  readonly configFile: string;
  /** Body of an answer that is 2xx. @throws otherwise */
  get(path: string): Promise<string>;
  /** JSON of the console; undefined: 404, or it is starting. @throws otherwise */
  console(path: string): Promise<unknown>;
}

/** A release of the chart whose programs run here, with its ServiceAccount's rights and in its container's environment. */
export interface AttachedPrescale {
  readonly namespace: string;
  readonly release: string;
  /** Path; a token of the chart's ServiceAccount. */
  readonly kubeconfig: string;
  /** In mode distributed: where the roles meet. */
  readonly redis: RedisServer | undefined;
  /**
   * Starts what decides (`prescale run`; in mode distributed an actuator, the first time with a collector and a forecaster) and
   * returns when /healthz answers. Each name is a further replica: own port, data and pod name.
   */
  start(name?: string): Promise<RunningAddon>;
  /** One further process of a role, in mode distributed. */
  startRole(role: Role, name: string): Promise<RunningAddon>;
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
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
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

/** The programs of a release that somebody installed. @param main what runs instead of the chart's image @param forwardedName of the process that a port-forward to any pod reaches */
export async function attachPrescale(
  cluster: Cluster,
  namespace: string,
  release: string,
  main = join(PROJECT, 'dist/cli/main.js'),
  forwardedName?: string,
): Promise<AttachedPrescale> {
  if (!existsSync(main)) throw new Error(`${main} is missing: npm run build makes it`);
  const { owner, distributed } = await chartParts(cluster, namespace, release);
  const account = owner.spec.template.spec.serviceAccountName;
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, account);
  const redis = distributed ? await startRedis({ password: REDIS_PASSWORD }) : undefined;
  if (redis) cluster.onStop(() => redis.stop());

  const prepare = async (role: Role, name: string) => {
    const { owner, config } = await chartParts(cluster, namespace, release, role);
    const { containers, serviceAccountName } = owner.spec.template.spec;
    const folder = join(cluster.folder, `${namespace}-${release}-${name}`);
    mkdirSync(folder, { recursive: true });
    const configFile = join(folder, 'config.yaml');
    const [port, free] = await freePorts(2);
    const consolePort = name === forwardedName ? cluster.consolePort : free;
    const listen = `127.0.0.1:${port}`;
    const consoleListen = `127.0.0.1:${consolePort}`;
    const passwordFile = join(folder, 'redis-password');
    const macKeyFile = join(folder, 'redis-mac-key');
    if (redis) {
      writeFileSync(passwordFile, REDIS_PASSWORD);
      writeFileSync(macKeyFile, REDIS_MAC_KEY);
    }
    const own = {
      http: { listen, probeListen: '127.0.0.1:0' },
      console: { listen: consoleListen },
      store: { folder: join(folder, 'store') },
      ...(redis && { redis: { url: `redis://127.0.0.1:${redis.port}`, passwordFile, macKeyFile } }),
    };
    writeFileSync(configFile, stringify(merged(parse(config), own)));
    const variables = containerEnvironment(containers[0]!, `${release}-${name}`, namespace);
    // A forecaster's pod has no token either.
    const rights =
      role === 'forecaster'
        ? {}
        : {
            KUBECONFIG:
              serviceAccountName === account
                ? kubeconfig
                : await cluster.serviceAccountKubeconfig(namespace, serviceAccountName),
          };
    const env = { PATH: process.env.PATH, HOME: folder, ...rights, ...variables };
    const urls = { url: `http://${listen}`, consoleUrl: `http://${consoleListen}` };
    return { configFile, ...urls, args: containers[0]!.args ?? ['run'], env };
  };
  const startRole = async (role: Role, name: string): Promise<RunningAddon> => {
    const { args, env, configFile, url, consoleUrl } = await prepare(role, name);
    const addon = cluster.program({
      name: `prescale-${name}`,
      command: process.execPath,
      args: [main, ...withConfig(args, configFile)],
      env,
      ready: async () => (await fetch(`${url}/healthz`)).ok,
      // Who loses the lease on a busy machine ends.
      restarts: true,
    });
    await addon.start();
    // Not a copy: pid and ends are getters.
    const get = (path: string) => body(url + path);
    return Object.assign(addon, {
      url,
      consoleUrl,
      configFile,
      get,
      console: (path: string) => json(consoleUrl + path),
    });
  };
  let others: { readonly config: string; readonly running: Promise<readonly RunningAddon[]> } | undefined;
  /** Where the configuration changed, the Deployments roll: so do the processes. */
  const startOthers = async () => {
    const { config } = await chartParts(cluster, namespace, release);
    if (others?.config === config) return others.running;
    for (const one of (await others?.running) ?? []) await one.stop();
    const running = Promise.all([startRole('collector', 'collector-0'), startRole('forecaster', 'forecaster-0')]);
    others = { config, running };
    return running;
  };
  return {
    namespace,
    release,
    kubeconfig,
    redis,
    start: async (name = 'a') => {
      if (!distributed) return startRole('actuator', name);
      const beside = await startOthers();
      const addon = await startRole('actuator', name);
      const log = addon.log;
      // What one process would have said is said by three.
      return Object.assign(addon, { log: () => [log(), ...beside.map((one) => one.log())].join('\n') });
    },
    startRole,
    prescale: async (...args) => {
      const { env, configFile } = await prepare('actuator', 'command');
      const known = args.includes('--config') ? withConfig(args, configFile) : args;
      return run(process.execPath, [main, ...known], { env });
    },
  };
}

/** What of the chart's Deployments and ConfigMap a program needs. @param role in mode distributed */
async function chartParts(cluster: Cluster, namespace: string, release: string, role: Role = 'actuator') {
  const selector = `app.kubernetes.io/instance=${release}`;
  const find = <T>(kind: string) =>
    cluster.kubectlJson<{ items: T[] }>('get', kind, '-n', namespace, '-l', selector).then(({ items }) => items);
  const owners = await find<PodOwner>('deployments');
  const distributed = owners.length > 1;
  const owner = distributed ? owners.find(({ metadata }) => metadata.labels?.[COMPONENT] === role) : owners[0];
  const maps = await find<{ data?: Record<string, string> }>('configmaps');
  const config = maps.map(({ data }) => data?.['config.yaml']).find((text) => text !== undefined);
  if (owner === undefined || config === undefined) {
    throw new Error(`${namespace} has no Deployment or no ConfigMap with config.yaml labelled ${selector}`);
  }
  return { owner, config, distributed };
}

/** @returns undefined: it is not there, or not yet */
async function json(url: string): Promise<unknown> {
  const answer = await fetch(url);
  if (answer.status === 404 || answer.status === 503) return undefined;
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function body(url: string): Promise<string> {
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status} ${text}`);
  return text;
}

async function helmUpgrade(cluster: Cluster, chart: string, namespace: string, release: string, values: Tree) {
  const file = join(cluster.folder, `values-${namespace}-${release}.yaml`);
  const ours = { mode: MODE, config: { prometheus: { url: cluster.prometheus.url } } };
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
