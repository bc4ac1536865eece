import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayOfDate, UTC } from '../../core/calendar/calendar.ts';
import { zoneOffset } from '../../core/calendar/time-zone.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Series } from '../../core/series.ts';
import { forecastDay } from './forecast.ts';
import { localSeries } from './local-time.ts';

const offsetSeconds = zoneOffset('Europe/Berlin');
const at = (text: string) => Date.parse(text) / 1_000;

/** A service that people use from 08:00 to 18:00 in Berlin, by ten minutes. */
function officeHours(from: string, days: number): Series {
  const startSeconds = at(from);
  const values = Float64Array.from({ length: days * 144 }, (_, i) => {
    const second = startSeconds + i * 600;
    const hour = ((second + offsetSeconds(second)) % DAY_SECONDS) / HOUR_SECONDS;
    return (hour >= 8 && hour < 18 ? 100 : 20) + (i % 3);
  });
  return { startSeconds, stepSeconds: 600, values };
}

function miss(history: Series, options: Parameters<typeof forecastDay>[1]): number {
  const truth = officeHours(new Date(1_000 * (history.startSeconds + history.values.length * 600)).toISOString(), 1);
  const median = forecastDay(history, { stepSeconds: 600, ...options }).values[0]!;
  expect(median).toHaveLength(144);
  return truth.values.reduce((sum, y, h) => sum + Math.abs(y - median[h]!), 0) / 144;
}

describe('the night in which the clocks change', () => {
  for (const [season, day] of [
    ['spring', '2026-03-29'],
    ['autumn', '2026-10-25'],
  ] as const) {
    it(`${season}: the day before, the day itself and the day after are forecast by the local hour`, () => {
      for (const days of [-1, 0, 1]) {
        const from = new Date(Date.parse(day) + (days - 14) * DAY_SECONDS * 1_000).toISOString();
        const history = officeHours(from, 14);
        expect(miss(history, { calendar: { ...UTC, offsetSeconds } })).toBeLessThan(2);
        if (days >= 0) expect(miss(history, {})).toBeGreaterThan(5);
      }
    });
  }
});

it('an hour that is skipped is a gap, one that comes twice stands once, and nothing else changes', () => {
  const spring = localSeries(officeHours('2026-03-28T23:00:00Z', 1), offsetSeconds);
  expect(spring.startSeconds).toBe(at('2026-03-29T00:00:00Z'));
  expect(spring.values).toHaveLength(144 + 6);
  expect([...spring.values.subarray(11, 20)].map(Number.isNaN)).toEqual([false, ...Array(6).fill(true), false, false]);
  const autumn = localSeries(officeHours('2026-10-24T22:00:00Z', 1), offsetSeconds);
  expect(autumn.values).toHaveLength(144 - 6);
  expect(autumn.values.every(Number.isFinite)).toBe(true);
});

it('a year of both changes: each value stands at its local instant', () => {
  const history = officeHours('2026-01-01T00:00:00Z', 365);
  const local = localSeries(history, offsetSeconds);
  fc.assert(
    fc.property(fc.nat(history.values.length - 1), (i) => {
      const second = history.startSeconds + i * 600;
      const place = (second + offsetSeconds(second) - local.startSeconds) / 600;
      const again = offsetSeconds(second) === 2 * HOUR_SECONDS && offsetSeconds(second + HOUR_SECONDS) === HOUR_SECONDS;
      if (!again) expect(local.values[place]).toBe(history.values[i]);
    }),
  );
});

describe('holidays', () => {
  const holiday = dayOfDate('2026-06-04')!;
  const calendar = { ...UTC, isHoliday: (day: number) => day === holiday };
  /** Four weeks by the hour: working days at 100, Sundays at 30, and the holiday, a Thursday, at 40. */
  const load = (from: string, days: number): Series => {
    const startSeconds = at(from);
    const values = Float64Array.from({ length: days * 24 }, (_, i) => {
      const day = Math.floor((startSeconds + i * HOUR_SECONDS) / DAY_SECONDS);
      const level = day === holiday ? 40 : (day - 3) % 7 === 0 ? 30 : 100;
      return level * (1 + 0.3 * Math.sin((2 * Math.PI * i) / 24)) + (i % 3);
    });
    return { startSeconds, stepSeconds: HOUR_SECONDS, values };
  };
  const noon = (history: Series, own = {}) =>
    forecastDay(history, { stepSeconds: HOUR_SECONDS, ...own }).values[0]![12]!;

  it('is between its weekday and the Sundays before', () => {
    const history = load('2026-05-07T00:00:00Z', 28);
    expect(noon(history)).toBeGreaterThan(95);
    expect(noon(history, { calendar })).toBeGreaterThan(55);
    expect(noon(history, { calendar })).toBeLessThan(75);
    expect(forecastDay(history, { calendar }).why).toMatch(/a holiday is half its weekday and half the Sundays/);
  });

  it('teaches nothing to the same weekday a week later', () => {
    const history = load('2026-05-14T00:00:00Z', 28);
    expect(noon(history, { calendar })).toBeGreaterThan(95);
    expect(noon(history, { calendar })).toBeGreaterThan(noon(history));
  });

  it('a calendar without holidays and daylight saving changes nothing', () => {
    const history = load('2026-05-07T00:00:00Z', 28);
    expect(forecastDay(history, { calendar: UTC }).values).toEqual(forecastDay(history).values);
  });
});
