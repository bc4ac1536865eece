import { existsSync } from 'node:fs';
import { type Calendar, UTC } from '../core/calendar.ts';
import { countryHolidays, isCountryCode } from '../core/country-holidays.ts';
import { InputError } from '../core/errors.ts';
import { parseHolidayDates } from '../core/holiday-dates.ts';
import { expectedZone, isTimeZone, zoneOffset } from '../core/time-zone.ts';
import { CONFIG_BYTES, readInputFile } from '../files/input-file.ts';

/** As they were typed. */
interface CalendarFlags {
  readonly timeZone?: string | undefined;
  readonly holidays?: string | undefined;
}

/** @returns undefined where neither was asked for @throws InputError for a zone, a country or a date that there isn't */
export async function parseCalendar({ timeZone, holidays }: CalendarFlags): Promise<Calendar | undefined> {
  if (timeZone === undefined && holidays === undefined) return undefined;
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw new InputError(`--time-zone: found ${JSON.stringify(timeZone)}; expected ${expectedZone(timeZone)}`);
  const isHoliday = holidays === undefined ? UTC.isHoliday : await readHolidays(holidays);
  const offsetSeconds = timeZone === undefined ? UTC.offsetSeconds : zoneOffset(timeZone);
  const words = `days by the clock of ${timeZone ?? 'UTC'}${holidays === undefined ? '' : `, holidays of ${holidays}`}`;
  return { offsetSeconds, isHoliday, words };
}

async function readHolidays(text: string): Promise<Calendar['isHoliday']> {
  if (isCountryCode(text) && !existsSync(text)) return countryHolidays(text, '--holidays');
  const file = {
    path: text,
    name: `--holidays ${text}`,
    expected: 'a country such as US or DE-BY, or a file of dates',
  };
  const dates = parseHolidayDates(readInputFile({ ...file, mostBytes: CONFIG_BYTES }).toString('utf8'), file.name);
  return (localDay) => dates.has(localDay);
}
