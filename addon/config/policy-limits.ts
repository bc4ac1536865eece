import type { PolicyLimits } from '../../core/policy/policy.ts';
import type { AddonConfig } from './config.ts';

/** What annotations may ask for. */
export function policyLimits({ defaults, limits, prometheus }: AddonConfig): PolicyLimits {
  return {
    defaultMode: defaults.mode,
    defaultUnmetTargetBp: defaults.unmetTargetBp,
    maxReplicas: limits.maxReplicas,
    allowRawQueries: limits.allowRawQueries,
    templates: prometheus.templates,
  };
}
