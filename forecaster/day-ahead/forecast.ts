import { type Calendar, isSunday, localDayOf } from '../../core/calendar/calendar.ts';
import {
  type FitContext,
  type Forecast,
  LEVELS,
  type Model,
  type Periodicity,
  type Quantiles,
} from '../../core/forecast.ts';
import { resampleSeries } from '../../core/resample.ts';
import { DAY_SECONDS, endSeconds, MINUTE_SECONDS, type Series, timeAt } from '../../core/series.ts';
import { handicapOf, knowsAlikeDays, MODELS, untestedShareOf } from '../../models/registry.ts';
import { cleanHistory } from '../clean.ts';
import { detectPeriods } from '../period/period.ts';
import { backtestStep, decimate, type Fold, foldOrigin, rollingFolds } from './backtest.ts';
import { type Comparison, compareModels } from './compare.ts';
import { type Calibration, calibrate, learnCalibration } from './conformal.ts';
import { dailyShape } from './daily-shape.ts';
import { type HindcastDay, type LevelCorrection, learnCorrection } from './level-adjustment.ts';
import { inLocalTime } from './local-time.ts';
import { average, averageAll, type Selection, selectModel } from './select.ts';

/** What a forecast may be told; defaults: a day, by minute, from every model. */
export interface ForecastOptions {
  readonly horizonSeconds?: number;
  readonly stepSeconds?: number;
  readonly levels?: readonly number[];
  readonly models?: readonly Model[];
  /** Detected elsewhere, to save the time of detecting again. */
  readonly periodicity?: Periodicity;
  /** By which days fold; without it, UTC and no holidays. */
  readonly calendar?: Calendar;
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
  return inLocalTime(history, options, (local, own) => forecastWithCorrection(local, own).forecast);
}

/**
 * As `forecastDay`, with the level correction that `nowcast` needs and the comparison of the models.
 * @param history by the local clock where the options name a calendar (`localSeries`), and so is the forecast
 */
export function forecastWithCorrection(history: Series, options: ForecastOptions = {}): Forecasting {
  const stepSeconds = options.stepSeconds ?? MINUTE_SECONDS;
  const horizonSeconds = options.horizonSeconds ?? DAY_SECONDS;
  const fine = history.stepSeconds < MINUTE_SECONDS ? resampleSeries(history, MINUTE_SECONDS) : history;
  const { series, repairs } = cleanHistory(fine);
  const { calendar } = options;
  const ordinary = calendar ? withoutHolidays(series, calendar) : series;
  const periodicity = options.periodicity ?? detectPeriods(ordinary);
  const context: FitContext = { seasonSeconds: periodicity.periods.map((p) => p.seconds) };
  const asked = { horizonSeconds, stepSeconds, levels: options.levels ?? LEVELS };
  const usual = choose(ordinary, context, options.models ?? MODELS, asked);
  const { quantiles, why } = calendar ? withHolidays(usual, series, calendar, asked) : usual;
  const forecast: Forecast = {
    ...quantiles,
    originSeconds: endSeconds(history),
    stepSeconds,
    model: usual.selection.name,
    why: [...why, periodicity.reason, ...repairs, ...(calendar ? [calendar.words] : [])].join('; '),
    periodicity,
  };
  return {
    forecast,
    correction: () => {
      const shape = dailyShape(ordinary, Math.ceil(horizonSeconds / ordinary.stepSeconds));
      const { folds, selection, calibration } = usual;
      return learnCorrection(hindcasts(ordinary, shape.values, folds, selection, calibration), shape, asked.levels);
    },
    comparison: () => compareModels(usual.models, usual.selection, { series: ordinary, folds: usual.folds, context }),
  };
}

/** How far a forecast reaches, at which step, at which levels. */
interface Asked {
  readonly horizonSeconds: number;
  readonly stepSeconds: number;
  readonly levels: readonly number[];
}

/** The models that were chosen on a history, and what they say. */
interface Chosen {
  readonly models: readonly Model[];
  readonly context: FitContext;
  readonly folds: readonly Fold[];
  readonly selection: Selection;
  readonly calibration: Calibration;
  readonly quantiles: Quantiles;
  readonly why: readonly string[];
}

function choose(series: Series, context: FitContext, models: readonly Model[], asked: Asked): Chosen {
  const folds = rollingFolds(decimate(series, backtestStep(context)), asked.horizonSeconds, context.isAlike);
  const span = series.values.length * series.stepSeconds;
  const selection = selectModel(models, folds, context, {
    handicap: (model) => handicapOf(model, span, context),
    fits: (model) => model.unfit(series, context) === undefined,
    untestedShare: (model) => untestedShareOf(model, context),
  });
  const raw = combine(selection, series, context, Math.ceil(asked.horizonSeconds / series.stepSeconds), asked.levels);
  const calibration = learnCalibration(folds, selection.predictions);
  const calibrated = calibrate(raw, calibration);
  const quantiles = toStep(calibrated, series.stepSeconds, asked.stepSeconds, asked.horizonSeconds);
  return { models, context, folds, selection, calibration, quantiles, why: [selection.why] };
}

/** Some holidays of a calendar are working days to a load, others are quieter than Sundays: neither kind of forecast is right for all. */
const HOLIDAY_SHARE = 0.5;

/** The usual forecast; where a holiday comes, its mean with one that learns from Sundays and earlier holidays alone. */
function withHolidays(
  usual: Chosen,
  series: Series,
  calendar: Calendar,
  asked: Asked,
): Pick<Chosen, 'quantiles' | 'why'> {
  const { levels, stepSeconds } = asked;
  const isHoliday = (h: number) => calendar.isHoliday(localDayOf(endSeconds(series) + h * stepSeconds));
  const steps = Array.from({ length: usual.quantiles.values[0]!.length }, (_, h) => isHoliday(h));
  const models = usual.models.filter(knowsAlikeDays);
  const isAlike = (day: number) => isSunday(day) || calendar.isHoliday(day);
  if (!steps.includes(true) || models.length === 0) return usual;
  const { quantiles } = choose(series, { ...usual.context, isAlike }, models, asked);
  const both = average(usual.quantiles, 1 - HOLIDAY_SHARE, quantiles, HOLIDAY_SHARE);
  const values = levels.map((_, l) =>
    usual.quantiles.values[l]!.map((value, h) => (steps[h] ? both.values[l]![h]! : value)),
  );
  return {
    quantiles: { levels, values },
    why: [...usual.why, 'a holiday is half its weekday and half the Sundays and holidays before'],
  };
}

/**
 * A history in which holidays are gaps: no weekday is like them. The newest day stays, as it tells the level, and where nothing else would
 * be left, so does all.
 */
function withoutHolidays(series: Series, { isHoliday }: Calendar): Series {
  const kept = endSeconds(series) - DAY_SECONDS;
  const values = series.values.map((value, i) => {
    const at = timeAt(series, i);
    return at < kept && isHoliday(localDayOf(at)) ? Number.NaN : value;
  });
  return values.some(Number.isFinite) ? { ...series, values } : series;
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
