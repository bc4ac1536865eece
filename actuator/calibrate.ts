import type { Margins } from './plan.ts';
import type { Outcome, Rehearsal } from './rehearsal.ts';

/** Expected errors over the expected peak, ascending: the grid of the calibration. */
const ERRORS = [-0.5, 0, 0.35, 0.7, 1, 1.4, 1.8, 2.3, 3, 4, 5, 6.5, 8.5, 11, 15, 20];
/** Headroom over the observed load, ascending. */
const HEADROOMS = [0, 0.03, 0.07, 0.12, 0.2, 0.3, 0.5, 0.9, 1.6];
/** Stabilization windows, ticks: none, one, two and five minutes. */
const WINDOWS = [1, 4, 8, 20];
/** Utilisation targets of the reactive rule. */
const TARGETS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** Prediction must capture this share of what could be saved, or the reactive rule stays. */
const LEAST_SHARE = 0.1;
/** A reactive rule that leaves up to twice the promise shows that it can nearly be kept: then as much must be kept. */
const NEARLY_KEPT = 2;
/** Where no rule keeps the promise, no more than this multiple of the least unmet demand is left for a lower cost. */
const MOST_UNMET = 10;
/** The HPA's usual target: what the reactive rule falls back to where no target keeps the promise. */
const USUAL_TARGET = 0.7;

/** How a workload is scaled until the next calibration. */
export type ScalingMode =
  | { readonly kind: 'predictive'; readonly margins: Margins }
  | { readonly kind: 'reactive'; readonly target: number };

/** A mode, what it would have done on the history, and why it was chosen. */
export interface Calibration {
  readonly mode: ScalingMode;
  readonly unmetBp: number;
  /** Pod-ticks ÷ those of pods that always just fit. */
  readonly costRatio: number;
  /** It kept the promise (nearly) on the rehearsed days. */
  readonly keepsPromise: boolean;
  readonly why: string;
}

interface Candidate extends Outcome {
  readonly mode: ScalingMode;
}

/**
 * Chooses the margins by rehearsing the history. Where a reactive target could keep the promise, the cheapest rule that
 * keeps it; where none could, the rule that saves the greatest share against the reactive target of equal service.
 * @param promiseBp the service promise: demand that may stay unmet, basis points.
 */
export function calibrate(rehearsal: Rehearsal, promiseBp: number): Calibration {
  const reactive = TARGETS.map(
    (target): Candidate => ({ mode: { kind: 'reactive', target }, ...rehearsal.reactive(target) }),
  );
  const leastCost = rehearsal.leastCost();
  const describe = (candidate: Candidate, keepsPromise: boolean, why: string): Calibration => ({
    mode: candidate.mode,
    unmetBp: candidate.unmetBp,
    costRatio: leastCost > 0 ? candidate.cost / leastCost : 1,
    keepsPromise,
    why,
  });
  const leastBp = Math.min(...reactive.map(({ unmetBp }) => unmetBp));
  if (leastBp <= NEARLY_KEPT * promiseBp) {
    const boundBp = Math.max(promiseBp, leastBp);
    const keeping = keepers(rehearsal, boundBp).concat(reactive.filter(({ unmetBp }) => unmetBp <= boundBp));
    return describe(cheapest(keeping), true, 'the cheapest that keeps the promise on the rehearsed days');
  }
  return bestShare(rehearsal, reactive, leastCost, describe);
}

/**
 * For each window and headroom, the least error factor that keeps the promise. Unmet demand falls with both, so more
 * headroom never needs a larger factor: the search narrows as it goes.
 */
function keepers(rehearsal: Rehearsal, promiseBp: number): Candidate[] {
  const kept: Candidate[] = [];
  for (const window of WINDOWS) {
    let high = ERRORS.length - 1;
    for (const headroom of HEADROOMS) {
      let low = 0;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const candidate = predictive(rehearsal, ERRORS[middle]!, headroom, window);
        if (candidate.unmetBp <= promiseBp) {
          kept.push(candidate);
          high = middle - 1;
        } else low = middle + 1;
      }
      // The least factor keeps it: more headroom only costs more.
      if (low === 0) break;
      high = Math.min(ERRORS.length - 1, low);
    }
  }
  return kept;
}

/** A coarse look at the whole grid, then the neighbours of the best of it. */
function bestShare(
  rehearsal: Rehearsal,
  reactive: readonly Candidate[],
  leastCost: number,
  describe: (candidate: Candidate, keepsPromise: boolean, why: string) => Calibration,
): Calibration {
  const mostBp = MOST_UNMET * Math.min(...reactive.map(({ unmetBp }) => unmetBp));
  let best: Candidate | undefined;
  let at = { window: 0, headroom: 0, error: 0 };
  let bestShare = LEAST_SHARE;
  const consider = (window: number, headroom: number, error: number) => {
    const candidate = predictive(rehearsal, ERRORS[error]!, HEADROOMS[headroom]!, WINDOWS[window]!);
    if (candidate.unmetBp > mostBp) return;
    const rival = equalService(reactive, candidate.unmetBp);
    const share = (rival.cost - candidate.cost) / (rival.cost - leastCost);
    if (share <= bestShare) return;
    best = candidate;
    bestShare = share;
    at = { window, headroom, error };
  };
  for (let window = 0; window < WINDOWS.length; window += 2)
    for (let headroom = 0; headroom < HEADROOMS.length; headroom += 2)
      for (let error = 1; error < ERRORS.length; error += 2) consider(window, headroom, error);
  if (!best) {
    const usual = reactive.find(({ mode }) => mode.kind === 'reactive' && mode.target === USUAL_TARGET)!;
    return describe(
      usual,
      false,
      'nothing keeps the promise and prediction does not pay: the reactive rule at its usual target',
    );
  }
  const { window, headroom, error } = at;
  for (const other of [error - 1, error + 1]) if (other < ERRORS.length) consider(window, headroom, other);
  for (const other of [headroom - 1, headroom + 1])
    if (other >= 0 && other < HEADROOMS.length) consider(window, other, at.error);
  for (const other of [window - 1, window + 1])
    if (other >= 0 && other < WINDOWS.length) consider(other, at.headroom, at.error);
  const percent = Math.round(bestShare * 100);
  return describe(
    best,
    false,
    `no reactive target keeps the promise; of equal service, it saves ${percent} % of what can be`,
  );
}

/** The cheapest reactive target that leaves no more unmet demand, else the one that leaves least. */
function equalService(reactive: readonly Candidate[], unmetBp: number): Candidate {
  const equal = reactive.filter((candidate) => candidate.unmetBp <= unmetBp);
  if (equal.length > 0) return cheapest(equal);
  return reactive.reduce((a, b) => (b.unmetBp < a.unmetBp ? b : a));
}

function predictive(rehearsal: Rehearsal, errors: number, headroom: number, stabilizationTicks: number): Candidate {
  const margins = { errors, headroom, stabilizationTicks };
  return { mode: { kind: 'predictive', margins }, ...rehearsal.predictive(margins) };
}

function cheapest(candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((a, b) => (b.cost < a.cost ? b : a));
}
