import type { Forecast } from '../../core/forecast.ts';
import type { Series } from '../../core/series.ts';
import { type ForecastOptions, forecastWithCorrection } from './forecast.ts';
import { inLocalTime } from './local-time.ts';
import { nowcast, OBSERVED_SECONDS } from './nowcast.ts';

/**
 * As `forecastDay`, with a path that starts at the newest load and returns to the season as fast as it did on the backtested days.
 */
export function forecastFromNewest(history: Series, options: ForecastOptions = {}): Forecast {
  return inLocalTime(history, options, joinNewest);
}

function joinNewest(history: Series, options: ForecastOptions): Forecast {
  const { forecast, correction } = forecastWithCorrection(history, options);
  const steps = Math.max(1, Math.round(OBSERVED_SECONDS / history.stepSeconds));
  const from = Math.max(0, history.values.length - steps);
  const newest = {
    startSeconds: history.startSeconds + from * history.stepSeconds,
    stepSeconds: history.stepSeconds,
    values: history.values.subarray(from),
  };
  return { ...forecast, ...nowcast(forecast, correction(), newest, forecast.values[0]!.length) };
}
