import { InputError } from '../errors.ts';
import { dayOfDate } from './calendar.ts';

/** Ten years of a long calendar. */
const MOST_DATES = 1_000;

/**
 * `dates: 2026-12-24, 2026-12-25`, or the dates alone, separated by commas, spaces or lines.
 * @param where names the file or ConfigMap in a complaint @returns days since 1970-01-01
 * @throws InputError for what is no date, or where there is none
 */
export function parseHolidayDates(text: string, where: string): ReadonlySet<number> {
  const words = text
    .replace(/^\s*dates:/, '')
    .split(/[\s,]+/)
    .filter((word) => word !== '' && word !== '-')
    .map((word) => word.replace(/^["']|["']$/g, ''));
  if (words.length === 0 || words.length > MOST_DATES) {
    const found = words.length === 0 ? 'nothing' : `${words.length} dates`;
    throw new InputError(`${where}: found ${found}; expected 1 to ${MOST_DATES} dates such as 2026-12-24, 2026-12-25`);
  }
  return new Set(
    words.map((word) => {
      const day = dayOfDate(word);
      if (day !== undefined) return day;
      throw new InputError(`${where}: found ${JSON.stringify(word.slice(0, 40))}; expected a date such as 2026-12-24`);
    }),
  );
}
