import type { PodRecord } from '../../core/pod-record.ts';
import type { MetricRef } from '../../core/policy/policy.ts';
import { workloadKey } from '../../core/workload.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import type { ScaledWorkload } from '../engine/scaled-workload.ts';
import type { BaselineWorkload } from './nightly-baselines.ts';

const ONLY_OBSERVED = 'at the last look, made each night, Prescale only observed it: what ran was not its doing';

/** A workload as its baseline needs it; one whose annotations are wrong has no metrics. @param podsOf by key */
export function baselineWorkload(
  { ref, mode, metrics }: WorkloadStatus,
  get: (key: string) => ScaledWorkload | undefined,
  podsOf: (key: string) => readonly PodRecord[],
): BaselineWorkload {
  const key = workloadKey(ref);
  const workload = get(key);
  const { minReplicas: min = 1, maxReplicas: max = 1 } = workload?.policy ?? {};
  return {
    key,
    ref,
    bounds: { min: Math.max(1, min), max: Math.max(1, max) },
    idle: mode === 'observe' ? ONLY_OBSERVED : undefined,
    metrics: (workload?.metrics ?? []).map(({ query: { id, metric }, name }, index) => {
      return { id, metric, name, podCapacity: metrics[index]?.podCapacity, request: requestOf(metric, podsOf(key)) };
    }),
  };
}

/** Mean request of the pods that run; undefined: none does, or it is nothing that is requested. */
function requestOf(metric: MetricRef, pods: readonly PodRecord[]): number | undefined {
  if (metric.kind !== 'resource') return undefined;
  const field = ({ cpu: 'cpuCores', memory: 'memoryBytes', gpu: 'gpus' } as const)[metric.resource];
  const running = pods.filter(({ phase, deleting }) => phase === 'Running' && !deleting);
  if (running.length === 0) return undefined;
  return running.reduce((sum, { requests }) => sum + requests[field], 0) / running.length;
}
