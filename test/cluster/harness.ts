import { mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, apiClient } from './api-client.ts';
import { controlPlaneFolder } from './binaries.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { commands, madeFolder, nodesReady, objects } from './commands.ts';
import { controlPlane, tokenOf, writeKubeconfig } from './control-plane.ts';
import { createNodes, type DeploymentOptions, kwok } from './kwok.ts';
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
  /** Where `kubectl port-forward <any pod> 8082` leads: of the console that listens here, if one does. */
  readonly consolePort: number;
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
  /**
   * The first answer that is neither undefined nor false; asks four times a second.
   * @param seconds that it takes at most on a machine that is not busy
   * @throws after 2.5 times as many, with the last error
   */
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
  const certificates = await makeCertificates(madeFolder(join(folder, 'certificates')));
  const [etcdPort, etcdPeerPort, apiPort, kwokPort, prometheusPort, consolePort] = (await freePorts(6)) as [
    ...[number, number, number, number, number, number],
  ];
  const api = apiClient(`https://127.0.0.1:${apiPort}`, readFileSync(certificates.ca, 'utf8'), tokenOf('admin'));
  const ports = { etcdPort, etcdPeerPort, apiPort };
  const hpaSyncSeconds = options.hpaSyncSeconds ?? 15;
  const servers = controlPlane({ folder, binaries, certificates, ...ports, hpaSyncSeconds, watchdog, api });
  const kubeconfig = writeKubeconfig(folder, 'admin', api, tokenOf('admin'));
  const kubelets = serverProcess(kwok({ folder, binaries, port: kwokPort, consolePort, kubeconfig }), watchdog);
  const scrapeSeconds = options.scrapeSeconds ?? 5;
  const metrics = serverProcess(prometheus({ folder, port: prometheusPort, kwokPort, scrapeSeconds }), watchdog);
  const url = `http://127.0.0.1:${prometheusPort}`;
  const all = [metrics, kubelets, ...Object.values(servers)];
  return {
    folder,
    binaries,
    certificates,
    kwokPort,
    consolePort,
    api,
    apiUrl: api.url,
    kubeconfig,
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
    ...together(folder, all, watchdog, () => api.close()),
  };
}

/** What concerns all servers and programs of the cluster. */
function together(folder: string, all: ServerProcess[], watchdog: Watchdog, lastly: () => Promise<void>) {
  const onStop = [lastly];
  const logTails = (lines = 20) =>
    all.map((server) => `==> ${server.name} <==\n${tail(server.log(), lines)}\n`).join('\n');
  const parts: Pick<Cluster, 'waitFor' | 'program' | 'onStop' | 'logTails' | 'stop'> = {
    waitFor: (what, ask, seconds) => waitFor(what, ask, seconds, logTails),
    program: (spec) => {
      const made = serverProcess({ ...spec, logFile: join(folder, `${spec.name}.log`) }, watchdog);
      all.push(made);
      return made;
    },
    onStop: (what) => void onStop.unshift(what),
    logTails,
    stop: async () => {
      for (const what of onStop) await what();
      // The data goes with the folder, so there is nothing to end gracefully.
      await Promise.all(all.map((server) => server.stop('SIGKILL')));
      await watchdog.finish();
    },
  };
  return parts;
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

/** How many times the seconds that a thing usually takes at most a busy machine gets for it. */
const PATIENCE = 2.5;

async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  seconds: number,
  logTails: () => string,
): Promise<T> {
  const began = Date.now();
  for (let cause: unknown; ; await pause(250)) {
    let answer: T | undefined | false;
    try {
      answer = await ask();
    } catch (error) {
      cause = error;
    }
    const waited = (Date.now() - began) / 1000;
    if (answer !== undefined && answer !== false) {
      if (waited > seconds) console.log(`late: ${what} after ${waited.toFixed(0)} s; ${seconds} s are usually enough`);
      return answer;
    }
    if (waited < PATIENCE * seconds) continue;
    console.error(logTails());
    const why = cause === undefined ? '' : `: ${String(cause)}`;
    throw new Error(`waited ${waited.toFixed(0)} s for ${what}${why}`, { cause });
  }
}

async function instantQuery(url: string, expression: string): Promise<number | undefined> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status} ${await answer.text()}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  if (data.result.length > 1) throw new Error(`${expression} gives ${data.result.length} series; expected one`);
  return data.result[0] === undefined ? undefined : Number(data.result[0].value[1]);
}
