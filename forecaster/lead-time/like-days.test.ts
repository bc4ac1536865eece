import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calendar, dayOfDate, UTC } from '../../core/calendar/calendar.ts';
import { zoneOffset } from '../../core/calendar/time-zone.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import { TICK_SECONDS, TICKS_PER_DAY } from '../../core/tick.ts';
import { LikeDays } from './like-days.ts';

const PLAIN = [1, 0.8, 0.65, 0.5, 0.4, 0.35, 0.3];
const LONG_AGO = Number.NEGATIVE_INFINITY;
const berlin = zoneOffset('Europe/Berlin');

/** The days before an instant; tick 0 is at it. */
function lookBack(instant: string, calendar: Calendar, born = LONG_AGO): LikeDays {
  const days = new LikeDays({ calendar, startSeconds: Date.parse(instant) / 1_000 });
  days.lookAt(0, born);
  return days;
}

function withHolidays(...dates: readonly string[]): Calendar {
  const days = new Set(dates.map((date) => dayOfDate(date)));
  return { ...UTC, isHoliday: (day) => days.has(day) };
}

/** Hours back to the same time of each of the seven days. */
function hoursBack({ back }: LikeDays): number[] {
  return Array.from(back, (ticks) => (ticks * TICK_SECONDS) / 3_600);
}

describe('the same time of the days before', () => {
  it('is a day of ticks ago without a clock, and by the clock of UTC', () => {
    const plain = new LikeDays(undefined);
    plain.lookAt(1_234, 0);
    for (const days of [plain, lookBack('2026-07-01T09:00:00Z', UTC)]) {
      expect([...days.back]).toEqual(PLAIN.map((_, d) => (d + 1) * TICKS_PER_DAY));
      expect([...days.weights]).toEqual(PLAIN);
      expect(days.week).toBe(6);
    }
  });

  it('is 23 hours ago on the Sunday on which Berlin sets its clocks forward, 25 where it sets them back', () => {
    const calendar = { ...UTC, offsetSeconds: berlin };
    expect(hoursBack(lookBack('2026-03-29T06:00:00Z', calendar))).toEqual([23, 47, 71, 95, 119, 143, 167]);
    expect(hoursBack(lookBack('2026-10-25T07:00:00Z', calendar))).toEqual([25, 49, 73, 97, 121, 145, 169]);
    // On the Wednesday after: since Sunday the clock is the same.
    expect(hoursBack(lookBack('2026-04-01T06:00:00Z', calendar))).toEqual([24, 48, 72, 95, 119, 143, 167]);
  });

  it('shows the same clock, but for the hour that was skipped', () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu']) {
      const offsetSeconds = zoneOffset(zone);
      const startSeconds = Date.parse('2026-01-01T00:00:00Z') / 1_000;
      const days = new LikeDays({ calendar: { ...UTC, offsetSeconds }, startSeconds });
      fc.assert(
        fc.property(fc.nat(365 * TICKS_PER_DAY), (t) => {
          days.lookAt(t, LONG_AGO);
          const at = startSeconds + t * TICK_SECONDS;
          days.back.forEach((back, d) => {
            const then = at - back * TICK_SECONDS;
            const shown = then + offsetSeconds(then);
            const apart = Math.abs(at + offsetSeconds(at) - (d + 1) * DAY_SECONDS - shown);
            const skipped = offsetSeconds(then + 7_200) - offsetSeconds(then - 7_200);
            expect(apart).toBeLessThanOrEqual(Math.max(0, skipped));
          });
        }),
      );
    }
  });
});

describe('the days that a day is like', () => {
  it('are Sundays and holidays for a holiday: Christmas has the Sunday four days before', () => {
    const thursday = lookBack('2025-12-25T10:00:00Z', withHolidays('2025-12-25', '2025-12-26'));
    expect([...thursday.weights]).toEqual([0, 0, 0, 0.5, 0, 0, 0]);
    expect(thursday.week).toBe(3);
    const boxingDay = lookBack('2025-12-26T10:00:00Z', withHolidays('2025-12-25', '2025-12-26'));
    expect([...boxingDay.weights]).toEqual([1, 0, 0, 0, 0.4, 0, 0]);
    expect(boxingDay.week).toBe(0);
  });

  it('are no holidays for the days after: New Year’s Friday has Wednesday instead of the Friday that was Boxing Day', () => {
    const friday = lookBack('2026-01-02T10:00:00Z', withHolidays('2025-12-25', '2025-12-26', '2026-01-01'));
    expect([...friday.weights]).toEqual([0, 0.8, 0.65, 0.5, 0.4, 0.35, 0]);
    expect(friday.week).toBe(1);
  });

  it('are all for a Sunday, and a Saturday keeps the holiday of a week ago for its own', () => {
    const calendar = withHolidays('2026-10-03', '2026-10-07');
    expect([...lookBack('2026-10-11T10:00:00Z', calendar).weights]).toEqual(PLAIN);
    const saturday = lookBack('2026-10-10T10:00:00Z', calendar);
    expect([...saturday.weights]).toEqual([1, 0.8, 0, 0.5, 0.4, 0.35, 0]);
    expect(saturday.week).toBe(6);
  });

  it('begin and end at the local midnight', () => {
    const calendar = { ...withHolidays('2026-12-25'), offsetSeconds: berlin };
    expect(lookBack('2026-12-24T22:45:00Z', calendar).week).toBe(6);
    expect(lookBack('2026-12-24T23:00:00Z', calendar).week).toBe(4);
    expect(lookBack('2026-12-25T22:45:00Z', calendar).week).toBe(4);
    expect(lookBack('2026-12-25T23:00:00Z', calendar).week).toBe(6);
  });

  it('are all where none of them is known: a service of three days on a Thursday', () => {
    const born = -3 * TICKS_PER_DAY;
    const holiday = lookBack('2025-12-25T10:00:00Z', withHolidays('2025-12-25'), born);
    expect([...holiday.weights]).toEqual(PLAIN);
    expect(holiday.week).toBe(6);
    const after = lookBack('2025-12-26T10:00:00Z', withHolidays('2025-12-25'), -TICKS_PER_DAY);
    expect([...after.weights]).toEqual(PLAIN);
  });
});
