import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, WEEK_SECONDS } from '../../../core/series.ts';
import { windowWords } from '../findings/wording.ts';
import { isWithin, recurringWindows, type Stretch } from './recurrence.ts';

/** Monday 6 May 2024, 00:00 UTC. */
const MONDAY = 1_714_953_600;
const days = (count: number): Stretch => ({ fromSeconds: MONDAY, toSeconds: MONDAY + count * DAY_SECONDS });
/** Hours from that Monday on. */
const hours = (from: number, to: number): Stretch => ({
  fromSeconds: MONDAY + from * HOUR_SECONDS,
  toSeconds: MONDAY + to * HOUR_SECONDS,
});
const found = (stretches: readonly Stretch[], span: Stretch) => recurringWindows(stretches, span).map(windowWords);
const everyDay = (count: number, from: number, to: number) =>
  Array.from({ length: count }, (_, day) => hours(24 * day + from, 24 * day + to));

describe('what recurs', () => {
  it('each night, over midnight too', () => {
    expect(found(everyDay(10, 0, 6), days(10))).toEqual(['each day from 00:00 to 06:00 UTC']);
    expect(found(everyDay(10, 22, 30), days(11))).toEqual(['each day from 22:00 to 06:00 UTC']);
  });

  it('each night with ends that tremble and a night that is there: as often as it was', () => {
    const random = seededRandom(7);
    const nights = everyDay(12, 1, 5)
      .filter((_, day) => day !== 4)
      .map(({ fromSeconds, toSeconds }) => ({
        fromSeconds: fromSeconds + Math.round(random() * 300),
        toSeconds: toSeconds - Math.round(random() * 300),
      }));
    const [window, ...others] = recurringWindows(nights, days(12));
    expect(others).toEqual([]);
    expect(window).toMatchObject({ periodSeconds: DAY_SECONDS, times: 11, of: 12 });
    expect(Math.abs(window!.offsetSeconds - HOUR_SECONDS)).toBeLessThan(300);
    expect(Math.abs(window!.lengthSeconds - 4 * HOUR_SECONDS)).toBeLessThan(600);
  });

  it('the nights of working days only', () => {
    const nights = everyDay(14, 1, 5).filter((_, day) => day % 7 < 5);
    expect(found(nights, days(14))).toEqual(['each day from 01:00 to 05:00 UTC']);
  });

  it('at weekends, also where they are whole local days of Shanghai', () => {
    expect(found([hours(120, 168), hours(288, 336)], days(15))).toEqual(['each week from Sat 00:00 to Mon 00:00 UTC']);
    expect(found([hours(112, 160), hours(280, 328)], days(15))).toEqual(['each week from Fri 16:00 to Sun 16:00 UTC']);
  });

  it('outside office hours: the nights, and the weekend from Friday evening to Monday morning', () => {
    const closed = everyDay(21, 18, 32)
      .filter((_, day) => day % 7 < 4)
      .concat([hours(114, 176), hours(282, 344), hours(450, 504)])
      .sort((a, b) => a.fromSeconds - b.fromSeconds);
    expect(found(closed, days(21))).toEqual([
      'each day from 18:00 to 08:00 UTC',
      'each week from Fri 18:00 to Mon 08:00 UTC',
    ]);
  });

  it('every hour for ten minutes is not 24 times of the day', () => {
    const jobs = Array.from({ length: 200 }, (_, i) => hours(i, i + 1 / 6));
    expect(found(jobs, days(9))).toEqual(['every 60 min for 10 min']);
  });

  it('nothing, where stretches come at random, however many', () => {
    const random = seededRandom(3);
    for (const share of [0.02, 0.2, 0.45]) {
      const scattered = Array.from({ length: 14 * 24 }, (_, i) => i)
        .filter(() => random() < share)
        .map((hour) => hours(hour, hour + 0.9));
      expect(found(scattered, days(14)), `${share}`).toEqual([]);
    }
  });

  it('nothing in two nights, in two days of a week, or in one of two weekends', () => {
    expect(found(everyDay(2, 0, 6), days(9))).toEqual([]);
    expect(found([hours(48, 96)], days(9))).toEqual([]);
    expect(found([hours(120, 168)], days(16))).toEqual([]);
  });

  it('the only weekend of a short trace is one, beside the nights too', () => {
    expect(found([hours(120, 168)], days(9))).toEqual(['each week from Sat 00:00 to Mon 00:00 UTC']);
    // Pacific time: the trace begins with its first Monday, too.
    expect(found([hours(128, 176)], hours(8, 288))).toEqual(['each week from Sat 08:00 to Mon 08:00 UTC']);
    const closed = [...everyDay(4, 18, 32), hours(114, 176), ...everyDay(11, 18, 32).slice(7)];
    expect(found(closed, days(11.75))).toEqual([
      'each day from 18:00 to 08:00 UTC',
      'each week from Fri 18:00 to Mon 08:00 UTC',
    ]);
  });

  it('a day-long outage beside the nights is not within them', () => {
    const stretches = [...everyDay(12, 0, 6), hours(24 * 12 + 8, 24 * 13)];
    const windows = recurringWindows(stretches, days(14));
    expect(windows.map(windowWords)).toEqual(['each day from 00:00 to 06:00 UTC']);
    expect(stretches.filter((stretch) => !isWithin(stretch, windows))).toEqual([stretches.at(-1)]);
  });

  it('is whole minutes within its period, and never more often than there are periods', () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 3_000 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 2e9 }), (lengths, start) => {
        let at = start;
        const stretches = lengths.map(([apart, long]) => {
          const fromSeconds = at + apart * MINUTE_SECONDS;
          at = fromSeconds + long * MINUTE_SECONDS;
          return { fromSeconds, toSeconds: at };
        });
        for (const window of recurringWindows(stretches, { fromSeconds: start, toSeconds: at })) {
          expect([DAY_SECONDS, WEEK_SECONDS].includes(window.periodSeconds) || window.periodSeconds < 72_000).toBe(
            true,
          );
          expect(window.lengthSeconds).toBeGreaterThan(0);
          expect(window.times).toBeLessThanOrEqual(window.of);
          expect(windowWords(window)).not.toMatch(/undefined|NaN/);
        }
      }),
    );
  });
});
