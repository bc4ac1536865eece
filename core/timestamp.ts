/** From here on a number of a trace is milliseconds: 1973 as milliseconds, the year 5138 as seconds. */
const MILLISECONDS_FROM = 1e11;
/** The last instant that a JavaScript Date can hold is far later; nothing after the year 5138 is a load trace. */
const LAST_SECONDS = 1e11;

const DECIMAL = /^\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))?$/;

/** What a timestamp may look like, for error messages. */
export const TIMESTAMP_FORMS =
  'epoch seconds (1714521600), epoch milliseconds (1714521600000) or ISO-8601 with a zone (2024-05-01T00:00:00Z)';

/**
 * Epoch seconds of a written instant.
 * @returns the instant, or a few words on what is wrong with it
 */
export function parseTimestamp(text: string): number | string {
  if (DECIMAL.test(text)) {
    const number = Number(text);
    const seconds = number >= MILLISECONDS_FROM ? number / 1000 : number;
    return seconds < LAST_SECONDS ? seconds : 'lies after the year 5138';
  }
  const parts = ISO.exec(text);
  return parts ? isoSeconds(parts) : 'is not a timestamp';
}

function isoSeconds(parts: RegExpExecArray): number | string {
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(parts[i] ?? 0)) as Numbers6;
  if (parts[8] === undefined && parts[9] === undefined) return 'has no zone (Z or +08:00)';
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return 'is not a day of the calendar';
  if (hour > 23 || minute > 59 || second > 59) return 'is not a time of the day';
  const zoneHours = Number(parts[10] ?? 0);
  const zoneMinutes = Number(parts[11] ?? 0);
  if (zoneHours > 14 || zoneMinutes > 59) return 'has a zone more than 14 hours from UTC';
  const zone = (parts[9] === '-' ? -1 : 1) * (zoneHours * 3600 + zoneMinutes * 60);
  const seconds = utcDay(year, month, day) + hour * 3600 + minute * 60 + second - zone;
  if (seconds < 0) return 'lies before 1970';
  return parts[7] === undefined ? seconds : seconds + Math.round(Number(`0.${parts[7]}`) * 1000) / 1000;
}

type Numbers6 = [number, number, number, number, number, number];

/** Epoch seconds of a day's midnight; Date.UTC alone would read the years 0–99 as 1900–1999. */
function utcDay(year: number, month: number, day: number): number {
  if (year >= 100) return Date.UTC(year, month - 1, day) / 1000;
  return new Date(0).setUTCFullYear(year, month - 1, day) / 1000;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** `2024-05-01T00:00:00Z`: how instants are shown; milliseconds only where there are any. */
export function formatInstant(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z');
}
