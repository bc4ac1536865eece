import { InputError } from '../../core/errors.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import type { Log } from '../../telemetry/log/log.ts';
import type { SelectedPods } from '../pod-watch/pod-watch.ts';
import type { CollectedMetric } from './collection.ts';
import type { PodsOf } from './demand-source.ts';
import { ownerOf } from './rendezvous.ts';

/** After a list of pods failed. */
const REGISTER_AGAIN_SECONDS = 10;

/** The pods of the workloads that are registered, kept in step with the cluster. */
export interface SharePods {
  /** Never rejects. @returns what failed, by workloadKey: register these again */
  registerAll(workloads: readonly SelectedPods[]): Promise<ReadonlyMap<string, Error>>;
  unregister(workload: WorkloadRef): void;
  readonly podsOf: PodsOf;
  /** Whether all pods were listed. */
  readonly synced: boolean;
}

/** What changed hands; a metric under whose id something else is asked now is in both. */
export interface ShareChange {
  readonly gained: readonly CollectedMetric[];
  readonly lost: readonly CollectedMetric[];
}

/** A workload whose pods are watched, or will be. */
interface Watched {
  readonly one: SelectedPods;
  registered: boolean;
}

/**
 * One collector's share of what is to be collected. All metrics of a workload are one collector's, so that its pods are watched once.
 */
export class Share {
  private readonly name: string;
  private readonly pods: SharePods;
  private readonly nowSeconds: () => number;
  private readonly log: Log;
  private metrics: ReadonlyMap<string, CollectedMetric> = new Map();
  private readonly watched = new Map<string, Watched>();
  private registering = false;
  private registerAtSeconds = Number.NEGATIVE_INFINITY;

  /** @param nowSeconds monotonic */
  constructor(name: string, pods: SharePods, nowSeconds: () => number, log: Log) {
    this.name = name;
    this.pods = pods;
    this.nowSeconds = nowSeconds;
    this.log = log;
  }

  /** By the query's id. */
  get own(): ReadonlyMap<string, CollectedMetric> {
    return this.metrics;
  }

  /** Whether the pods of all its workloads are watched. */
  get complete(): boolean {
    return [...this.watched.values()].every(({ registered }) => registered);
  }

  /** @param collectors that are alive, this one among them */
  take(list: ReadonlyMap<string, CollectedMetric>, collectors: readonly string[]): ShareChange {
    const before = this.metrics;
    const owners = new Map<string, string | undefined>();
    const isOwn = (key: string) => {
      if (!owners.has(key)) owners.set(key, ownerOf(key, collectors));
      return owners.get(key) === this.name;
    };
    this.metrics = new Map([...list].filter(([, { query }]) => isOwn(workloadKey(query.workload))));
    this.watch();
    return { gained: lacking(before, this.metrics), lost: lacking(this.metrics, before) };
  }

  /** Registers the pods that are not yet; to be called each second or two. */
  register(): void {
    const due = [...this.watched.values()].filter(({ registered }) => !registered);
    if (due.length === 0 || this.registering || this.nowSeconds() < this.registerAtSeconds) return;
    this.registering = true;
    void this.registerThese(due).finally(() => {
      this.registering = false;
    });
  }

  private async registerThese(due: readonly Watched[]): Promise<void> {
    const failed = await this.pods.registerAll(due.map(({ one }) => one));
    let again = false;
    for (const entry of due) {
      const key = workloadKey(entry.one.workload);
      const error = failed.get(key);
      // A selector that can't be read is not read the better next time.
      entry.registered = error === undefined || error instanceof InputError;
      again ||= !entry.registered;
      if (error) this.log.warn('the pods of a workload could not be listed', { workload: key, error });
      // Given up while it was listed.
      if (!this.watched.has(key)) this.pods.unregister(entry.one.workload);
    }
    if (again) this.registerAtSeconds = this.nowSeconds() + REGISTER_AGAIN_SECONDS;
  }

  /** Only what pods use is told by pods: who is scaled by a query alone has none watched. */
  private watch(): void {
    const wanted = new Map<string, SelectedPods>();
    for (const { query, selector } of this.metrics.values()) {
      if (query.metric.kind !== 'resource' || selector === '') continue;
      wanted.set(workloadKey(query.workload), { workload: query.workload, selector });
    }
    for (const [key, { one }] of this.watched) {
      if (wanted.has(key)) continue;
      this.watched.delete(key);
      this.pods.unregister(one.workload);
    }
    for (const [key, one] of wanted) {
      if (this.watched.get(key)?.one.selector !== one.selector) this.watched.set(key, { one, registered: false });
    }
  }
}

/** What the one has and the other has not, or otherwise. */
function lacking(
  other: ReadonlyMap<string, CollectedMetric>,
  one: ReadonlyMap<string, CollectedMetric>,
): readonly CollectedMetric[] {
  return [...one.values()].filter(({ query }) => {
    const there = other.get(query.id)?.query;
    return there !== query && JSON.stringify(there) !== JSON.stringify(query);
  });
}
