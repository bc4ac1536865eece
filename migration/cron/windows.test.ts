import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundsAt } from '../../core/policy/scheduled-bounds.ts';
import { fiveFields } from './dialect.ts';
import { windowsBetween, windowsOfMinutes } from './windows.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('a cron expression', () => {
  it.each([
    ['0 8 * * MON-FRI', '0 8 * * MON-FRI'],
    ['0 0 8 ? * MON-FRI', '0 8 * * MON-FRI'],
    ['  00 9   ? * * ', '00 9 * * *'],
    ['* 0-8 ? * MON-FRI', '* 0-8 * * MON-FRI'],
    ['5/15 8 * * ?', '5-59/15 8 * * *'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    ['@Hourly', '0 * * * *'],
    ['0 23 * * 7', '0 23 * * 7'],
  ])('%s is %s', (text, cron) => {
    expect(fiveFields(text)).toEqual({ cron, timeZone: undefined, note: undefined });
  });

  it('may name its zone, and seconds that are left out with a word about it', () => {
    expect(fiveFields('CRON_TZ=Asia/Shanghai 0 8 * * *')).toMatchObject({
      cron: '0 8 * * *',
      timeZone: 'Asia/Shanghai',
    });
    expect(fiveFields('30 */1 * * * *')).toEqual({
      cron: '*/1 * * * *',
      timeZone: undefined,
      note: 'seconds (30) are left out: rules have minutes',
    });
  });

  it.each([
    ['@every 1h30m', 'counts from when a controller starts'],
    ['@date 2020-10-27 21:54:00', 'comes once'],
    ['0 0 8 1 1 ? 2030', 'has a year'],
    ['0 0 31 2 *', 'there is no such day'],
    ['0 8 * *', 'has 4 fields'],
    ['0 25 * * *', '"0 25 * * *"'],
    ['TZ=Mars/Olympus 0 8 * * *', 'the time zone "Mars/Olympus"'],
    ['@sometimes', 'is no schedule'],
    ['', 'has 1 fields'],
  ])('%s is refused: %s', (text, why) => {
    expect(fiveFields(text)).toContain(why);
  });

  it('is never more than an answer, whatever stands there', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0159*/,-?# @LWMONFRIT=') }), (text) => {
        const read = fiveFields(text);
        expect(typeof read === 'string' || read.cron.split(' ').length === 5).toBe(true);
      }),
    );
  });
});

describe('windows from a start to an end', () => {
  it('are one rule where they are always as long', () => {
    expect(windowsBetween('0 8 * * 1-5', ['0 20 * * 1-5'])).toEqual([
      { cron: '0 8 * * 1-5', durationSeconds: 12 * HOUR },
    ]);
    expect(windowsBetween('0 20 * * *', ['0 8 * * *'])).toEqual([{ cron: '0 20 * * *', durationSeconds: 12 * HOUR }]);
    expect(windowsBetween('0 0 * * 6', ['0 23 * * 0'])).toEqual([{ cron: '0 0 * * 6', durationSeconds: 47 * HOUR }]);
    expect(windowsBetween('0 0 1 * *', ['0 0 3 * *'])).toEqual([{ cron: '0 0 1 * *', durationSeconds: 2 * DAY }]);
  });

  it('are several where Fridays end earlier', () => {
    expect(windowsBetween('0 8 * * 1-5', ['0 20 * * 1-4', '0 18 * * 5'])).toEqual([
      { cron: '0 8 * * MON,TUE,WED,THU', durationSeconds: 12 * HOUR },
      { cron: '0 8 * * FRI', durationSeconds: 10 * HOUR },
    ]);
  });

  it('begin once where it starts again within', () => {
    expect(windowsBetween('0 8-18 * * *', ['0 20 * * *'])).toEqual([{ cron: '0 8 * * *', durationSeconds: 12 * HOUR }]);
  });

  it('are none where months make them longer and shorter', () => {
    expect(windowsBetween('0 0 25 * *', ['0 0 1 * *'])).toBe(
      'its windows last from 4 days to 7 days, and a rule has one duration',
    );
  });

  it('hold exactly between start and end, at every minute of a week', () => {
    const time = fc.tuple(fc.nat(59), fc.nat(23), fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }));
    const cronOf = ([minute, hour, days]: [number, number, number[]]) => `${minute} ${hour} * * ${days.join(',')}`;
    fc.assert(
      fc.property(time, time, fc.nat(10_079), (start, end, minute) => {
        const windows = windowsBetween(cronOf(start), [cronOf(end)]);
        if (typeof windows === 'string') throw new Error(windows);
        const last = (at: [number, number, number[]]) =>
          Math.min(...at[2].map((day) => (minute - (((day + 6) % 7) * 1440 + at[1] * 60 + at[0]) + 10_080) % 10_080));
        // The later of both decides; where both fire at once, the start does, as the next end is a round later.
        const inside = last(start) <= last(end);
        const bounds = windows.map(({ cron, durationSeconds }) => ({
          cron,
          durationSeconds,
          timeZone: 'UTC',
          min: 9,
          max: undefined,
          except: [],
        }));
        const now = boundsAt({ minReplicas: 1, maxReplicas: 20, bounds }, Date.UTC(2024, 0, 8) / 1000 + minute * 60);
        expect(now.min, JSON.stringify(windows)).toBe(inside ? 9 : 1);
      }),
      { numRuns: 60 },
    );
  });
});

describe('an expression of minutes in which something holds', () => {
  it.each([
    ['* 0-8 * * MON-FRI', [{ cron: '0 0 * * MON-FRI', durationSeconds: 9 * HOUR }]],
    [
      '* 0-6,22,23 * * *',
      [
        { cron: '0 0 * * *', durationSeconds: 7 * HOUR },
        { cron: '0 22 * * *', durationSeconds: 2 * HOUR },
      ],
    ],
    ['0-29 8 * * *', [{ cron: '0 8 * * *', durationSeconds: 1800 }]],
    ['* * 27 11 *', [{ cron: '0 0 27 11 *', durationSeconds: DAY }]],
  ])('%s', (cron, windows) => {
    expect(windowsOfMinutes(cron)).toEqual(windows);
  });
});
