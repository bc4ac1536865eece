import { Cron } from 'croner';
import { isTimeZone } from '../../core/calendar/time-zone.ts';
import { cronProblem } from '../../core/policy/scheduled-bounds.ts';

/** A cron expression in the five fields that rules of bounds have. */
export interface FiveFields {
  readonly cron: string;
  /** The zone that the expression itself names (`CRON_TZ=Asia/Shanghai 0 8 * * *`). */
  readonly timeZone: string | undefined;
  /** What was left out: seconds other than 0. */
  readonly note: string | undefined;
}

/** Largest values of minute, hour, day, month, weekday: where `5/15` ends. */
const LARGEST = [59, 23, 31, 12, 6] as const;
const ZONE = /^(?:CRON_)?TZ=(\S+) /;

/**
 * Reads the dialects: five fields, six with seconds first, `?`, `N/step`, `@daily` and its like, a zone in front.
 * @returns text: why it is no schedule that comes again
 */
export function fiveFields(text: string): FiveFields | string {
  const line = text.trim().replace(/\s+/g, ' ');
  const zone = ZONE.exec(line);
  if (zone !== null && !isTimeZone(zone[1]!))
    return `found the time zone ${JSON.stringify(zone[1])}; expected an IANA time zone`;
  const timeZone = zone?.[1];
  const expression = zone === null ? line : line.slice(zone[0].length);
  if (expression.startsWith('@')) {
    const fields = nickname(expression);
    return fields === undefined ? reasonOf(expression) : { cron: fields, timeZone, note: undefined };
  }
  const fields = expression.split(' ');
  if (fields.length === 7) return `${JSON.stringify(expression)} has a year: it comes once, and rules come again`;
  if (fields.length !== 5 && fields.length !== 6) {
    return `${JSON.stringify(expression.slice(0, 60))} has ${fields.length} fields; expected five, or six with seconds`;
  }
  const seconds = fields.length === 6 ? fields.shift()! : '0';
  const cron = fields.map((field, i) => fieldOf(field, LARGEST[i]!)).join(' ');
  const problem = cronProblem(cron);
  if (problem !== undefined) return `${JSON.stringify(expression.slice(0, 60))}: ${problem}`;
  const exact = /^0+$/.test(seconds);
  return { cron, timeZone, note: exact ? undefined : `seconds (${seconds}) are left out: rules have minutes` };
}

/** `@daily` → `0 0 * * *`, as croner reads them. */
function nickname(text: string): string | undefined {
  try {
    return new Cron(text.toLowerCase(), { timezone: 'UTC' }).getPattern();
  } catch {
    return undefined;
  }
}

function reasonOf(text: string): string {
  if (text.startsWith('@every'))
    return `${JSON.stringify(text)} counts from when a controller starts; a rule has times of the clock`;
  if (text.startsWith('@date')) return `${JSON.stringify(text)} comes once, and rules come again`;
  return `${JSON.stringify(text.slice(0, 60))} is no schedule; expected five fields such as "0 8 * * MON-FRI"`;
}

/** `?` says nothing of the day; `5/15` is from 5 to the end by 15. */
function fieldOf(field: string, largest: number): string {
  return field
    .split(',')
    .map((part) => (part === '?' ? '*' : part.replace(/^(\d+)\/(\d+)$/, `$1-${largest}/$2`)))
    .join(',');
}
