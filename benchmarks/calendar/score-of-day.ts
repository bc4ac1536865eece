import { DAY_SECONDS, MINUTE_SECONDS, type Series, timeAt } from '../../core/series.ts';
import { asKept } from '../../core/weeks.ts';
import type { ForecastOptions } from '../../forecaster/day-ahead/forecast.ts';
import { forecastFromNewest } from '../../forecaster/day-ahead/join-estimate.ts';
import { SCORE_LEVELS, type Score } from '../score.ts';

/**
 * The forecast of a day from its origin on, scored. A history by the minute is that which the addon keeps: five-minute steps before eight days.
 * @param into each of them; the first one is returned
 */
export function scoreOf(
  { series }: { readonly series: Series },
  origin: number,
  days: number,
  own: ForecastOptions,
  into: readonly Score[],
): Score {
  const { stepSeconds } = series;
  const day = Math.round(DAY_SECONDS / stepSeconds);
  const from = Math.max(0, origin - days * day);
  const whole = { startSeconds: timeAt(series, from), stepSeconds, values: series.values.slice(from, origin) };
  const history = stepSeconds === MINUTE_SECONDS ? asKept(whole) : whole;
  const forecast = forecastFromNewest(history, { stepSeconds, levels: SCORE_LEVELS, ...own });
  for (const score of into) score.add(series.values.subarray(origin, origin + day), forecast);
  return into[0]!;
}
