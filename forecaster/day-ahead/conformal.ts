import type { Quantiles } from '../../core/forecast.ts';
import { weightedQuantiles } from '../../models/weighted-quantile.ts';
import type { Fold } from './backtest.ts';

/** By how much each level has to be raised, in shares of the load; learned on the backtest. */
export interface Calibration {
  /** One shift for each of `levels`. */
  readonly levels: readonly number[];
  readonly shifts: readonly number[];
}

/** Where the median is zero there is still this share of its mean to scale a shift with. */
const LEAST_SCALE = 0.01;
/** A learned shift counts as the evidence of the folds (a day like the one to come is one) against this much for none. */
const PRIOR_EVIDENCE = 1;
/** Quantiles of seven days are too narrow for an eighth: (2 level − 1) × this share of their own distance is added, 18 % at 0.95. */
const WIDEN = 0.2;

/**
 * Conformalized quantiles (Romano et al. 2019): the shift of a level is that quantile of (y − q) ÷ scale over the folds. The
 * scale is the median load, so that shifts follow the time of day, and not the distance from the median: where the load falls by
 * 95 % at one of two hours the distance is the whole load, and stretching it tells of loads that never were.
 */
export function learnCalibration(folds: readonly Fold[], predictions: readonly Quantiles[]): Calibration {
  const levels = predictions[0]?.levels ?? [];
  const evidence = folds.reduce((sum, fold) => sum + fold.weight, 0);
  const trust = evidence / (evidence + PRIOR_EVIDENCE);
  const scales = predictions.map(({ values }) => scaleOf(values[0]!));
  const length = folds.reduce((sum, fold) => sum + fold.actual.length, 0);
  const scores = new Float64Array(length);
  const weights = new Float64Array(length);
  const out = [new Float64Array(1)];
  const shifts = levels.map((level, l) => {
    let count = 0;
    for (const [f, fold] of l === 0 ? [] : folds.entries()) {
      const quantile = predictions[f]!.values[l]!;
      const scale = scales[f]!;
      for (let h = 0; h < fold.actual.length; h++) {
        const error = fold.actual[h]! - quantile[h]!;
        if (Number.isNaN(error) || !(scale[h]! > 0)) continue;
        scores[count] = error / scale[h]!;
        // Weighted with the scale, the quantile of the scores is the shift with the least pinball loss.
        weights[count++] = scale[h]! * fold.weight;
      }
    }
    if (count === 0) return 0;
    weightedQuantiles(scores, weights, count, [level], out, 0);
    return trust * out[0]![0]!;
  });
  return { levels, shifts };
}

function scaleOf(median: Float64Array): Float64Array {
  let sum = 0;
  for (const m of median) sum += m;
  const least = (LEAST_SCALE * sum) / Math.max(1, median.length);
  return median.map((m) => m + least);
}

/** Shifts and widens each level above the median; levels above the calibrated ones take the last shift. */
export function calibrate(forecast: Quantiles, { levels, shifts }: Calibration): Quantiles {
  if (levels.length === 0) return forecast;
  const median = forecast.values[0]!;
  const scale = scaleOf(median);
  let below = median;
  const values = forecast.levels.map((level, l) => {
    if (l === 0) return median;
    const at = levels.findIndex((known) => known >= level - 1e-9);
    const shift = shifts[at < 0 ? levels.length - 1 : at]!;
    const widen = WIDEN * (2 * level - 1);
    const own = forecast.values[l]!;
    const out = new Float64Array(median.length);
    for (let h = 0; h < out.length; h++) {
      out[h] = Math.max(below[h]!, own[h]! + shift * scale[h]! + widen * (own[h]! - median[h]!));
    }
    below = out;
    return out;
  });
  return { levels: forecast.levels, values };
}
