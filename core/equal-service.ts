/** What a rule costs, in any unit that counts its pods and its starts, and the demand it leaves unmet. */
export interface ServiceCost {
  readonly cost: number;
  /** Unmet demand ÷ demand, basis points. */
  readonly unmetBp: number;
}

/**
 * The cheapest that leaves no more unmet demand than asked, or where none does the one that leaves least; the first of
 * equals. How rules are compared everywhere: a saving is worth something only at equal service.
 * @param candidates at least one.
 */
export function cheapestAtService<T extends ServiceCost>(candidates: readonly T[], unmetBp: number): T {
  const serving = candidates.filter((candidate) => candidate.unmetBp <= unmetBp);
  return serving.length > 0
    ? serving.reduce((a, b) => (b.cost < a.cost ? b : a))
    : candidates.reduce((a, b) => (b.unmetBp < a.unmetBp ? b : a));
}
