import type { Model } from '../../core/forecast.ts';
import type { Series } from '../../core/series.ts';
import { residualQuantiles } from '../../models/residual-quantiles.ts';

/** Two days at least: one to measure the drift over, one that says how far it strays. */
const LEAST_SECONDS = 2 * 86_400;

/**
 * The drift method (Hyndman & Athanasopoulos, Forecasting: Principles and Practice): the newest value, carried on by the
 * mean change a step. Its spread is that of its own one-day-ahead errors.
 */
export function drift(): Model {
  return {
    name: 'drift',
    unfit: ({ values, stepSeconds }) => (values.length * stepSeconds < LEAST_SECONDS ? 'needs two days' : undefined),
    fit: (history) => {
      const { first, last, perStep } = slopeOf(history);
      return {
        why: `the newest value and its mean change, ${perStep.toPrecision(3)} a step`,
        predict(horizon, levels) {
          const day = Math.round(86_400 / history.stepSeconds);
          const errors = history.values.map((value, i) =>
            i - day >= first ? value - (history.values[i - day]! + day * perStep) : Number.NaN,
          );
          const newest = last < 0 ? 0 : history.values[last]!;
          const ahead = history.values.length - 1 - last;
          const point = Float64Array.from({ length: horizon }, (_, h) => newest + (ahead + h + 1) * perStep);
          return residualQuantiles(history, errors, point, levels);
        },
      };
    },
  };
}

/** First and last known step (a gap is NaN; −1: none), and the mean change between them. */
function slopeOf({ values }: Series): { first: number; last: number; perStep: number } {
  const first = values.findIndex(Number.isFinite);
  const last = values.findLastIndex(Number.isFinite);
  const perStep = last > first ? (values[last]! - values[first]!) / (last - first) : 0;
  return { first, last, perStep };
}
