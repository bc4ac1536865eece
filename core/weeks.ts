import { DAY_SECONDS, MINUTE_SECONDS, type Series, timeAt } from './series.ts';

/** Four weeks, the days of minutes among them: enough to tell a quiet weekend from a load that has fallen for good. */
export const WEEKS_DAYS = 28;
/** One value in five minutes: 8,064 points, fewer than the 11,000 that Prometheus gives at a time. */
export const WEEKS_STEP_SECONDS = 300;
/** Days of which all minutes are kept. */
const MINUTE_DAYS = 8;
/** Two values further apart have a gap between them, as between any samples two steps apart (core/resample.ts). */
const REACH_SECONDS = 2 * WEEKS_STEP_SECONDS;

/** Whether the minute that ends then is kept among the weeks as well. */
export function isOfWeeks(timeSeconds: number): boolean {
  return Math.floor(timeSeconds / MINUTE_SECONDS) % (WEEKS_STEP_SECONDS / MINUTE_SECONDS) === 0;
}

/** What of a history by the minute is kept among the weeks: each fifth minute as it was. A mean of five would hide the noise of minutes. */
export function ofWeeks({ startSeconds, stepSeconds, values }: Series): Series {
  const first = Math.ceil(startSeconds / WEEKS_STEP_SECONDS) * WEEKS_STEP_SECONDS;
  const every = WEEKS_STEP_SECONDS / stepSeconds;
  const skipped = (first - startSeconds) / stepSeconds;
  const length = Math.max(0, Math.ceil((values.length - skipped) / every));
  const kept = Float64Array.from({ length }, (_, i) => values[skipped + i * every]!);
  return { startSeconds: first, stepSeconds: WEEKS_STEP_SECONDS, values: kept };
}

/**
 * A history by the minute with the weeks before it, by the minute: between two values of the weeks a straight line, and where one is
 * missing, nothing. What the minutes know or lack stays as it is. Without weeks, or where they begin no earlier, it is the same history.
 */
export function withWeeks(minutes: Series, weeks: Series | undefined): Series {
  if (weeks === undefined || minutes.values.length === 0 || weeks.startSeconds >= minutes.startSeconds) return minutes;
  const start = weeks.startSeconds;
  const before = (minutes.startSeconds - start) / MINUTE_SECONDS;
  const values = new Float64Array(before + minutes.values.length).fill(Number.NaN);
  let [last, lastAt] = [Number.NaN, Number.NEGATIVE_INFINITY];
  const reach = (value: number, at: number) => {
    if ((at - lastAt) * MINUTE_SECONDS <= REACH_SECONDS) {
      for (let m = lastAt + 1; m < Math.min(at, before); m++)
        values[m] = last + ((value - last) * (m - lastAt)) / (at - lastAt);
    }
    [last, lastAt] = [value, at];
  };
  for (let i = 0; i < weeks.values.length; i++) {
    const at = (timeAt(weeks, i) - start) / MINUTE_SECONDS;
    if (at >= before) break;
    if (Number.isNaN(weeks.values[i]!)) continue;
    reach(weeks.values[i]!, at);
    values[at] = weeks.values[i]!;
  }
  reach(minutes.values[0]!, before);
  values.set(minutes.values, before);
  return { startSeconds: start, stepSeconds: MINUTE_SECONDS, values };
}

/** What the addon would know of a longer history by the minute: eight days of minutes, and the weeks before them. */
export function asKept(history: Series): Series {
  const { stepSeconds, values } = history;
  const minuteCount = (MINUTE_DAYS * DAY_SECONDS) / stepSeconds;
  if (values.length <= minuteCount) return history;
  const from = values.length - minuteCount;
  const minutes = { startSeconds: timeAt(history, from), stepSeconds, values: values.subarray(from) };
  const first = Math.max(0, values.length - (WEEKS_DAYS * DAY_SECONDS) / stepSeconds);
  const whole = { startSeconds: timeAt(history, first), stepSeconds, values: values.subarray(first) };
  return withWeeks(minutes, ofWeeks(whole));
}
