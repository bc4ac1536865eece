import { DAY_SECONDS } from '../series.ts';

/** By whose calendar days fold, by its names: plain data. */
export interface CalendarNames {
  /** IANA. */
  readonly timeZone: string;
  /** A country's code, or the name of a calendar of dates; absent: none. */
  readonly holidays?: string;
}

/** Local time and holidays of those who make a load. */
export interface Calendar {
  /** Local time less UTC at an instant, seconds. @param epochSeconds UTC */
  readonly offsetSeconds: (epochSeconds: number) => number;
  /** @param localDay days since 1970-01-01 by the local calendar */
  readonly isHoliday: (localDay: number) => boolean;
  /** Which, for a person: `days by the clock of Europe/Berlin, holidays of DE-BY`. */
  readonly words: string;
}

/** `days by the clock of Europe/Berlin, holidays of DE-BY`. */
export function calendarWords({ timeZone, holidays }: CalendarNames): string {
  return `days by the clock of ${timeZone}${holidays === undefined ? '' : `, holidays of ${holidays}`}`;
}

/** 1970-01-04 was one. */
const FIRST_SUNDAY = 3;

export function isSunday(localDay: number): boolean {
  return (localDay - FIRST_SUNDAY) % 7 === 0;
}

/** The day of an instant by the local clock. @param localSeconds as a clock there would show it, counted like epoch seconds */
export function localDayOf(localSeconds: number): number {
  return Math.floor(localSeconds / DAY_SECONDS);
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** `2026-12-24` → days since 1970-01-01; undefined: no day of the calendar, as 2026-02-30 is none. */
export function dayOfDate(text: string): number | undefined {
  if (!DATE.test(text) || text < '1970') return undefined;
  const day = new Date(text);
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(text)) return undefined;
  return Math.round(day.getTime() / 1_000 / DAY_SECONDS);
}

/** A calendar without daylight saving and holidays: what holds where nobody names another. */
export const UTC: Calendar = { offsetSeconds: () => 0, isHoliday: () => false, words: 'days by the clock of UTC' };
