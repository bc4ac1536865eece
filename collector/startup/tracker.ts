import type { NodeClass, PodRecord } from '../../core/pod-record.ts';
import {
  type StartupTimings,
  type StartupTrouble,
  startupTimings,
  startupTrouble,
  wasReadyBefore,
} from '../pods/lifecycle.ts';
import type { RawPod } from '../pods/raw-pod.ts';
import { BATCH_WINDOW_SECONDS } from './model.ts';
import type { StartupSketches } from './sketches.ts';

/** Pods of one workload created about at once. */
interface Batch {
  firstSeconds: number;
  lastSeconds: number;
  count: number;
}

/** Batches of a workload that younger pods may still join, and some for those that are listed out of order. */
const KEPT_BATCHES = 16;

interface Starting {
  readonly workload: string;
  readonly batch: Batch;
  nodeClass: NodeClass;
  trouble: StartupTrouble | undefined;
  pulledSeconds: number | undefined;
}

/** Ready, and waiting for its batch to be complete. */
interface Arrived extends Starting {
  readonly timings: StartupTimings;
  readonly totalSeconds: number;
  readonly live: boolean;
}

/** A pod as the watch gives it. */
export interface SeenPod {
  readonly pod: RawPod;
  readonly record: PodRecord;
  readonly workload: string;
  /** Where it runs or is expected to. */
  readonly nodeClass: NodeClass;
  readonly nowSeconds: number;
}

export interface TroubledPods {
  readonly workload: string;
  readonly trouble: StartupTrouble;
  readonly pods: number;
}

/**
 * Follows each pod to its first Ready, once, and tells the sketches. Pods that are Ready when first seen (the addon has just
 * started, or the workload has just opted in) count by the times in their conditions, weighted by their age, unless the sketches
 * were restored from a time when they had been counted.
 */
export class StartupTracker {
  private readonly sketches: StartupSketches;
  /** `null`: counted, or never to be. */
  private readonly pods = new Map<string, Starting | null>();
  private readonly batches = new Map<string, Batch[]>();
  private arrived: Arrived[] = [];
  private clockSkews = 0;

  constructor(sketches: StartupSketches) {
    this.sketches = sketches;
  }

  see(seen: SeenPod): void {
    const { pod, record, workload, nodeClass, nowSeconds } = seen;
    const known = this.pods.get(record.uid);
    if (known === null) return;
    if (known === undefined && (record.deleting || wasReadyBefore(pod) || record.createdSeconds === 0)) {
      this.pods.set(record.uid, null);
      return;
    }
    const ready = record.readySinceSeconds !== undefined;
    const starting = known ?? {
      workload,
      nodeClass,
      trouble: undefined,
      pulledSeconds: undefined,
      batch: this.batchOf(workload, record.createdSeconds),
    };
    starting.nodeClass = nodeClass;
    if (ready) this.arrive(seen, starting, known !== undefined);
    else if (record.phase === 'Succeeded') this.finish(record.uid);
    else if (record.deleting || record.phase === 'Failed') this.giveUp(record.uid, nowSeconds);
    else this.wait(seen, starting);
  }

  /** An image of the pod was pulled (or found on the node). */
  pulled(uid: string, atSeconds: number): void {
    const starting = this.pods.get(uid);
    if (starting) starting.pulledSeconds = Math.max(starting.pulledSeconds ?? 0, atSeconds);
  }

  gone(uid: string, nowSeconds: number): void {
    if (this.pods.get(uid)) this.giveUp(uid, nowSeconds);
    this.pods.delete(uid);
  }

