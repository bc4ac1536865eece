import { atMost } from '../../core/concurrency/at-most.ts';
import { InputError } from '../../core/errors.ts';
import { parseQuantity } from '../../core/quantity.ts';
import { DAY_SECONDS, type Samples, WEEK_SECONDS } from '../../core/series.ts';
import { parseTimestamp } from '../../core/timestamp.ts';
import { workloadKey } from '../../core/workload.ts';
import { ApiError, type KubernetesApi } from '../../kubernetes/api.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';
import type { DemandQuery, DemandReading, DemandSource, PodsOf, TimeRange } from '../demand/demand-source.ts';
import { type PodUsage, readyDemand } from '../demand/ready-demand.ts';

/** What was measured since the workload opted in, minute by minute; it survives a restart. */
export interface OwnHistory {
  /** @param id a DemandQuery's; no samples where there are none yet */
  read(id: string): Promise<Samples> | Samples;
}

/** A measurement that is older is none: metrics-server scrapes every 15 to 60 s. */
const STALE_SECONDS = 150;
const DEFAULT_WINDOW_SECONDS = 30;
const API_VERSION = 'metrics.k8s.io/v1beta1';
const AT_A_TIME = 4;

interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly timestamp: string;
  readonly window: string;
  readonly containers: readonly { readonly usage: Readonly<Record<string, string>> }[];
}

/** One pod's measurement. */
interface Measured {
  readonly endSeconds: number;
  readonly windowSeconds: number;
  readonly cpuCores: number;
  readonly memoryBytes: number;
}
type ByPod = ReadonlyMap<string, Measured>;

/**
 * Demand from the metrics.k8s.io API (metrics-server): cpu and memory of pods, newest values only. Its past is the
 * addon's own history.
 * @param namespaces one request for each; undefined: one for the cluster
 */
export function resourceMetrics(
  api: KubernetesApi,
  ownHistory: OwnHistory,
  namespaces?: readonly string[],
): DemandSource {
  const slot = atMost(AT_A_TIME);
  const name = `${api.server}/apis/${API_VERSION}`;
  return {
    name,
    close: async () => {},
    history: async ({ id, metric }, range) => {
      const problem = unmeasurable(metric);
      if (problem !== undefined) throw new InputError(`${name}: ${problem}`);
      return within(await ownHistory.read(id), range);
    },
    async latest(queries, atSeconds, pods) {
      const wanted = new Set(queries.map(({ workload }) => workload.namespace));
      const scopes = namespaces?.filter((namespace) => wanted.has(namespace)) ?? [undefined];
      const answers = await Promise.all(scopes.map((scope) => slot(() => list(api, scope))));
      const usage = new Map(scopes.map((scope, index) => [scope, answers[index]!]));
      return new Map(queries.map((query) => [query.id, reading(query, usage, atSeconds, pods)]));
    },
  };
}

type Listed = ReadonlyMap<string, ByPod> | Error;

/** Measurements by namespace and pod. */
async function list(api: KubernetesApi, namespace: string | undefined): Promise<Listed> {
  const path = resourcePath(API_VERSION, 'pods', namespace);
  try {
    const { items } = await api.get<{ items: PodMetrics[] }>(path);
    const found = new Map<string, Map<string, Measured>>();
    for (const item of items) {
      const measured = measurement(item);
      if (!measured) continue;
      const own = found.get(item.metadata.namespace) ?? new Map<string, Measured>();
      found.set(item.metadata.namespace, own.set(item.metadata.name, measured));
    }
    return found;
  } catch (error) {
    return new Error(unavailable(error as Error), { cause: error });
  }
}

function unavailable(error: Error): string {
  if (error instanceof ApiError && error.status === 404) {
    return 'the cluster has no metrics.k8s.io API; metrics-server provides it, or prometheus.url names a Prometheus';
  }
  if (error instanceof ApiError && error.status === 503) {
    return `the metrics.k8s.io API does not answer (is metrics-server running?): ${error.message}`;
  }
  return error.message;
}

/** Undefined where anything of it can't be read: a sum of some containers is not the pod's. */
function measurement({ timestamp, window, containers }: PodMetrics): Measured | undefined {
  const endSeconds = parseTimestamp(timestamp);
  const sum = (resource: string) =>
    containers.reduce((total, { usage }) => total + (parseQuantity(usage[resource] ?? '') ?? Number.NaN), 0);
  const measured = { cpuCores: sum('cpu'), memoryBytes: sum('memory') };
  const whole = containers.length > 0 && measured.cpuCores >= 0 && measured.memoryBytes >= 0;
  if (typeof endSeconds === 'string' || !whole) return undefined;
  return { endSeconds, windowSeconds: goDuration(window), ...measured };
}

/** `30s`, `1m0s`, `15.013s` as Go prints durations. */
function goDuration(text: string): number {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text);
  const [hours, minutes, seconds] = (parts?.slice(1) ?? []).map((part) => Number(part ?? 0));
  return (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0) || DEFAULT_WINDOW_SECONDS;
}

function reading(
  { workload, metric }: DemandQuery,
  listed: ReadonlyMap<string | undefined, Listed>,
  atSeconds: number,
  pods: PodsOf,
): DemandReading {
  const problem = unmeasurable(metric);
  if (problem !== undefined) return { kind: 'missing', why: problem };
  const answer = listed.get(workload.namespace) ?? listed.get(undefined);
  if (answer instanceof Error) return { kind: 'missing', why: answer.message };
  if (!answer) return { kind: 'missing', why: `the namespace ${workload.namespace} is not among those watched` };
  const resource = metric.kind === 'resource' && metric.resource === 'memory' ? 'memory' : 'cpu';
  const usage = new Map<string, PodUsage>();
  for (const [pod, measured] of answer.get(workload.namespace) ?? []) {
    if (measured.endSeconds < atSeconds - STALE_SECONDS) continue;
    const value = resource === 'cpu' ? measured.cpuCores : measured.memoryBytes;
    usage.set(pod, { value, endSeconds: measured.endSeconds, windowSeconds: measured.windowSeconds });
  }
  return readyDemand(pods(workloadKey(workload)), usage, resource, atSeconds);
}

function unmeasurable(metric: DemandQuery['metric']): string | undefined {
  if (metric.kind === 'resource' && metric.resource !== 'gpu') return undefined;
  const what = metric.kind === 'resource' ? 'gpu' : metric.kind === 'template' ? metric.template : 'a query';
  return `${what} needs a Prometheus; metrics.k8s.io measures cpu and memory only`;
}

function within({ times, values }: Samples, { startSeconds, endSeconds }: TimeRange): Samples {
  const from = times.findIndex((time) => time >= startSeconds);
  const after = times.findIndex((time) => time > endSeconds);
  const to = after < 0 ? times.length : after;
  return from < 0
    ? { times: times.slice(0, 0), values: values.slice(0, 0) }
    : { times: times.slice(from, to), values: values.slice(from, to) };
}

/** How much of a week the own history spans: `collected 2.3 of 7 days`. */
export function collectedText({ times }: Samples): string {
  const seconds = times.length > 1 ? times.at(-1)! - times[0]! : 0;
  // Rounded down: seven days are said to be there when they are.
  const days = Math.floor((10 * Math.min(seconds, WEEK_SECONDS)) / DAY_SECONDS) / 10;
  return `collected ${days} of 7 days`;
}
