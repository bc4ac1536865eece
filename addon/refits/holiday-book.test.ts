import { describe, expect, it } from 'vitest';
import { dayOfDate } from '../../core/calendar/calendar.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import { HolidayBook, holidayDaysOf } from './holiday-book.ts';

const CHRISTMAS = Date.parse('2026-12-25T12:00:00Z') / 1_000;

function dates(days: readonly number[] | undefined): string[] | undefined {
  return days?.map((day) => new Date(day * DAY_SECONDS * 1_000).toISOString().slice(0, 10));
}

describe('the holidays about now', () => {
  it('are a country’s: of Bavaria at Christmas from All Saints to Epiphany', async () => {
    const book = new HolidayBook(() => '');
    expect(dates(await book.daysAbout('DE-BY', CHRISTMAS))).toEqual([
      '2026-11-01',
      '2026-12-25',
      '2026-12-26',
      '2027-01-01',
      '2027-01-06',
    ]);
  });

  it('are a calendar’s dates, read anew each time', async () => {
    let text = 'dates: 2026-12-24, 2020-01-01';
    const book = new HolidayBook((name) => `${text}${name === 'shop-days' ? '' : '?'}`);
    expect(await book.daysAbout('shop-days', CHRISTMAS)).toEqual([dayOfDate('2026-12-24')]);
    text = '2026-12-31';
    expect(dates(await book.daysAbout('shop-days', CHRISTMAS))).toEqual(['2026-12-31']);
  });
});

describe('of a workload', () => {
  const failures = new Map<string, string>();
  const told = (holidays?: string) => ({
    policy: { calendarNames: { timeZone: 'UTC', ...(holidays !== undefined && { holidays }) } } as never,
    failed: (attempt: string, why: string) => void failures.set(attempt, why),
    succeeded: (attempt: string) => void failures.delete(attempt),
  });
  const book = new HolidayBook((name) => {
    if (name === 'shop-days') return '2026-12-24';
    throw new Error(`the calendar ${name}: no such file`);
  });

  it('that asks for none there are none', async () => {
    expect(await holidayDaysOf(told(), book, CHRISTMAS)).toBeUndefined();
  });

  it('that can’t be told are said, until they can', async () => {
    expect(await holidayDaysOf(told('old-days'), book, CHRISTMAS)).toBeUndefined();
    expect(failures.get('holidays')).toBe(
      'the calendar old-days: no such file; until then its holidays are days like others',
    );
    await holidayDaysOf(told('DE-XX'), book, CHRISTMAS);
    expect(failures.get('holidays')).toMatch(/^holidays: found "DE-XX"; expected a part of DE such as DE-BB, /);
    expect(await holidayDaysOf(told('shop-days'), book, CHRISTMAS)).toEqual([dayOfDate('2026-12-24')]);
    expect(failures.size).toBe(0);
  });
});
