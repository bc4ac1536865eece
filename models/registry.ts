import type { FitContext, Model } from '../core/forecast.ts';
import { DAY_SECONDS, HOUR_SECONDS, WEEK_SECONDS } from '../core/series.ts';
import { flat } from './flat.ts';
import { fourier } from './fourier.ts';
import { holtWinters } from './holt-winters.ts';
import { robustDecomposition } from './robust-decomposition.ts';
import { seasonalNaive } from './seasonal-naive.ts';
import { seasonalQuantiles } from './seasonal-quantiles.ts';

const MINUTES = 60;

/** Every model, the one list. The order breaks ties. */
export const MODELS: readonly Model[] = [
  flat('flat, day', DAY_SECONDS),
  flat('flat, week', WEEK_SECONDS),
  daily('daily quantiles, slow', 5 * MINUTES, 10 * DAY_SECONDS),
  daily('daily quantiles, smooth', 20 * MINUTES, 7 * DAY_SECONDS),
  daily('daily quantiles, quick', 5 * MINUTES, 2 * DAY_SECONDS),
  daily('daily quantiles, rescaled', 10 * MINUTES, 4 * DAY_SECONDS, 1),
  seasonalQuantiles({
    name: 'detected-season quantiles',
    season: 'detected',
    halfWindowSeconds: 10 * MINUTES,
    halfLifeSeconds: 2 * DAY_SECONDS,
    rescale: 0,
  }),
  seasonalNaive('yesterday', DAY_SECONDS),
  seasonalNaive('last week', WEEK_SECONDS),
  seasonalNaive('last detected season', 'detected'),
  robustDecomposition(),
  holtWinters(),
  fourier(),
];

function daily(name: string, halfWindowSeconds: number, halfLifeSeconds: number, rescale = 0): Model {
  return seasonalQuantiles({ name, season: DAY_SECONDS, halfWindowSeconds, halfLifeSeconds, rescale });
}

/**
 * How much a model's backtested loss counts against it. The backtest's folds have seen less than a week, so that no model could
 * know weekdays there; in the forecast those with a daily season do. Where there is a season, a model that ignores weekdays must
 * therefore win by a margin.
 */
export function handicapOf(model: Model, spanSeconds: number, context: FitContext): number {
  if (spanSeconds < WEEK_SECONDS) return 1;
  if (!context.seasonSeconds.some((season) => season >= LONG_SEASON_SECONDS))
    return model.name.startsWith('flat') ? FLAT_HANDICAP : 1;
  return HANDICAPS.find(([prefix]) => model.name.startsWith(prefix))?.[1] ?? 1;
}

/** Without a period the flat forecast is the honest one, unless a daily shape is clearly better all the same. */
const FLAT_HANDICAP = 0.97;
/** Seasons from here on are taken for (a part of) the daily rhythm, which weekdays modify. */
const LONG_SEASON_SECONDS = 6 * HOUR_SECONDS;
const HANDICAPS: readonly (readonly [string, number])[] = [
  ['flat', 1.6],
  ['detected-season', 1.6],
  ['daily quantiles, rescaled', 1.4],
  ['daily quantiles, quick', 1.15],
  ['yesterday', 1.4],
  ['last detected', 1.6],
  ['robust', 1.4],
  ['Holt', 1.4],
  ['Fourier', 1.6],
];
