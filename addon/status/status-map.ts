import type { WorkloadStatus } from '../../core/workload-status.ts';
import { ApiError, type KubernetesApi } from '../../kubernetes/api.ts';
import { STATUS_CONFIG_MAP } from '../../kubernetes/needed-rights.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';
import { compactKey, compactStatus } from './compact-status.ts';

/** A ConfigMap holds 1 MiB of keys and values: about 2,600 workloads. */
export const MOST_MAP_BYTES = 900_000;
/** What is said where not all fit; no workload's key is without dots. */
export const SUMMARY_KEY = 'summary';
/** When the leader wrote last, RFC 3339 in whole seconds: a status that nobody renews is of the past. */
export const HEARTBEAT_KEY = 'heartbeat';
/** The leader writes so often, whether or not anything changed. */
export const STATUS_SECONDS = 60;

/** Of `summary`. */
export interface StatusSummary {
  readonly workloads: number;
  readonly shown: number;
  /** Something is the matter with so many. */
  readonly troubled: number;
}

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * The status of workloads in one ConfigMap that the chart made: one write a minute, nothing on the objects themselves. Where not all
 * fit, those that something is the matter with come first, and it says how many are left out; `prescale status` asks the addon itself.
 */
export class StatusMap {
  private readonly api: KubernetesApi;
  private readonly path: string;
  /** What is written; undefined until it was read. */
  private written: Map<string, string> | undefined;

  constructor(api: KubernetesApi, namespace: string) {
    this.api = api;
    this.path = resourcePath('v1', 'configmaps', namespace, STATUS_CONFIG_MAP);
  }

  /** Writes what changed, and that we are alive. @throws ApiError, but for a ConfigMap that isn't there: nobody wants it then */
  async write(statuses: readonly WorkloadStatus[], epochSeconds: number): Promise<void> {
    try {
      this.written ??= new Map(Object.entries((await this.api.get<ConfigMap>(this.path)).data ?? {}));
      const wanted = fitting(statuses);
      const data: Record<string, string | null> = {};
      wanted.set(HEARTBEAT_KEY, new Date(Math.floor(epochSeconds) * 1000).toISOString().replace('.000Z', 'Z'));
      for (const [key, text] of wanted) if (!sameButForTime(this.written.get(key), text)) data[key] = text;
      for (const key of this.written.keys()) if (!wanted.has(key)) data[key] = null;
      if (Object.keys(data).length === 0) return;
      await this.api.patch(this.path, 'merge', { data });
      for (const [key, text] of Object.entries(data)) {
        if (text === null) this.written.delete(key);
        else this.written.set(key, text);
      }
    } catch (error) {
      // Somebody else may have changed it: read it again.
      this.written = undefined;
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }
}

/** By key of the ConfigMap: as many as fit, the more important ones first. */
function fitting(statuses: readonly WorkloadStatus[]): Map<string, string> {
  const ranked = statuses.map((status) => ({ status, rank: rankOf(status), key: compactKey(status.ref) }));
  ranked.sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1));
  const wanted = new Map<string, string>();
  let bytes = 0;
  for (const { status, key } of ranked) {
    const text = compactStatus(status);
    bytes += key.length + Buffer.byteLength(text);
    if (bytes > MOST_MAP_BYTES) break;
    wanted.set(key, text);
  }
  const workloads = statuses.length;
  if (wanted.size < workloads) {
    const troubled = ranked.filter(({ rank }) => rank === 0).length;
    const summary: StatusSummary = { workloads, shown: wanted.size, troubled };
    wanted.set(SUMMARY_KEY, JSON.stringify(summary));
  }
  return wanted;
}

/** 0: something is the matter; 1: it is acted on; 2: it is only observed. */
function rankOf({ conditions, error, mode }: WorkloadStatus): number {
  const troubled = conditions.some(({ type, status }) =>
    type === 'Ready' ? !status : (type === 'Conflict' || type === 'ReplicaFailure') && status,
  );
  if (troubled || error !== undefined) return 0;
  return mode === 'observe' ? 2 : 1;
}

/** The time of the last decision changes every 15 s; alone it is not worth a write. */
function sameButForTime(a: string | undefined, b: string): boolean {
  const untimed = (text: string) => text.replace(/"decided":\d+,?/, '');
  return a !== undefined && untimed(a) === untimed(b);
}
