import type { TraceProfile } from '../profile/profile.ts';
import type { Finding, FindingRule, ReplayContext } from './finding.ts';
import { GAP_RULES } from './gap-rules.ts';
import { TIME_RULES } from './time-rules.ts';
import { VALUE_RULES } from './value-rules.ts';

const SEVERITIES = ['error', 'warning', 'note'];

/**
 * What must be known of a trace before its figures are read, in the order of how much it matters; empty: nothing.
 * @param reading what its reader found and made of it: that stands before all else of its severity, and for what the rules would say of the same
 */
export function traceFindings(
  profile: TraceProfile,
  replay?: ReplayContext,
  reading: readonly Finding[] = [],
): Finding[] {
  const by = (rules: readonly FindingRule[]) =>
    rules.map((rule) => rule(profile, replay)).filter((finding) => finding !== undefined);
  const values = by(VALUE_RULES);
  // Levels and peaks of a counter are no news.
  const counter = values.filter(({ name }) => name === 'counter');
  const isRead = reading.some(({ name }) => name === 'counter');
  const found = [...by(TIME_RULES), ...by(GAP_RULES), ...(counter.length > 0 && !isRead ? counter : values)];
  const news = found.filter(({ name }) => !reading.some((known) => known.name === name));
  return [...reading, ...news].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}
