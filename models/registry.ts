import type { Model } from '../core/forecast.ts';
import { DAY_SECONDS, HOUR_SECONDS, WEEK_SECONDS } from '../core/series.ts';
import { flat } from './flat.ts';
import { seasonalQuantiles } from './seasonal-quantiles.ts';

const MINUTES = 60;

/** Every model, the one list. The order breaks ties. */
export const MODELS: readonly Model[] = [
  flat('flat, hours', 3 * HOUR_SECONDS),
  flat('flat, day', DAY_SECONDS),
  flat('flat, week', WEEK_SECONDS),
  seasonalQuantiles({
    name: 'daily quantiles, slow',
    season: DAY_SECONDS,
    halfWindowSeconds: 30 * MINUTES,
    halfLifeSeconds: 10 * DAY_SECONDS,
    rescale: 0,
  }),
  seasonalQuantiles({
    name: 'daily quantiles, sharp',
    season: DAY_SECONDS,
    halfWindowSeconds: 10 * MINUTES,
    halfLifeSeconds: 10 * DAY_SECONDS,
    rescale: 0,
  }),
  seasonalQuantiles({
    name: 'daily quantiles, quick',
    season: DAY_SECONDS,
    halfWindowSeconds: 20 * MINUTES,
    halfLifeSeconds: 2 * DAY_SECONDS,
    rescale: 0,
  }),
  seasonalQuantiles({
    name: 'daily quantiles, rescaled',
    season: DAY_SECONDS,
    halfWindowSeconds: 20 * MINUTES,
    halfLifeSeconds: 4 * DAY_SECONDS,
    rescale: 1,
  }),
  seasonalQuantiles({
    name: 'detected-season quantiles',
    season: 'detected',
    halfWindowSeconds: 10 * MINUTES,
    halfLifeSeconds: 2 * DAY_SECONDS,
    rescale: 0,
  }),
];
