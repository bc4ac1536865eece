import { parseDocument } from 'yaml';
import { isTimeZone } from '../calendar/time-zone.ts';
import { formatSeconds, parseSeconds } from '../quantity.ts';
import { nearest, oneOf } from '../text/did-you-mean.ts';
import { complaint } from './annotation-reader.ts';
import type { ScheduledBounds } from './policy.ts';
import { cronProblem, LEAST_WINDOW_SECONDS, MOST_WINDOW_SECONDS } from './scheduled-bounds.ts';

const MOST_RULES = 16;
const MOST_DATES = 100;
const KEYS = ['cron', 'timeZone', 'duration', 'min', 'max', 'except'];
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Why the minimum may not be 0. */
export interface WhyNotZero {
  readonly reason: string;
  /** Whether a rule may still switch the workload off, min and max 0: the clock switches it on again, no metric is asked. */
  readonly maySwitchOff: boolean;
}

/** What the rules are held against. */
export interface BoundsLimits {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** The administrator's. */
  readonly cap: number;
  readonly whyNotZero: WhyNotZero | undefined;
}

/** YAML or JSON text → rules, and every error with the item's index: `[0].cron: …`. */
export function parseBounds(text: string, limits: BoundsLimits): { rules: ScheduledBounds[]; errors: string[] } {
  const items = readList(text);
  if (typeof items === 'string') return { rules: [], errors: [items] };
  if (items.length > MOST_RULES)
    return { rules: [], errors: [`found ${items.length} rules; expected at most ${MOST_RULES}`] };
  const errors: string[] = [];
  const rules = items.map((item, i) => parseRule(item, limits, (message) => errors.push(`[${i}]${message}`)));
  return { rules: rules.filter((rule) => rule !== undefined), errors };
}

/** The list, or what is wrong with the text. */
function readList(text: string): readonly unknown[] | string {
  const expected = 'a list such as [{cron: "0 22 * * *", timeZone: Europe/Berlin, duration: 8h, max: 4}]';
  try {
    // The core schema leaves dates as text; without merge keys and with few aliases nothing can explode.
    const document = parseDocument(text, { version: '1.2', schema: 'core', prettyErrors: false, logLevel: 'silent' });
    const [error] = document.errors;
    if (error !== undefined) return `not valid YAML or JSON: ${error.message}; expected ${expected}`;
    const content: unknown = document.toJS({ maxAliasCount: 20 });
    return Array.isArray(content) ? content : complaint(content, expected);
  } catch (error) {
    // The parser's own refusals: too many aliases, too deep a nesting.
    return `not usable YAML: ${(error as Error).message}; expected ${expected}`;
  }
}

type Complain = (message: string) => void;

function parseRule(item: unknown, limits: BoundsLimits, complain: Complain): ScheduledBounds | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    complain(`: ${complaint(item, `a rule with ${oneOf(KEYS)}`)}`);
    return undefined;
  }
  const fields = item as Readonly<Record<string, unknown>>;
  let isWrong = false;
  const wrong = (message: string) => {
    isWrong = true;
    complain(message);
  };
  for (const key of Object.keys(fields).filter((name) => !KEYS.includes(name))) {
    const meant = nearest(key, KEYS);
    wrong(
      `: there is no ${JSON.stringify(key.slice(0, 40))}; ${meant === undefined ? `expected ${oneOf(KEYS)}` : `did you mean ${meant}?`}`,
    );
  }
  const field = (key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined);
  const cron = readCron(field('cron'), wrong);
  const timeZone = readZone(field('timeZone'), wrong);
  const durationSeconds = readDuration(field('duration'), wrong);
  const except = readDates(field('except'), wrong);
  const min = readReplicas('min', field('min'), limits, wrong);
  const max = readReplicas('max', field('max'), limits, wrong);
  if (!isWrong) for (const problem of rangeProblems(min, max, limits)) wrong(problem);
  return isWrong ? undefined : { cron, timeZone, durationSeconds, min, max, except };
}

function readCron(found: unknown, wrong: Complain): string {
  const cron = typeof found === 'string' ? found.trim().replace(/\s+/g, ' ') : undefined;
  if (cron === undefined) wrong(`.cron: ${complaint(found, 'text such as "0 22 * * MON-FRI"')}`);
  const problem = cron === undefined ? undefined : cronProblem(cron);
  if (problem !== undefined) wrong(`.cron: found ${JSON.stringify(cron!.slice(0, 60))}: ${problem}`);
  return cron ?? '';
}

function readZone(found: unknown, wrong: Complain): string {
  if (typeof found === 'string' && found.length <= 64 && isTimeZone(found)) return found;
  wrong(`.timeZone: ${complaint(found, 'an IANA time zone such as Europe/Berlin, Asia/Shanghai or UTC')}`);
  return '';
}

function readDuration(found: unknown, wrong: Complain): number {
  const seconds = typeof found === 'string' ? parseSeconds(found) : undefined;
  if (seconds !== undefined && seconds >= LEAST_WINDOW_SECONDS && seconds <= MOST_WINDOW_SECONDS) return seconds;
  const range = `${formatSeconds(LEAST_WINDOW_SECONDS)} to ${formatSeconds(MOST_WINDOW_SECONDS)}`;
  wrong(`.duration: ${complaint(found, `a duration from ${range} such as 8h or 1h30m`)}`);
  return 0;
}

function readDates(found: unknown, wrong: Complain): string[] {
  if (found === undefined) return [];
  if (!Array.isArray(found) || found.length > MOST_DATES) {
    const what = Array.isArray(found) ? `${found.length} dates` : found;
    wrong(`.except: ${complaint(what, `a list of at most ${MOST_DATES} dates such as ["2026-12-25"]`)}`);
    return [];
  }
  for (const date of found.filter((text) => !isDate(text))) {
    wrong(`.except: ${complaint(date, 'a date such as "2026-12-25"')}`);
  }
  return [...new Set(found.filter(isDate))].sort();
}

/** A day of the calendar: 2026-02-30 is none. */
function isDate(text: unknown): text is string {
  if (typeof text !== 'string' || !DATE.test(text) || text < '1970') return false;
  const day = new Date(text);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function readReplicas(key: string, found: unknown, { cap }: BoundsLimits, wrong: Complain): number | undefined {
  if (found === undefined) return undefined;
  if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 0) {
    wrong(`.${key}: ${complaint(found, 'a whole number of pods such as 4')}`);
  } else if (found > cap) wrong(`.${key}: ${complaint(found, `at most ${cap}, the administrator's cap`)}`);
  else return found;
  return undefined;
}

/** What the rule alone would make of the bounds: two rules that overlap are settled where they meet. */
function rangeProblems(min: number | undefined, max: number | undefined, limits: BoundsLimits): string[] {
  if (min === undefined && max === undefined) return [': found neither min nor max; expected one of them or both'];
  const least = min ?? limits.minReplicas;
  const most = max ?? limits.maxReplicas;
  if (least > most) {
    const from = (value: number | undefined, own: string, other: string) => (value === undefined ? other : own);
    const names = [from(min, 'min', 'min-replicas'), from(max, 'max', 'max-replicas')];
    return [`: ${names[0]} ${least} is above ${names[1]} ${most}; expected a rule with both min and max`];
  }
  const { whyNotZero } = limits;
  if (min !== 0 || whyNotZero === undefined || (most === 0 && whyNotZero.maySwitchOff)) return [];
  const instead = whyNotZero.maySwitchOff ? ', or max: 0 to switch it off' : '';
  return [`.min: found 0; ${whyNotZero.reason}; expected at least 1${instead}`];
}
