import { START_COST_SECONDS } from '../../actuator/scaler/policy-backtest.ts';
import type { HpaObject } from '../../actuator/targets/hpa.ts';
import type { WorkloadPolicy } from '../../core/policy/policy.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { type BaselineHpa, readBaselineHpa } from '../baseline/baseline-hpa.ts';
import type { BaselineWorkload } from '../baseline/nightly-baselines.ts';
import { stabilizationOf } from '../engine/stabilization.ts';

/** What a replay of a workload's past is told beside its demand: what it asks for, and which HPA it is held against. Plain data. */
export interface WhatIfBase {
  readonly policy: WorkloadPolicy;
  /** What a start counts as, seconds of a pod. */
  readonly startCostSeconds: number;
  readonly hpa: BaselineHpa;
  /** A higher need is kept for so many ticks at least; null: that is left to the calibration. */
  readonly leastStabilizationTicks: number | null;
  /** The administrator's cap on max-replicas. */
  readonly mostReplicas: number;
}

export interface WhatIfBaseParts {
  readonly workload: (status: WorkloadStatus) => BaselineWorkload;
  /** The HPA that scales it; undefined: none does. */
  readonly hpaOf: (ref: WorkloadRef) => Promise<HpaObject | undefined>;
  readonly mostReplicas: number;
}

/** @param policy undefined: something that it asks for is wrong. @returns undefined where nothing is asked for */
export async function whatIfBase(
  { workload, hpaOf, mostReplicas }: WhatIfBaseParts,
  status: WorkloadStatus,
  policy: WorkloadPolicy | undefined,
): Promise<WhatIfBase | undefined> {
  if (!policy) return undefined;
  const { metrics, bounds, ref } = workload(status);
  const { leastStabilizationTicks = null } = stabilizationOf(policy);
  const hpa = await readBaselineHpa(() => hpaOf(ref), metrics, bounds);
  const startCostSeconds = policy.startCost === 'auto' ? START_COST_SECONDS : policy.startCost;
  return { policy, startCostSeconds, hpa, leastStabilizationTicks, mostReplicas };
}
