import { mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, apiClient, type KubernetesObject } from './api-client.ts';
import { controlPlaneFolder, run } from './binaries.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { controlPlane, tokenOf, writeKubeconfig } from './control-plane.ts';
import { createNodes, type DeploymentOptions, deploymentManifest, kwok, NODES } from './kwok.ts';
import { freePorts } from './ports.ts';
import { addScrape, backfillPrometheus, prometheus } from './prometheus.ts';
import { pause, type ServerProcess, serverProcess, startWatchdog, tail, type Watchdog } from './server-process.ts';

export interface ClusterOptions {
  /** Time between two looks of the HPA controller (default 15 s, Kubernetes' own). */
  readonly hpaSyncSeconds?: number;
  /** Time between two scrapes (default 5 s). */
  readonly scrapeSeconds?: number;
  /** OpenMetrics texts that Prometheus holds from the start (DemandExporter.backfill). */
  readonly backfill?: readonly string[];
  /** Exporters to scrape, by the name that becomes their job and instance. */
  readonly scrape?: Readonly<Record<string, { readonly port: number }>>;
}

/** A Kubernetes with an ordinary and a virtual node, and a Prometheus, on loopback ports and in a temporary folder. */
export interface Cluster {
  /** All that this cluster writes; gone after stop(). */
  readonly folder: string;
  readonly apiUrl: string;
  /** Folder of kubectl, helm, kwok and Kubernetes' servers. */
  readonly binaries: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly certificates: Certificates;
  readonly kwokPort: number;
  /** Seconds from startCluster to the moment each server was ready. */
  readonly readySeconds: Readonly<Record<string, number>>;
  /** The API by paths, as the administrator. */
  readonly api: ApiClient;
  readonly apiServer: ServerProcess;
  readonly controllerManager: ServerProcess;
  readonly scheduler: ServerProcess;
  readonly kwok: ServerProcess;
  readonly prometheus: ServerProcess & {
    readonly url: string;
    /** Scrapes 127.0.0.1:<port>/metrics from now on, as job and instance `name`. */
    scrape(name: string, port: number): Promise<void>;
    /** Value of an instant query's only series; undefined where it has none. */
    query(expression: string): Promise<number | undefined>;
  };
  /** Standard output. @throws with standard error */
  kubectl(...args: string[]): Promise<string>;
  /** With `-o json`. */
  kubectlJson<T>(...args: string[]): Promise<T>;
  helm(...args: string[]): Promise<string>;
  /** kubectl apply of any YAML. */
  applyYaml(text: string): Promise<void>;
  createNamespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  createDeployment(options: DeploymentOptions): Promise<void>;
  /** Pods that are Ready and not being deleted, of the Deployment that createDeployment made. */
  readyPods(namespace: string, name: string): Promise<number>;
  /** Path of a kubeconfig with a fresh token of a ServiceAccount: exactly its rights. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  /** The first answer that is neither undefined nor false; asks four times a second. @throws after so many seconds, with the last error */
  waitFor<T>(what: string, ask: () => Promise<T | undefined | false>, seconds: number): Promise<T>;
  /** A further program that ends with the cluster, its log in the folder. */
  program(spec: Omit<Parameters<typeof serverProcess>[0], 'logFile'>): ServerProcess;
  /** Runs before the servers stop. */
  onStop(what: () => Promise<void>): void;
  /** The end of every log, to print where a test failed. */
  logTails(lines?: number): string;
  /** Stops everything and removes the folder. */
  stop(): Promise<void>;
}

