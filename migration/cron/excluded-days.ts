import { Cron } from 'croner';

/*
 * Days on which a job isn't run, as CronHPA writes them: a cron expression of six fields of which the day, the month and the weekday
 * count. `* * * 15 11 *` is every 15 November, `* * * * * 5` every Friday.
 */

export interface ExcludedDays {
  /** Weekdays, 0 is Sunday. */
  readonly weekdays: readonly number[];
  /** `2026-11-15`, of the three years from now on. */
  readonly dates: readonly string[];
}

const YEARS_DAYS = 3 * 365 + 1;
const DAY_MS = 86_400_000;
/** As many as a rule may have. */
const MOST_DATES = 100;

/** @returns text: why the expression is no set of days that a rule can leave out */
export function excludedDays(text: string, nowSeconds: number): ExcludedDays | string {
  const fields = text
    .trim()
    .split(/\s+/)
    .map((field) => field.replaceAll('?', '*'));
  const [day, month, weekday] = fields.slice(-3);
  if (fields.length !== 6 && fields.length !== 5)
    return `found ${JSON.stringify(text.slice(0, 60))}; expected six fields such as "* * * 15 11 *"`;
  let cron: Cron;
  try {
    cron = new Cron(`0 0 ${day} ${month} ${weekday}`, { utcOffset: 0 });
  } catch (error) {
    return `found ${JSON.stringify(text.slice(0, 60))}: ${(error as Error).message.replace(/^CronPattern: /, '')}`;
  }
  const today = Math.floor((nowSeconds * 1000) / DAY_MS);
  const days = (count: number) =>
    Array.from({ length: count }, (_, i) => new Date((today + i) * DAY_MS)).filter((at) => cron.match(at));
  if (day === '*' && month === '*') return { weekdays: [...new Set(days(7).map((at) => at.getUTCDay()))], dates: [] };
  const dates = days(YEARS_DAYS).map((at) => at.toISOString().slice(0, 10));
  if (dates.length > MOST_DATES)
    return `${JSON.stringify(text)} is ${dates.length} days in three years; a rule leaves out at most ${MOST_DATES}`;
  return { weekdays: [], dates };
}

/** The expression without some weekdays; undefined: none is left, or it names days of the month, which weekdays would add to. */
export function withoutWeekdays(cron: string, weekdays: readonly number[]): string | undefined {
  if (weekdays.length === 0) return cron;
  const fields = cron.split(' ');
  if (fields[2] !== '*') return undefined;
  const own = new Cron(`0 0 * * ${fields[4]}`, { utcOffset: 0 });
  // 2024-01-07 was a Sunday.
  const left = [0, 1, 2, 3, 4, 5, 6].filter(
    (day) => !weekdays.includes(day) && own.match(new Date(Date.UTC(2024, 0, 7 + day))),
  );
  return left.length === 0 ? undefined : [...fields.slice(0, 4), left.join(',')].join(' ');
}
