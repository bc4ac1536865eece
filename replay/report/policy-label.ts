import type { PolicyName, Report } from '../result.ts';
import { duration, percent } from './wording.ts';

/** The target of the HPA that stands for what most people have. */
const DEFAULT_TARGET = 0.7;

/** A policy as sentences name it: "Prescale", "the default HPA at 70 %". */
export function policyLabel(name: PolicyName, { policies, verdict }: Pick<Report, 'policies' | 'verdict'>): string {
  const { target, windowSeconds } = policies[name] ?? {};
  const at = target === undefined ? '' : ` at ${percent(target)}`;
  const labels: Record<PolicyName, string> = {
    predictive: 'Prescale',
    hpa: `${verdict.ownHpa ? 'your' : target === DEFAULT_TARGET ? 'the default' : 'an'} HPA${at}`,
    'hpa-tuned': `an HPA tuned in hindsight${tuning(target, windowSeconds)}`,
    cron: 'a CronHPA',
    'fixed-max': 'fixed replicas at the peak (known in hindsight)',
    fixed: 'your fixed replicas',
    oracle: 'the oracle',
  };
  return labels[name];
}

/** " (target 80 %, scale-down window 2 min)". */
function tuning(target: number | undefined, windowSeconds: number | undefined): string {
  if (target === undefined) return '';
  const window = windowSeconds === undefined ? '' : `, scale-down window ${duration(windowSeconds)}`;
  return ` (target ${percent(target)}${window})`;
}
