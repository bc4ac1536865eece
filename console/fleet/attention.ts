import type { Condition } from '../../core/workload-status.ts';
import { ATTENTION, type Attention } from './fleet-row.ts';

/** Not Ready for these reasons is a beginning, and no fault. */
const BEGINNING: readonly string[] = ['Learning', 'NotRead'];

/** What of a workload needs a person, the gravest first; empty: nothing does. @param budgetUsed null: not known */
export function attentionOf(
  conditions: readonly Condition[],
  budgetUsed: number | null,
  error: string | undefined,
): Attention[] {
  const found: Attention[] = [];
  const add = (what: Attention, holds: boolean) => holds && found.push(what);
  for (const { type, status, reason } of conditions) {
    if (type === 'Ready') add('not-ready', !status && !BEGINNING.includes(reason));
    else if (type === 'Forecasting') add('stale-forecast', !status && reason === 'Expired');
    else if (type === 'Conflict') add('conflict', status);
    else if (type === 'ReplicaFailure') add('replica-failure', status);
  }
  add('budget-overspent', budgetUsed !== null && budgetUsed > 1);
  add('failing', error !== undefined);
  return found.length > 1 ? ATTENTION.filter((one) => found.includes(one)) : found;
}
