import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import { parse } from 'yaml';
import { type AddonConfig, addonConfig, defaultConfig } from '../addon/config/config.ts';
import type { Clock, Sleep } from '../core/clock.ts';
import { InputError, messageOf, WorldError } from '../core/errors.ts';
import { CONFIG_BYTES, readInputText } from '../files/input-file.io.ts';
import { inClusterFrom } from '../kubernetes/client/credentials.io.ts';
import { connectKubernetes, type HttpKubernetesApi } from '../kubernetes/client/http-api.io.ts';
import { libraryWarning } from '../redis/error-text.ts';
import { type Log, sampledLog } from '../telemetry/log/log.ts';
import { pinoLog } from '../telemetry/log/pino-log.io.ts';
import { type ClusterFlags, runsInside } from './cluster/cluster.ts';
import { packageVersion } from './package-root.ts';
import { writeNotes } from './terminal/output.ts';

/*
 * What every long-running role (run, actuator, collector, forecaster) begins with: clock, configuration, log, signals.
 */

export interface RoleFlags {
  readonly config?: string;
}

/** A write under way must have ended before somebody else may lead: 15 s lease − 10 s renewal. */
const REQUEST_SECONDS = 5;
const OWN_NAMESPACE = 'prescale';

export const monotonic = () => performance.now() / 1000;
export const epochSeconds = () => Date.now() / 1000;

export const sleep: Sleep = (seconds, signal) =>
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

export const CLOCK: Clock = { nowSeconds: monotonic, sleep };

/** The pod's name, or else the machine's. */
export function instanceName(): string {
  return process.env.POD_NAME ?? hostname();
}

/** Prescale's own namespace. */
export function ownNamespace(): string {
  return process.env.POD_NAMESPACE ?? OWN_NAMESPACE;
}

/** Aborts at SIGTERM or SIGINT. */
export function stopSignal(): AbortController {
  const stop = new AbortController();
  // As many watches and loops listen as there are namespaces: that is no leak.
  setMaxListeners(0, stop.signal);
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  return stop;
}

/** The file's content, checked. @throws InputError */
export function readConfig(path: string | undefined): AddonConfig {
  if (path === undefined) return defaultConfig();
  const name = `--config ${path}`;
  const text = readInputText({ path, name, expected: "the addon's configuration", mostBytes: CONFIG_BYTES });
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new InputError(`${name}: ${(error as Error).message}`, { cause: error });
  }
  return addonConfig(content, path);
}

export function newLog(config: AddonConfig): Log {
  const form = process.stderr.isTTY ? 'terminal' : 'json';
  const write = (line: string) => writeNotes(line);
  const log = sampledLog(pinoLog({ level: config.log.level, form, write, nowMs: Date.now }), epochSeconds);
  quietLibraries((warning) => log.warn(warning));
  return log;
}

/** What libraries print to the console by themselves (BullMQ, ioredis) is said as all else is, or, where it is said in our words, not. */
export function quietLibraries(say: (warning: string) => void): void {
  const take = (...parts: unknown[]) => {
    const warning = libraryWarning(parts.map(messageOf).join(' '));
    if (warning !== undefined) say(warning);
  };
  Object.assign(console, { warn: take, error: take });
}

/** The API server, as the configuration and the flags say. */
export function connectApi(config: AddonConfig, flags: ClusterFlags): Promise<HttpKubernetesApi> {
  return connectKubernetes({
    inCluster: runsInside(flags) ? inClusterFrom(process.env) : undefined,
    kubeconfig: flags.kubeconfig ?? (process.env.KUBECONFIG || undefined),
    context: flags.context,
    env: process.env,
    userAgent: `prescale/${packageVersion()}`,
    limits: {
      requestsPerSecond: config.kubernetes.qps,
      burst: config.kubernetes.burst,
      deadlineSeconds: REQUEST_SECONDS,
    },
    nowSeconds: monotonic,
    sleep,
    random: Math.random,
  });
}

/** Does something again and again until the signal; a failure is logged and tried again. */
export async function keepDoing(
  what: string,
  everySeconds: number,
  task: () => Promise<void>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await task();
    } catch (error) {
      log.warn(`${what} failed and is tried again`, { error });
    }
    await sleep(everySeconds, signal);
  }
}

/** `host:port`; no host is all addresses. @param setting its name in messages */
export function listenOn(setting: string, text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(text.slice(colon + 1));
  if (!(port >= 0 && port < 65_536))
    throw new WorldError(`${setting}: found port ${text.slice(colon + 1)}; expected 0…65535`);
  return { host: host === '' ? '0.0.0.0' : host, port };
}
