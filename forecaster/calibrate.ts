import type { Quantiles } from '../core/forecast.ts';
import type { Fold } from './backtest.ts';

/** How much wider or narrower each level's distance from the median has to be; learned on the backtest. */
export interface Calibration {
  /** One factor for each of `levels`. */
  readonly levels: readonly number[];
  readonly factors: readonly number[];
}

/** Where the model is certain (distance 0) an error still scales with this share of the median. */
const LEAST_SPREAD = 0.01;
/** Few days are little evidence: the learned factor counts as the evidence of so many folds against one for "as is". */
const PRIOR_FOLDS = 2;
/** Tomorrow may be a kind of day that no fold was: factors aim this share of the way from the level to 1. */
const CAUTION = 0.3;
/** Quantiles of seven days are too narrow for an eighth of another kind, on average by this share at the highest levels. */
const WIDEN = 0.6;
const FACTOR_RANGE = [0.4, 4] as const;

/**
 * Conformalized quantiles (Romano et al. 2019) with a multiplicative score, so that the correction scales with level and
 * time of day: s = (y − median) ÷ (q_l − median); the factor is the l-quantile of s weighted by the distance, which is the
 * factor with the least pinball loss.
 */
export function learnCalibration(folds: readonly Fold[], predictions: readonly Quantiles[]): Calibration {
  const levels = predictions[0]?.levels ?? [];
  const trust = folds.length / (folds.length + PRIOR_FOLDS);
  const factors = levels.map((level, l) => {
    if (l === 0) return 1;
    const raw = bestFactor(folds, predictions, l, level + (1 - level) * CAUTION);
    return Math.min(FACTOR_RANGE[1], Math.max(FACTOR_RANGE[0], raw)) ** trust * (1 + WIDEN * (2 * level - 1));
  });
  return { levels, factors };
}

function bestFactor(folds: readonly Fold[], predictions: readonly Quantiles[], l: number, level: number): number {
  const scores: [number, number][] = [];
  let total = 0;
  for (const [f, fold] of folds.entries()) {
    const median = predictions[f]!.values[0]!;
    const quantile = predictions[f]!.values[l]!;
    for (let h = 0; h < fold.actual.length; h++) {
      const spread = quantile[h]! - median[h]! + LEAST_SPREAD * median[h]!;
      const error = fold.actual[h]! - median[h]!;
      if (Number.isNaN(error) || !(spread > 0)) continue;
      const weight = spread * fold.weight;
      scores.push([error / spread, weight]);
      total += weight;
    }
  }
  if (scores.length === 0) return 1;
  scores.sort((a, b) => a[0] - b[0]);
  let below = 0;
  for (const [score, weight] of scores) {
    below += weight;
    if (below >= level * total) return score;
  }
  return scores[scores.length - 1]![0];
}

/** Stretches each level's distance from the median; levels above the calibrated ones take the last factor. */
export function calibrate(forecast: Quantiles, calibration: Calibration): Quantiles {
  if (calibration.levels.length === 0) return forecast;
  const median = forecast.values[0]!;
  let below = median;
  const values = forecast.levels.map((level, l) => {
    if (l === 0) return median;
    let at = calibration.levels.findIndex((known) => known >= level - 1e-9);
    if (at < 0) at = calibration.levels.length - 1;
    const factor = calibration.factors[at]!;
    const out = new Float64Array(median.length);
    for (let h = 0; h < out.length; h++) {
      const spread = forecast.values[l]![h]! - median[h]! + LEAST_SPREAD * median[h]!;
      out[h] = Math.max(below[h]!, median[h]! + factor * spread - LEAST_SPREAD * median[h]!);
    }
    below = out;
    return out;
  });
  return { levels: forecast.levels, values };
}
