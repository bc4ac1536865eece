import type { FitContext, Model } from '../core/forecast.ts';
import { DAY_SECONDS, HOUR_SECONDS, WEEK_SECONDS } from '../core/series.ts';
import { flat } from './flat.ts';
import { fourier } from './fourier.ts';
import { holtWinters } from './holt-winters.ts';
import { pathModel } from './neural/path-model.ts';
import { shippedPathModel } from './neural/shipped-path-model.ts';
import { robustDecomposition } from './robust-decomposition.ts';
import { seasonalNaive } from './seasonal-naive.ts';
import { seasonalQuantiles } from './seasonal-quantiles.ts';

const MINUTES = 60;
const LAST_WEEK = 'last week';
const NEURAL = 'neural';
const WEEKLY = 'weekly quantiles';
const WEEKLY_LEVELLED = 'weekly quantiles, levelled';
const LEVELLED = 'daily quantiles, levelled';

/** Every model, the one list. The order breaks ties. */
export const MODELS: readonly Model[] = [
  flat('flat', WEEK_SECONDS),
  daily('daily quantiles, slow', 5 * MINUTES, 10 * DAY_SECONDS),
  daily('daily quantiles, smooth', 20 * MINUTES, 7 * DAY_SECONDS),
  daily('daily quantiles, quick', 5 * MINUTES, 2 * DAY_SECONDS),
  daily(LEVELLED, 5 * MINUTES, 4 * DAY_SECONDS, DAY_SECONDS),
  weekly(WEEKLY),
  weekly(WEEKLY_LEVELLED, DAY_SECONDS),
  seasonalQuantiles({
    name: 'detected-season quantiles',
    season: 'detected',
    halfWindowSeconds: 10 * MINUTES,
    halfLifeSeconds: 2 * DAY_SECONDS,
  }),
  seasonalNaive('yesterday', DAY_SECONDS),
  seasonalNaive(LAST_WEEK, WEEK_SECONDS),
  seasonalNaive('last detected season', 'detected'),
  robustDecomposition(),
  holtWinters(),
  fourier(),
  pathModel(NEURAL, shippedPathModel),
];

const KNOWS_WEEKDAYS = new Set([
  'daily quantiles, slow',
  'daily quantiles, smooth',
  'daily quantiles, quick',
  WEEKLY,
  WEEKLY_LEVELLED,
  LAST_WEEK,
]);

/** Whether a model asks which days the day to come is like: those that pool alike days, and are not levelled by the newest one. */
export function knowsAlikeDays({ name }: Model): boolean {
  return KNOWS_WEEKDAYS.has(name) && ![WEEKLY, WEEKLY_LEVELLED, LAST_WEEK].includes(name);
}

function weekly(name: string, levelSeconds = 0): Model {
  const halfLifeSeconds = 2 * WEEK_SECONDS;
  return seasonalQuantiles({
    name,
    season: WEEK_SECONDS,
    halfWindowSeconds: 10 * MINUTES,
    halfLifeSeconds,
    levelSeconds,
  });
}

function daily(name: string, halfWindowSeconds: number, halfLifeSeconds: number, levelSeconds = 0): Model {
  return seasonalQuantiles({ name, season: DAY_SECONDS, halfWindowSeconds, halfLifeSeconds, levelSeconds });
}

/**
 * How much a model's backtested loss counts against it. The backtest's folds have seen less than a week, so that no model could
 * know weekdays there; in the forecast those that pool alike days do. Where there is a daily rhythm, a model that ignores weekdays must
 * therefore win by a margin.
 */
export function handicapOf(model: Model, spanSeconds: number, context: FitContext): number {
  if (model.name === NEURAL) return NEURAL_HANDICAP;
  if (spanSeconds < WEEK_SECONDS) return 1;
  if (!hasDailyRhythm(context)) return model.name === 'flat' ? FLAT_HANDICAP : 1;
  if (model.name === LEVELLED) return LEVELLED_HANDICAP;
  return KNOWS_WEEKDAYS.has(model.name) ? 1 : WEEKDAY_BLIND_HANDICAP;
}

/** Last week's value can't be tested within a week of history, yet it is the one witness of the weekday to come. */
export function untestedShareOf(model: Model, context: FitContext): number {
  return model.name === LAST_WEEK && context.seasonSeconds.includes(DAY_SECONDS) ? UNTESTED_SHARE : 0;
}

/** Seasons from six hours on are taken for (a part of) the daily rhythm, which weekdays modify. */
function hasDailyRhythm(context: FitContext): boolean {
  return context.seasonSeconds.some((season) => season >= 6 * HOUR_SECONDS);
}

/** Without a period the flat forecast is the honest one, unless a daily shape is clearly better all the same. */
const FLAT_HANDICAP = 0.97;
/** It knows weekdays, but is one of many that a few folds choose from: on 13 real loads 1 loses as much on average, and more on the worst. */
const NEURAL_HANDICAP = 1.1;
/** On 13 real loads anything from 1.5 to 2.5 loses the same within 1 %. */
const WEEKDAY_BLIND_HANDICAP = 1.6;
/** It knows like days, but takes a quiet yesterday for the level of today. */
const LEVELLED_HANDICAP = 1.1;
/** On 13 real loads anything from 0.15 to 0.35 loses the same within 1 %; a load that grows loses least with little of it. */
const UNTESTED_SHARE = 0.2;
