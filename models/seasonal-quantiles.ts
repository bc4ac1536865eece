import type { FitContext, FittedModel, Model } from '../core/forecast.ts';
import { DAY_SECONDS, type Series } from '../core/series.ts';
import { levelOf } from './load-level.ts';
import { finishQuantiles, poolQuantiles } from './season-pool.ts';
import { similarDays } from './similar-days.ts';
import { describeSeconds } from './span-text.ts';
import { quantileOf } from './weighted-quantile.ts';

/** How a season's past is weighed. */
export interface SeasonalQuantilesOptions {
  readonly name: string;
  /** Season length, or 'detected': the strongest detected one other than a day. */
  readonly season: number | 'detected';
  /** Samples this far from the same phase count too. */
  readonly halfWindowSeconds: number;
  /** The weight of the past halves in this time. */
  readonly halfLifeSeconds: number;
  /**
   * Each cycle is brought to the newest level, told from so many seconds: with a day of a week, the last day against the same weekday
   * before says how the week that followed it is to be scaled. Without it, or 0, cycles stay as they were.
   */
  readonly levelSeconds?: number;
}

/** At most so many cycles are pooled: three weeks of days say what there is to say. */
const MAX_CYCLES = 64;
/** Quantiles are computed every five minutes, or every 24th of a shorter season, and are linear between. */
const ANCHOR_SECONDS = 300;
const ANCHORS_PER_SEASON = 24;

/**
 * Quantiles of the load at the same time of the season (conditional climatology; kernel-weighted empirical quantiles, e.g.
 * Gneiting & Raftery 2007 for why pinball loss rewards them). Nothing is assumed about the shape of the distribution.
 */
export function seasonalQuantiles(options: SeasonalQuantilesOptions): Model {
  const seasonOf = (context: FitContext): number | undefined =>
    options.season === 'detected' ? context.seasonSeconds.find((s) => s !== DAY_SECONDS) : options.season;
  return {
    name: options.name,
    unfit: (history, context) => {
      const season = seasonOf(context);
      if (season === undefined) return 'no other season was detected';
      const span = history.values.length * history.stepSeconds;
      // A level of part of the season can't be compared within one.
      const needed = season + (options.levelSeconds === season ? 0 : (options.levelSeconds ?? 0));
      return span < needed ? `needs ${describeNeed(season, needed)}` : undefined;
    },
    fit: (history, context) => fitPool(history, seasonOf(context) ?? DAY_SECONDS, options, context),
  };
}

function describeNeed(season: number, needed: number): string {
  const more = needed - season;
  return `one season of ${describeSeconds(season)}${more > 0 ? ` and ${describeSeconds(more)}` : ''}`;
}

function fitPool(history: Series, season: number, options: SeasonalQuantilesOptions, context: FitContext): FittedModel {
  const { stepSeconds } = history;
  const seasonSteps = season / stepSeconds;
  const { levelSeconds } = options;
  const values = levelSeconds ? atNewestLevel(history.values, seasonSteps, levelSeconds / stepSeconds) : history.values;
  const cycles = Math.min(MAX_CYCLES, Math.ceil(values.length / seasonSteps));
  const base = cycleWeights(cycles, season, options.halfLifeSeconds);
  const halfWindowSteps = Math.min(options.halfWindowSeconds / stepSeconds, seasonSteps / ANCHORS_PER_SEASON);
  const anchorStep = Math.max(1, Math.floor(Math.min(ANCHOR_SECONDS / stepSeconds, seasonSteps / ANCHORS_PER_SEASON)));
  const likeness = season === DAY_SECONDS ? similarDays(history, cycles, context.isAlike) : undefined;
  return {
    why: `quantiles of the load within ${describeSeconds(options.halfWindowSeconds)} of the same time, by season of ${describeSeconds(season)}, weight halving every ${describeSeconds(options.halfLifeSeconds)}`,
    predict: (horizon, levels) => {
      const pool = {
        values,
        seasonSteps,
        halfWindowSteps,
        cycles,
        weight: (k: number, step: number) => base[k - 1]! * (likeness ? likeness(k, step * stepSeconds) : 1),
      };
      const quantiles = poolQuantiles(pool, horizon, anchorStep, levels);
      return finishQuantiles(levels, quantiles, () => quantileOf(values, 0.5) || 0);
    },
  };
}

/** A cycle's level tells so much more or less than another's at most: beyond, one of them was hardly a cycle. */
const MOST_RATIO = 4;

/**
 * Every cycle × (newest level ÷ its own): where the level has changed for good, the shape of earlier days at the level of today. A cycle
 * whose level can't be told says nothing, as long as another one's can.
 */
function atNewestLevel(values: Float64Array, seasonSteps: number, levelSteps: number): Float64Array {
  const n = values.length;
  const level = (end: number) => levelOf(values.subarray(Math.max(0, Math.round(end - levelSteps)), end));
  const newest = level(n);
  // A day tells its level itself. Of a week it is told by the day before it began, as today tells that of the week to come.
  const isWhole = levelSteps >= seasonSteps;
  const cycles: { readonly from: number; readonly end: number; readonly ratio: number }[] = [];
  for (let end = n, k = 1; end > 0; k++) {
    const from = Math.max(0, Math.round(n - k * seasonSteps));
    const own = isWhole ? levelOf(values.subarray(Math.max(from, Math.round(end - levelSteps)), end)) : level(from);
    cycles.push({ from, end, ratio: newest / own });
    end = from;
  }
  const unknown = !isWhole && cycles.some(({ ratio }) => Number.isFinite(ratio)) ? Number.NaN : 1;
  const out = Float64Array.from(values);
  for (const { from, end, ratio } of cycles) {
    const factor = Number.isFinite(ratio) ? Math.max(1 / MOST_RATIO, Math.min(MOST_RATIO, ratio)) : unknown;
    for (let i = from; i < end; i++) out[i]! *= factor;
  }
  return out;
}

function cycleWeights(cycles: number, season: number, halfLifeSeconds: number): Float64Array {
  return Float64Array.from({ length: cycles }, (_, i) => 0.5 ** ((i * season) / halfLifeSeconds));
}
