import { DAY_SECONDS } from '../core/series.ts';

/** How far a deviation from the forecast lasts, by lead time; learned on the backtest. */
export interface LevelCorrection {
  /** Leads, seconds, ascending. */
  readonly leads: Float64Array;
  /** Share of the newest deviation (log-ratio) that is gone after each lead: 0 stays at the newest level, 1 returns to the forecast. */
  readonly pull: Float64Array;
  /** Share of the forecast's own change until then that is followed. */
  readonly follow: Float64Array;
  /** Share of the deviation's variance that the correction explains, 0…1, at each lead. */
  readonly explained: Float64Array;
  readonly levels: readonly number[];
  /** [lead][level]: quantile of what remains, in units of the recent volatility. */
  readonly spread: readonly Float64Array[];
  /** The newest deviation is the mean of this many samples, newest first with falling weight. */
  readonly memorySteps: number;
  readonly stepSeconds: number;
  /** Added to both sides of a ratio: below it, loads don't differ. In units of the load. */
  readonly floor: number;
  /** Long-run volatility of the deviation from step to step (log-ratio). */
  readonly volatility: number;
}

/** A day that was forecast and then came, on the same steps. */
export interface HindcastDay {
  readonly median: Float64Array;
  readonly actual: Float64Array;
}

const LEADS = [60, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, DAY_SECONDS];
const FLOOR_SHARE = 0.05;
const MEMORIES = [1, 2, 4, 8];
/** Deviations are compared at every so many seconds: neighbours say the same. */
const STRIDE_SECONDS = 300;
const VOLATILITY_DECAY = 0.9;
/** The recent volatility is at least this share of the long-run one. */
const LEAST_VOLATILITY = 0.35;

/**
 * Learns, from days that were forecast before they came, how to join the newest load x with the forecast's median m at each lead:
 * log x(t + lead) ≈ log x(t) − pull · (log x(t) − log m(t)) + follow · (log m(t + lead) − log m(t)), by least squares weighted with the
 * load. Persistence is pull = follow = 0, the forecast itself pull = follow = 1 (Taylor 2003 corrects double-seasonal smoothing
 * by its AR(1) residual, which is follow = 1 and pull = 1 − φ^lead).
 */
export function learnCorrection(
  days: readonly HindcastDay[],
  stepSeconds: number,
  levels: readonly number[],
): LevelCorrection {
  const floor = Math.max(Number.MIN_VALUE, FLOOR_SHARE * meanOf(days.map((d) => d.median)));
  const deviations = days.map((d) => d.median.map((m, i) => Math.log((d.actual[i]! + floor) / (m + floor))));
  const leads = Float64Array.from(LEADS.filter((lead) => lead >= stepSeconds));
  const volatility = longRunVolatility(deviations);
  const volatilities = deviations.map((d) => recentVolatility(d, volatility));
  const memorySteps = bestMemory(days, deviations, Math.max(1, Math.round(300 / stepSeconds)));
  const stride = Math.max(1, Math.round(STRIDE_SECONDS / stepSeconds));
  const pairs = (lead: number): Pairs =>
    pairUp(days, deviations, volatilities, floor, memorySteps, Math.round(lead / stepSeconds), stride);
  const joins = Array.from(leads, (lead) => join(pairs(lead), levels));
  return {
    leads,
    pull: Float64Array.from(joins, (j) => j.pull),
    follow: Float64Array.from(joins, (j) => j.follow),
    explained: Float64Array.from(joins, (j) => j.explained),
    levels,
    spread: joins.map((j) => j.spread),
    memorySteps,
    stepSeconds,
    floor,
    volatility,
  };
}

/** Weighted mean of the newest `memory` known deviations, weights falling linearly; NaN where the last `memory` are all unknown. */
export function smooth(deviations: Float64Array, memory: number): Float64Array {
  return deviations.map((_, i) => {
    let sum = 0;
    let weight = 0;
    for (let o = 0; o < memory && o <= i; o++) {
      const d = deviations[i - o]!;
      if (Number.isNaN(d)) continue;
      sum += (memory - o) * d;
      weight += memory - o;
    }
    return weight > 0 ? sum / weight : Number.NaN;
  });
}

/** Exponentially weighted root mean square of the steps of the deviation: calm and stormy hours differ. */
export function recentVolatility(deviations: Float64Array, longRun: number): Float64Array {
  let state = longRun * longRun;
  return deviations.map((d, i) => {
    const step = i > 0 ? d - deviations[i - 1]! : Number.NaN;
    if (!Number.isNaN(step)) state = VOLATILITY_DECAY * state + (1 - VOLATILITY_DECAY) * step * step;
    return Math.max(Math.sqrt(state), LEAST_VOLATILITY * longRun);
  });
}

function longRunVolatility(days: readonly Float64Array[]): number {
  let sum = 0;
  let count = 0;
  for (const day of days) {
    for (let i = 1; i < day.length; i++) {
      const step = day[i]! - day[i - 1]!;
      if (Number.isNaN(step)) continue;
      sum += step * step;
      count++;
    }
  }
  return count > 0 ? Math.max(1e-6, Math.sqrt(sum / count)) : 0.1;
}

