import { workloadKey } from '../core/workload.ts';
import { ApiError, type KubernetesApi } from '../kubernetes/api.ts';
import { STATUS_CONFIG_MAP } from '../kubernetes/needed-rights.ts';
import { compactKey, compactStatus } from './compact-status.ts';
import type { WorkloadStatus } from './workload-status.ts';

/** A ConfigMap holds 1 MiB; with 300 bytes and a name of up to 250 each, so many fit. */
const MOST_WORKLOADS = 1_800;

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
}

/** The status of all workloads in one ConfigMap that the chart made: one small write a minute, nothing on the objects themselves. */
export class StatusMap {
  private readonly api: KubernetesApi;
  private readonly path: string;
  /** What is written; undefined until it was read. */
  private written: Map<string, string> | undefined;

  constructor(api: KubernetesApi, namespace: string) {
    this.api = api;
    this.path = `/api/v1/namespaces/${namespace}/configmaps/${STATUS_CONFIG_MAP}`;
  }

  /** Writes what changed. @throws ApiError, but for a ConfigMap that isn't there: nobody wants it then */
  async write(statuses: readonly WorkloadStatus[]): Promise<void> {
    try {
      this.written ??= new Map(Object.entries((await this.api.get<ConfigMap>(this.path)).data ?? {}));
      const wanted = new Map(
        [...statuses]
          .sort((a, b) => (workloadKey(a.ref) < workloadKey(b.ref) ? -1 : 1))
          .slice(0, MOST_WORKLOADS)
          .map((status) => [compactKey(status.ref), compactStatus(status)]),
      );
      const data: Record<string, string | null> = {};
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

/** The time of the last decision changes every 15 s; alone it is not worth a write. */
function sameButForTime(a: string | undefined, b: string): boolean {
  const untimed = (text: string) => text.replace(/"decided":\d+,?/, '');
  return a !== undefined && untimed(a) === untimed(b);
}
