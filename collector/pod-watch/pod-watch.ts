import type { Clock } from '../../core/clock.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { ApiError, type KubernetesApi, type MetadataObject, type ObjectMeta } from '../../kubernetes/api.ts';
import { type Informer, informer } from '../../kubernetes/informer.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';
import type { RawPod } from '../pods/raw-pod.ts';
import type { PodFeed, RawPodEvent } from './pod-feed.ts';
import { listPods } from './pod-list.ts';

/** Start-ups whose batch is complete are counted, and lost pods looked for, as often as decisions are made. */
const SETTLE_SECONDS = 15;
/** More are cheaper by lists of their namespaces: a list of 500 pods costs about as much as a dozen of one workload's. */
const FEW_WORKLOADS = 32;
const FEW_NAMESPACES = 16;
/** Above the informer's 11 minutes between two lists, from which on it reports a pod's deletion itself. */
const UNCONFIRMED_SECONDS = 900;

/** A workload and which pods are its. */
export interface SelectedPods {
  readonly workload: WorkloadRef;
  /** As in scale.status.selector. */
  readonly selector: string;
}

export interface PodWatchOptions extends Clock {
  readonly api: KubernetesApi;
  readonly feed: PodFeed;
  /** Undefined: the whole cluster. */
  readonly namespaces: readonly string[] | undefined;
  /** Whether to watch Events for image pulls: without them a pull counts to the start of the containers. */
  readonly imageEvents: boolean;
  /** Hears of every pod, kept or not. */
  readonly onPod?: (pod: ObjectMeta) => void;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly onError: (error: Error) => void;
}

type PodObject = RawPod & { readonly metadata: ObjectMeta };
type EventObject = RawPodEvent & MetadataObject;

/** The cluster's pods (and nodes, and Events of image pulls), fed to a PodFeed as they change. */
export class PodWatch {
  private readonly options: PodWatchOptions;
  /** By namespace; '': all. */
  private readonly pods = new Map<string, Informer<string>>();
  /** Pods that were listed for a late workload and that the watch hasn't named yet: uid → when listed. */
  private readonly unconfirmed = new Map<string, number>();
  private listing = false;
  /** Resolves when the signal has ended everything; never rejects. */
  readonly done: Promise<void>;

  /** Starts at once. Workloads that were registered with the feed's index before need no list of their own. */
  constructor(options: PodWatchOptions) {
    this.options = options;
    this.done = this.run();
  }

  /** Whether all pods of all namespaces were listed. */
  get synced(): boolean {
    return this.listing && [...this.pods.values()].every(({ synced }) => synced);
  }

  /** Whether all pods of a namespace were listed. */
  knows(namespace: string): boolean {
    return (this.pods.get(namespace) ?? this.pods.get(''))?.synced === true;
  }

  /** When the API server last said anything of pods, the longest ago of all namespaces; undefined: not yet. */
  get lastHeardSeconds(): number | undefined {
    const heard = [...this.pods.values()].map(({ lastHeardSeconds }) => lastHeardSeconds);
    return heard.length === 0 || heard.includes(undefined) ? undefined : Math.min(...(heard as number[]));
  }

  /**
   * From now on the workload's pods are kept; those that exist are listed, by one request for each 500.
   * @param selector as in scale.status.selector
   * @throws InputError for a selector that can't be read; ApiError where the list fails: register again, then
   */
  async register(workload: WorkloadRef, selector: string): Promise<void> {
    const { api, feed } = this.options;
    if (!feed.index.register(workload, selector) || !this.listing) return;
    try {
      await feed.takeList(() => listPods(api, workload.namespace, selector));
    } catch (error) {
      feed.index.unregister(workloadKey(workload));
      throw error;
    }
    this.listed(workload);
  }

  /**
   * As `register`, for many: those of a collector that takes over another's share. Where they are many, whole namespaces are listed
   * instead of each workload's pods, and where the namespaces are many too, everything that is watched.
   * @returns what failed, by workloadKey: register these again
   */
  async registerAll(workloads: readonly SelectedPods[]): Promise<ReadonlyMap<string, Error>> {
    if (!this.listing || workloads.length <= FEW_WORKLOADS) {
      return failures(workloads, ({ workload, selector }) => this.register(workload, selector));
    }
    const { api, feed, namespaces } = this.options;
    const fresh: SelectedPods[] = [];
    const failed = await failures(workloads, async (one) => {
      if (feed.index.register(one.workload, one.selector)) fresh.push(one);
    });
    const own = [...new Set(fresh.map(({ workload }) => workload.namespace))];
    const scopes = namespaces === undefined && own.length > FEW_NAMESPACES ? [''] : own;
    for (const scope of scopes) {
      const within = fresh.filter(({ workload }) => scope === '' || workload.namespace === scope);
      try {
        await feed.takeList(() => listPods(api, scope));
        for (const { workload } of within) this.listed(workload);
      } catch (error) {
        for (const { workload } of within) {
          feed.index.unregister(workloadKey(workload));
          failed.set(workloadKey(workload), error as Error);
        }
      }
    }
    return failed;
  }

