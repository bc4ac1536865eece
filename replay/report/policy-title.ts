import { POLICY_NAMES, type PolicyName, type Report } from '../result.ts';
import type { Texts } from './texts/en.ts';

/** "hpa 70 %", "fixed-max": short enough for a label. */
export function policyTitle(name: PolicyName, report: Report, { formats }: Texts): string {
  const target = report.policies[name]?.target;
  return target === undefined ? name : `${name} ${formats.percent(target)}`;
}

/** Those that ran, in the order of every table. */
export function policiesThatRan(report: Report): PolicyName[] {
  return POLICY_NAMES.filter((name) => report.policies[name] !== undefined);
}
