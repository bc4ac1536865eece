import { Cron } from 'croner';

/*
 * When expressions fire, as minutes of a cycle that repeats: a week where no day of the month and no month is named, else four years
 * with their leap day. In UTC: a rule's zone moves all of its times alike, and a window is as long as the clock says, but for the two
 * nights a year when clocks change.
 */

export const WEEK_MINUTES = 7 * 1440;
/** Monday, 2024-01-01, the first day of both cycles. */
const FIRST_DAY = Date.UTC(2024, 0, 1);
const FOUR_YEARS_DAYS = 1461;
const DAY_MS = 86_400_000;

export interface FiringTimes {
  /** Length of the cycle, minutes. */
  readonly cycle: number;
  /** Ascending, within the cycle, for each expression. */
  readonly times: readonly (readonly number[])[];
}

/** Whether only times of day and weekdays are named. */
export function isWeekly(cron: string): boolean {
  const [, , day, month, weekday] = cron.split(' ');
  return day === '*' && month === '*' && !/[#L]/i.test(weekday!);
}

/** Minutes (0…59) and hours (0…23) in which an expression of five fields fires. */
export function timesOfDay(cron: string): { readonly minutes: readonly number[]; readonly hours: readonly number[] } {
  const [minute, hour] = cron.split(' ');
  const minutes = new Cron(`${minute} * * * *`, { utcOffset: 0 });
  const hours = new Cron(`0 ${hour} * * *`, { utcOffset: 0 });
  return {
    minutes: range(60).filter((i) => minutes.match(new Date(FIRST_DAY + i * 60_000))),
    hours: range(24).filter((i) => hours.match(new Date(FIRST_DAY + i * 3_600_000))),
  };
}

/** Of a cycle that all of the expressions share. @param most more firings of one are refused. @returns undefined: there are more */
export function firingTimes(crons: readonly string[], most: number): FiringTimes | undefined {
  const days = crons.every(isWeekly) ? 7 : FOUR_YEARS_DAYS;
  const times: number[][] = [];
  for (const cron of crons) {
    const { minutes, hours } = timesOfDay(cron);
    const fields = cron.split(' ');
    const onDay = new Cron(`0 0 ${fields.slice(2).join(' ')}`, { utcOffset: 0 });
    const own: number[] = [];
    for (let day = 0; day < days; day++) {
      if (!onDay.match(new Date(FIRST_DAY + day * DAY_MS))) continue;
      if (own.length + hours.length * minutes.length > most) return undefined;
      for (const hour of hours) for (const minute of minutes) own.push(day * 1440 + hour * 60 + minute);
    }
    times.push(own);
  }
  return { cycle: days * 1440, times };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
