import type { Forecast, Quantiles } from '../../core/forecast.ts';
import { DAY_SECONDS, endSeconds, HOUR_SECONDS, type Series, timeAt } from '../../core/series.ts';
import { type Centre, centreOf, heldUnrest, type LeadRule, type LevelCorrection, scaleOf } from './level-adjustment.ts';
import { followLevel } from './running-level.ts';

/** So much of the newest load says what its level is. */
export const OBSERVED_SECONDS = 4 * HOUR_SECONDS;
/** Older than that, the newest value says nothing of the present. */
const STALE_SECONDS = HOUR_SECONDS;
const WIDTH_LEVEL = 0.95;

/** The newest level and the forecast's, by memory, and how restless the load is. */
interface Newest {
  readonly level: readonly number[];
  readonly expected: readonly number[];
  readonly shaped: readonly number[];
  readonly unrest: number;
}

/**
 * Quantiles of the load `leadSeconds` after the newest observation: between two leads of the correction both rules' quantiles, mixed by
 * nearness; beyond the last the forecast's own come back over as long again.
 * @param observed the newest loads, ending now; NaN is a gap. Nothing finite in its last hour: the forecast's own quantiles.
 * @returns one value per level of the forecast
 */
export function nowcastAt(
  forecast: Forecast,
  correction: LevelCorrection,
  observed: Series,
  leadSeconds: number,
): Float64Array {
  return quantilesAt(forecast, correction, newestOf(forecast, correction, observed), observed, leadSeconds);
}

/** The forecast's path from the newest observation on, corrected: step h is `forecast.stepSeconds` × (h + 1) ahead. */
export function nowcast(forecast: Forecast, correction: LevelCorrection, observed: Series, horizon: number): Quantiles {
  const newest = newestOf(forecast, correction, observed);
  const values = forecast.levels.map(() => new Float64Array(horizon));
  for (let h = 0; h < horizon; h++) {
    const at = quantilesAt(forecast, correction, newest, observed, (h + 1) * forecast.stepSeconds);
    for (let l = 0; l < values.length; l++) values[l]![h] = at[l]!;
  }
  return { levels: forecast.levels, values };
}

function quantilesAt(
  forecast: Forecast,
  correction: LevelCorrection,
  newest: Newest | undefined,
  observed: Series,
  leadSeconds: number,
): Float64Array {
  const targetSeconds = endSeconds(observed) - observed.stepSeconds + leadSeconds;
  const own = Float64Array.from(forecast.levels, (_, l) => valueAt(forecast, l, targetSeconds));
  const { rules } = correction;
  if (!newest || rules.length === 0) return own;
  const after = rules.findIndex((rule) => rule.leadSeconds >= leadSeconds);
  const last = rules.at(-1)!;
  const a = after < 0 ? last : rules[Math.max(0, after - 1)]!;
  const b = after < 0 ? undefined : rules[after]!;
  const end = b?.leadSeconds ?? 2 * last.leadSeconds;
  const towards =
    end > a.leadSeconds ? Math.max(0, Math.min(1, (leadSeconds - a.leadSeconds) / (end - a.leadSeconds))) : 0;
  const before = byRule(a, correction, newest, own, forecast.levels, targetSeconds);
  const next = b && b !== a ? byRule(b, correction, newest, own, forecast.levels, targetSeconds) : b ? before : own;
  const out = new Float64Array(own.length);
  for (let l = 0; l < own.length; l++) {
    out[l] = Math.max(l > 0 ? out[l - 1]! : 0, (1 - towards) * before[l]! + towards * next[l]!);
  }
  return out;
}

function byRule(
  rule: LeadRule,
  correction: LevelCorrection,
  newest: Newest,
  own: Float64Array,
  levels: readonly number[],
  targetSeconds: number,
): Float64Array {
  const { share, centres, spreads } = rule;
  const { floor, unrest, shape } = correction;
  const shaped = shapeAt(shape, targetSeconds);
  let sum = 0;
  for (const one of centres) sum += centreNow(one, newest, shaped, own[0]!, floor);
  const centre = sum / centres.length;
  const at = levels.findIndex((level) => level >= WIDTH_LEVEL - 1e-9);
  const width = own[at < 0 ? own.length - 1 : at]! - own[0]!;
  const calm = heldUnrest(newest.unrest, unrest);
  const scales = spreads.map(({ scale }) => scaleOf(scale, centre, calm, width, floor));
  return own.map((q, l) => {
    let ruled = 0;
    for (const [s, { quantiles }] of spreads.entries()) ruled += Math.max(0, centre + quantiles[l]! * scales[s]!);
    return (share * ruled) / spreads.length + (1 - share) * q;
  });
}

/** @param shaped the mean of earlier days at the moment asked for, @param median the forecast's */
function centreNow(
  { base, against, memory, kept }: Centre,
  newest: Newest,
  shaped: number,
  median: number,
  floor: number,
): number {
  // A gap on all earlier days: the forecast's median has none.
  const byShape = against === 'shape' && Number.isFinite(shaped);
  const then = byShape ? newest.shaped[memory]! : Number.NaN;
  const expected = Number.isFinite(then) ? then : newest.expected[memory]!;
  return centreOf(base, kept, newest.level[memory]!, expected, byShape ? shaped : median, floor);
}

function newestOf(forecast: Forecast, { shape }: LevelCorrection, observed: Series): Newest | undefined {
  const { values, stepSeconds } = observed;
  const n = values.length;
  const known = values.findLastIndex(Number.isFinite);
  if (known < 0 || (n - 1 - known) * stepSeconds >= STALE_SECONDS) return undefined;
  const expected = values.map((_, i) => pastOf(forecast, timeAt(observed, i)));
  const state = followLevel(values, expected, stepSeconds);
  const byShape = followLevel(
    values,
    values.map((_, i) => shapeAt(shape, timeAt(observed, i))),
    stepSeconds,
  );
  return {
    shaped: byShape.expected.map((path) => path[n - 1]!),
    level: state.level.map((path) => path[n - 1]!),
    expected: state.expected.map((path) => path[n - 1]!),
    unrest: state.unrest[n - 1]!,
  };
}

/** The forecast's median, before its beginning too: there its shape a day later, joined without a jump. */
function pastOf(forecast: Forecast, seconds: number): number {
  const day = forecast.originSeconds + DAY_SECONDS;
  const path = forecast.values[0]!;
  const whole = path.length * forecast.stepSeconds >= DAY_SECONDS;
  if (seconds >= forecast.originSeconds || !whole) return valueAt(forecast, 0, seconds);
  const end = valueAt(forecast, 0, day - forecast.stepSeconds);
  const then = valueAt(forecast, 0, seconds + DAY_SECONDS);
  return end > 0 ? (path[0]! * then) / end : path[0]!;
}

function shapeAt(shape: Series, seconds: number): number {
  return shape.values[Math.round((seconds - shape.startSeconds) / shape.stepSeconds)] ?? Number.NaN;
}

function valueAt(forecast: Forecast, level: number, seconds: number): number {
  const path = forecast.values[level]!;
  const at = Math.max(0, Math.min(path.length - 1, (seconds - forecast.originSeconds) / forecast.stepSeconds));
  const low = Math.floor(at);
  const high = Math.min(low + 1, path.length - 1);
  return path[low]! + (path[high]! - path[low]!) * (at - low);
}
