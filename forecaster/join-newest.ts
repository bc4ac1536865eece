import type { Forecast, Quantiles } from '../core/forecast.ts';
import { HOUR_SECONDS, type Series } from '../core/series.ts';
import { type ForecastOptions, forecastWithCorrection } from './forecast.ts';
import type { LevelCorrection } from './level-correction.ts';
import { nowcast } from './nowcast.ts';

/** The first hour starts from the newest load; over the second the path returns to the season. */
const JOINED_SECONDS = HOUR_SECONDS;

/**
 * As `forecastDay`, with a path that starts at the newest observation. On twelve real loads that takes a fifth off the quantile loss of
 * the first hour; later the season knows better.
 */
export function forecastFromNewest(history: Series, options: ForecastOptions = {}): Forecast {
  const { forecast, correction } = forecastWithCorrection(history, options);
  return { ...forecast, ...joinNewest(forecast, correction(), history) };
}

/** The forecast's quantiles with the hour after `observed` taken from the nowcast. @param observed ends where the forecast begins */
function joinNewest(forecast: Forecast, correction: LevelCorrection, observed: Series): Quantiles {
  const joined = Math.round(JOINED_SECONDS / forecast.stepSeconds);
  const horizon = Math.min(forecast.values[0]!.length, 2 * joined);
  // A history too short for a backtest has taught nothing about how long a deviation lasts.
  if (horizon < 1 || !correction.explained.some((share) => share > 0)) return forecast;
  const hour = Math.max(1, Math.round(HOUR_SECONDS / observed.stepSeconds));
  const from = Math.max(0, observed.values.length - hour);
  const newest = {
    startSeconds: observed.startSeconds + from * observed.stepSeconds,
    stepSeconds: observed.stepSeconds,
    values: observed.values.subarray(from),
  };
  const near = nowcast(forecast, correction, newest, horizon);
  const values = forecast.values.map((path, l) => {
    const out = path.slice();
    for (let h = 0; h < horizon; h++) {
      const share = h < joined ? 1 : 1 - (h - joined + 1) / (joined + 1);
      out[h] = share * near.values[l]![h]! + (1 - share) * path[h]!;
    }
    return out;
  });
  return { levels: forecast.levels, values };
}
