import { cheapestAtService } from '../../core/equal-service.ts';
import { TICKS_PER_HOUR } from '../../core/tick.ts';
import type { Margins } from './plan.ts';
import type { Outcome, PolicyBacktest } from './policy-backtest.ts';

/** Safety multipliers, ascending: with headrooms and retentions the grid of the calibration. */
const SAFETY_MULTIPLIERS = [-0.5, 0, 0.35, 0.7, 1, 1.4, 1.8, 2.3, 3, 4, 5, 6.5, 8.5, 11, 15, 20];
export const LEAST_SAFETY_MULTIPLIER = SAFETY_MULTIPLIERS[0]!;
export const MOST_SAFETY_MULTIPLIER = SAFETY_MULTIPLIERS.at(-1)!;
/** Headroom over the observed load, ascending. */
const HEADROOMS = [0, 0.03, 0.07, 0.12, 0.2, 0.3, 0.5, 0.9, 1.6];
export const MOST_HEADROOM = HEADROOMS.at(-1)!;
/** The longest stabilization window that is tried, ticks: five minutes. */
export const LONGEST_WINDOW = TICKS_PER_HOUR / 12;
/**
 * How long pods over the need are retained, the longest last: under the peak that is expected before a start would pay with so many more expected
 * errors than the lead time's peak has, and for so many ticks after a higher need, margins included.
 */
const RETENTIONS: readonly Pick<Margins, 'keepMultiplier' | 'stabilizationTicks'>[] = [
  { keepMultiplier: 0, stabilizationTicks: 1 },
  { keepMultiplier: 1, stabilizationTicks: 1 },
  { keepMultiplier: 2, stabilizationTicks: 1 },
  { keepMultiplier: 1, stabilizationTicks: LONGEST_WINDOW },
];
export const MOST_KEEP_MULTIPLIER =
  MOST_SAFETY_MULTIPLIER + Math.max(...RETENTIONS.map(({ keepMultiplier }) => keepMultiplier));
/** Of margins that cost nearly the same those that start fewer pods are wanted: they may cost so much more than the next ones. */
const RETENTION_SHARE = 0.002;
/** Utilisation targets of the reactive rule that others are held against. */
const TARGETS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** A lower target is never chosen: it would ask for more than 1.3 times the need, whatever the load does (see PodPlan). */
const LEAST_TARGET = 0.8;
/** Prediction must capture this share of what could be saved, or the reactive rule stays. */
const LEAST_SHARE = 0.1;
/** A reactive rule that leaves up to twice what the SLO allows shows that it can nearly be kept: then as much must be kept. */
const NEARLY_KEPT = 2;
/** Under a looser SLO than this, the search also starts where a part of it is left unmet. */
const LOOSE_BP = 1;
const TIGHTER = 8;
/** The last look walks so many steps uphill at most. */
const MOST_STEPS = 6;
/** The HPA's usual target: where nothing keeps the SLO, no more is left unmet than it would leave, and it is what is fallen back to. */
const USUAL_TARGET = 0.7;

/** The neural model must save so much of the cost, or of what could be saved, or the workload's own regression stays. */
const LEAST_GAIN = 0.002;

/** How a workload is scaled until the next calibration. */
export type ScalingMode =
  | {
      readonly kind: 'predictive';
      readonly margins: Margins;
      /** The neural model whose forecast the margins are for; without it they are for the regression's. */
      readonly neural?: string;
    }
  | { readonly kind: 'reactive'; readonly target: number };

/** A mode, what it would have done on the history, and why it was chosen. */
export interface Calibration {
  readonly mode: ScalingMode;
  /** What holds where the mode's neural model is not at hand. */
  readonly withoutNeural?: ScalingMode;
  readonly unmetBp: number;
  /** Pod-ticks ÷ those of pods that always just fit. */
  readonly costRatio: number;
  /** What it might leave unmet, basis points; NaN: it was not backtested. */
  readonly aimBp: number;
  /** It kept that (nearly) on the backtested days. */
  readonly keepsSlo: boolean;
  readonly why: string;
}

