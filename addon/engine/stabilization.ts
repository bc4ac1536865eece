import { MOST_STABILIZATION_TICKS } from '../../actuator/scaler/plan.ts';
import type { ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import type { WorkloadPolicy } from '../../core/policy/policy.ts';
import { TICK_SECONDS } from '../../core/tick.ts';

/** For how long a higher need is kept at least; nothing where that is left to the calibration. */
export function stabilizationOf({
  stabilization,
}: Pick<WorkloadPolicy, 'stabilization'>): Pick<ScalingPolicy, 'leastStabilizationTicks'> {
  if (stabilization === 'auto') return {};
  const ticks = Math.max(1, Math.ceil(stabilization / TICK_SECONDS));
  return { leastStabilizationTicks: Math.min(MOST_STABILIZATION_TICKS, ticks) };
}
