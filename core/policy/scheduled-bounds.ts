import { Cron } from 'croner';
import type { ScheduledBounds, WorkloadPolicy } from './policy.ts';

/** Shorter windows would be gone before their pods are Ready, and a day would hold thousands of them. */
export const LEAST_WINDOW_SECONDS = 300;
/** A month; whatever lasts longer is min-replicas. */
export const MOST_WINDOW_SECONDS = 31 * 86_400;

const DAY = 86_400;
/**
 * Windows are computed once for a stretch of time around now, which takes a millisecond: 1 h back, 12 to 24 h ahead. Each
 * stretch is a quarter of an hour longer than the one before, so that those of 1,000 workloads don't all end in one tick.
 */
const BACK_SECONDS = 3600;
const AHEAD_SECONDS = 12 * 3600;
const STAGGER_SECONDS = 900;
const STAGGERS = 48;
/** The next change is looked for so far ahead. */
const SEARCH_DAYS = 7;
/** No zone's offset is larger: +14 h and −12 h are the extremes. */
const MOST_OFFSET_SECONDS = 15 * 3600;
/** A fixed instant, so that checking an expression gives the same answer every day: 2024-01-01T00:00:00Z. */
const REFERENCE_SECONDS = 1_704_067_200;
const FIELDS = /^[\dA-Za-z*,\-/#]+(?: +[\dA-Za-z*,\-/#]+){4}$/;

/** What bounds need to know of a policy. */
export type Bounded = Pick<WorkloadPolicy, 'minReplicas' | 'maxReplicas' | 'bounds'>;

/** The bounds at one instant; min ≤ max. */
export interface BoundsNow {
  readonly min: number;
  readonly max: number;
  /** Which rule of `bounds` (its index) gave each; undefined: min-replicas, max-replicas. */
  readonly from: { readonly min: number | undefined; readonly max: number | undefined };
}

/** Windows [start, end) in epoch seconds, ascending and apart. */
type Window = readonly [startSeconds: number, endSeconds: number];

interface Stretch {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly windows: readonly Window[];
}

/** A memory of what is computed, not a state: the answer is the same without it. Goes with its rule. */
const known = new WeakMap<ScheduledBounds, Stretch>();
let computed = 0;

/** What is wrong with a cron expression of five fields; undefined: nothing. */
export function cronProblem(cron: string): string | undefined {
  if (!FIELDS.test(cron)) return 'expected five fields (minute hour day month weekday) such as "0 22 * * MON-FRI"';
  try {
    const next = cronIn(cron, 'UTC').nextRun(dateOf(REFERENCE_SECONDS));
    return next === null ? 'there is no such day; expected one that comes, such as "0 22 31 12 *"' : undefined;
  } catch (error) {
    const why = (error as Error).message.replace(/^CronPattern: /, '');
    return `${why}; expected five fields such as "0 22 * * MON-FRI"`;
  }
}

/**
 * The bounds that hold at an instant. Of the rules that hold, the largest min and the smallest max win; what no rule gives is
 * min-replicas and max-replicas. Where two rules contradict each other (min 10, max 4), max gives way and becomes 10: pods too
 * many cost a little, pods too few are an outage, and the administrator's cap was checked for every min when it was read.
 */
export function boundsAt(policy: Bounded, nowSeconds: number): BoundsNow {
  return combine(policy, (rule) => holds(stretchOf(rule, nowSeconds, nowSeconds).windows, nowSeconds));
}

/**
 * The bounds to plan with, so that a scheduled minimum is Ready when it begins: min is the largest of all from now to
 * now + lead; max is that of now, and gives way to min only.
 */
export function boundsAhead(policy: Bounded, nowSeconds: number, leadSeconds: number): BoundsNow {
  const now = boundsAt(policy, nowSeconds);
  if (policy.bounds.length === 0) return now;
  const until = nowSeconds + Math.max(0, leadSeconds);
  const stretches = policy.bounds.map((rule) => stretchOf(rule, nowSeconds, until).windows);
  let best = now;
  for (const at of changes(stretches, nowSeconds, until)) {
    const then = combine(policy, (_, i) => holds(stretches[i]!, at));
    if (then.min > best.min) best = then;
  }
  if (best.min <= now.max) return { min: best.min, max: now.max, from: { min: best.from.min, max: now.from.max } };
  return { min: best.min, max: best.min, from: { min: best.from.min, max: best.from.min } };
}

/**
 * The first change of min or max after now, within seven days; undefined: there is none. Takes a millisecond: for people,
 * not for ticks.
 */
export function nextBoundsChange(
  policy: Bounded,
  nowSeconds: number,
): { readonly atSeconds: number; readonly bounds: BoundsNow } | undefined {
  const { min, max } = boundsAt(policy, nowSeconds);
  for (let day = 0; day < SEARCH_DAYS; day++) {
    const from = nowSeconds + day * DAY;
    const windows = policy.bounds.map((rule) => windowsOf(rule, from, from + DAY + 1));
    for (const at of changes(windows, from, from + DAY)) {
      const bounds = combine(policy, (_, i) => holds(windows[i]!, at));
      if (bounds.min !== min || bounds.max !== max) return { atSeconds: at, bounds };
    }
  }
  return undefined;
}

/** Only computes: without a function to call, croner starts no timer. Lists of hours count as fixed times, as in Vixie cron. */
function cronIn(cron: string, timeZone: string): Cron {
  return new Cron(cron, { mode: '5-part', timezone: timeZone, fixedTimeRule: 'no-wildcard' });
}

function combine(policy: Bounded, isOn: (rule: ScheduledBounds, index: number) => boolean): BoundsNow {
  let min: number | undefined;
  let max: number | undefined;
  let minFrom: number | undefined;
  let maxFrom: number | undefined;
  policy.bounds.forEach((rule, i) => {
    if (!isOn(rule, i)) return;
    if (rule.min !== undefined && (min === undefined || rule.min > min)) [min, minFrom] = [rule.min, i];
    if (rule.max !== undefined && (max === undefined || rule.max < max)) [max, maxFrom] = [rule.max, i];
  });
  const least = min ?? policy.minReplicas;
  const most = max ?? policy.maxReplicas;
  if (least > most) return { min: least, max: least, from: { min: minFrom, max: minFrom } };
  return { min: least, max: most, from: { min: minFrom, max: maxFrom } };
}

function holds(windows: readonly Window[], atSeconds: number): boolean {
  return windows.some(([start, end]) => start <= atSeconds && atSeconds < end);
}

/** Where windows begin or end in (from, to], ascending. */
function changes(all: readonly (readonly Window[])[], from: number, to: number): number[] {
  const edges = all.flatMap((windows) => windows.flat()).filter((at) => at > from && at <= to);
  return [...new Set(edges)].sort((a, b) => a - b);
}

function stretchOf(rule: ScheduledBounds, from: number, to: number): Stretch {
  const old = known.get(rule);
  if (old !== undefined && old.fromSeconds <= from && to < old.toSeconds) return old;
  const fromSeconds = from - BACK_SECONDS;
  const ahead = AHEAD_SECONDS + (computed++ % STAGGERS) * STAGGER_SECONDS;
  const toSeconds = Math.max(from + ahead, to + BACK_SECONDS);
  const stretch = { fromSeconds, toSeconds, windows: windowsOf(rule, fromSeconds, toSeconds) };
  known.set(rule, stretch);
  return stretch;
}

/** The rule's windows that touch [from, to), without its excluded dates; exact inside, cut or not at the ends. */
function windowsOf(rule: ScheduledBounds, from: number, to: number): Window[] {
  // Made anew each time, a hundredth of a millisecond: kept, each would hold 80 KB (it lists 10,000 years).
  const zone = dayFormat(rule.timeZone).resolvedOptions().timeZone;
  const cron = cronIn(rule.cron, zone);
  const windows: Window[] = [];
  let start = lastStart(cron, from);
  if (start === undefined || start + rule.durationSeconds <= from) start = nextStart(cron, from);
  while (start !== undefined && start < to) {
    const end = endOf(cron, start, rule.durationSeconds, to);
    windows.push([start, end]);
    start = nextStart(cron, end);
  }
  return excluded(rule, from, to).reduce<Window[]>(without, windows);
}

/** The end of a window that further starts prolong: a start in it, or at its end, carries it on. Looked at up to `to`. */
function endOf(cron: Cron, start: number, durationSeconds: number, to: number): number {
  let last = start;
  while (last + durationSeconds < to) {
    const later = lastStart(cron, last + durationSeconds);
    if (later === undefined || later <= last) break;
    last = later;
  }
  return last + durationSeconds;
}

/** The last start at or before an instant. */
function lastStart(cron: Cron, atSeconds: number): number | undefined {
  return secondsOf(cron.previousRuns(1, dateOf(Math.floor(atSeconds) + 1))[0]);
}

/** The first start after an instant. */
function nextStart(cron: Cron, afterSeconds: number): number | undefined {
  return secondsOf(cron.nextRun(dateOf(Math.floor(afterSeconds))));
}

/** The days on which the rule doesn't hold, midnight to midnight in its zone. */
function excluded(rule: ScheduledBounds, from: number, to: number): Window[] {
  const near = rule.except.filter((date) => {
    const utc = Date.parse(date) / 1000;
    return utc > from - 2 * DAY && utc < to + 2 * DAY;
  });
  const format = dayFormat(rule.timeZone);
  return near.map((date) => [startOfDay(date, format), startOfDay(dayAfter(date), format)]);
}

function without(windows: readonly Window[], [from, to]: Window): Window[] {
  return windows.flatMap(([start, end]): Window[] => {
    const before: Window[] = start < from ? [[start, Math.min(end, from)]] : [];
    const after: Window[] = end > to ? [[Math.max(start, to), end]] : [];
    return [...before, ...after];
  });
}

/** The first second of a local date: found by halving, as a day may begin at 01:00 where the clocks change at midnight. */
function startOfDay(date: string, format: Intl.DateTimeFormat): number {
  const utc = Date.parse(date) / 1000;
  let before = utc - MOST_OFFSET_SECONDS;
  let within = utc + MOST_OFFSET_SECONDS;
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (format.format(dateOf(middle)) >= date) within = middle;
    else before = middle;
  }
  return within;
}

function dayAfter(date: string): string {
  return new Date(Date.parse(date) + DAY * 1000).toISOString().slice(0, 10);
}

/** Writes `2026-12-25` for an instant: what Canadian English writes. @throws RangeError for an unknown zone */
function dayFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
}

function dateOf(seconds: number): Date {
  return new Date(seconds * 1000);
}

function secondsOf(date: Date | null | undefined): number | undefined {
  return date == null ? undefined : date.getTime() / 1000;
}
