import { firingTimes, timesOfDay, WEEK_MINUTES } from './firing-times.ts';

/** A window by its start and its length, as a rule of bounds has it. */
export interface CronWindow {
  /** Five fields. */
  readonly cron: string;
  readonly durationSeconds: number;
}

/** More starts in a cycle are no windows of people's making: every quarter of an hour of a week. */
const MOST_STARTS = 672;
const MOST_ENDS = 20_000;
const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;

/**
 * The windows from each firing of `start` to the next firing of one of `ends`, five fields each. Starts within a window begin no other.
 * A window that isn't always as long becomes several: 8:00 to 20:00, on Fridays to 18:00.
 * @returns text: why there is none
 */
export function windowsBetween(start: string, ends: readonly string[]): CronWindow[] | string {
  const fired = firingTimes([start, ...ends], MOST_ENDS);
  if (fired === undefined || fired.times[0]!.length > MOST_STARTS) return 'it begins or ends too often for a window';
  const { cycle, times } = fired;
  const starts = times[0]!;
  const allEnds = [...new Set(times.slice(1).flat())].sort((a, b) => a - b);
  if (allEnds.length === 0) return 'its end never comes';
  const lengths = starts.map((at) => minutesTo(at, allEnds, cycle));
  if (new Set(lengths).size <= 1 && lengths.length > 0 && !overlaps(starts, lengths, cycle)) {
    return [{ cron: start, durationSeconds: lengths[0]! * 60 }];
  }
  const first = firstOfEach(starts, lengths, cycle);
  if (cycle !== WEEK_MINUTES) {
    const found = [...new Set(first.map(({ minutes }) => minutes))].sort((a, b) => a - b);
    if (found.length === 1 && first.length === starts.length) return [{ cron: start, durationSeconds: found[0]! * 60 }];
    return `its windows last from ${daysWords(found[0]!)} to ${daysWords(found.at(-1)!)}, and a rule has one duration`;
  }
  return byTimeOfDay(first);
}

/**
 * The windows that an expression is whose firings are the minutes in which it holds: `* 0-8 ? * MON-FRI` is midnight to nine.
 * @param cron five fields
 */
export function windowsOfMinutes(cron: string): CronWindow[] {
  const { minutes, hours } = timesOfDay(cron);
  const fields = cron.split(' ');
  const days = fields.slice(2).join(' ');
  if (minutes.length === 60) {
    return runs(hours).map(([from, to]) => ({ cron: `0 ${from} ${days}`, durationSeconds: (to - from + 1) * 3600 }));
  }
  return runs(minutes).map(([from, to]) => ({
    cron: `${from} ${fields[1]} ${days}`,
    durationSeconds: (to - from + 1) * 60,
  }));
}

/** Minutes to the first of `ends` after an instant; from one to the same, a cycle. */
function minutesTo(at: number, ends: readonly number[], cycle: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low < ends.length ? ends[low]! - at : ends[0]! + cycle - at;
}

function overlaps(starts: readonly number[], lengths: readonly number[], cycle: number): boolean {
  return starts.some((at, i) => {
    const next = i + 1 < starts.length ? starts[i + 1]! : starts[0]! + cycle;
    return next - at < lengths[i]!;
  });
}

interface Span {
  /** Minute of the cycle. */
  readonly at: number;
  readonly minutes: number;
}

/** Of the starts that share an end, the first: the others are within its window. */
function firstOfEach(starts: readonly number[], lengths: readonly number[], cycle: number): Span[] {
  const longest = new Map<number, Span>();
  starts.forEach((at, i) => {
    const end = (at + lengths[i]!) % cycle;
    const known = longest.get(end);
    if (known === undefined || known.minutes < lengths[i]!) longest.set(end, { at, minutes: lengths[i]! });
  });
  return [...longest.values()].sort((a, b) => a.at - b.at);
}

/** Windows of a week, those that begin at the same time of day and last as long together. */
function byTimeOfDay(spans: readonly Span[]): CronWindow[] {
  const groups = new Map<string, number[]>();
  for (const { at, minutes } of spans) {
    const key = `${at % 1440} ${minutes}`;
    groups.set(key, [...(groups.get(key) ?? []), Math.floor(at / 1440)]);
  }
  return [...groups].map(([key, days]) => {
    const [time, minutes] = key.split(' ').map(Number) as [number, number];
    const weekdays = days.length === 7 ? '*' : days.map((day) => WEEKDAYS[day]).join(',');
    return { cron: `${time % 60} ${Math.floor(time / 60)} * * ${weekdays}`, durationSeconds: minutes * 60 };
  });
}

/** Unbroken runs of ascending whole numbers. */
function runs(numbers: readonly number[]): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}

function daysWords(minutes: number): string {
  return minutes % 1440 === 0 ? `${minutes / 1440} days` : `${Math.round(minutes / 60)} hours`;
}
