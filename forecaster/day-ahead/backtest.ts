import type { FitContext, Model, Quantiles } from '../../core/forecast.ts';
import { DAY_SECONDS, endSeconds, HOUR_SECONDS, type Series } from '../../core/series.ts';
import { levelOf } from '../../models/load-level.ts';
import { similarDays } from '../../models/similar-days.ts';

/** Levels on which models are compared: the published ones without the last, which three days can't judge. */
export const BACKTEST_LEVELS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99] as const;

/** Models are compared on every twentieth minute, at a twentieth of the time; finer only where a season would be lost on that grid. */
const BACKTEST_STEP_SECONDS = 1_200;
const SAMPLES_PER_SEASON = 6;

/** The step of the backtest, seconds. */
export function backtestStep(context: FitContext): number {
  const shortest = Math.min(...context.seasonSeconds, Number.POSITIVE_INFINITY);
  return shortest < SAMPLES_PER_SEASON * BACKTEST_STEP_SECONDS ? BACKTEST_STEP_SECONDS / 2 : BACKTEST_STEP_SECONDS;
}
/** Fold origins are one to so many days before the end; the best so many of them are used. */
const MAX_FOLD_DAYS = 6;
const MAX_FOLDS = 4;
/** A fold is worth this much less than the one a day younger. */
const FOLD_DECAY = 0.6;
/** The same weekday one and two weeks ago are folds too, where a week and a day come before them; then one more is used. */
const WEEKDAY_FOLDS = [7, 14];
const BEFORE_WEEKDAY_DAYS = 8;
/** They are worth this much less than a week younger, and half where the level of the day before them was a tenth off that of the last day. */
const WEEKDAY_DECAY = 0.6;
const LEVEL_REACH = 0.1;

/** One rolling origin: what was known, and what came. */
export interface Fold {
  readonly training: Series;
  /** What came after the origin; NaN where nobody knows. */
  readonly actual: Float64Array;
  readonly weight: number;
}

/** One model over all folds. */
export interface Backtest {
  readonly model: Model;
  /** Mean weighted quantile loss over folds, as a share of the mean load. */
  readonly loss: number;
  /** One per fold. */
  readonly predictions: readonly Quantiles[];
}

/**
 * A series with fewer steps for the backtest: the sample nearest the middle of each slot, and not the slot's mean, because
 * the mean hides the minute noise that the quantiles have to cover.
 */
export function decimate(series: Series, stepSeconds: number): Series {
  const factor = Math.floor(stepSeconds / series.stepSeconds);
  if (factor <= 1) return series;
  const length = Math.floor(series.values.length / factor);
  const first = series.values.length - length * factor;
  const values = new Float64Array(length).fill(Number.NaN);
  const middle = factor >> 1;
  for (let slot = 0; slot < length; slot++) {
    const from = first + slot * factor;
    for (let o = 0; o < factor; o++) {
      const i = from + middle + (o % 2 === 0 ? o >> 1 : -((o + 1) >> 1));
      if (i < from || i >= from + factor || !Number.isFinite(series.values[i]!)) continue;
      values[slot] = series.values[i]!;
      break;
    }
  }
  return {
    startSeconds: series.startSeconds + first * series.stepSeconds,
    stepSeconds: factor * series.stepSeconds,
    values,
  };
}

/**
 * Rolling origins a day apart; a short history gets shorter horizons and at least one fold where it can. With a week of history a fold's
 * weight also says how alike its day is to the weekday that is forecast: how a model did on Sunday says little about Monday. With more than
 * two weeks that weekday itself is backtested: models that know weeks are chosen by it, unless the load has another level since.
 */
