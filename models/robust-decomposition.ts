import type { FitContext, Model } from '../core/forecast.ts';
import { DAY_SECONDS, type Series } from '../core/series.ts';
import { residualQuantiles } from './residual-quantiles.ts';
import { describeSeconds } from './span-text.ts';
import { quantileOf } from './weighted-quantile.ts';

const MAX_SEASONS = 3;

/**
 * Level + seasons + rest, by medians (the idea of RobustSTL, Wen et al. 2019, without its L1 solver): the level of a day is its
 * median, a season's phase is the median over cycles of what the level leaves, the next season is taken from the rest. One burst or one
 * bad day moves no median.
 */
export function robustDecomposition(): Model {
  return {
    name: 'robust decomposition',
    unfit: (history, context) => {
      const longest = Math.max(...seasonsOf(history, context));
      return history.values.length < 2 * longest
        ? `needs two seasons of ${describeSeconds(longest * history.stepSeconds)}`
        : undefined;
    },
    fit: (history, context) => {
      const seasons = seasonsOf(history, context);
      const { profiles, errors, level } = decompose(history, seasons);
      return {
        why: `level and median seasons of ${seasons.map((s) => describeSeconds(s * history.stepSeconds)).join(', ')}`,
        predict: (horizon, levels) => {
          const n = history.values.length;
          const point = Float64Array.from({ length: horizon }, (_, h) => {
            let value = level;
            for (const profile of profiles) value += profile[(n + h) % profile.length]!;
            return value;
          });
          return residualQuantiles(history, errors, point, levels);
        },
      };
    },
  };
}

/** Whole steps, shortest first; a day when none was detected. */
function seasonsOf(history: Series, context: FitContext): number[] {
  const detected = context.seasonSeconds.slice(0, MAX_SEASONS);
  const seconds = detected.includes(DAY_SECONDS) ? detected : [...detected, DAY_SECONDS];
  const steps = seconds.map((s) => Math.max(2, Math.round(s / history.stepSeconds)));
  return [...new Set(steps)].sort((a, b) => a - b);
}

function decompose(history: Series, seasons: readonly number[]) {
  const { values } = history;
  const dayLevels = trailingLevels(values, Math.max(...seasons));
  const rest = values.map((v, i) => v - dayLevels[i]!);
  const profiles = [...seasons]
    .sort((a, b) => b - a)
    .map((season) => {
      const profile = phaseMedians(rest, season);
      for (let i = 0; i < rest.length; i++) rest[i]! -= profile[i % season]!;
      return profile;
    });
  const longest = Math.max(...seasons);
  const level = dayLevels[values.length - 1] ?? 0;
  // Errors as they were a season ahead: against the level of the season before.
  const errors = rest.map((r, i) => (i >= longest ? r + dayLevels[i]! - dayLevels[i - longest]! : r));
  return { profiles, errors, level };
}

/** The median of the whole cycle (counted from the end) a sample is in; a cycle without data takes its neighbour's. */
function trailingLevels(values: Float64Array, season: number): Float64Array {
  const out = new Float64Array(values.length);
  let last = quantileOf(values, 0.5);
  if (!Number.isFinite(last)) last = 0;
  for (let end = values.length; end > 0; end -= season) {
    const from = Math.max(0, end - season);
    const median = quantileOf(values.subarray(from, end), 0.5);
    if (Number.isFinite(median) && end - from > season / 2) last = median;
    out.fill(last, from, end);
  }
  return out;
}

function phaseMedians(rest: Float64Array, season: number): Float64Array {
  const bin = new Float64Array(Math.ceil(rest.length / season));
  const medians = new Float64Array(season);
  for (let phase = 0; phase < season; phase++) {
    let count = 0;
    for (let i = phase; i < rest.length; i += season) {
      const v = rest[i]!;
      if (Number.isNaN(v)) continue;
      // Insertion: a bin holds a value a cycle, seven for a week of days.
      let j = count++;
      for (; j > 0 && bin[j - 1]! > v; j--) bin[j] = bin[j - 1]!;
      bin[j] = v;
    }
    if (count > 0) medians[phase] = (bin[(count - 1) >> 1]! + bin[count >> 1]!) / 2;
  }
  return medians;
}
