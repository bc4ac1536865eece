import type { Reason } from '../../core/decision.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';

/** Rules that keep what there is, or more. */
const HOLDS: readonly Reason[] = [
  'clock-jump',
  'data-gap',
  'metric-missing',
  'saturated',
  'reversals',
  'unusually-low',
];
/** Rules that leave everything as it is. */
const NOTHING: readonly Reason[] = ['no-data', 'conflict', 'switched-off', 'fleet-breaker'];

/**
 * Whether the reason shown, the last one, can have made the number that was decided.
 * @returns what is wrong; undefined: it explains it
 */
export function explainsNumber({ reasons, replicas }: WorkloadStatus): string | undefined {
  const last = reasons.at(-1);
  if (last === undefined) return undefined;
  const { wanted, current, min, max, proactive, reactive } = replicas;
  const odd = (expected: string) =>
    `says "${last}", which would be ${expected}, and decided ${wanted} (of ${current}; all: ${reasons.join(', ')})`;
  if (last === 'max' && wanted !== max) return odd(`the maximum ${max}`);
  if (last === 'min' && wanted !== min) return odd(`the minimum ${min}`);
  if (NOTHING.includes(last) && wanted !== current) return odd(`the ${current} there are`);
  // What was written meanwhile is current by now.
  if (HOLDS.includes(last) && wanted < current) return odd(`at least the ${current} there are`);
  if (last === 'forecast' && proactive !== undefined && Math.abs(wanted - proactive) > 1)
    return odd(`the forecast's ${proactive}`);
  if (last === 'headroom' && reactive !== undefined && Math.abs(wanted - reactive) > 1)
    return odd(`the load's ${reactive}`);
  if ((last === 'stabilization' || last === 'needed-again') && wanted > current)
    return odd(`at most the ${current} there are`);
  return undefined;
}
