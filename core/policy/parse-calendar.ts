import type { CalendarNames } from '../calendar/calendar.ts';
import { isCountryCode } from '../calendar/country-holidays.ts';
import { expectedZone, isTimeZone } from '../calendar/time-zone.ts';
import { nearest } from '../text/did-you-mean.ts';
import { type AnnotationReader, complaint } from './annotation-reader.ts';
import type { PolicyLimits } from './policy.ts';

/** What says that there are no holidays, whatever the administrator's default. */
const NONE = 'none';

/**
 * By whose calendar a workload's days fold; what it does not name is the administrator's.
 * @returns undefined for the clock of UTC without holidays
 */
export function readCalendar(
  reader: AnnotationReader,
  { defaultCalendar, calendars = [] }: PolicyLimits,
): CalendarNames | undefined {
  const timeZone = readTimeZone(reader) ?? defaultCalendar?.timeZone ?? 'UTC';
  const holidays = readHolidays(reader, calendars) ?? defaultCalendar?.holidays;
  const named = holidays === undefined || holidays === NONE ? {} : { holidays };
  return timeZone === 'UTC' && named.holidays === undefined ? undefined : { timeZone, ...named };
}

function readTimeZone(reader: AnnotationReader): string | undefined {
  const text = reader.value('time-zone');
  if (text === undefined || isTimeZone(text)) return text;
  return reader.wrong('time-zone', complaint(text, expectedZone(text)));
}

function readHolidays(reader: AnnotationReader, calendars: readonly string[]): string | undefined {
  const text = reader.value('holidays');
  if (text === undefined || text === NONE || calendars.includes(text)) return text;
  if (isCountryCode(text) && isCountry(text)) return text;
  return reader.wrong('holidays', complaint(text, expectedHolidays(text, calendars)));
}

/** What is right where a text names no holidays, and what was probably meant. */
export function expectedHolidays(found: string, calendars: readonly string[]): string {
  const upper = found.toUpperCase();
  const meant = isCountryCode(upper) && isCountry(upper) ? upper : nearest(found, calendars);
  const known =
    calendars.length === 0
      ? 'a calendar that the administrator lists (there is none)'
      : `one of the administrator's calendars (${calendars.join(', ')})`;
  return `${NONE}, a country or a part of one such as US or DE-BY, or ${known}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** Whether the country of a code exists; which parts of it there are, package date-holidays says once it is asked. */
export function isCountry(code: string): boolean {
  return new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(code.slice(0, 2)) !== undefined;
}
