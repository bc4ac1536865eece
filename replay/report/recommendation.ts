import type { PolicyName, Verdict } from '../result.ts';

/** One policy as far as the comparison needs it, over the replayed span. */
export interface Candidate {
  readonly name: PolicyName;
  /** The bill. */
  readonly cost: number;
  /** What policies are compared by: pod-hours + starts × start cost, hours. */
  readonly objectiveHours: number;
  /** Demand that found no Ready pod, basis points. */
  readonly unmetBp: number;
}

/** The verdict as far as figures tell it. */
export type Decision = Omit<Verdict, 'ownHpa'>;

/** Costs this close are a tie: half a percent is less than what a pod's start-up luck decides. */
const TIE = 0.005;
/** Unmet demand of a tenth of the SLO more, or of what the best one leaves, is hardly more. */
const HARDLY_MORE = 0.1;
/** A lower bill that is worth a word. */
const LOWER_BILL = 0.01;
/** Dearer by more than this for hardly more service is a choice, not a recommendation. */
const TWICE = 2;

/** What can be run, the simplest first: of equals that one is named. The oracle can't be run. */
const SIMPLEST_FIRST: readonly PolicyName[] = ['hpa', 'fixed', 'hpa-tuned', 'cron', 'fixed-max', 'predictive'];

/**
 * Compares what ran with what the reader has. `best` is the cheapest policy that keeps the SLO, by the objective. It is
 * never one that another policy serves better for less, and never dearer and worse at once than what the reader has,
 * neither by the objective nor by the bill.
 * @param have what the reader runs today, where it is known and was replayed
 */
export function recommend(table: readonly Candidate[], unmetTargetBp: number, have: PolicyName | undefined): Decision {
  const runnable = SIMPLEST_FIRST.flatMap((name) => table.find((candidate) => candidate.name === name) ?? []);
  const had = runnable.find(({ name }) => name === have);
  const keepers = runnable.filter(({ unmetBp }) => unmetBp <= unmetTargetBp);
  if (runnable.length === 0) return verdict('nothing', {});
  if (keepers.length === 0) {
    const best = leastFailing(runnable)!;
    return verdict('none-keeps', { have: had, best, nearMiss: nearMiss(runnable, best, unmetTargetBp) });
  }
  const cheapest = cheapestOf(keepers.filter((keeper) => had === undefined || !isWorse(keeper, had)));
  const keeps =
    had !== undefined &&
    keepers.includes(had) &&
    had.objectiveHours <= cheapest.objectiveHours * (1 + TIE) &&
    !keepers.some((other) => isBetterForLess(other, had));
  const best = keeps ? had : cheapest;
  const near = nearMiss(runnable, best, unmetTargetBp);
  const isChoice = near !== undefined && near.cost * TWICE < best.cost;
  return verdict(isChoice ? 'choose' : had === undefined ? 'only' : keeps ? 'keep' : 'change', {
    have: had,
    best,
    nearMiss: near,
    lowerBill: lowerBill(keepers, best),
    bestAutoscaler: keepers.every(isFixed) ? leastFailing(runnable.filter((one) => !isFixed(one))) : undefined,
  });
}

type Named = Partial<Record<Exclude<keyof Decision, 'kind'>, Candidate | undefined>>;

function verdict(kind: Verdict['kind'], { have, best, nearMiss, lowerBill, bestAutoscaler }: Named): Decision {
  const name = (candidate: Candidate | undefined) => candidate?.name ?? null;
  return {
    kind,
    have: name(have),
    best: name(best),
    nearMiss: name(nearMiss),
    lowerBill: name(lowerBill),
    bestAutoscaler: name(bestAutoscaler),
  };
}

/** Serves less, and costs more by the objective or by the bill. */
function isWorse(one: Candidate, than: Candidate): boolean {
  return one.unmetBp > than.unmetBp && (one.objectiveHours > than.objectiveHours || one.cost > than.cost);
}

/** Serves more, by a lower objective and a bill that is lower by more than a tie. */
function isBetterForLess(one: Candidate, than: Candidate): boolean {
  return one.unmetBp < than.unmetBp && one.objectiveHours < than.objectiveHours && one.cost < than.cost * (1 - TIE);
}

/** Another one is at least as good on both axes, and better on one. */
function isDominated(one: Candidate, others: readonly Candidate[]): boolean {
  return others.some(
    ({ objectiveHours, unmetBp }) =>
      objectiveHours <= one.objectiveHours &&
      unmetBp <= one.unmetBp &&
      (objectiveHours < one.objectiveHours || unmetBp < one.unmetBp),
  );
}

/** Of those that nobody serves better for less: the least objective, and of those within a tie of it the simplest. */
function cheapestOf(candidates: readonly Candidate[]): Candidate {
  const frontier = candidates.filter((candidate) => !isDominated(candidate, candidates));
  const least = Math.min(...frontier.map(({ objectiveHours }) => objectiveHours));
  return frontier.find(({ objectiveHours }) => objectiveHours <= least * (1 + TIE))!;
}

function failsLess(one: Candidate, than: Candidate): boolean {
  return one.unmetBp < than.unmetBp || (one.unmetBp === than.unmetBp && one.objectiveHours < than.objectiveHours);
}

function leastFailing(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.length === 0 ? undefined : candidates.reduce((a, b) => (failsLess(b, a) ? b : a));
}

/** The lowest bill of those that leave more unmet than the SLO allows, or than `best` leaves, but hardly more. */
function nearMiss(runnable: readonly Candidate[], best: Candidate, unmetTargetBp: number): Candidate | undefined {
  const bound = Math.max(unmetTargetBp, best.unmetBp) * (1 + HARDLY_MORE);
  const near = runnable.filter(({ unmetBp, cost }) => {
    return unmetBp > unmetTargetBp && unmetBp <= bound && cost < best.cost * (1 - TIE);
  });
  return leastBill(near);
}

function lowerBill(keepers: readonly Candidate[], best: Candidate): Candidate | undefined {
  return leastBill(keepers.filter(({ cost }) => cost < best.cost * (1 - LOWER_BILL)));
}

function leastBill(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.length === 0 ? undefined : candidates.reduce((a, b) => (b.cost < a.cost ? b : a));
}

function isFixed({ name }: Candidate): boolean {
  return name === 'fixed' || name === 'fixed-max';
}

/** The first sentence of a recommendation: the headline. */
export function firstSentence(recommendation: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(recommendation)?.[0] ?? recommendation;
}
