import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, WEEK_SECONDS } from '../../../core/series.ts';

/** A stretch of time, epoch seconds. */
export interface Stretch {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** A time of the day, of the week or of a shorter period at which the same thing happens again and again. */
export interface RecurringWindow {
  /** A day, a week, or a shorter period. */
  readonly periodSeconds: number;
  /** Offset in the period where it begins: of a day from 00:00 UTC, of a week from Monday 00:00 UTC. NaN for shorter periods. */
  readonly offsetSeconds: number;
  readonly lengthSeconds: number;
  /** In how many of how many periods. */
  readonly times: number;
  readonly of: number;
}

/** 1970-01-05 was a Monday. */
const FIRST_MONDAY_SECONDS = 4 * DAY_SECONDS;
/** An hour of the day belongs to a window if it happens on so many days: each working day is 5 of 7. */
const LEAST_SHARE = 0.7;
const LEAST_DAYS = 3;
const LEAST_WEEKS = 2;
/** Shorter windows are jitter at the ends of another one. */
const SHORTEST_DAILY_SECONDS = 5 * MINUTE_SECONDS;
const SHORTEST_WEEKLY_SECONDS = HOUR_SECONDS;
/** A window that opens for a moment is still one. */
const MERGED_SECONDS = 10 * MINUTE_SECONDS;
/** Windows that hold less than this share of what happened are chance: scattered events sometimes coincide. */
const EXPLAINED_DAILY = 0.5;
const EXPLAINED_WEEKLY = 0.7;
/** One weekend is no habit, unless it is the only one: these hours (UTC) are weekend in every time zone. */
const WEEKEND_SECONDS = [5 * DAY_SECONDS + 14 * HOUR_SECONDS, 6 * DAY_SECONDS + 10 * HOUR_SECONDS] as const;
const LONGEST_WEEKEND_SECONDS = 4 * DAY_SECONDS;
const LEAST_REGULAR = 8;
/** Above this a period is the day's business. */
const LONGEST_REGULAR_SECONDS = 20 * HOUR_SECONDS;

/**
 * The windows that stretches recur in: every so many minutes, else at the same time of the day, else (also) of the week.
 * @param stretches ascending, apart
 * @param span of the trace they are from
 */
export function recurringWindows(stretches: readonly Stretch[], span: Stretch): RecurringWindow[] {
  if (stretches.length === 0) return [];
  const regular = regularWindow(stretches);
  if (regular) return [regular];
  const day = tally(stretches, span, DAY_SECONDS, 0);
  const dailyMinutes = frequent(day, LEAST_DAYS);
  const daily = explains(day, dailyMinutes, EXPLAINED_DAILY)
    ? windowsOf(day, dailyMinutes, DAY_SECONDS, SHORTEST_DAILY_SECONDS)
    : [];
  const isDaily = (minute: number) => daily.length > 0 && dailyMinutes[minute % dailyMinutes.length]!;
  const week = tally(stretches, span, WEEK_SECONDS, FIRST_MONDAY_SECONDS);
  const both = (minutes: readonly boolean[]) => minutes.map((isMissing, minute) => isMissing || isDaily(minute));
  const weeklyMinutes = frequent(week, LEAST_WEEKS);
  // What the daily windows hold already is neither news nor proof of a week.
  const beyond = { missing: week.missing.map((count, minute) => (isDaily(minute) ? 0 : count)), total: week.total };
  if (!explains(beyond, weeklyMinutes, EXPLAINED_WEEKLY)) {
    const once = windowsOf(week, both(frequent(week, 1)), WEEK_SECONDS, SHORTEST_WEEKLY_SECONDS);
    return [...daily, ...once.filter(isWeekend)];
  }
  const isNews = (from: number, length: number) => {
    let news = 0;
    for (let i = 0; i < length; i++) if (!isDaily((from + i) % weeklyMinutes.length)) news++;
    return news * MINUTE_SECONDS >= SHORTEST_WEEKLY_SECONDS;
  };
  return [...daily, ...windowsOf(week, both(weeklyMinutes), WEEK_SECONDS, SHORTEST_WEEKLY_SECONDS, isNews)];
}

/** A weekend, long ones too, in some time zone. */
function isWeekend({ offsetSeconds, lengthSeconds }: RecurringWindow): boolean {
  const within = (instant: number) => modulo(instant - offsetSeconds, WEEK_SECONDS) < lengthSeconds;
  return lengthSeconds <= LONGEST_WEEKEND_SECONDS && WEEKEND_SECONDS.every(within);
}

/** For each minute of the period: how often it lay within the span, and how often wholly within a stretch. */
interface Tally {
  readonly missing: Float64Array;
  readonly total: Float64Array;
}

function tally(stretches: readonly Stretch[], span: Stretch, period: number, epoch: number): Tally {
  const minutes = period / MINUTE_SECONDS;
  const count = (into: Float64Array, { fromSeconds, toSeconds }: Stretch) => {
    const first = Math.ceil((fromSeconds - epoch) / MINUTE_SECONDS);
    const end = Math.floor((toSeconds - epoch) / MINUTE_SECONDS);
    // Whole periods at once: a span of years has millions of minutes.
    const whole = Math.floor(Math.max(0, end - first) / minutes);
    if (whole > 0) for (let i = 0; i < minutes; i++) into[i]! += whole;
    for (let minute = first + whole * minutes; minute < end; minute++) into[modulo(minute, minutes)]! += 1;
  };
  const missing = new Float64Array(minutes);
  const total = new Float64Array(minutes);
  for (const stretch of stretches) count(missing, stretch);
  count(total, span);
  return { missing, total };
}

function frequent({ missing, total }: Tally, least: number): boolean[] {
  return Array.from(missing, (count, i) => count >= least && count >= LEAST_SHARE * total[i]!);
}

function explains({ missing }: Tally, minutes: readonly boolean[], least: number): boolean {
  let all = 0;
  let explained = 0;
  for (const [i, count] of missing.entries()) {
    all += count;
    if (minutes[i]) explained += count;
  }
  return explained > 0 && explained >= least * all;
}

/** Runs of minutes, around the end of the period too. */
function windowsOf(
  { missing, total }: Tally,
  minutes: readonly boolean[],
  periodSeconds: number,
  shortestSeconds: number,
  isWanted: (from: number, length: number) => boolean = () => true,
): RecurringWindow[] {
  const count = minutes.length;
  const filled = bridged(minutes);
  const start = filled.indexOf(false);
  if (start < 0) return [];
  const windows: RecurringWindow[] = [];
  for (let i = start; i < start + count; i++) {
    if (!filled[i % count]) continue;
    const from = i;
    while (filled[i % count]) i++;
    const length = i - from;
    if (length * MINUTE_SECONDS < shortestSeconds || !isWanted(from % count, length)) continue;
    const middle = (from + (length >> 1)) % count;
    windows.push({
      periodSeconds,
      offsetSeconds: (from % count) * MINUTE_SECONDS,
      lengthSeconds: length * MINUTE_SECONDS,
      times: missing[middle]!,
      of: total[middle]!,
    });
  }
  return windows.sort((a, b) => b.lengthSeconds - a.lengthSeconds);
}

/** The same with short holes between two runs closed. */
function bridged(minutes: readonly boolean[]): boolean[] {
  const count = minutes.length;
  const filled = [...minutes];
  const start = minutes.indexOf(true);
  if (start < 0) return filled;
  let last = start;
  for (let i = start + 1; i <= start + count; i++) {
    if (!minutes[i % count]) continue;
    if ((i - last - 1) * MINUTE_SECONDS <= MERGED_SECONDS)
      for (let hole = last + 1; hole < i; hole++) filled[hole % count] = true;
    last = i;
  }
  return filled;
}

/** Stretches that come at one distance far below a day: a job each hour that stops the recorder. */
function regularWindow(stretches: readonly Stretch[]): RecurringWindow | undefined {
  if (stretches.length < LEAST_REGULAR) return undefined;
  const distances = stretches.slice(1).map(({ fromSeconds }, i) => fromSeconds - stretches[i]!.fromSeconds);
  const period = middleOf(distances);
  if (period >= LONGEST_REGULAR_SECONDS) return undefined;
  const regular = distances.filter((distance) => Math.abs(distance - period) <= 0.1 * period).length;
  if (regular < 0.8 * distances.length) return undefined;
  return {
    periodSeconds: period,
    offsetSeconds: Number.NaN,
    lengthSeconds: middleOf(stretches.map(({ fromSeconds, toSeconds }) => toSeconds - fromSeconds)),
    times: regular + 1,
    of: stretches.length,
  };
}

/** Whether a stretch lies mostly within one of the windows. */
export function isWithin({ fromSeconds, toSeconds }: Stretch, windows: readonly RecurringWindow[]): boolean {
  return windows.some(({ periodSeconds, offsetSeconds, lengthSeconds }) => {
    if (Number.isNaN(offsetSeconds)) return toSeconds - fromSeconds <= 2 * lengthSeconds;
    const epoch = periodSeconds === WEEK_SECONDS ? FIRST_MONDAY_SECONDS : 0;
    const middle = modulo((fromSeconds + toSeconds) / 2 - epoch - offsetSeconds, periodSeconds);
    return middle <= lengthSeconds && toSeconds - fromSeconds <= 1.2 * lengthSeconds + MERGED_SECONDS;
  });
}

function middleOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function modulo(value: number, period: number): number {
  return ((value % period) + period) % period;
}