  unregister(workload: WorkloadRef): void {
    for (const { uid } of this.options.feed.index.podsOf(workloadKey(workload))) this.unconfirmed.delete(uid);
    this.options.feed.unregister(workload);
  }

  private listed(workload: WorkloadRef): void {
    const { feed, nowSeconds } = this.options;
    for (const { uid } of feed.index.podsOf(workloadKey(workload))) this.unconfirmed.set(uid, nowSeconds());
  }

  private async run(): Promise<void> {
    const { sleep, signal, feed, imageEvents, namespaces } = this.options;
    // Nodes first: a pod of a node not known yet would count as one of an ordinary node.
    const nodes = this.nodes();
    while (!signal.aborted && !nodes.settled()) await sleep(0.1, signal);
    const scopes = namespaces ?? [''];
    this.listing = true;
    for (const scope of scopes) this.pods.set(scope, this.podsOf(scope));
    const events = imageEvents ? scopes.map((scope) => this.events(scope)) : [];
    while (!signal.aborted) {
      await sleep(SETTLE_SECONDS, signal);
      // While the first list is half read, batches are still being counted.
      if (this.synced) feed.settle();
      await this.dropLost();
    }
    await Promise.all([nodes, ...this.pods.values(), ...events].map(({ done }) => done));
  }

  /** @param scope a namespace; '': all */
  private podsOf(scope: string): Informer<string> {
    const { feed } = this.options;
    return informer<PodObject, string>({
      ...this.options,
      path: resourcePath('v1', 'pods', scope || undefined),
      // Held only where it is kept, so that other pods cost no memory.
      keep: (pod) => {
        feed.pod(pod);
        this.options.onPod?.(pod.metadata);
        const { uid } = pod.metadata;
        this.unconfirmed.delete(uid);
        return feed.index.get(uid) === undefined ? undefined : uid;
      },
      onDelete: (uid) => feed.podGone(uid),
      // Listed for a late workload, and deleted by force before the watch had named it.
      onGone: ({ metadata: { uid } }) => {
        this.unconfirmed.delete(uid);
        feed.podGone(uid);
      },
      onSynced: () => this.synced && feed.settle(),
    });
  }

  private nodes() {
    const { feed } = this.options;
    return this.optional<MetadataObject, string>(
      '/api/v1/nodes',
      'nodes: their class is told by pods and names alone',
      {
        metadataOnly: true,
        keep: ({ metadata }) => {
          feed.node(metadata.name, metadata.labels);
          return metadata.name;
        },
        onDelete: (name) => feed.nodeGone(name),
      },
    );
  }

  private events(scope: string) {
    const query = { fieldSelector: 'involvedObject.kind=Pod,reason=Pulled' };
    const path = resourcePath('v1', 'events', scope || undefined);
    return this.optional<EventObject, never>(path, 'events: image pulls are not told apart', {
      query,
      keep: (event) => {
        this.options.feed.event(event);
        return undefined;
      },
    });
  }

  /** Without the right to it, it is left out, and that is said once. */
  private optional<T extends MetadataObject, R>(
    path: string,
    what: string,
    more: {
      keep: (object: T) => R | undefined;
      onDelete?: (kept: R) => void;
      query?: Record<string, string>;
      metadataOnly?: boolean;
    },
  ) {
    const { signal, onError } = this.options;
    const refused = new AbortController();
    const watch = informer<T, R>({
      ...this.options,
      ...more,
      path,
      signal: AbortSignal.any([signal, refused.signal]),
      onError: (error) => {
        if (!(error instanceof ApiError && error.status === 403)) return onError(error);
        refused.abort();
        onError(
          new ApiError(`may not watch ${what} (${error.message})`, 403, error.reason, undefined, { cause: error }),
        );
      },
    });
    return { done: watch.done, settled: () => watch.synced || refused.signal.aborted };
  }

  /**
   * A pod that was listed for a late workload and then deleted by force while the watch was cut and its place forgotten would stay for
   * ever: a list reports the end only of pods that the informer holds. So what is not confirmed in time is looked up.
   */
  private async dropLost(): Promise<void> {
    const { feed, api, nowSeconds, onError } = this.options;
    const due = [...this.unconfirmed].filter(([, listed]) => nowSeconds() - listed > UNCONFIRMED_SECONDS);
    for (const [uid] of due) {
      this.unconfirmed.delete(uid);
      const record = feed.index.get(uid);
      if (record === undefined) continue;
      try {
        const found = await api.get<MetadataObject>(resourcePath('v1', 'pods', record.namespace, record.name));
        if (found.metadata.uid !== uid) feed.podGone(uid);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) feed.podGone(uid);
        else {
          this.unconfirmed.set(uid, nowSeconds());
          onError(error as Error);
        }
      }
    }
  }
}

async function failures(
  workloads: readonly SelectedPods[],
  register: (one: SelectedPods) => Promise<void>,
): Promise<Map<string, Error>> {
  const failed = new Map<string, Error>();
  for (const one of workloads) {
    try {
      await register(one);
    } catch (error) {
      failed.set(workloadKey(one.workload), error as Error);
    }
  }
  return failed;
}