/** Starts everything and returns when both nodes are Ready. Where that fails nothing is left behind. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const startedMs = Date.now();
  const binaries = await controlPlaneFolder();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'prescale-cluster-')));
  const watchdog = startWatchdog(folder);
  try {
    const cluster = await buildCluster(folder, binaries, watchdog, options, startedMs);
    await startServers(cluster, options, startedMs);
    return cluster;
  } catch (error) {
    await watchdog.finish();
    throw error;
  }
}

type Building = Cluster & { readonly etcd: ServerProcess; readonly readySeconds: Record<string, number> };

async function buildCluster(
  folder: string,
  binaries: string,
  watchdog: Watchdog,
  options: ClusterOptions,
  startedMs: number,
): Promise<Building> {
  const certificates = await makeCertificates(mkdirp(join(folder, 'certificates')));
  const [etcdPort, etcdPeerPort, apiPort, kwokPort, prometheusPort] = (await freePorts(5)) as [
    ...[number, number, number, number, number],
  ];
  const ca = readFileSync(certificates.ca, 'utf8');
  const api = apiClient(`https://127.0.0.1:${apiPort}`, ca, tokenOf('admin'));
  const ports = { etcdPort, etcdPeerPort, apiPort };
  const hpaSyncSeconds = options.hpaSyncSeconds ?? 15;
  const servers = controlPlane({ folder, binaries, certificates, ...ports, hpaSyncSeconds, watchdog, api });
  const kubeconfig = writeKubeconfig(folder, 'admin', api, tokenOf('admin'));
  const kubelets = serverProcess(kwok({ folder, binaries, port: kwokPort, kubeconfig }), watchdog);
  const scrapeSeconds = options.scrapeSeconds ?? 5;
  const metrics = serverProcess(prometheus({ folder, port: prometheusPort, kwokPort, scrapeSeconds }), watchdog);
  const programs: ServerProcess[] = [];
  const logTails = (lines = 20) =>
    [...Object.values(servers), kubelets, metrics, ...programs]
      .map((server) => `==> ${server.name} <==\n${tail(server.log(), lines)}\n`)
      .join('\n');
  const url = `http://127.0.0.1:${prometheusPort}`;
  const onStop: (() => Promise<void>)[] = [() => api.close()];
  return {
    ...{ folder, binaries, certificates, kwokPort, api, apiUrl: api.url, kubeconfig },
    ...servers,
    ...commands(folder, binaries, kubeconfig),
    ...objects(folder, api),
    kwok: kubelets,
    prometheus: Object.assign(metrics, {
      url,
      scrape: (name: string, port: number) => addScrape(folder, name, port),
      query: (expression: string) => instantQuery(url, expression),
    }),
    readySeconds: { 'certificates and ports': (Date.now() - startedMs) / 1000 },
    waitFor: (what, ask, seconds) => waitFor(what, ask, seconds, logTails),
    program: (spec) => {
      const made = serverProcess({ ...spec, logFile: join(folder, `${spec.name}.log`) }, watchdog);
      programs.push(made);
      return made;
    },
    onStop: (what) => void onStop.unshift(what),
    logTails,
    stop: async () => {
      for (const what of onStop) await what();
      const all = [...programs, kubelets, metrics, ...Object.values(servers)];
      // The data goes with the folder, so there is nothing to end gracefully.
      await Promise.all(all.map((server) => server.stop('SIGKILL')));
      await watchdog.finish();
    },
  };
}

async function startServers(cluster: Building, { backfill = [], scrape = {} }: ClusterOptions, startedMs: number) {
  const timed = async (name: string, work: Promise<unknown>) => {
    await work;
    cluster.readySeconds[name] = (Date.now() - startedMs) / 1000;
  };
  const { etcd, apiServer, controllerManager, scheduler, kwok: kubelets, api, folder } = cluster;
  const metrics = async () => {
    for (const [name, { port }] of Object.entries(scrape)) await addScrape(folder, name, port);
    await backfillPrometheus(folder, backfill);
    await cluster.prometheus.start();
  };
  const kubernetes = async () => {
    await timed('etcd', etcd.start());
    await timed('kube-apiserver', apiServer.start());
    await createNodes(api);
    await Promise.all([
      timed('kube-controller-manager', controllerManager.start()),
      timed('kube-scheduler', scheduler.start()),
      timed('kwok', kubelets.start()),
    ]);
    await timed(
      'nodes Ready',
      cluster.waitFor('Ready nodes', () => nodesReady(api), 60),
    );
  };
  await Promise.all([timed('prometheus', metrics()), kubernetes()]);
}

interface Conditions {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

function isReady({ status }: Conditions): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Ready, and without the taint that the controller manager puts on nodes that are not. */
async function nodesReady(api: ApiClient): Promise<boolean> {
  type Node = Conditions & { readonly spec: { readonly taints?: readonly { readonly key: string }[] } };
  const { items } = await api.request<{ items: readonly Node[] }>('GET', '/api/v1/nodes');
  const free = ({ spec }: Node) => !spec.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/'));
  return items.filter((node) => isReady(node) && free(node)).length === NODES.length;
}

function commands(folder: string, binaries: string, kubeconfig: string) {
  // Caches of both go into the folder.
  const program = join(binaries, 'kubectl');
  const env = { PATH: process.env.PATH, HOME: mkdirp(join(folder, 'home')), KUBECONFIG: kubeconfig };
  const kubectl = (...args: string[]) => run(program, args, { env });
  return {
    kubectl,
    kubectlJson: async <T>(...args: string[]): Promise<T> => JSON.parse(await kubectl(...args, '-o', 'json')),
    helm: (...args: string[]) => run(join(binaries, 'helm'), args, { env }),
    applyYaml: async (text: string) => {
      await run(program, ['apply', '-f', '-'], { env, input: text });
    },
  };
}

function objects(folder: string, api: ApiClient) {
  return {
    createNamespace: async (name: string, labels: Readonly<Record<string, string>> = {}) => {
      await api.request('POST', '/api/v1/namespaces', { metadata: { name, labels } });
      // Until the controller manager has made it, pods are refused and their creation backs off.
      const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
      while ((await api.find(account)) === undefined) await pause(20);
    },
    createDeployment: async (options: DeploymentOptions) => {
      await api.request(
        'POST',
        `/apis/apps/v1/namespaces/${options.namespace}/deployments`,
        deploymentManifest(options),
      );
    },
    readyPods: async (namespace: string, name: string) => {
      type Pod = Conditions & KubernetesObject & { readonly metadata: { readonly deletionTimestamp?: string } };
      const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(`app=${name}`)}`;
      const { items } = await api.request<{ items: readonly Pod[] }>('GET', path);
      return items.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;
    },
    serviceAccountKubeconfig: async (namespace: string, name: string) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
      const body = { spec: { expirationSeconds: 24 * 3600 } };
      const { status } = await api.request<{ status: { token: string } }>('POST', path, body);
      return writeKubeconfig(folder, `${namespace}-${name}`, api, status.token, namespace);
    },
  };
}

async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  seconds: number,
  logTails: () => string,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (let cause: unknown; ; await pause(250)) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (Date.now() < deadline) continue;
    console.error(logTails());
    const why = cause === undefined ? '' : `: ${String(cause)}`;
    throw new Error(`waited ${seconds} s for ${what}${why}`, { cause });
  }
}

async function instantQuery(url: string, expression: string): Promise<number | undefined> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status} ${await answer.text()}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  if (data.result.length > 1) throw new Error(`${expression} gives ${data.result.length} series; expected one`);
  return data.result[0] === undefined ? undefined : Number(data.result[0].value[1]);
}

function mkdirp(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
