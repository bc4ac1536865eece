import type { Forecast, Quantiles } from '../core/forecast.ts';
import { endSeconds, type Series, timeAt } from '../core/series.ts';
import { type LevelCorrection, recentVolatility, smooth } from './level-correction.ts';

/** Up to here the newest load decides, whatever the season explains. */
const SHORT_LEAD_SECONDS = 900;

/**
 * Quantiles of the load `leadSeconds` after the newest observation. The forecast's median is moved by what is left of the newest deviation
 * and the spread is the learned one, as far as the deviation explains anything at that lead; beyond, the forecast stands as it is.
 * @param observed the newest loads, ending now; NaN is a gap. Nothing finite in its last hour: the forecast's own quantiles.
 * @returns one value per level of the forecast
 */
export function nowcastAt(
  forecast: Forecast,
  correction: LevelCorrection,
  observed: Series,
  leadSeconds: number,
): Float64Array {
  const targetSeconds = endSeconds(observed) - observed.stepSeconds + leadSeconds;
  const own = Float64Array.from(forecast.levels, (_, l) => valueAt(forecast, l, targetSeconds));
  const state = newestDeviation(forecast, correction, observed);
  if (!state) return own;
  const { floor } = correction;
  const explained = Math.sqrt(Math.max(0, interpolate(correction.leads, correction.explained, leadSeconds)));
  const share = leadSeconds <= SHORT_LEAD_SECONDS ? 1 : explained;
  const now = valueAt(forecast, 0, endSeconds(observed) - observed.stepSeconds) + floor;
  const change = Math.log((own[0]! + floor) / now);
  const pull = interpolate(correction.leads, correction.pull, leadSeconds);
  const follow = interpolate(correction.leads, correction.follow, leadSeconds);
  const centre = now * Math.exp((1 - pull) * state.deviation + follow * change);
  const out = new Float64Array(own.length);
  for (let l = 0; l < own.length; l++) {
    const z = spreadAt(correction, leadSeconds, forecast.levels[l]!);
    const near = Math.max(0, centre * Math.exp(z * state.volatility) - floor);
    out[l] = Math.max(l > 0 ? out[l - 1]! : 0, share * near + (1 - share) * own[l]!);
  }
  return out;
}

/** The forecast's path from the newest observation on, corrected: step h is `forecast.stepSeconds` × (h + 1) ahead. */
export function nowcast(forecast: Forecast, correction: LevelCorrection, observed: Series, horizon: number): Quantiles {
  const values = forecast.levels.map(() => new Float64Array(horizon));
  for (let h = 0; h < horizon; h++) {
    const at = nowcastAt(forecast, correction, observed, (h + 1) * forecast.stepSeconds);
    for (let l = 0; l < values.length; l++) values[l]![h] = at[l]!;
  }
  return { levels: forecast.levels, values };
}

function newestDeviation(forecast: Forecast, correction: LevelCorrection, observed: Series) {
  const n = observed.values.length;
  const reach = Math.min(n, Math.max(correction.memorySteps + 1, Math.round(3_600 / observed.stepSeconds)));
  const recent = new Float64Array(reach);
  for (let i = 0; i < reach; i++) {
    const at = n - reach + i;
    const median = valueAt(forecast, 0, timeAt(observed, at));
    recent[i] = Math.log((observed.values[at]! + correction.floor) / (median + correction.floor));
  }
  const deviation = smooth(recent, correction.memorySteps)[reach - 1];
  if (deviation === undefined || Number.isNaN(deviation)) return undefined;
  return { deviation, volatility: recentVolatility(recent, correction.volatility)[reach - 1]! };
}

function valueAt(forecast: Forecast, level: number, seconds: number): number {
  const path = forecast.values[level]!;
  const at = Math.max(0, Math.min(path.length - 1, (seconds - forecast.originSeconds) / forecast.stepSeconds));
  const low = Math.floor(at);
  const high = Math.min(low + 1, path.length - 1);
  return path[low]! + (path[high]! - path[low]!) * (at - low);
}

function interpolate(xs: Float64Array, ys: Float64Array, x: number): number {
  const n = xs.length;
  if (n === 0) return 0;
  if (x <= xs[0]!) return ys[0]!;
  for (let i = 1; i < n; i++) {
    if (x <= xs[i]!) return ys[i - 1]! + ((ys[i]! - ys[i - 1]!) * (x - xs[i - 1]!)) / (xs[i]! - xs[i - 1]!);
  }
  return ys[n - 1]!;
}

function spreadAt(correction: LevelCorrection, lead: number, level: number): number {
  let at = correction.levels.findIndex((known) => known >= level - 1e-9);
  if (at < 0) at = correction.levels.length - 1;
  return interpolate(
    correction.leads,
    Float64Array.from(correction.spread, (s) => s[at]!),
    lead,
  );
}