/** The memory whose level is nearest to the load one lead later, by absolute error. */
function bestMemory(days: readonly HindcastDay[], deviations: readonly Float64Array[], steps: number): number {
  let best = { memory: 1, error: Number.POSITIVE_INFINITY };
  for (const memory of MEMORIES) {
    let error = 0;
    for (const [d, deviation] of deviations.entries()) {
      const smoothed = smooth(deviation, memory);
      const { actual, median } = days[d]!;
      for (let i = 0; i + steps < actual.length; i++) {
        const miss = Math.abs(actual[i + steps]! - median[i]! * Math.exp(smoothed[i]!));
        if (!Number.isNaN(miss)) error += miss;
      }
    }
    if (error < 0.98 * best.error) best = { memory, error };
  }
  return best.memory;
}

/** What was known (newest deviation, forecast change, volatility) and what came (change of the log load), one row a moment. */
interface Pairs {
  readonly deviation: number[];
  readonly change: number[];
  readonly outcome: number[];
  readonly volatility: number[];
  readonly weight: number[];
}

function pairUp(
  days: readonly HindcastDay[],
  deviations: readonly Float64Array[],
  volatilities: readonly Float64Array[],
  floor: number,
  memory: number,
  steps: number,
  stride: number,
): Pairs {
  const pairs: Pairs = { deviation: [], change: [], outcome: [], volatility: [], weight: [] };
  for (const [d, { median, actual }] of days.entries()) {
    const smoothed = smooth(deviations[d]!, memory);
    for (let i = 0; i + steps < actual.length; i += stride) {
      const change = Math.log((median[i + steps]! + floor) / (median[i]! + floor));
      const outcome = deviations[d]![i + steps]! + change - smoothed[i]!;
      if (Number.isNaN(outcome)) continue;
      pairs.deviation.push(smoothed[i]!);
      pairs.change.push(change);
      pairs.outcome.push(outcome);
      pairs.volatility.push(volatilities[d]![i]!);
      pairs.weight.push(actual[i + steps]! + floor);
    }
  }
  return pairs;
}

/** The rule that joins deviation and change into an outcome, and what remains of it. */
function join(pairs: Pairs, levels: readonly number[]) {
  const [pull, follow] = leastMiss(pairs, candidateRules(pairs));
  let rest = 0;
  let season = 0;
  const scaled = new Float64Array(pairs.weight.length);
  for (const [i, w] of pairs.weight.entries()) {
    const error = pairs.outcome[i]! + pull * pairs.deviation[i]! - follow * pairs.change[i]!;
    scaled[i] = error / pairs.volatility[i]!;
    rest += w * error * error;
    season += w * (pairs.outcome[i]! + pairs.deviation[i]! - pairs.change[i]!) ** 2;
  }
  scaled.sort();
  const spread = Float64Array.from(
    levels,
    (l) => scaled[Math.min(scaled.length - 1, Math.ceil(l * scaled.length))] ?? 0,
  );
  return { pull, follow, explained: season > 0 ? Math.max(0, 1 - rest / season) : 0, spread };
}

/**
 * Pairs of pull and follow, the simplest first: persistence, persistence along the season, and least squares for outcome ≈ −pull ·
 * deviation + follow · change, drawn a little towards persistence. Squares listen to the storms, so `leastMiss` decides.
 */
function candidateRules(pairs: Pairs): (readonly [number, number])[] {
  let dd = 0;
  let dc = 0;
  let cc = 0;
  let dy = 0;
  let cy = 0;
  for (const [i, w] of pairs.weight.entries()) {
    const d = -pairs.deviation[i]!;
    const c = pairs.change[i]!;
    const y = pairs.outcome[i]!;
    dd += w * d * d;
    dc += w * d * c;
    cc += w * c * c;
    dy += w * d * y;
    cy += w * c * y;
  }
  const ridge = RIDGE * (dd + cc) + Number.MIN_VALUE;
  const determinant = (dd + ridge) * (cc + ridge) - dc * dc;
  const clamp = (x: number): number => (Number.isFinite(x) ? Math.max(0, Math.min(1, x)) : 0);
  const pull = clamp((dy * (cc + ridge) - cy * dc) / determinant);
  const follow = clamp((cy * (dd + ridge) - dy * dc) / determinant);
  return [
    [0, 0],
    [0, 1],
    [pull / 2, follow / 2],
    [clamp((dy - dc) / (dd + ridge)), 1],
    [pull, follow],
  ];
}

/** The rule with the least absolute miss; a later one has to beat the simpler ones before it by 2 %. */
function leastMiss(pairs: Pairs, rules: readonly (readonly [number, number])[]): readonly [number, number] {
  let best = { rule: rules[0]!, miss: Number.POSITIVE_INFINITY };
  for (const rule of rules) {
    let miss = 0;
    for (const [i, w] of pairs.weight.entries()) {
      const step = -rule[0] * pairs.deviation[i]! + rule[1] * pairs.change[i]!;
      miss += w * Math.abs(Math.expm1(step - pairs.outcome[i]!));
    }
    if (miss < 0.98 * best.miss) best = { rule, miss };
  }
  return best.rule;
}

/** Drawn towards persistence by this share of the evidence. */
const RIDGE = 0.02;

function meanOf(paths: readonly Float64Array[]): number {
  let sum = 0;
  let count = 0;
  for (const path of paths) {
    for (const v of path) sum += v;
    count += path.length;
  }
  return count > 0 ? sum / count : 0;
}
