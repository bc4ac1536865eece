import type { PolicyName, Report } from '../replay/result.ts';

/** What a report advises, for a table of many. */
export interface RowVerdict {
  /** What the reader has: `fixed` where it was given, else the HPA. */
  readonly have: PolicyName | null;
  readonly words: string;
}

export function rowVerdict({ policies, unmetTargetBp }: Report): RowVerdict {
  const have = (['fixed', 'hpa'] as const).find((name) => policies[name] !== undefined) ?? null;
  const runnable = (Object.keys(policies) as PolicyName[]).filter((name) => name !== 'oracle');
  const keepers = runnable.filter((name) => policies[name]!.unmetBp <= unmetTargetBp);
  const cheapest = keepers.toSorted((a, b) => policies[a]!.objectiveHours - policies[b]!.objectiveHours)[0];
  if (cheapest === undefined) return { have, words: 'none keeps the SLO' };
  return { have, words: cheapest === have ? `keep ${have}` : `change to ${cheapest}` };
}
