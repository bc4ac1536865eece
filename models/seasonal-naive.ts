import type { FitContext, Model } from '../core/forecast.ts';
import { DAY_SECONDS, type Series } from '../core/series.ts';
import { residualQuantiles } from './residual-quantiles.ts';
import { describeSeconds } from './span-text.ts';

/** The value one season ago, with the quantiles of what that rule missed before. @param season seconds, or the strongest detected one */
export function seasonalNaive(name: string, season: number | 'detected'): Model {
  const seasonOf = (context: FitContext): number | undefined =>
    season === 'detected' ? context.seasonSeconds.find((s) => s !== DAY_SECONDS) : season;
  return {
    name,
    unfit: (history, context) => {
      const seconds = seasonOf(context);
      if (seconds === undefined) return 'no other season was detected';
      const enough = history.values.length * history.stepSeconds >= seconds && seconds >= history.stepSeconds;
      return enough ? undefined : `needs one season of ${describeSeconds(seconds)}`;
    },
    fit: (history, context) => {
      const seconds = seasonOf(context) ?? DAY_SECONDS;
      const steps = Math.max(1, Math.round(seconds / history.stepSeconds));
      // A week of history holds no error of last week's value; yesterday's errors stand in for them.
      const errorSteps =
        2 * steps <= history.values.length ? steps : Math.max(1, Math.round(DAY_SECONDS / history.stepSeconds));
      return {
        why: `the value of ${describeSeconds(seconds)} before, with the spread of its past errors`,
        predict: (horizon, levels) => {
          const errors = history.values.map((v, i) =>
            i >= errorSteps ? v - history.values[i - errorSteps]! : Number.NaN,
          );
          return residualQuantiles(history, errors, repeat(history, steps, horizon), levels);
        },
      };
    },
  };
}

/** The last season, repeated; a gap takes the season before's value, else the last known one. */
function repeat(history: Series, steps: number, horizon: number): Float64Array {
  const n = history.values.length;
  const known = history.values.findLast(Number.isFinite) ?? 0;
  const point = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    let at = n - steps + (h % steps);
    while (at >= 0 && !Number.isFinite(history.values[at] ?? Number.NaN)) at -= steps;
    point[h] = at >= 0 ? history.values[at]! : known;
  }
  return point;
}
