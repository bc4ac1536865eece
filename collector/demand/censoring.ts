import type { PodRecord } from '../../core/pod-record.ts';
import type { MetricRef } from '../../core/policy/policy.ts';
import type { DemandReading } from './demand-source.ts';

/*
 * A load that fills its pods is measured too low: a pod that may use one core uses one, however much is asked of it. Such
 * a measurement is a lower bound of the demand (right-censored, as survival statistics call it), not the demand.
 */

/** One Ready pod at one observation. */
export interface PodLoad {
  /** Same unit as capacity. */
  readonly usage: number;
  /** What the pod can use at most: its limit, or else the demand at which it is known to be full; undefined: not known. */
  readonly capacity: number | undefined;
  /** Fraction of scheduling periods in which it was throttled (container_cpu_cfs_throttled_periods_total); if known. */
  readonly throttledFraction?: number | undefined;
}

export interface CensoringRule {
  /** A pod is full from this fraction of its capacity on. CFS throttling lets a pod reach its limit to a few percent only. */
  readonly fullFraction: number;
  /** Or if it was throttled in this fraction of the periods. */
  readonly throttledFraction: number;
  /** The workload is full if more than this fraction of its Ready pods are. */
  readonly podsFraction: number;
}
export const CENSORING_RULE: CensoringRule = { fullFraction: 0.95, throttledFraction: 0.25, podsFraction: 0.5 };

export interface Censoring {
  /** The measured demand is a lower bound. */
  readonly censored: boolean;
  readonly fullPods: number;
  readonly pods: number;
}

/** Whether a workload's measured demand is cut off by its own pods. @param loads of the pods that are Ready and measured */
export function censoring(loads: readonly PodLoad[], rule: CensoringRule = CENSORING_RULE): Censoring {
  const fullPods = loads.filter((load) => isFull(load, rule)).length;
  return { censored: fullPods > loads.length * rule.podsFraction, fullPods, pods: loads.length };
}

function isFull({ usage, capacity, throttledFraction }: PodLoad, rule: CensoringRule): boolean {
  const atLimit = capacity !== undefined && capacity > 0 && usage >= capacity * rule.fullFraction;
  return atLimit || (throttledFraction ?? 0) >= rule.throttledFraction;
}

/** What is imputed is learned from, and expected next: without a bound an hour of saturation would teach ever more. */
const MOST_IMPUTED = 3;

/**
 * What is learned from a measurement: the measurement, or, where it is a lower bound, at least what was expected. So a load
 * that was cut off never teaches that demand is low, and one above what was expected still raises it. (Single imputation of
 * right-censored values: E[demand | demand ≥ measured] ≥ max(measured, E[demand]) for any distribution.)
 * @param expected the forecast for that instant, made before it; NaN where there was none
 */
export function learnedDemand(measured: number, censored: boolean, expected: number): number {
  return censored && expected > measured ? Math.min(expected, MOST_IMPUTED * measured) : measured;
}

/** Most of its Ready pods are at their limit: the reading is less than what is asked of them. */
export function isCensored(reading: DemandReading | undefined, metric: MetricRef, pods: readonly PodRecord[]): boolean {
  if (reading?.kind === 'value' && reading.censored !== undefined) return reading.censored;
  if (reading?.kind !== 'value' || !reading.perPod || metric.kind !== 'resource' || metric.resource === 'memory') {
    return false;
  }
  const loads = pods.flatMap(({ name, readySinceSeconds, requests }): PodLoad[] => {
    const usage = reading.perPod!.get(name);
    if (usage === undefined || readySinceSeconds === undefined) return [];
    const limit = metric.resource === 'cpu' ? requests.cpuLimitCores : requests.gpus;
    return [{ usage, capacity: limit }];
  });
  return censoring(loads).censored;
}

/**
 * What the pods of a reading can use at most, cores: no kernel lets a container use more than its limit over a minute. Undefined: not a
 * usage of CPU, or a pod has no limit.
 */
export function mostUsable(reading: DemandReading, metric: MetricRef, pods: readonly PodRecord[]): number | undefined {
  if (reading.kind !== 'value' || metric.kind !== 'resource' || metric.resource !== 'cpu') return undefined;
  let most = 0;
  for (const { requests } of pods) {
    if (requests.cpuLimitCores === undefined) return undefined;
    most = Math.max(most, requests.cpuLimitCores);
  }
  const counted = reading.pods?.counted ?? 0;
  return counted > 0 && most > 0 ? counted * most : undefined;
}