interface Candidate extends Outcome {
  readonly mode: ScalingMode;
}

/** A point of the grid of margins, by index. */
interface GridPoint {
  readonly safetyMultiplier: number;
  readonly headroom: number;
  readonly retention: number;
}

/** A backtested point; greater scores are better, -Infinity breaks the bound. */
interface Scored {
  readonly point: GridPoint;
  readonly candidate: Candidate;
  readonly score: number;
}

/** @param restless factor by which the candidate counts as dearer than it is. */
type Score = (candidate: Candidate, restless: number) => number;
type Look = (point: GridPoint) => Scored;

/** The same days, with what a neural model forecast at each tick. */
export interface NeuralBacktest {
  readonly id: string;
  readonly backtest: PolicyBacktest;
}

/**
 * Chooses the margins by backtesting the history. Where a rule that may be chosen (nearly) keeps the SLO, the cheapest that does; where
 * none does, the rule that saves the greatest share against the reactive target of equal service and leaves no more unmet than the HPA's usual target.
 * @param unmetTargetBp what the SLO leaves: demand that may stay unmet, basis points.
 * @param neural taken where it does better than the workload's own regression, by the same measure.
 */
export function calibrate(backtest: PolicyBacktest, unmetTargetBp: number, neural?: NeuralBacktest): Calibration {
  const reactive = TARGETS.map(
    (target): Candidate => ({ mode: { kind: 'reactive', target }, ...backtest.reactive(target) }),
  );
  const leastCost = backtest.leastCost();
  const leastBp = Math.min(...reactive.map(({ unmetBp }) => unmetBp));
  const usualBp = reactive.find(isUsual)!.unmetBp;
  const boundBp = leastBp <= NEARLY_KEPT * unmetTargetBp ? Math.max(unmetTargetBp, leastBp) : unmetTargetBp;
  const choose = (played: PolicyBacktest): Choice =>
    cheapestKeeper(played, reactive, boundBp) ?? greatestShare(played, reactive, leastCost, usualBp);
  const own = choose(backtest);
  const other = neural && choose(neural.backtest);
  const gain = other && other.candidate.mode.kind === 'predictive' ? gainOf(other, own) : 0;
  const { candidate, why, keepsSlo } = other && gain > LEAST_GAIN ? other : own;
  const { mode } = candidate;
  const chosen =
    neural && candidate !== own.candidate && mode.kind === 'predictive'
      ? { mode: { ...mode, neural: neural.id }, withoutNeural: own.candidate.mode }
      : { mode };
  const ratio = ({ cost }: Candidate) => (leastCost > 0 ? cost / leastCost : 1);
  const contenders: readonly (readonly [string, Candidate | undefined])[] = [
    ['neural', other?.candidate],
    ['own regression', own.candidate],
    ['reactive', cheapestAtService(reactive, candidate.unmetBp)],
  ];
  return {
    ...chosen,
    unmetBp: candidate.unmetBp,
    costRatio: ratio(candidate),
    aimBp: unmetTargetBp,
    keepsSlo,
    why: `${why}; ${costWords(contenders, ratio)}`,
  };
}

/** What each got, so that the choice can be judged: `cost ÷ pods that always just fit: neural model 1.021, …`. */
function costWords(
  contenders: readonly (readonly [string, Candidate | undefined])[],
  ratio: (candidate: Candidate) => number,
): string {
  const known = contenders.flatMap(([name, candidate]) =>
    candidate === undefined || (name !== 'reactive' && candidate.mode.kind === 'reactive')
      ? []
      : `${name} ${ratio(candidate).toFixed(3)} at ${(candidate.unmetBp / 100).toFixed(3)} % unmet`,
  );
  return `cost ÷ pods that always just fit: ${known.join(', ')}`;
}

/** What one choice has over another: of the cost where both keep the SLO, of what could be saved where neither does. */
function gainOf(choice: Choice, over: Choice): number {
  if (choice.keepsSlo !== over.keepsSlo) return choice.keepsSlo ? 1 : -1;
  return choice.keepsSlo ? 1 - choice.candidate.cost / over.candidate.cost : choice.share - over.share;
}

