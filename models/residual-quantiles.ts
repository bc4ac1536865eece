import type { Quantiles } from '../core/forecast.ts';
import { DAY_SECONDS, type Series } from '../core/series.ts';
import { finishQuantiles, poolQuantiles } from './season-pool.ts';
import { quantileOf } from './weighted-quantile.ts';

const HALF_WINDOW_SECONDS = 1_800;
const ANCHOR_SECONDS = 1_800;
const MAX_CYCLES = 14;

/**
 * A point path plus the quantiles of past errors at the same time of day: errors are larger at noon than at night, and a model
 * that gives a point needs no distribution of its own.
 * @param errors actual − forecast of the past, aligned with the history; NaN where there is none
 * @param point the path of the future, one value a step
 */
export function residualQuantiles(
  history: Series,
  errors: Float64Array,
  point: Float64Array,
  levels: readonly number[],
): Quantiles {
  const seasonSteps = Math.max(1, DAY_SECONDS / history.stepSeconds);
  const pool = {
    values: errors,
    seasonSteps,
    halfWindowSteps: HALF_WINDOW_SECONDS / history.stepSeconds,
    cycles: Math.min(MAX_CYCLES, Math.ceil(errors.length / seasonSteps)),
    weight: (k: number) => 0.85 ** (k - 1),
  };
  const anchorStep = Math.max(1, Math.round(ANCHOR_SECONDS / history.stepSeconds));
  const values = poolQuantiles(pool, point.length, anchorStep, levels);
  for (const [l, level] of levels.entries()) {
    const path = values[l]!;
    // Sorting a week of errors for every level costs more than the rest: only where a time of day has none.
    const overall = path.every(Number.isFinite) ? 0 : quantileOf(errors, level);
    const spare = Number.isFinite(overall) ? overall : 0;
    for (let h = 0; h < path.length; h++) path[h] = point[h]! + (Number.isFinite(path[h]!) ? path[h]! : spare);
  }
  return finishQuantiles(levels, values, () => quantileOf(history.values, 0.5) || 0);
}