  /** Tells the sketches of the pods whose batch can't grow any more. Not while a list is half read. */
  settle(nowSeconds: number): void {
    const complete = ({ batch }: Arrived) => nowSeconds > batch.firstSeconds + BATCH_WINDOW_SECONDS;
    const arrived = this.arrived.filter(complete);
    this.arrived = this.arrived.filter((one) => !complete(one));
    for (const { workload, nodeClass, batch, timings, totalSeconds, live } of arrived) {
      const atSeconds = Math.min(timings.createdSeconds + totalSeconds, nowSeconds);
      if (!live && this.sketches.countedBefore(workload, atSeconds)) continue;
      const { stageSeconds } = timings;
      this.sketches.started({ workload, nodeClass, batch: batch.count, totalSeconds, stageSeconds, atSeconds, live });
    }
    for (const [workload, batches] of this.batches) this.batches.set(workload, batches.slice(-KEPT_BATCHES));
  }

  /** Lets go of a workload and its pods. */
  forget(workload: string, uids: Iterable<string>): void {
    for (const uid of uids) this.pods.delete(uid);
    for (const [uid, starting] of this.pods) if (starting?.workload === workload) this.pods.delete(uid);
    this.arrived = this.arrived.filter((one) => one.workload !== workload);
    this.batches.delete(workload);
    this.sketches.forget(workload);
  }

  /** Waiting pods whose containers say that they are stuck, by workload. */
  troubles(): TroubledPods[] {
    const found = new Map<string, TroubledPods>();
    for (const starting of this.pods.values()) {
      if (!starting?.trouble) continue;
      const { workload, trouble } = starting;
      const key = `${workload} ${trouble}`;
      found.set(key, { workload, trouble, pods: (found.get(key)?.pods ?? 0) + 1 });
    }
    return [...found.values()];
  }

  /** Start-ups so far whose times showed a node's clock to be off. */
  get oddClocks(): number {
    return this.clockSkews;
  }

  /** Pods that are followed or remembered. */
  get size(): number {
    return this.pods.size;
  }

  private arrive({ pod, record, nowSeconds }: SeenPod, starting: Starting, watchedFromStart: boolean): void {
    const { pulledSeconds } = starting;
    const events = pulledSeconds === undefined ? [] : [{ reason: 'Pulled', timeSeconds: pulledSeconds }];
    const sighting = watchedFromStart ? { watchedFromStart, seenSeconds: nowSeconds } : { watchedFromStart };
    const timings = startupTimings(pod, sighting, events);
    this.finish(record.uid);
    if (timings?.oddities.includes('clock-skew')) this.clockSkews++;
    const totalSeconds = timings?.totalSeconds;
    if (timings === undefined || totalSeconds === undefined) return;
    this.arrived.push({ ...starting, timings, totalSeconds, live: watchedFromStart });
  }

  private wait({ pod, record: { uid, createdSeconds, obstacle } }: SeenPod, starting: Starting): void {
    const { workload, nodeClass, batch } = starting;
    starting.trouble = startupTrouble(pod);
    this.pods.set(uid, starting);
    // What can't start says nothing of how long a start takes, for as long as it can't.
    if (obstacle !== undefined) this.sketches.settled(uid);
    else this.sketches.waits({ uid, workload, nodeClass, createdSeconds, batch: () => batch.count });
  }

  private finish(uid: string): void {
    this.pods.set(uid, null);
    this.sketches.settled(uid);
  }

  private giveUp(uid: string, nowSeconds: number): void {
    this.pods.set(uid, null);
    this.sketches.gaveUp(uid, nowSeconds);
  }

  private batchOf(workload: string, createdSeconds: number): Batch {
    const batches = this.batches.get(workload) ?? [];
    this.batches.set(workload, batches);
    const joined = batches.find(
      ({ firstSeconds, lastSeconds }) =>
        Math.max(lastSeconds, createdSeconds) - Math.min(firstSeconds, createdSeconds) <= BATCH_WINDOW_SECONDS,
    );
    const batch = joined ?? { firstSeconds: createdSeconds, lastSeconds: createdSeconds, count: 0 };
    if (joined === undefined) batches.push(batch);
    batch.firstSeconds = Math.min(batch.firstSeconds, createdSeconds);
    batch.lastSeconds = Math.max(batch.lastSeconds, createdSeconds);
    batch.count++;
    return batch;
  }
}