interface Choice {
  readonly candidate: Candidate;
  readonly keepsSlo: boolean;
  /** Of what could be saved; 0 where that was not asked. */
  readonly share: number;
  readonly why: string;
}

/** @returns undefined: none that may be chosen keeps the bound */
function cheapestKeeper(backtest: PolicyBacktest, reactive: readonly Candidate[], boundBp: number): Choice | undefined {
  const score: Score = ({ unmetBp, cost }, restless) =>
    unmetBp <= boundBp ? -cost * restless : Number.NEGATIVE_INFINITY;
  const look = looks(backtest, score, boundBp, 'cheapest');
  // Where a loose SLO lets demand fail often, its spares cost more than the margin that a tighter one asks for.
  const tighter = boundBp > LOOSE_BP ? leastMargins(look, boundBp / TIGHTER) : undefined;
  const kept = climb(look, better(leastMargins(look, boundBp), tighter));
  const contender = reactive.filter(isChoosable).reduce((a, b) => (score(b, 1) > score(a, 1) ? b : a));
  if (kept && kept.score > score(contender, 1)) {
    const why = 'the cheapest that keeps the SLO on the backtested days';
    return { candidate: kept.candidate, keepsSlo: true, share: 0, why };
  }
  if (score(contender, 1) === Number.NEGATIVE_INFINITY) return undefined;
  return {
    candidate: contender,
    keepsSlo: true,
    share: 0,
    why: 'the reactive rule keeps the SLO at no more cost on the backtested days',
  };
}

function isUsual({ mode }: Candidate): boolean {
  return mode.kind === 'reactive' && mode.target === USUAL_TARGET;
}

function isChoosable({ mode }: Candidate): boolean {
  return mode.kind === 'predictive' || mode.target >= LEAST_TARGET;
}

/** The one with the greater score; one that breaks the bound is none. */
function better(a: Scored | undefined, b: Scored | undefined): Scored | undefined {
  if (!b || b.score === Number.NEGATIVE_INFINITY) return a;
  return a && a.score >= b.score ? a : b;
}

/**
 * For each window and headroom, the least safety multiplier that keeps the bound. Unmet demand falls with both, so more
 * headroom never needs a larger one; and cost grows with both, so beyond what was too dear nothing is looked for: the
 * search narrows as it goes.
 */
function leastMargins(look: Look, boundBp: number): Scored | undefined {
  let best: Scored | undefined;
  for (let retention = 0; retention < RETENTIONS.length; retention++) {
    let most = SAFETY_MULTIPLIERS.length - 1;
    for (let headroom = 0; headroom < HEADROOMS.length && most >= 0; headroom++) {
      let low = 0;
      let high = most;
      let tooDear = SAFETY_MULTIPLIERS.length;
      while (low <= high) {
        const safetyMultiplier = (low + high) >> 1;
        const scored = look({ safetyMultiplier, headroom, retention });
        best = better(best, scored);
        if (scored.candidate.unmetBp <= boundBp) high = safetyMultiplier - 1;
        else low = safetyMultiplier + 1;
        if (isTooDear(scored, boundBp)) tooDear = safetyMultiplier;
      }
      // At the least one, more headroom only costs more.
      most = low === 0 ? -1 : Math.min(SAFETY_MULTIPLIERS.length - 1, low, tooDear - 1);
    }
  }
  return best;
}

/** It was given up before its end, though not for what it left unmet. */
function isTooDear({ candidate }: Scored, boundBp: number): boolean {
  return candidate.cost === Number.POSITIVE_INFINITY && candidate.unmetBp <= boundBp;
}

