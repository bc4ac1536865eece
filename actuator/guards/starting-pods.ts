import type { PodObstacle, PodRecord } from '../../core/pod-record.ts';

/** Pods that are overdue: older than three lead times (each the p90 of its start-up), at least five minutes (an image pull). */
const LEADS_OVERDUE = 3;
const LEAST_OVERDUE_SECONDS = 300;
/** An image that can't be pulled or a container that can't be made is often put right within seconds: a registry that was busy. */
const OBSTACLE_GRACE_SECONDS = 30;
const NOT_SCHEDULED: readonly string[] = ['Unschedulable', 'SchedulingGated'];
/** A pod that no node has room for may get one from the cluster's autoscaler: so long beyond its start-up time. */
const NEW_NODE_SECONDS = 120;
/** Pods that were made within so long of each other were asked for together. */
const BATCH_SECONDS = 30;
/** Ready for less than that after its start, it was never Ready: the HPA's initial-readiness-delay. */
const INITIAL_READINESS_SECONDS = 30;

/**
 * What may be expected of the pods that a workload has. `total − ready − starting − stuck` pods were Ready and are not now: they are
 * overloaded, or their probe fails.
 */
export interface StartingPods {
  /** Neither finished nor being deleted. */
  readonly total: number;
  readonly ready: number;
  /** Never Ready yet, and nothing says that they won't be. */
  readonly starting: number;
  /** Of these, the ones that are likely Ready within the asked time. */
  readonly readySoon: number;
  /** Never Ready for far longer than any start takes, or obstructed: nobody should count on them. */
  readonly stuck: number;
}

/**
 * When the pods that are starting will be Ready. One is expected when its start-up time is over; one that is late, after as long
 * again as it is late: of start-ups of 20 s, one that is 12 s old within 8 s, one that is 30 s old within 10 s.
 * @param startupSeconds p90 of created → Ready
 * @param withinSeconds for `readySoon`
 */
export function startingPods(
  pods: readonly PodRecord[],
  startupSeconds: number,
  nowSeconds: number,
  withinSeconds: number,
): StartingPods {
  let total = 0;
  let ready = 0;
  let starting = 0;
  let readySoon = 0;
  let stuck = 0;
  for (const pod of pods) {
    if (!exists(pod)) continue;
    total++;
    if (pod.readySinceSeconds !== undefined) ready++;
    else if (isStuck(pod, startupSeconds, nowSeconds)) stuck++;
    else if (!wasReady(pod)) {
      starting++;
      // A node's or our own clock that is off makes no pod from the future.
      const age = Math.max(0, nowSeconds - pod.createdSeconds);
      if (Math.abs(startupSeconds - age) <= withinSeconds) readySoon++;
    }
  }
  return { total, ready, starting, readySoon, stuck };
}

/** Whether pods that are asked for come to be. */
export interface StartTroubles {
  /** Neither finished nor being deleted. */
  readonly total: number;
  /** See StartingPods. */
  readonly starting: number;
  readonly stuck: number;
  /** Ready pods that say that starting works: of a template that no stuck pod is of, or made beside the first stuck one or later. */
  readonly becameReady: number;
  /** Why the first of them is stuck, in Kubernetes' words; undefined: none is, or it says nothing and takes too long. */
  readonly obstacle: PodObstacle | undefined;
  /** Pods that are kept from starting for half a minute, stuck or not yet, and what keeps the first of them: that is said at once. */
  readonly delayed: number;
  readonly delay: PodObstacle | undefined;
}

/** @param startupSeconds p90 of created → Ready */
export function startTroubles(pods: readonly PodRecord[], startupSeconds: number, nowSeconds: number): StartTroubles {
  const { total, starting, stuck } = startingPods(pods, startupSeconds, nowSeconds, 0);
  let delayed = 0;
  let delay: PodObstacle | undefined;
  for (const pod of pods) {
    if (pod.obstacle === undefined || !exists(pod) || pod.readySinceSeconds !== undefined) continue;
    if (nowSeconds - pod.createdSeconds <= OBSTACLE_GRACE_SECONDS) continue;
    delayed++;
    delay ??= pod.obstacle;
  }
  if (stuck === 0) return { total, starting, stuck, becameReady: 0, obstacle: undefined, delayed, delay };
  /** When the first stuck pod of each template was made. */
  const firstSeconds = new Map<string | undefined, number>();
  let obstacle: PodObstacle | undefined;
  for (const pod of pods) {
    if (!exists(pod) || pod.readySinceSeconds !== undefined || !isStuck(pod, startupSeconds, nowSeconds)) continue;
    const first = firstSeconds.get(pod.templateHash) ?? Number.POSITIVE_INFINITY;
    firstSeconds.set(pod.templateHash, Math.min(first, pod.createdSeconds));
    obstacle ??= pod.obstacle;
  }
  let becameReady = 0;
  for (const pod of pods) {
    if (!exists(pod) || pod.readySinceSeconds === undefined) continue;
    const first = firstSeconds.get(pod.templateHash) ?? Number.NEGATIVE_INFINITY;
    if (pod.createdSeconds >= first - BATCH_SECONDS) becameReady++;
  }
  return { total, starting, stuck, becameReady, obstacle, delayed, delay };
}

/** Whether nobody should count on a pod that is not Ready: it is overdue, or has been obstructed for longer than its grace. */
export function isStuck(pod: PodRecord, startupSeconds: number, nowSeconds: number): boolean {
  const age = nowSeconds - pod.createdSeconds;
  if (pod.obstacle === undefined) return age > overdueAfter(startupSeconds) && !wasReady(pod);
  const grace = NOT_SCHEDULED.includes(pod.obstacle.reason)
    ? startupSeconds + NEW_NODE_SECONDS
    : OBSTACLE_GRACE_SECONDS;
  return age > grace;
}

function overdueAfter(startupSeconds: number): number {
  return Math.max(LEAST_OVERDUE_SECONDS, LEADS_OVERDUE * startupSeconds);
}

function exists({ phase, deleting }: PodRecord): boolean {
  return !deleting && phase !== 'Succeeded' && phase !== 'Failed';
}

/** It ceased to be Ready: the kubelet sets the condition to False when it takes the pod on, so a later False followed a True. */
function wasReady({ unreadySinceSeconds, startedSeconds }: PodRecord): boolean {
  if (unreadySinceSeconds === undefined || startedSeconds === undefined) return false;
  return unreadySinceSeconds > startedSeconds + INITIAL_READINESS_SECONDS;
}
