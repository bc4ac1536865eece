import type { Model } from '../core/forecast.ts';
import { DAY_SECONDS, type Series } from '../core/series.ts';
import { residualQuantiles } from './residual-quantiles.ts';

/** The level forgets half in this time, the trend in this, a season's phase a third a visit. */
const LEVEL_HALF_LIFE_SECONDS = 12 * 3_600;
const TREND_HALF_LIFE_SECONDS = 3 * DAY_SECONDS;
const SEASON_WEIGHT = 0.35;
/** The trend fades to half within this time (Gardner & McKenzie 1985): growth doesn't go on for ever. */
const DAMPING_HALF_LIFE_SECONDS = DAY_SECONDS / 2;
/** An observation further than this many usual errors from what was expected moves the state only so far (Gelper et al. 2010). */
const HUBER = 3;

/** Additive exponential smoothing with a daily season and a damped trend (Holt 1957, Winters 1960), robust to outliers. */
export function holtWinters(): Model {
  return {
    name: 'Holt-Winters',
    unfit: (history) => (history.values.length * history.stepSeconds < 2 * DAY_SECONDS ? 'needs two days' : undefined),
    fit: (history) => {
      const { level, trend, seasons, errors } = smooth(history);
      return {
        why: 'exponential smoothing of level, damped trend and daily season',
        predict: (horizon, levels) => {
          const n = history.values.length;
          const damping = 0.5 ** (history.stepSeconds / DAMPING_HALF_LIFE_SECONDS);
          const point = new Float64Array(horizon);
          for (let h = 0, growth = 0, factor = 1; h < horizon; h++) {
            factor *= damping;
            growth += factor * trend;
            point[h] = level + growth + seasons[(n + h) % seasons.length]!;
          }
          return residualQuantiles(history, errors, point, levels);
        },
      };
    },
  };
}

function smooth({ values, stepSeconds }: Series) {
  const season = Math.max(2, Math.round(DAY_SECONDS / stepSeconds));
  const alpha = 1 - 0.5 ** (stepSeconds / LEVEL_HALF_LIFE_SECONDS);
  const beta = 1 - 0.5 ** (stepSeconds / TREND_HALF_LIFE_SECONDS);
  const damping = 0.5 ** (stepSeconds / DAMPING_HALF_LIFE_SECONDS);
  const first = values.subarray(0, season).filter(Number.isFinite);
  let level = first.length > 0 ? first.reduce((sum, v) => sum + v, 0) / first.length : 0;
  let trend = 0;
  let usual = 0;
  const seasons = Float64Array.from({ length: season }, (_, i) =>
    Number.isFinite(values[i] ?? Number.NaN) ? values[i]! - level : 0,
  );
  const levelsBefore = new Float64Array(values.length);
  const errors = new Float64Array(values.length).fill(Number.NaN);
  for (let i = 0; i < values.length; i++) {
    const phase = i % season;
    const v = values[i]!;
    levelsBefore[i] = level;
    if (Number.isNaN(v)) continue;
    // As it was a season ahead: the level of then, the phase's last value.
    if (i >= season) errors[i] = v - (levelsBefore[i - season]! + seasons[phase]!);
    const miss = v - (level + damping * trend + seasons[phase]!);
    usual = i < season ? usual : usual === 0 ? Math.abs(miss) : usual + 0.01 * (Math.abs(miss) - usual);
    const held = usual > 0 ? Math.max(-HUBER * usual, Math.min(HUBER * usual, miss)) : miss;
    const before = level;
    level += damping * trend + alpha * held;
    trend = damping * trend + beta * (level - before - damping * trend);
    if (i >= season) seasons[phase]! += SEASON_WEIGHT * (1 - alpha) * held;
  }
  return { level, trend, seasons, errors };
}
