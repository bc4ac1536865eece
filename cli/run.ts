import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { eventRecorder } from '../actuator/events.ts';
import { type Leadership, leaderElection } from '../actuator/leader.ts';
import { Addon } from '../addon/addon.ts';
import { type Choice, ChosenSource } from '../addon/chosen-source.ts';
import { type AddonConfig, addonConfig, defaultConfig } from '../addon/config.ts';
import { ownRecording } from '../addon/recording.ts';
import type { RefitPool, Refitted } from '../addon/refit.ts';
import { refitHere, refitThreads } from '../addon/refit-pool.ts';
import { addonView } from '../addon/shown.ts';
import { HISTOGRAM_SECONDS } from '../collector/startup-histogram.ts';
import { StartupSketches } from '../collector/startup-sketches.ts';
import { InputError, WorldError } from '../core/errors.ts';
import { FileHistoryStore } from '../forecaster/file-history-store.ts';
import { MemoryForecastStore } from '../forecaster/forecast-store.ts';
import type { Sleep } from '../kubernetes/clock.ts';
import { inClusterFrom } from '../kubernetes/credentials.ts';
import { connectKubernetes, type HttpKubernetesApi } from '../kubernetes/http-api.ts';
import { serveTelemetry } from '../telemetry/http-server.ts';
import { type Log, sampledLog } from '../telemetry/log.ts';
import { addonMetrics, type PromAddonMetrics } from '../telemetry/metrics.ts';
import { pinoLog } from '../telemetry/pino-log.ts';
import { type ClusterFlags, runsInside } from './cluster.ts';
import { packageVersion } from './package-root.ts';

export interface RunFlags extends ClusterFlags {
  readonly config?: string;
}

/** A write under way must have ended before somebody else may lead: 15 s lease − 10 s renewal. */
const REQUEST_SECONDS = 5;
/** It is tried every 2 s: an error that is older was followed by an answer. */
const LEASE_FAILING_SECONDS = 15;
const STARTUPS_FILE = 'startups.json';
const KEEP_STARTUPS_SECONDS = 300;
const OWN_NAMESPACE = 'prescale';

const monotonic = () => performance.now() / 1000;
const epochSeconds = () => Date.now() / 1000;

const sleep: Sleep = (seconds, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, seconds * 1000);
    signal?.addEventListener('abort', wake);
  });

