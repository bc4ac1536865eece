import type { Model } from '../core/forecast.ts';
import type { Series } from '../core/series.ts';
import { finishQuantiles } from './season-pool.ts';
import { describeSeconds } from './span-text.ts';
import { weightedQuantiles } from './weighted-quantile.ts';

/** At most so many samples decide a level: more change nothing and cost time. */
const MAX_SAMPLES = 600;
/** Beyond this many half-lives a sample weighs under 1 %. */
const HALF_LIVES = 7;

/**
 * No season: tomorrow is like the recent past, at any hour. The quantiles of the history with weights that halve every
 * `halfLifeSeconds`: an honest spread, because it is what the load did.
 */
export function flat(name: string, halfLifeSeconds: number): Model {
  return {
    name,
    unfit: () => undefined,
    fit: (history) => ({
      why: `no season: quantiles of the history, weight halving every ${describeSeconds(halfLifeSeconds)}`,
      predict: (horizon, levels) => {
        const at = recentQuantiles(history, halfLifeSeconds, levels);
        const values = levels.map((_, l) => new Float64Array(horizon).fill(at[l]![0]!));
        return finishQuantiles(levels, values, () => 0);
      },
    }),
  };
}

function recentQuantiles(history: Series, halfLifeSeconds: number, levels: readonly number[]): Float64Array[] {
  const n = history.values.length;
  const out = levels.map(() => new Float64Array(1).fill(Number.NaN));
  const span = Math.min(n, Math.ceil((HALF_LIVES * halfLifeSeconds) / history.stepSeconds));
  const stride = Math.max(1, Math.floor(span / MAX_SAMPLES));
  const values = new Float64Array(Math.ceil(n / stride) + 1);
  const weights = new Float64Array(values.length);
  let count = 0;
  let newest = -1;
  for (let i = n - 1; i >= 0; i -= stride) {
    if (newest >= 0 && newest - i > span) break;
    if (Number.isNaN(history.values[i]!)) continue;
    if (newest < 0) newest = i;
    values[count] = history.values[i]!;
    weights[count] = 0.5 ** (((newest - i) * history.stepSeconds) / halfLifeSeconds);
    count++;
  }
  if (count > 0) weightedQuantiles(values, weights, count, levels, out, 0);
  return out;
}
