import { countryHolidays, isCountryCode } from '../../core/calendar/country-holidays.ts';
import { parseHolidayDates } from '../../core/calendar/holiday-dates.ts';
import { messageOf } from '../../core/errors.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import type { ScaledWorkload } from '../engine/scaled-workload.ts';

/** A history is at most 60 days long, and what is asked now is good for a month. */
const DAYS_BEFORE = 62;
const DAYS_AFTER = 31;

/** Which days are holidays, by the names that annotations and the configuration have for them. */
export class HolidayBook {
  private readonly readDates: (name: string) => string;
  private readonly countries = new Map<string, ReturnType<typeof countryHolidays>>();

  /** @param readDates the text of a calendar; throws where there is none */
  constructor(readDates: (name: string) => string) {
    this.readDates = readDates;
  }

  /**
   * The holidays of two months back to a month ahead, as days since 1970-01-01 by the local calendar. A country's come from
   * package date-holidays, which is loaded for the first of them; a calendar of dates is read anew each time.
   * @throws InputError for a part of a country that there isn't, or for a calendar that can't be read
   */
  async daysAbout(holidays: string, nowSeconds: number): Promise<readonly number[]> {
    const today = Math.floor(nowSeconds / DAY_SECONDS);
    const isHoliday = isCountryCode(holidays) ? await this.country(holidays) : this.dates(holidays);
    const days = Array.from({ length: DAYS_BEFORE + DAYS_AFTER + 1 }, (_, i) => today - DAYS_BEFORE + i);
    return days.filter(isHoliday);
  }

  private country(code: string): ReturnType<typeof countryHolidays> {
    let known = this.countries.get(code);
    if (known === undefined) {
      known = countryHolidays(code, 'holidays');
      this.countries.set(code, known);
      // A package that could not be loaded may be there the next time.
      known.catch(() => this.countries.delete(code));
    }
    return known;
  }

  private dates(name: string): (localDay: number) => boolean {
    const days = parseHolidayDates(this.readDates(name), `the calendar ${name}`);
    return (day) => days.has(day);
  }
}

/** A workload's holidays about now; undefined: it has none, or they can't be told, which is then said on it. */
export async function holidayDaysOf(
  workload: Pick<ScaledWorkload, 'policy' | 'failed' | 'succeeded'>,
  book: Pick<HolidayBook, 'daysAbout'> | undefined,
  nowSeconds: number,
): Promise<readonly number[] | undefined> {
  const { holidays } = workload.policy.calendarNames ?? {};
  if (holidays === undefined || book === undefined) return undefined;
  try {
    const days = await book.daysAbout(holidays, nowSeconds);
    workload.succeeded('holidays');
    return days;
  } catch (error) {
    workload.failed('holidays', `${messageOf(error)}; until then its holidays are days like others`);
    return undefined;
  }
}