/** A coarse look at the whole grid, then uphill. */
function greatestShare(
  backtest: PolicyBacktest,
  reactive: readonly Candidate[],
  leastCost: number,
  mostBp: number,
): Choice {
  const score: Score = (candidate) => {
    if (candidate.unmetBp > mostBp) return Number.NEGATIVE_INFINITY;
    const contender = cheapestAtService(reactive, candidate.unmetBp);
    const saved = contender.cost - candidate.cost;
    const possible = contender.cost - leastCost;
    // A starving rival costs less than what always just fits: nothing can be saved against it.
    return possible > 0 ? saved / possible : Number.NEGATIVE_INFINITY;
  };
  const look = looks(backtest, score, mostBp, 'best');
  let best: Scored | undefined;
  for (let retention = 0; retention < RETENTIONS.length; retention += 2)
    for (let headroom = 0; headroom < HEADROOMS.length; headroom += 2)
      for (let safetyMultiplier = 0; safetyMultiplier < SAFETY_MULTIPLIERS.length; safetyMultiplier += 2) {
        const scored = look({ safetyMultiplier, headroom, retention });
        if (scored.score > (best?.score ?? LEAST_SHARE)) best = scored;
      }
  best = climb(look, best);
  if (best) {
    const percent = Math.round(best.score * 100);
    return {
      candidate: best.candidate,
      keepsSlo: false,
      share: best.score,
      why: `nothing keeps the SLO; of equal service, it saves ${percent} % of what can be`,
    };
  }
  return {
    candidate: reactive.find(isUsual)!,
    keepsSlo: false,
    share: 0,
    why: 'nothing keeps the SLO and prediction does not pay: the reactive rule at its usual target',
  };
}

/** From a point to its best neighbour, while that is better: demand that fails starts spares, so more margin can cost less. */
function climb(look: Look, from: Scored | undefined): Scored | undefined {
  let best = from;
  for (let step = 0; best && step < MOST_STEPS; step++) {
    const { point }: Scored = best;
    const neighbours = [
      { ...point, safetyMultiplier: point.safetyMultiplier + 1 },
      { ...point, safetyMultiplier: point.safetyMultiplier - 1 },
      { ...point, headroom: point.headroom + 1 },
      { ...point, headroom: point.headroom - 1 },
      { ...point, retention: point.retention + 1 },
      { ...point, retention: point.retention - 1 },
    ].filter(onGrid);
    const before: Scored = best;
    for (const neighbour of neighbours) {
      const scored = look(neighbour);
      if (scored.score > best.score) best = scored;
    }
    if (best === before) break;
  }
  return best;
}

function onGrid({ safetyMultiplier, headroom, retention }: GridPoint): boolean {
  return (
    SAFETY_MULTIPLIERS[safetyMultiplier] !== undefined &&
    HEADROOMS[headroom] !== undefined &&
    RETENTIONS[retention] !== undefined
  );
}

/**
 * Backtests points of the grid, each once, and no further than it can still be of use: it has left more unmet than `mostBp`, or, where
 * the cheapest is looked for, costs more than one that hasn't.
 */
function looks(backtest: PolicyBacktest, score: Score, mostBp: number, wanted: 'cheapest' | 'best'): Look {
  const seen = new Map<number, Scored>();
  let mostCost = Number.POSITIVE_INFINITY;
  return (point) => {
    const key =
      (point.retention * HEADROOMS.length + point.headroom) * SAFETY_MULTIPLIERS.length + point.safetyMultiplier;
    const before = seen.get(key);
    if (before) return before;
    const safetyMultiplier = SAFETY_MULTIPLIERS[point.safetyMultiplier]!;
    const { keepMultiplier: longer, stabilizationTicks } = RETENTIONS[point.retention]!;
    const headroom = HEADROOMS[point.headroom]!;
    const keepMultiplier = Math.max(0, safetyMultiplier) + longer;
    const margins: Margins = { safetyMultiplier, headroom, keepMultiplier, stabilizationTicks };
    const restless = 1 + RETENTION_SHARE * (RETENTIONS.length - 1 - point.retention);
    const outcome = backtest.predictive(margins, mostBp, mostCost / restless);
    if (wanted === 'cheapest' && outcome.unmetBp <= mostBp) mostCost = Math.min(mostCost, outcome.cost * restless);
    const candidate: Candidate = { mode: { kind: 'predictive', margins }, ...outcome };
    const scored = { point, candidate, score: score(candidate, restless) };
    seen.set(key, scored);
    return scored;
  };
}
