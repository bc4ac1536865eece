import type { NodeClass } from '../../core/pod-record.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { expectedNodeClass, nodeClassOfLabels, nodeClassOfPod } from '../pods/node-class.ts';
import type { PodIndex } from '../pods/pod-index.ts';
import { podRecord } from '../pods/pod-projection.ts';
import { epochSeconds, type RawPod } from '../pods/raw-pod.ts';
import type { StartupTracker } from '../startup/tracker.ts';

/** An Event of core/v1 on a pod. */
export interface RawPodEvent {
  readonly involvedObject?: { readonly uid?: string };
  readonly reason?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly firstTimestamp?: string | null;
}

/** Who is told of start-ups: a StartupTracker, or nobody. */
export type Startups = Pick<StartupTracker, 'see' | 'pulled' | 'gone' | 'settle' | 'forget' | 'size'>;

/** For whom only wants to know which pods there are. */
export const NO_STARTUPS: Startups = {
  see: () => {},
  pulled: () => {},
  gone: () => {},
  settle: () => {},
  forget: () => {},
  size: 0,
};

/**
 * What the watches bring, one object at a time: each pod becomes its record and its start-up's progress at once, and nothing else
 * of it is kept.
 */
export class PodFeed {
  readonly index: PodIndex;
  readonly tracker: Startups;
  /** Only virtual ones: every other node is ordinary. */
  private readonly virtualNodes = new Set<string>();
  private readonly nowSeconds: () => number;
  /** Lists under way, each with the pods that were deleted meanwhile: an older list must not bring them back. */
  private readonly lists = new Set<Set<string>>();

  /** @param nowSeconds epoch seconds */
  constructor(index: PodIndex, tracker: Startups, nowSeconds: () => number) {
    this.index = index;
    this.tracker = tracker;
    this.nowSeconds = nowSeconds;
  }

  node(name: string, labels: Readonly<Record<string, string>> | undefined): void {
    if (nodeClassOfLabels(labels) === 'virtual') this.virtualNodes.add(name);
    else this.virtualNodes.delete(name);
  }

  nodeGone(name: string): void {
    this.virtualNodes.delete(name);
  }

  /** A pod appeared or changed. */
  pod(pod: RawPod): void {
    const { namespace = '', uid, labels = {}, ownerReferences = [] } = pod.metadata;
    if (!this.index.watches(namespace)) return;
    const nodeClass = nodeClassOfPod(pod, this.classOfNode);
    const record = podRecord(pod, nodeClass);
    const keptFor = this.index.upsert(record, labels, ownerReferences);
    // Of a pod that may be another workload's too, nobody learns how long its pods take to start.
    const workload = keptFor.length === 1 ? keptFor[0] : undefined;
    const nowSeconds = this.nowSeconds();
    if (workload === undefined) this.tracker.gone(uid, nowSeconds);
    else this.tracker.see({ pod, record, workload, nodeClass: nodeClass ?? expectedNodeClass(pod), nowSeconds });
  }

  podGone(uid: string): void {
    for (const deleted of this.lists) deleted.add(uid);
    this.index.delete(uid);
    this.tracker.gone(uid, this.nowSeconds());
  }

  event(event: RawPodEvent): void {
    const uid = event.involvedObject?.uid;
    const at = epochSeconds(event.lastTimestamp) ?? epochSeconds(event.eventTime) ?? epochSeconds(event.firstTimestamp);
    if (event.reason === 'Pulled' && uid !== undefined && at !== undefined) this.tracker.pulled(uid, at);
  }

  /** Counts the start-ups that are complete; call it when a list was read to its end, and at each tick. */
  settle(): void {
    this.tracker.settle(this.nowSeconds());
  }

  /**
   * Takes in pods that were listed beside the watch, as a workload's are when it opts in. What the watch said meanwhile is newer.
   * @param list gives the pods page by page
   */
  async takeList(list: () => AsyncIterable<RawPod>): Promise<void> {
    const deleted = new Set<string>();
    this.lists.add(deleted);
    try {
      for await (const pod of list()) {
        const { uid, labels = {}, ownerReferences = [] } = pod.metadata;
        const known = this.index.get(uid);
        if (deleted.has(uid)) continue;
        if (known === undefined) this.pod(pod);
        else this.index.upsert(known, labels, ownerReferences);
      }
    } finally {
      this.lists.delete(deleted);
    }
    this.settle();
  }

  unregister(workload: WorkloadRef): void {
    const key = workloadKey(workload);
    const orphans = this.index.unregister(key);
    this.tracker.forget(
      key,
      orphans.map(({ uid }) => uid),
    );
  }

  private readonly classOfNode = (name: string): NodeClass | undefined =>
    this.virtualNodes.has(name) ? 'virtual' : undefined;
}
