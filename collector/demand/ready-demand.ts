import type { PodRecord } from '../../core/pod-record.ts';
import type { Resource } from '../prometheus/resource-expressions.ts';
import { type DemandReading, OBSERVATION_SECONDS } from './demand-source.ts';

/*
 * Which pods' usage is the workload's demand, as the horizontal pod autoscaler decides it
 * (kubernetes v1.35 pkg/controller/podautoscaler/replica_calculator.go, groupPods and calcPlainMetricReplicas).
 */

/** One pod's usage: the mean over the window that ends at endSeconds. */
export interface PodUsage {
  readonly value: number;
  readonly endSeconds: number;
  readonly windowSeconds: number;
}

/** The controller manager's --horizontal-pod-autoscaler-… settings of that name. */
export interface HpaPeriods {
  readonly cpuInitializationSeconds: number;
  readonly initialReadinessDelaySeconds: number;
}
export const HPA_PERIODS: HpaPeriods = { cpuInitializationSeconds: 300, initialReadinessDelaySeconds: 30 };

export interface PodGroups {
  /** Their usage is the demand. */
  readonly counted: readonly PodRecord[];
  /** Pending, or (cpu only) not Ready or in their first minutes: the HPA's unready pods. */
  readonly starting: readonly PodRecord[];
  /** Running, without a measurement: the HPA's missing pods. */
  readonly unmeasured: readonly PodRecord[];
  /** Deleting, failed or done: as if they weren't there. */
  readonly ignored: readonly PodRecord[];
}

export function groupPods(
  pods: readonly PodRecord[],
  usage: ReadonlyMap<string, PodUsage>,
  resource: Resource,
  nowSeconds: number,
  periods: HpaPeriods = HPA_PERIODS,
): PodGroups {
  const groups = { counted: [], starting: [], unmeasured: [], ignored: [] } as Record<keyof PodGroups, PodRecord[]>;
  for (const pod of pods) groups[groupOf(pod, usage.get(pod.name), resource, nowSeconds, periods)].push(pod);
  return groups;
}

function groupOf(
  pod: PodRecord,
  usage: PodUsage | undefined,
  resource: Resource,
  nowSeconds: number,
  periods: HpaPeriods,
): keyof PodGroups {
  if (pod.deleting || pod.phase === 'Failed' || pod.phase === 'Succeeded') return 'ignored';
  if (pod.phase === 'Pending') return 'starting';
  if (!usage) return 'unmeasured';
  return resource === 'cpu' && isStarting(pod, usage, nowSeconds, periods) ? 'starting' : 'counted';
}

/** CPU of a start says nothing of the load: class loading, caches, a model being read. */
function isStarting(pod: PodRecord, usage: PodUsage, nowSeconds: number, periods: HpaPeriods): boolean {
  const { startedSeconds, readySinceSeconds, unreadySinceSeconds } = pod;
  if (startedSeconds === undefined) return true;
  if (startedSeconds + periods.cpuInitializationSeconds > nowSeconds) {
    // Its first whole window since it became Ready has to have passed.
    return readySinceSeconds === undefined || usage.endSeconds < readySinceSeconds + usage.windowSeconds;
  }
  // Later, a pod that never was Ready is left out, and one that ceased to be (overload!) still counts. Where it is not
  // known which of the two it is, it counts: demand that is not seen is the worse error.
  const sinceStart = (unreadySinceSeconds ?? Infinity) - startedSeconds;
  return readySinceSeconds === undefined && sinceStart < periods.initialReadinessDelaySeconds;
}

/**
 * The demand of a workload from its pods' usage.
 * @param usage by pod name
 * @returns missing where no pod counts
 */
export function readyDemand(
  pods: readonly PodRecord[],
  usage: ReadonlyMap<string, PodUsage>,
  resource: Resource,
  nowSeconds: number,
  periods: HpaPeriods = HPA_PERIODS,
): DemandReading {
  if (pods.length === 0) return { kind: 'missing', why: 'it has no pods' };
  const { counted, starting, unmeasured } = groupPods(pods, usage, resource, nowSeconds, periods);
  if (counted.length === 0) {
    const groups = [
      `${starting.length} of its ${pods.length} pods are starting`,
      `${unmeasured.length} have no measured ${resource}`,
    ];
    return { kind: 'missing', why: groups.join(', ') };
  }
  const windows = counted.map(({ name }) => usage.get(name)!.windowSeconds);
  const windowSeconds = windows.find((seconds) => seconds !== OBSERVATION_SECONDS);
  const own = pods.flatMap(({ name }) => (usage.has(name) ? [[name, usage.get(name)!] as const] : []));
  return {
    kind: 'value',
    value: counted.reduce((sum, { name }) => sum + usage.get(name)!.value, 0),
    timeSeconds: counted.reduce((oldest, { name }) => Math.min(oldest, usage.get(name)!.endSeconds), Infinity),
    ...(windowSeconds !== undefined && { windowSeconds }),
    perPod: new Map(own.map(([name, { value }]) => [name, value])),
    pods: { counted: counted.length, starting: starting.length, unmeasured: unmeasured.length },
  };
}
