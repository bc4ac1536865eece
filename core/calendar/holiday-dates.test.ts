import { describe, expect, it } from 'vitest';
import { dayOfDate, isSunday } from './calendar.ts';
import { countryHolidays, isCountryCode } from './country-holidays.ts';
import { parseHolidayDates } from './holiday-dates.ts';

const day = (text: string) => dayOfDate(text)!;

describe('dates', () => {
  it('the days of a calendar, however they are separated', () => {
    const days = new Set([day('2026-12-24'), day('2026-12-31')]);
    expect(parseHolidayDates('dates: 2026-12-24, 2026-12-31', 'x')).toEqual(days);
    expect(parseHolidayDates('2026-12-24\n2026-12-31\n', 'x')).toEqual(days);
    expect(parseHolidayDates('dates:\n  - "2026-12-24"\n  - 2026-12-31\n', 'x')).toEqual(days);
  });

  it('what is no date is named', () => {
    expect(() => parseHolidayDates('dates: 2026-02-30', 'ConfigMap shop/days')).toThrow(
      'ConfigMap shop/days: found "2026-02-30"; expected a date such as 2026-12-24',
    );
    expect(() => parseHolidayDates(' ', 'f')).toThrow('f: found nothing; expected 1 to 1000 dates');
  });

  it('days of the week are told from the day', () => {
    expect(isSunday(day('2026-11-29'))).toBe(true);
    expect(isSunday(day('2026-11-30'))).toBe(false);
    expect(isSunday(day('1970-01-04'))).toBe(true);
  });
});

describe('countries', () => {
  it('Thanksgiving in the US, Epiphany in Bavaria and not in Berlin', async () => {
    const us = await countryHolidays('US', '--holidays');
    expect(us(day('2014-11-27'))).toBe(true);
    expect(us(day('2014-11-26'))).toBe(false);
    const [bavaria, berlin] = await Promise.all(['DE-BY', 'DE-BE'].map((code) => countryHolidays(code, 'x')));
    expect(bavaria!(day('2027-01-06'))).toBe(true);
    expect(berlin!(day('2027-01-06'))).toBe(false);
  });

  it('a country or part that there is not: what there is', async () => {
    await expect(countryHolidays('QQ', '--holidays')).rejects.toThrow(
      /^--holidays: found "QQ"; expected an ISO country/,
    );
    await expect(countryHolidays('DE-BX', '--holidays')).rejects.toThrow(
      /found "DE-BX"; expected a part of DE such as DE-BB, DE-BE, DE-BW; did you mean DE-B[A-Z]\?$/,
    );
  });

  it('codes are told from names of files and ConfigMaps, which are in small letters', () => {
    expect(['US', 'DE-BY', 'US-LA-NO'].every(isCountryCode)).toBe(true);
    expect(['us', 'days.txt', 'shop-days', 'USA'].some(isCountryCode)).toBe(false);
  });
});
