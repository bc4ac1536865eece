import { resampleSeries } from '../collector/resample.ts';
import {
  type FitContext,
  type Forecast,
  LEVELS,
  type Model,
  type Periodicity,
  type Quantiles,
} from '../core/forecast.ts';
import { DAY_SECONDS, endSeconds, MINUTE_SECONDS, type Series } from '../core/series.ts';
import { handicapOf, MODELS, untestedShareOf } from '../models/registry.ts';
import { backtestStep, decimate, type Fold, foldOrigin, rollingFolds } from './backtest.ts';
import { type Calibration, calibrate, learnCalibration } from './calibrate.ts';
import { cleanHistory } from './clean.ts';
import { type Comparison, compareModels } from './compare.ts';
import { dailyShape } from './daily-shape.ts';
import { type HindcastDay, type LevelCorrection, learnCorrection } from './level-correction.ts';
import { detectPeriods } from './period.ts';
import { averageAll, type Selection, selectModel } from './select.ts';

/** What a forecast may be told; defaults: a day, by minute, from every model. */
export interface ForecastOptions {
  readonly horizonSeconds?: number;
  readonly stepSeconds?: number;
  readonly levels?: readonly number[];
  readonly models?: readonly Model[];
  /** Detected elsewhere, to save the time of detecting again. */
  readonly periodicity?: Periodicity;
}

/** A forecast with what its backtest learned about the models, and about the hours after an observation. */
export interface Forecasting {
  readonly forecast: Forecast;
  /** Computed when asked for: a day-ahead forecast does not need it. */
  correction(): LevelCorrection;
  /** Every model beside the others, also those that have no part in the forecast. */
  comparison(): Comparison;
}

/**
 * The next day of a load, by minute, with calibrated quantiles and the reasons: clean → periods → models → rolling backtest →
 * choose → calibrate. Nothing after the history's end is known to it, and the same history gives the same forecast.
 */
export function forecastDay(history: Series, options: ForecastOptions = {}): Forecast {
  return forecastWithCorrection(history, options).forecast;
}

/** As `forecastDay`, with the level correction that `nowcast` needs and the comparison of the models. */
export function forecastWithCorrection(history: Series, options: ForecastOptions = {}): Forecasting {
  const stepSeconds = options.stepSeconds ?? MINUTE_SECONDS;
  const horizonSeconds = options.horizonSeconds ?? DAY_SECONDS;
  const levels = options.levels ?? LEVELS;
  const fine = history.stepSeconds < MINUTE_SECONDS ? resampleSeries(history, MINUTE_SECONDS) : history;
  const { series, repairs } = cleanHistory(fine);
  const periodicity = options.periodicity ?? detectPeriods(series);
  const context: FitContext = { seasonSeconds: periodicity.periods.map((p) => p.seconds) };
  const folds = rollingFolds(decimate(series, backtestStep(context)), horizonSeconds);
  const span = series.values.length * series.stepSeconds;
  const models = options.models ?? MODELS;
  const selection = selectModel(models, folds, context, {
    handicap: (model) => handicapOf(model, span, context),
    fits: (model) => model.unfit(series, context) === undefined,
    untestedShare: (model) => untestedShareOf(model, context),
  });
  const horizon = Math.ceil(horizonSeconds / series.stepSeconds);
  const raw = combine(selection, series, context, horizon, levels);
  const calibration = learnCalibration(folds, selection.predictions);
  const quantiles = toStep(calibrate(raw, calibration), series.stepSeconds, stepSeconds, horizonSeconds);
  const forecast: Forecast = {
    ...quantiles,
    originSeconds: endSeconds(history),
    stepSeconds,
    model: selection.name,
    why: [selection.why, periodicity.reason, ...repairs].join('; '),
    periodicity,
  };
  return {
    forecast,
    correction: () => {
      const shape = dailyShape(series, horizon);
      return learnCorrection(hindcasts(series, shape.values, folds, selection, calibration), shape, levels);
    },
    comparison: () => compareModels(models, selection, { series, folds, context }),
  };
}

/** The backtest's days at the series' own step. */
function hindcasts(
  series: Series,
  shape: Float64Array,
  folds: readonly Fold[],
  selection: Selection,
  calibration: Calibration,
): HindcastDay[] {
  return folds.slice(0, selection.predictions.length).map((fold, f) => {
    const from = Math.round((foldOrigin(fold) - series.startSeconds) / series.stepSeconds);
    const span = fold.actual.length * fold.training.stepSeconds;
    const actual = series.values.subarray(from, from + Math.round(span / series.stepSeconds));
    const calibrated = calibrate(selection.predictions[f]!, calibration);
    const { weight } = fold;
    const forecast = toStep(calibrated, fold.training.stepSeconds, series.stepSeconds, span);
    return { forecast, actual, shape: shape.subarray(from, from + actual.length), weight };
  });
}

function combine(
  selection: Selection,
  series: Series,
  context: FitContext,
  horizon: number,
  levels: readonly number[],
): Quantiles {
  return averageAll(
    selection.members.map(({ model, weight }) => ({
      quantiles: model.fit(series, context).predict(horizon, levels),
      weight,
    })),
  );
}

/** Quantiles at another step: linear between steps, the last one held. */
function toStep(quantiles: Quantiles, from: number, to: number, horizonSeconds: number): Quantiles {
  if (from === to) return quantiles;
  const length = Math.round(horizonSeconds / to);
  const values = quantiles.values.map((level) => {
    const out = new Float64Array(length);
    for (let h = 0; h < length; h++) {
      const at = Math.min(level.length - 1, (h * to) / from);
      const low = Math.floor(at);
      const high = Math.min(low + 1, level.length - 1);
      out[h] = level[low]! + (level[high]! - level[low]!) * (at - low);
    }
    return out;
  });
  return { levels: quantiles.levels, values };
}
