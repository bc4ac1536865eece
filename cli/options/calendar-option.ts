import { existsSync } from 'node:fs';
import { readZone } from '../../collector/trace/date-text.ts';
import { type Calendar, calendarWords, UTC } from '../../core/calendar/calendar.ts';
import { countryHolidays, isCountryCode } from '../../core/calendar/country-holidays.ts';
import { parseHolidayDates } from '../../core/calendar/holiday-dates.ts';
import { expectedZone, isTimeZone, zoneOffset } from '../../core/calendar/time-zone.ts';
import { InputError } from '../../core/errors.ts';
import { plainJson } from '../../core/text/plain-text.ts';
import { CONFIG_BYTES, readInputFile } from '../../files/input-file.io.ts';

/** As they were typed. */
interface CalendarFlags {
  readonly timezone?: string | undefined;
  readonly holidays?: string | undefined;
}

/** @returns undefined where neither was asked for @throws InputError for a zone, a country or a date that there isn't */
export async function parseCalendar({ timezone, holidays }: CalendarFlags): Promise<Calendar | undefined> {
  if (timezone === undefined && holidays === undefined) return undefined;
  const isHoliday = holidays === undefined ? UTC.isHoliday : await readHolidays(holidays);
  const offsetSeconds = timezone === undefined ? UTC.offsetSeconds : readOffset(timezone);
  const words = calendarWords({ timeZone: timezone ?? 'UTC', ...(holidays !== undefined && { holidays }) });
  return { offsetSeconds, isHoliday, words };
}

function readOffset(timezone: string): Calendar['offsetSeconds'] {
  const fixed = readZone(timezone);
  if (typeof fixed === 'number') return () => fixed;
  if (isTimeZone(timezone)) return zoneOffset(timezone);
  throw new InputError(`--timezone: found ${plainJson(timezone)}; expected +02:00 or ${expectedZone(timezone)}`);
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
