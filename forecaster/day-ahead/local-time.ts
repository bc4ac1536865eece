import type { Calendar } from '../../core/calendar/calendar.ts';
import type { Forecast } from '../../core/forecast.ts';
import { DAY_SECONDS, endSeconds, type Series, timeAt } from '../../core/series.ts';

/**
 * A series by the local clock: its instants are what a clock there shows, so that every day has the same 24 hours and a season folds by
 * local hour. The hour that a clock skips in spring is a gap; of the hour that comes twice in autumn the second one stays.
 */
export function localSeries(series: Series, offsetSeconds: Calendar['offsetSeconds']): Series {
  const { values, startSeconds, stepSeconds } = series;
  const local = startSeconds + offsetSeconds(startSeconds);
  const last = values.length - 1;
  if (!changes(series, offsetSeconds)) return { startSeconds: local, stepSeconds, values };
  const place = (i: number): number => {
    const at = timeAt(series, i);
    return Math.round((at + offsetSeconds(at) - local) / stepSeconds);
  };
  const out = new Float64Array(place(last) + 1).fill(Number.NaN);
  for (let i = 0; i <= last; i++) {
    const at = place(i);
    if (at < out.length && !Number.isNaN(values[i]!)) out[at] = values[i]!;
  }
  return { startSeconds: local, stepSeconds, values: out };
}

/** Whether the clock changes between the first value and the last. */
function changes(series: Series, offsetSeconds: Calendar['offsetSeconds']): boolean {
  const first = offsetSeconds(series.startSeconds);
  const newest = endSeconds(series) - series.stepSeconds;
  for (let at = series.startSeconds; at < newest; at += DAY_SECONDS) if (offsetSeconds(at) !== first) return true;
  return series.values.length > 0 && offsetSeconds(newest) !== first;
}

/** What `inLocalTime` reads of a forecast's options, and sets. */
interface LocalOptions {
  readonly horizonSeconds?: number;
  readonly calendar?: Calendar;
}

/** Makes a forecast by the local clock and answers it by the real one. Without a calendar both are the same. */
export function inLocalTime<Options extends LocalOptions>(
  history: Series,
  options: Options,
  forecast: (local: Series, options: Options) => Forecast,
): Forecast {
  const { calendar, horizonSeconds = DAY_SECONDS } = options;
  if (!calendar) return forecast(history, options);
  const { offsetSeconds } = calendar;
  const origin = endSeconds(history);
  const offset = offsetSeconds(origin - history.stepSeconds);
  const skipped = offsetSeconds(origin + horizonSeconds) - offset;
  // A day in which the clock skips an hour reaches an hour further by it.
  const local = forecast(localSeries(history, offsetSeconds), {
    ...options,
    horizonSeconds: horizonSeconds + Math.max(0, skipped),
  });
  const { stepSeconds } = local;
  const steps = Math.ceil(horizonSeconds / stepSeconds);
  const values = local.values.map((quantile) =>
    Float64Array.from({ length: steps }, (_, h) => {
      const at = origin + h * stepSeconds;
      const shown = at + offsetSeconds(at) - origin - offset;
      return quantile[Math.max(0, Math.min(quantile.length - 1, Math.round(shown / stepSeconds)))]!;
    }),
  );
  return { ...local, originSeconds: origin, values };
}