/** `prescale run`: the addon until SIGTERM or SIGINT. */
export async function runAddon(flags: RunFlags): Promise<void> {
  const config = readConfig(flags.config);
  const namespace = process.env.POD_NAMESPACE ?? OWN_NAMESPACE;
  const log = newLog(config);
  const version = packageVersion();
  const api = await connectKubernetes({
    inCluster: runsInside(flags) ? inClusterFrom(process.env) : undefined,
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    userAgent: `prescale/${version}`,
    limits: {
      requestsPerSecond: config.kubernetes.qps,
      burst: config.kubernetes.burst,
      deadlineSeconds: REQUEST_SECONDS,
    },
    ...{ nowSeconds: monotonic, sleep, random: Math.random },
  });
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  const onDamage = (message: string) => log.error(message);
  const history = await FileHistoryStore.open(config.store.folder, config.store.retentionDays, { onDamage });
  const sketches = await keptStartups(config.store.folder, log);
  const pool = newPool(config);
  const metrics = newMetrics(version, api, sketches, log);
  const source = new ChosenSource(
    () => chooseSource(config, api, history, runsInside(flags), log),
    monotonic,
    (name, outcome, seconds) => metrics.query(name, outcome, seconds),
  );
  const instance = process.env.POD_NAME ?? hostname();
  const onError = (error: Error) => log.warn('an event could not be written', { error });
  // A workload that is scaled more often than each ten minutes shows some of it; status, explain and the log have all.
  const limits = { perMinute: 0.1 };
  const events = eventRecorder({ api, instance, limits, monotonicNow: monotonic, wallNow: epochSeconds, onError });
  const leadership = { now: undefined as Leadership | undefined };
  const lease = { why: '', failedSeconds: Number.NEGATIVE_INFINITY };
  const leaseProblem = () =>
    !isLeader() && monotonic() - lease.failedSeconds < LEASE_FAILING_SECONDS
      ? `the lease ${config.leaderElection.lease} can't be read or taken: ${lease.why}`
      : undefined;
  const isLeader = () => !config.leaderElection.enabled || leadership.now?.isLeader() === true;
  const forecasts = new MemoryForecastStore<Refitted>();
  const addon = new Addon({
    ...{ api, config, namespace, source, history, forecasts, sketches, events, metrics },
    ...{ recording: ownRecording(source, history), refits: { pool } },
    ...{ isLeader, leaseProblem, log },
    ...{ epochSeconds, random: Math.random, clock: { nowSeconds: monotonic, sleep } },
  });
  const view = addonView({
    ...{ version, recent: addon.recent, leader: isLeader, now: epochSeconds },
    metrics: { contentType: metrics.contentType, render: () => metrics.render() },
    statuses: () => addon.statuses,
    lastRoundSeconds: () => addon.lastRoundSeconds,
    unready: () => addon.unready(),
  });
  const server = await serveTelemetry(listenOn(config.http.listen), view);
  log.info('started', { version, server: api.server, listen: `${server.host}:${server.port}`, namespace });

  const keeping = keepStartups(sketches, config.store.folder, log, stop.signal);
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
  // The lease is given back only when the last write is through.
  const finished = stopped.then(() => addon.stop());
  if (config.leaderElection.enabled) {
    leadership.now = elect({
      ...{ api, config, namespace, instance, log, signal: stop.signal, finished },
      onStarted: () => void addon.takeOver(),
      onError: ({ message }) => Object.assign(lease, { why: message, failedSeconds: monotonic() }),
    });
  }
  await addon.run();
  await Promise.all([finished, keeping, leadership.now?.done]);
  await server.close();
  await Promise.all([pool.close(), source.close(), history.close()]);
  await api.close();
  log.info('stopped');
}

/** The file's content, checked. @throws InputError */
export function readConfig(path: string | undefined): AddonConfig {
  if (path === undefined) return defaultConfig();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputError(`--config ${path}: ${(error as Error).message}`, { cause: error });
  }
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new InputError(`--config ${path}: ${(error as Error).message}`, { cause: error });
  }
  return addonConfig(content, path);
}

function newLog(config: AddonConfig): Log {
  const form = process.stderr.isTTY ? 'terminal' : 'json';
  const write = (line: string) => void process.stderr.write(line);
  return sampledLog(pinoLog({ level: config.log.level, form, write, nowMs: Date.now }), epochSeconds);
}

function newPool(config: AddonConfig): RefitPool {
  const { workers } = config.forecast;
  return workers === 0 ? refitHere() : refitThreads(new URL('../addon/refit-worker.js', import.meta.url), workers);
}

function newMetrics(version: string, api: HttpKubernetesApi, sketches: StartupSketches, log: Log): PromAddonMetrics {
  const metrics = addonMetrics({
    version,
    processMetrics: true,
    onCapReached: (hiddenWorkloads, maxSeries) =>
      log.warn('too many series: some workloads have none of their own', { hiddenWorkloads, maxSeries }),
  });
  metrics.apiRequests(() => api.requests());
  metrics.startups(HISTOGRAM_SECONDS, () => sketches.histograms());
  return metrics;
}

