import type { PolicyLimits } from '../../core/policy/policy.ts';
import type { AddonConfig } from './config.ts';

/** What annotations may ask for, and what holds where they don't. */
export function policyLimits(config: AddonConfig): PolicyLimits {
  const { timeZone, holidays } = config;
  return {
    defaultMode: config.defaults.mode,
    defaultUnmetTargetBp: config.defaults.unmetTargetBp,
    maxReplicas: config.limits.maxReplicas,
    allowRawQueries: config.limits.allowRawQueries,
    templates: config.prometheus.templates,
    defaultCalendar: { timeZone, ...(holidays !== undefined && { holidays }) },
    calendars: config.calendars,
  };
}
