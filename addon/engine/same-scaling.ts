import type { ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import { calendarWords } from '../../core/calendar/calendar.ts';
import { sameMeasurement } from '../../core/measurement.ts';
import { sloDigits } from '../../core/slo.ts';
import type { Refitted } from '../refits/refit.ts';
import { sameCapacity } from './pod-capacity.ts';

/** Whether a scaler for one serves the other: bounds are given anew at each tick. */
export function sameScaling(a: ScalingPolicy, b: ScalingPolicy): boolean {
  return (
    sameCapacity(a.podCapacity, b.podCapacity) &&
    a.unmetTargetBp === b.unmetTargetBp &&
    a.mode === b.mode &&
    a.leastStabilizationTicks === b.leastStabilizationTicks &&
    a.startCostSeconds === b.startCostSeconds &&
    a.calendarNames?.timeZone === b.calendarNames?.timeZone &&
    a.calendarNames?.holidays === b.calendarNames?.holidays &&
    sameMeasurement(a.measurement, b.measurement)
  );
}

/** Capacity, bounds, target and measurement are the object's to say, whoever made the refit. @returns why it is for others; undefined: it isn't */
export function whyForOthers({ policy: made, state }: Refitted, policy: ScalingPolicy): string | undefined {
  if (sameScaling(made, policy) && sameCapacity(state.learner.podCapacity, policy.podCapacity)) return undefined;
  return `it is for ${policyWords(made)}, and ${policyWords(policy)} is asked for: another one is made`;
}

function policyWords(policy: ScalingPolicy): string {
  const {
    podCapacity,
    unmetTargetBp,
    mode = 'auto',
    leastStabilizationTicks,
    startCostSeconds,
    calendarNames,
  } = policy;
  const kept = leastStabilizationTicks === undefined ? '' : `, kept for ${leastStabilizationTicks} ticks`;
  const start = startCostSeconds === undefined ? '' : `, ${startCostSeconds} s a start`;
  const days = calendarNames === undefined ? '' : `, ${calendarWords(calendarNames)}`;
  return `${podCapacity} a pod, SLO ${sloDigits(unmetTargetBp)} %, ${mode}${kept}${start}${days}`;
}
