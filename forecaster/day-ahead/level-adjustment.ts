/* Over 350 lines: one adjustment and how it is chosen. */
import type { Quantiles } from '../../core/forecast.ts';
import { HOUR_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { weightedQuantiles } from '../../models/weighted-quantile.ts';
import { BACKTEST_LEVELS } from './backtest.ts';
import { followLevel, HALF_LIVES_SECONDS, type LevelState } from './running-level.ts';

/** One way to say from the newest load what comes one lead time later. */
export interface Centre {
  readonly base: Base;
  /** What deviations are counted from. */
  readonly against: Reference;
  /** Which of HALF_LIVES_SECONDS the newest level forgets by. */
  readonly memory: number;
  /** Share of the newest deviation from the forecast that is left at this lead time, 0…1. */
  readonly kept: number;
}

/** What errors are taken to be proportional to, and their quantiles in units of it, one a level. */
export interface Spread {
  readonly scale: Scale;
  readonly quantiles: Float64Array;
}

/** How the newest load says what comes one lead time later: the mean of a few centres, and errors around it. */
export interface LeadRule {
  readonly leadTimeSeconds: number;
  readonly centres: readonly Centre[];
  /** Averaged, level by level. */
  readonly spreads: readonly Spread[];
  /** Share of this rule against the forecast itself, 0…1. */
  readonly share: number;
}

/** What the backtest taught about the hours after an observation. */
export interface LevelCorrection {
  /** By ascending lead; none where there was nothing to learn from. */
  readonly rules: readonly LeadRule[];
  readonly levels: readonly number[];
  /** The mean of earlier days, to the step, for the history and what comes after it. */
  readonly shape: Series;
  /** Added to both sides of a ratio: below it, loads don't differ. In units of the load. */
  readonly floor: number;
  /** Mean change of the load from step to step in the long run: `LevelState.volatility` has at least a part of it. */
  readonly volatility: number;
}

/** A day that was forecast and then came, on the same steps. */
export interface HindcastDay {
  readonly forecast: Quantiles;
  readonly actual: Float64Array;
  /** The mean of earlier days, on the same steps. */
  readonly shape: Float64Array;
  /** How much it says about the day to come. */
  readonly weight: number;
}

/** The forecast's median, or the mean of earlier days to the step (`dailyShape`). */
type Reference = 'season' | 'shape';
/** The newest level; that of the forecast plus, or times, what the newest level deviates by. */
type Base = 'level' | 'sum' | 'product';
/** What errors are proportional to: nothing, the load, its root (counts), its recent volatility, the forecast's own spread. */
type Scale = 'constant' | 'load' | 'root' | 'volatility' | 'width';

const LEADS_SECONDS = [1, 5, 10, 20, 40, 60, 120, 240].map((minutes) => minutes * MINUTE_SECONDS);
const FLOOR_SHARE = 0.02;
/** Moments are compared at every so many seconds: neighbours say the same. */
const STRIDE_SECONDS = 300;
const LEAST_MOMENTS = 40;
/** A later candidate has to beat the simpler ones before it by this factor. */
const MARGIN = 0.98;
/** At most so many centres are averaged, each of which must take this factor off the miss: a handful of days can't tell which one is best. */
const MOST_CENTRES = 4;
const AVERAGING_GAIN = 0.995;
/** A mean of seven days is itself noisy, and lists towards the outliers among them. */
const SHAPE_MARGIN = 0.94;
/** So many ways to scale errors are averaged: the quantiles of the best alone cover too little. */
const SPREADS = 2;
const SCALES: readonly Scale[] = ['constant', 'load', 'root', 'volatility', 'width'];
const SHARES = [1, 0.75, 0.5, 0.25, 0];
/** Beyond an hour the rule must beat the forecast by this factor to have a share. */
const HOURS_MARGIN = 0.9;
/** A handful of days say little about hours ahead, least where bursts come: so much of a share is left each so many seconds of lead. */
const CAUTION = 0.7;
const CAUTION_SECONDS = 2 * HOUR_SECONDS;
/** The recent volatility counts as at least this share of the long-run one. */
const LEAST_VOLATILITY = 0.5;
const WIDTH_LEVEL = BACKTEST_LEVELS.indexOf(0.95);

/** What is known at a moment, and what came one lead time later. Everything in units of the load. */
interface Moments {
  readonly count: number;
  /** [memory][moment] */
  readonly level: readonly Float64Array[];
  readonly expected: readonly Float64Array[];
  /** As `expected`, and as the median of `ahead`, of the mean of earlier days. */
  readonly shaped: readonly Float64Array[];
  readonly shapeAhead: Float64Array;
  readonly volatility: Float64Array;
  /** The forecast for the moment that is asked for: [level][moment]. */
  readonly ahead: readonly Float64Array[];
  readonly outcome: Float64Array;
  readonly weight: Float64Array;
}

/**
 * Learns, from days that were forecast before they came, how to join the newest load with the forecast at each lead time. Level and season
 * are joined as exponential smoothing of a deseasonalized load does (the Theta method's way, Assimakopoulos & Nikolopoulos 2000), but
 * memory, damping, and what errors are proportional to are chosen by what would have lost least.
 */
export function learnCorrection(
  days: readonly HindcastDay[],
  shape: Series,
  levels: readonly number[],
): LevelCorrection {
  const { stepSeconds } = shape;
  const floor = Math.max(Number.MIN_VALUE, FLOOR_SHARE * meanOf(days.map(({ forecast }) => forecast.values[0]!)));
  const states = days.map(({ forecast, actual, shape }) => ({
    season: followLevel(actual, forecast.values[0]!, stepSeconds),
    shape: followLevel(actual, shape, stepSeconds),
  }));
  const volatility = meanOf(states.map(({ season }) => season.volatility));
  const stride = Math.max(1, Math.round(STRIDE_SECONDS / stepSeconds));
  const leads = new Set(LEADS_SECONDS.map((lead) => Math.max(1, Math.round(lead / stepSeconds))));
  const correction = { rules: [], levels, shape, floor, volatility };
  const rules = [...leads].flatMap((lead) => {
    // What follows within minutes, days of all kinds teach; what within hours, those like the day to come.
    const trust = Math.min(1, (lead * stepSeconds) / HOUR_SECONDS);
    const moments = collect(days, states, lead, stride, trust);
    return moments.count < LEAST_MOMENTS ? [] : [learnRule(moments, lead * stepSeconds, correction)];
  });
  return { ...correction, rules };
}

function collect(
  days: readonly HindcastDay[],
  states: readonly Readonly<Record<Reference, LevelState>>[],
  lead: number,
  stride: number,
  trust: number,
): Moments {
  const most = days.reduce((sum, { actual }) => sum + Math.ceil(Math.max(0, actual.length - lead) / stride), 0);
  const row = () => new Float64Array(most);
  const level = HALF_LIVES_SECONDS.map(row);
  const expected = HALF_LIVES_SECONDS.map(row);
  const shaped = HALF_LIVES_SECONDS.map(row);
  const shapeAhead = row();
  const ahead = BACKTEST_LEVELS.map(row);
  const volatility = row();
  const outcome = row();
  const weights = row();
  let count = 0;
  for (const [d, { forecast, actual, shape, weight }] of days.entries()) {
    const { season, shape: byShape } = states[d]!;
    for (let i = 0; i + lead < actual.length; i += stride) {
      const y = actual[i + lead]!;
      if (Number.isNaN(y) || Number.isNaN(season.level[0]![i]!)) continue;
      for (let m = 0; m < level.length; m++) {
        level[m]![count] = season.level[m]![i]!;
        expected[m]![count] = season.expected[m]![i]!;
        shaped[m]![count] = byShape.expected[m]![i]!;
      }
      for (let l = 0; l < ahead.length; l++) ahead[l]![count] = forecast.values[l]![i + lead]!;
      shapeAhead[count] = shape[i + lead]!;
      volatility[count] = season.volatility[i]!;
      weights[count] = weight ** trust;
      outcome[count++] = y;
    }
  }
  const cut = (row: Float64Array) => row.subarray(0, count);
  return {
    count,
    level: level.map(cut),
    expected: expected.map(cut),
    shaped: shaped.map(cut),
    shapeAhead: cut(shapeAhead),
    volatility: cut(volatility),
    ahead: ahead.map(cut),
    outcome: cut(outcome),
    weight: cut(weights),
  };
}

/** What is known before any rule. */
type Learned = Pick<LevelCorrection, 'levels' | 'floor' | 'volatility'>;

function learnRule(moments: Moments, leadTimeSeconds: number, { levels, floor, volatility }: Learned): LeadRule {
  const { centres, path: centre } = bestCentres(moments, floor);
  const { spreads, own } = bestSpreads(moments, centre, { levels, floor, volatility });
  return {
    leadTimeSeconds,
    centres,
    spreads,
    share: bestShare(moments, own, leadTimeSeconds) * CAUTION ** (leadTimeSeconds / CAUTION_SECONDS),
  };
}

/** A centre and what it says at each moment. */
interface Candidate {
  readonly centre: Centre;
  readonly path: Float64Array;
}

/**
 * The centre with the least absolute miss, the simplest first, and those that lower it further in a mean with it (greedy selection with
 * replacement, Caruana et al. 2004): what one memory or reference gets wrong is not what another does.
 */
function bestCentres(
  moments: Moments,
  floor: number,
): { readonly centres: readonly Centre[]; readonly path: Float64Array } {
  const all = candidates(moments, floor);
  const first = simplest(moments, all);
  const centres = [first.one.centre];
  const sum = first.one.path.slice();
  let { miss } = first;
  while (centres.length < MOST_CENTRES) {
    const next = all
      .map((one) => ({ one, miss: missOf(moments, one.path, sum, centres.length) }))
      .reduce((a, b) => (b.miss < a.miss ? b : a));
    if (!(next.miss < AVERAGING_GAIN * miss)) break;
    centres.push(next.one.centre);
    for (let i = 0; i < sum.length; i++) sum[i]! += next.one.path[i]!;
    miss = next.miss;
  }
  return { centres, path: sum.map((total) => total / centres.length) };
}

/** The simplest first; those that say nothing at some moment are left out. */
function candidates(moments: Moments, floor: number): Candidate[] {
  const all: Candidate[] = [];
  const offer = (base: Base, memory: number, kept: number, against: Reference = 'season'): void => {
    const path = new Float64Array(moments.count);
    const level = moments.level[memory]!;
    const expected = (against === 'season' ? moments.expected : moments.shaped)[memory]!;
    const ahead = against === 'season' ? moments.ahead[0]! : moments.shapeAhead;
    for (let i = 0; i < path.length; i++) path[i] = centreOf(base, kept, level[i]!, expected[i]!, ahead[i]!, floor);
    if (!path.some(Number.isNaN)) all.push({ centre: { base, against, memory, kept }, path });
  };
  for (const base of ['level', 'sum', 'product'] as const) {
    for (let memory = 0; memory < HALF_LIVES_SECONDS.length; memory++) {
      offer(base, memory, 1);
      if (base === 'level') continue;
      offer(base, memory, leastSquares(moments, base, memory, floor));
      offer(base, memory, 1, 'shape');
    }
  }
  return all;
}

/** The one with the least miss, where a later one has to win by a margin. */
function simplest(moments: Moments, all: readonly Candidate[]): { readonly one: Candidate; readonly miss: number } {
  let best = { one: all[0]!, miss: Number.POSITIVE_INFINITY };
  for (const one of all) {
    const miss = missOf(moments, one.path);
    if (miss < (one.centre.against === 'shape' ? SHAPE_MARGIN : MARGIN) * best.miss) best = { one, miss };
  }
  return best;
}

/** Σ weight × |outcome − path|. @param sum of `count` further paths, whose mean with this one is meant */
function missOf({ outcome, weight }: Moments, path: Float64Array, sum?: Float64Array, count = 0): number {
  let miss = 0;
  for (let i = 0; i < path.length; i++) {
    const centre = sum ? (sum[i]! + path[i]!) / (count + 1) : path[i]!;
    miss += weight[i]! * Math.abs(outcome[i]! - centre);
  }
  return miss;
}

/** The load that a rule expects. @param level the newest, @param expected what the forecast was then, @param ahead what it is for the moment asked for */
export function centreOf(
  base: Base,
  kept: number,
  level: number,
  expected: number,
  ahead: number,
  floor: number,
): number {
  if (base === 'level') return level;
  if (base === 'sum') return Math.max(0, ahead + kept * (level - expected));
  const ratio = (level + floor) / (expected + floor);
  return Math.max(0, (ahead + floor) * (kept === 1 ? ratio : ratio ** kept) - floor);
}

/** The share of a deviation that is left, 0…1. */
function leastSquares(moments: Moments, base: Base, memory: number, floor: number): number {
  const ratio = (a: number, b: number) => (base === 'sum' ? a - b : Math.log((a + floor) / (b + floor)));
  let xy = 0;
  let xx = 0;
  for (let i = 0; i < moments.count; i++) {
    const ahead = moments.ahead[0]![i]!;
    const x = ratio(moments.level[memory]![i]!, moments.expected[memory]![i]!);
    const weight = moments.weight[i]! * (base === 'sum' ? 1 : ahead + floor);
    xy += weight * x * ratio(moments.outcome[i]!, ahead);
    xx += weight * x * x;
  }
  return xx > 0 ? Math.max(0, Math.min(1, xy / xx)) : 0;
}

/** What errors around a centre are proportional to. */
export function scaleOf(scale: Scale, centre: number, volatility: number, width: number, floor: number): number {
  if (scale === 'constant') return 1;
  if (scale === 'load') return centre + floor;
  if (scale === 'root') return Math.sqrt(centre + floor);
  if (scale === 'volatility') return volatility;
  return width + floor;
}

/** Volatility in a calm hour is not trusted all the way. */
export function heldVolatility(recent: number, longRun: number): number {
  return recent + LEAST_VOLATILITY * longRun + Number.MIN_VALUE;
}

/** The two scales that lose least, and the quantiles of both on average. */
function bestSpreads(moments: Moments, centre: Float64Array, { levels, floor, volatility }: Learned) {
  const errors = moments.outcome.map((y, i) => y - centre[i]!);
  const few = SCALES.map((scale) => {
    const scales = centre.map((c, i) => {
      const width = moments.ahead[WIDTH_LEVEL]![i]! - moments.ahead[0]![i]!;
      return scaleOf(scale, c, heldVolatility(moments.volatility[i]!, volatility), width, floor);
    });
    const spread = spreadOf(errors, scales, moments.weight, BACKTEST_LEVELS);
    const own = Array.from(spread, (z) => centre.map((c, i) => Math.max(0, c + z * scales[i]!)));
    return { scale, scales, own, loss: lossOf(moments, own) };
  })
    .sort((a, b) => a.loss - b.loss)
    .slice(0, SPREADS);
  const [first, ...rest] = few.map(({ own }) => own);
  return {
    spreads: few.map(({ scale, scales }) => ({
      scale,
      quantiles: spreadOf(errors, scales, moments.weight, levels),
    })),
    own: first!.map((path, l) => path.map((q, i) => rest.reduce((sum, own) => sum + own[l]![i]!, q) / few.length)),
  };
}

/** Weighted with the scale, so that the pinball loss of the load and not of the share is least. */
function spreadOf(
  errors: Float64Array,
  scales: Float64Array,
  weights: Float64Array,
  levels: readonly number[],
): Float64Array {
  const out = levels.map(() => new Float64Array(1));
  const shares = errors.map((e, i) => e / scales[i]!);
  weightedQuantiles(
    shares,
    scales.map((s, i) => s * weights[i]!),
    shares.length,
    levels,
    out,
    0,
  );
  return Float64Array.from(out, ([z]) => z!);
}

/** The share of the rule in a mixture with the forecast that would have lost least. */
function bestShare(moments: Moments, own: readonly Float64Array[], leadTimeSeconds: number): number {
  let best = { share: 1, loss: Number.POSITIVE_INFINITY };
  for (const share of SHARES) {
    const mixed = own.map((path, l) => path.map((q, i) => share * q + (1 - share) * moments.ahead[l]![i]!));
    const loss = lossOf(moments, mixed);
    if (loss < best.loss) best = { share, loss };
  }
  const margin = leadTimeSeconds > HOUR_SECONDS ? HOURS_MARGIN : 1;
  return best.loss <= margin * lossOf(moments, moments.ahead) ? best.share : 0;
}

/** Σ of the weighted pinball losses. */
function lossOf({ outcome, weight }: Moments, quantiles: readonly Float64Array[]): number {
  let sum = 0;
  for (const [l, path] of quantiles.entries()) {
    const level = BACKTEST_LEVELS[l]!;
    for (let i = 0; i < outcome.length; i++) {
      const error = outcome[i]! - path[i]!;
      sum += weight[i]! * (error >= 0 ? level * error : (level - 1) * error);
    }
  }
  return sum;
}

function meanOf(paths: readonly Float64Array[]): number {
  let sum = 0;
  let count = 0;
  for (const path of paths) {
    for (const v of path) {
      if (Number.isNaN(v)) continue;
      sum += v;
      count++;
    }
  }
  return count > 0 ? sum / count : 0;
}
