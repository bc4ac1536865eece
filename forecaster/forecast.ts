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
import { handicapOf, MODELS } from '../models/registry.ts';
import { decimate, rollingFolds } from './backtest.ts';
import { calibrate, learnCalibration } from './calibrate.ts';
import { cleanHistory } from './clean.ts';
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

/**
 * The next day of a load, by minute, with calibrated quantiles and the reasons: clean → periods → models → rolling backtest →
 * choose → calibrate. Nothing after the history's end is known to it, and the same history gives the same forecast.
 */
export function forecastDay(history: Series, options: ForecastOptions = {}): Forecast {
  const stepSeconds = options.stepSeconds ?? MINUTE_SECONDS;
  const horizonSeconds = options.horizonSeconds ?? DAY_SECONDS;
  const levels = options.levels ?? LEVELS;
  const fine = history.stepSeconds < MINUTE_SECONDS ? resampleSeries(history, MINUTE_SECONDS) : history;
  const { series, repairs } = cleanHistory(fine);
  const periodicity = options.periodicity ?? detectPeriods(series);
  const context: FitContext = { seasonSeconds: periodicity.periods.map((p) => p.seconds) };
  const coarse = decimate(series);
  const folds = rollingFolds(coarse, horizonSeconds);
  const span = series.values.length * series.stepSeconds;
  const selection = selectModel(options.models ?? MODELS, folds, context, (model) => handicapOf(model, span, context));
  const horizon = Math.ceil(horizonSeconds / series.stepSeconds);
  const raw = combine(selection, series, context, horizon, levels);
  const calibration = learnCalibration(folds, selection.predictions);
  const quantiles = toStep(calibrate(raw, calibration), series.stepSeconds, stepSeconds, horizonSeconds);
  return {
    ...quantiles,
    originSeconds: endSeconds(history),
    stepSeconds,
    model: selection.name,
    why: [selection.why, periodicity.reason, ...repairs].join('; '),
    periodicity,
  };
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