export function rollingFolds(series: Series, horizonSeconds: number, isAlike?: FitContext['isAlike']): Fold[] {
  const n = series.values.length;
  const day = Math.min(DAY_SECONDS / series.stepSeconds, Math.floor(n / 3));
  const horizon = Math.min(day, Math.round(horizonSeconds / series.stepSeconds));
  if (horizon < 1) return [];
  const weekdays = WEEKDAY_FOLDS.filter(
    (days) => n >= ((days + BEFORE_WEEKDAY_DAYS) * DAY_SECONDS) / series.stepSeconds,
  );
  const likeness = dayLikeness(series, (weekdays.at(-1) ?? MAX_FOLD_DAYS) + 1, isAlike);
  // A daily season needs a day before the fold, or it could never be chosen for a service that is two days old.
  const least = n >= (1.5 * DAY_SECONDS) / series.stepSeconds ? DAY_SECONDS / series.stepSeconds : 1;
  const folds: Fold[] = [];
  const add = (days: number, worth: (origin: number) => number): void => {
    const origin = Math.round(n - days * day);
    if (origin < (days > 2 ? 2 : 1) * day || origin < least) return;
    const training = { ...series, values: series.values.subarray(0, origin) };
    const actual = series.values.subarray(origin, Math.min(n, origin + horizon));
    if (!training.values.some(Number.isFinite) || !actual.some(Number.isFinite)) return;
    folds.push({ training, actual, weight: worth(origin) * likeness(days) });
  };
  for (let days = 1; days <= MAX_FOLD_DAYS; days++) add(days, () => FOLD_DECAY ** (days - 1));
  for (const days of weekdays)
    add(days, (origin) => WEEKDAY_DECAY ** (days / 7) * sameLevel(series.values, origin, day));
  return folds.sort((a, b) => b.weight - a.weight).slice(0, MAX_FOLDS + (weekdays.length > 0 ? 1 : 0));
}

/** How much the day before an origin was at the level of the last day: 1 where it was, ½ where it was LEVEL_REACH off, 0 where nobody knows. */
function sameLevel(values: Float64Array, origin: number, day: number): number {
  const off = Math.log(levelOf(values.subarray(values.length - day)) / levelOf(values.subarray(origin - day, origin)));
  return Number.isFinite(off) ? 1 / (1 + (off / LEVEL_REACH) ** 2) : 0;
}

/** How alike each earlier day is to the day to come, over the whole day; 1 where nobody knows. */
function dayLikeness(series: Series, days: number, isAlike: FitContext['isAlike']): (daysAgo: number) => number {
  const likeness = similarDays(series, days, isAlike);
  if (!likeness) return () => 1;
  return (daysAgo) => {
    let sum = 0;
    for (let hour = 0; hour < 24; hour++) sum += likeness(daysAgo, hour * HOUR_SECONDS);
    return sum / 24;
  };
}

/** Fits the model before every fold's origin and scores what it said about the time after it. */
export function backtest(model: Model, folds: readonly Fold[], context: FitContext): Backtest | undefined {
  const predictions: Quantiles[] = [];
  for (const fold of folds) {
    if (model.unfit(fold.training, context) !== undefined) return undefined;
    predictions.push(model.fit(fold.training, context).predict(fold.actual.length, BACKTEST_LEVELS));
  }
  return { model, loss: foldsLoss(folds, predictions), predictions };
}

/** Mean weighted quantile loss: Σ over folds and levels of 2 × pinball ÷ Σ load, both weighted by fold. */
export function foldsLoss(folds: readonly Fold[], predictions: readonly Quantiles[]): number {
  let loss = 0;
  let load = 0;
  for (const [f, fold] of folds.entries()) {
    const { levels, values } = predictions[f]!;
    for (let l = 0; l < levels.length; l++) {
      loss += (fold.weight * 2 * pinballSum(fold.actual, values[l]!, levels[l]!)) / levels.length;
    }
    for (const y of fold.actual) if (!Number.isNaN(y)) load += fold.weight * Math.abs(y);
  }
  return load > 0 ? loss / load : loss;
}

/** Σ of max(q (y − x), (1 − q)(x − y)) over the finite y (Koenker & Bassett 1978). */
export function pinballSum(actual: Float64Array, forecast: Float64Array, level: number): number {
  let sum = 0;
  for (let i = 0; i < actual.length; i++) {
    const error = actual[i]! - forecast[i]!;
    if (error >= 0) sum += level * error;
    else if (error < 0) sum -= (1 - level) * error;
  }
  return sum;
}

/** The instant of a fold's first step, epoch seconds. */
export function foldOrigin(fold: Fold): number {
  return endSeconds(fold.training);
}
