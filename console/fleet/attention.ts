import type { Condition } from '../../core/workload-status.ts';
import type { Attention } from './fleet-row.ts';

/** Not Ready for these reasons is a beginning, and no fault. */
const BEGINNING: readonly string[] = ['Learning', 'NotRead'];

/** What of a workload needs a person, the gravest first; empty: nothing does. @param budgetUsed null: not known */
export function attentionOf(
  conditions: readonly Condition[],
  budgetUsed: number | null,
  error: string | undefined,
): Attention[] {
  const of = (type: Condition['type']) => conditions.find((one) => one.type === type);
  const ready = of('Ready');
  const forecasting = of('Forecasting');
  const found: [Attention, boolean | undefined][] = [
    ['not-ready', ready && !ready.status && !BEGINNING.includes(ready.reason)],
    ['conflict', of('Conflict')?.status],
    ['replica-failure', of('ReplicaFailure')?.status],
    ['budget-overspent', budgetUsed !== null && budgetUsed > 1],
    ['failing', error !== undefined],
    ['stale-forecast', forecasting && !forecasting.status && forecasting.reason === 'Expired'],
  ];
  return found.flatMap(([what, holds]) => (holds ? what : []));
}