/** The one that the configuration names, else one that is found, else the metrics API. */
async function chooseSource(
  config: AddonConfig,
  api: HttpKubernetesApi,
  history: FileHistoryStore,
  inside: boolean,
  log: Log,
): Promise<Choice> {
  const { demandFromPrometheus } = await import('../collector/prometheus-files.ts');
  const { prometheus, limits } = config;
  const options = { templates: prometheus.templates, allowRawQueries: limits.allowRawQueries };
  if (prometheus.url !== undefined) {
    return { source: demandFromPrometheus({ ...prometheus, url: prometheus.url }, options) };
  }
  const { discoverPrometheus, discoveryProblem } = await import('../collector/prometheus-discovery.ts');
  let why: string;
  try {
    const found = await discoverPrometheus(api);
    why = found.why;
    if (found.choice) {
      log.info('found a source of demand', { why, ambiguous: found.ambiguous, url: found.choice.url });
      if (inside) return { source: demandFromPrometheus({ ...prometheus, url: found.choice.url }, options) };
      const { prometheusThroughApiServer } = await import('../collector/prometheus-proxy.ts');
      const { prometheusDemand } = await import('../collector/prometheus-demand.ts');
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
  api: HttpKubernetesApi,
  history: FileHistoryStore,
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
  const { resourceMetrics } = await import('../collector/resource-metrics.ts');
  const { samplesOf } = await import('../collector/resample.ts');
  log.info('no Prometheus: demand comes from metrics.k8s.io, its history is collected from now on', { why });
  const read = async (id: string) => samplesOf(await history.read(id));
  const { namespaces } = config;
  return { source: resourceMetrics(api, { read }, namespaces.length === 0 ? undefined : namespaces) };
}

interface Electing {
  readonly api: HttpKubernetesApi;
  readonly config: AddonConfig;
  readonly namespace: string;
  readonly instance: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The last write is through. */
  readonly finished: Promise<void>;
  readonly onStarted: () => void;
  readonly onError: (error: Error) => void;
}

function elect({ api, config, namespace, instance, log, signal, finished, ...told }: Electing): Leadership {
  const { leaderElection: election } = config;
  return leaderElection({
    api,
    namespace: election.namespace ?? namespace,
    name: election.lease,
    identity: `${instance}_${randomBytes(4).toString('hex')}`,
    leaseSeconds: election.leaseSeconds,
    renewDeadlineSeconds: election.renewSeconds,
    retrySeconds: election.retrySeconds,
    ...{ monotonicNow: monotonic, wallNow: epochSeconds, sleep, random: Math.random, signal },
    onStarted: () => {
      log.info('leads: this replica acts');
      told.onStarted();
    },
    onStopped: () => finished,
    onLost: (why) => {
      // What this process believes may no longer be true: nothing but a new start is safe.
      log.error('leadership is lost', { why });
      process.exit(1);
    },
    onError: (error) => {
      log.warn('the lease could not be renewed or taken', { error });
      told.onError(error);
    },
  });
}

async function keptStartups(folder: string, log: Log): Promise<StartupSketches> {
  const sketches = new StartupSketches(epochSeconds());
  try {
    sketches.restore(JSON.parse(await readFile(join(folder, STARTUPS_FILE), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.warn('kept start-up times can not be read', { error });
  }
  return sketches;
}

/** Writes them every five minutes and at the end, whole or not at all. */
async function keepStartups(sketches: StartupSketches, folder: string, log: Log, signal: AbortSignal): Promise<void> {
  const path = join(folder, STARTUPS_FILE);
  do {
    await sleep(KEEP_STARTUPS_SECONDS, signal);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(`${path}.new`, JSON.stringify(sketches.serialize(epochSeconds())));
      await rename(`${path}.new`, path);
    } catch (error) {
      log.error('start-up times can not be kept', { error });
    }
  } while (!signal.aborted);
}

/** `host:port`; no host is all addresses. */
function listenOn(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(text.slice(colon + 1));
  if (!(port >= 0 && port < 65_536))
    throw new WorldError(`http.listen: found port ${text.slice(colon + 1)}; expected 0…65535`);
  return { host: host === '' ? '0.0.0.0' : host, port };
}
