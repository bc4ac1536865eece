import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runs } from '../../test/property.ts';
import { isTimeZone } from '../calendar/time-zone.ts';
import type { ScheduledBounds } from './policy.ts';
import { type Bounded, boundsAhead, boundsAt, cronProblem, nextBoundsChange } from './scheduled-bounds.ts';

const HOUR = 3600;

function rule(cron: string, hours: number, more: Partial<ScheduledBounds> = {}): ScheduledBounds {
  return {
    cron,
    timeZone: 'Europe/Berlin',
    durationSeconds: hours * HOUR,
    min: undefined,
    max: undefined,
    except: [],
    ...more,
  };
}

function policy(...bounds: ScheduledBounds[]): Bounded {
  return { minReplicas: 2, maxReplicas: 40, bounds };
}

function at(text: string): number {
  return Date.parse(text) / 1000;
}

/** `min…max` at an instant. */
function range(bounded: Bounded, text: string): string {
  const { min, max } = boundsAt(bounded, at(text));
  return `${min}…${max}`;
}

describe('a working day', () => {
  const office = policy(rule('0 8 * * MON-FRI', 10, { min: 10 }));

  it('has its minimum from 08:00 to 18:00 in Berlin, and not at the weekend', () => {
    expect(range(office, '2026-06-01T05:59:59Z')).toBe('2…40');
    expect(range(office, '2026-06-01T06:00:00Z')).toBe('10…40');
    expect(range(office, '2026-06-01T15:59:59Z')).toBe('10…40');
    expect(range(office, '2026-06-01T16:00:00Z')).toBe('2…40');
    expect(range(office, '2026-06-06T08:00:00Z')).toBe('2…40');
  });

  it('begins an hour later by UTC in winter', () => {
    expect(range(office, '2026-12-01T06:30:00Z')).toBe('2…40');
    expect(range(office, '2026-12-01T07:00:00Z')).toBe('10…40');
  });

  it('says which rule it was and what comes next', () => {
    expect(boundsAt(office, at('2026-06-01T08:00:00Z')).from).toEqual({ min: 0, max: undefined });
    expect(nextBoundsChange(office, at('2026-06-01T08:00:00Z'))).toMatchObject({
      atSeconds: at('2026-06-01T16:00:00Z'),
      bounds: { min: 2, max: 40, from: { min: undefined, max: undefined } },
    });
    // Friday evening: Monday morning.
    expect(nextBoundsChange(office, at('2026-06-05T17:00:00Z'))?.atSeconds).toBe(at('2026-06-08T06:00:00Z'));
    expect(nextBoundsChange(policy(), at('2026-06-05T17:00:00Z'))).toBeUndefined();
  });

  it('is left out on a holiday', () => {
    const holidays = policy(rule('0 8 * * MON-FRI', 10, { min: 10, except: ['2026-12-25'] }));
    expect(range(holidays, '2026-12-24T09:00:00Z')).toBe('10…40');
    expect(range(holidays, '2026-12-25T09:00:00Z')).toBe('2…40');
    expect(range(holidays, '2026-12-28T09:00:00Z')).toBe('10…40');
  });
});

describe('an excluded date', () => {
  it('ends a night at midnight in the zone, and the night that follows begins after it', () => {
    const night = policy(rule('0 22 * * *', 8, { max: 4, except: ['2026-12-25'] }));
    // Midnight in Berlin is 23:00 UTC.
    expect(range(night, '2026-12-24T22:59:59Z')).toBe('2…4');
    expect(range(night, '2026-12-24T23:00:00Z')).toBe('2…40');
    expect(range(night, '2026-12-25T22:59:59Z')).toBe('2…40');
    expect(range(night, '2026-12-25T23:00:00Z')).toBe('2…4');
    expect(nextBoundsChange(night, at('2026-12-24T22:00:00Z'))?.atSeconds).toBe(at('2026-12-24T23:00:00Z'));
  });

  it('begins at 01:00 where the clocks skip midnight (Cairo, 26 April 2024)', () => {
    const always = policy(rule('0 0 * * *', 25, { timeZone: 'Africa/Cairo', min: 9, except: ['2024-04-26'] }));
    expect(range(always, '2024-04-25T21:59:59Z')).toBe('9…40');
    expect(range(always, '2024-04-25T22:00:00Z')).toBe('2…40');
    // That day has 23 hours: it ends at 24:00 summer time, 21:00 UTC.
    expect(range(always, '2024-04-26T20:59:59Z')).toBe('2…40');
    expect(range(always, '2024-04-26T21:00:00Z')).toBe('9…40');
  });
});

describe('when the clocks change', () => {
  const early = policy(rule('30 2 * * *', 1, { min: 7 }));

  it('a time that is skipped is taken at the end of the gap', () => {
    // 29 March 2026, Berlin: 02:00 → 03:00 at 01:00 UTC.
    expect(range(early, '2026-03-29T00:59:59Z')).toBe('2…40');
    expect(range(early, '2026-03-29T01:00:00Z')).toBe('7…40');
    expect(range(early, '2026-03-29T02:00:00Z')).toBe('2…40');
  });

  it('so is one of a list of hours', () => {
    const twice = policy(rule('30 2,14 * * *', 1, { min: 7 }));
    expect(range(twice, '2026-03-29T01:00:00Z')).toBe('7…40');
    expect(range(twice, '2026-03-29T12:30:00Z')).toBe('7…40');
  });

  it('a time that comes twice is taken the first time only', () => {
    // 25 October 2026: 03:00 → 02:00 at 01:00 UTC; 02:30 is 00:30 and 01:30 UTC.
    expect(range(early, '2026-10-25T00:30:00Z')).toBe('7…40');
    expect(range(early, '2026-10-25T01:29:59Z')).toBe('7…40');
    expect(range(early, '2026-10-25T01:30:00Z')).toBe('2…40');
  });

  it('a duration is time that passes: eight hours end at 05:00 by the clock when one hour comes twice', () => {
    const night = policy(rule('0 22 * * *', 8, { max: 4 }));
    expect(range(night, '2026-10-25T03:59:59Z')).toBe('2…4');
    expect(range(night, '2026-10-25T04:00:00Z')).toBe('2…40');
  });
});

describe('rules that overlap', () => {
  it('largest min and smallest max win', () => {
    const both = policy(rule('0 8 * * *', 10, { min: 10, max: 30 }), rule('0 12 * * *', 2, { min: 20, max: 35 }));
    expect(range(both, '2026-06-01T08:00:00Z')).toBe('10…30');
    expect(range(both, '2026-06-01T11:00:00Z')).toBe('20…30');
    expect(boundsAt(both, at('2026-06-01T11:00:00Z')).from).toEqual({ min: 1, max: 0 });
  });

  it('max gives way where they contradict each other', () => {
    const both = policy(rule('0 8 * * *', 10, { max: 4 }), rule('0 12 * * *', 2, { min: 20 }));
    expect(range(both, '2026-06-01T11:00:00Z')).toBe('20…20');
  });

  it('starts within a window prolong it', () => {
    const often = policy(rule('*/10 * * * *', 0.25, { min: 5 }));
    expect(range(often, '2026-06-01T03:33:33Z')).toBe('5…40');
    expect(nextBoundsChange(often, at('2026-06-01T03:33:33Z'))).toBeUndefined();
  });

  it('windows that meet are one', () => {
    const hourly = policy(rule('0 * * * *', 1, { min: 5 }));
    for (const time of ['03:59:59', '04:00:00', '04:00:01']) expect(range(hourly, `2026-06-01T${time}Z`)).toBe('5…40');
  });
});

describe('looking ahead', () => {
  const lead = 600;
  const office = policy(rule('0 8 * * *', 10, { min: 10, max: 60 }));

  it('asks for a scheduled minimum one lead time early, and keeps it to its end', () => {
    const min = (text: string) => boundsAhead(office, at(text), lead).min;
    expect(min('2026-06-01T05:49:59Z')).toBe(2);
    expect(min('2026-06-01T05:50:00Z')).toBe(10);
    expect(min('2026-06-01T15:59:59Z')).toBe(10);
    expect(min('2026-06-01T16:00:00Z')).toBe(2);
  });

  it('takes a lower maximum when it begins, not early, and a higher one not early either', () => {
    const night = policy(rule('0 22 * * *', 8, { max: 4 }));
    const max = (text: string) => boundsAhead(night, at(text), lead).max;
    expect([max('2026-06-01T19:59:59Z'), max('2026-06-01T20:00:00Z')]).toEqual([40, 4]);
    expect([max('2026-06-02T03:59:59Z'), max('2026-06-02T04:00:00Z')]).toEqual([4, 40]);
  });

  it('lets the night’s maximum give way to the morning’s minimum', () => {
    const off = policy(rule('0 20 * * *', 12, { min: 0, max: 0 }), rule('0 8 * * *', 10, { min: 10 }));
    expect(boundsAhead(off, at('2026-06-02T05:00:00Z'), lead)).toMatchObject({ min: 0, max: 0 });
    expect(boundsAhead(off, at('2026-06-02T05:55:00Z'), lead)).toMatchObject({ min: 10, max: 10 });
  });

  it('keeps what begins and ends within one long lead', () => {
    const short = policy(rule('0 8 * * *', 0.1, { min: 10 }));
    for (const time of ['05:30:00', '05:50:00', '06:00:00', '06:05:59']) {
      expect(boundsAhead(short, at(`2026-06-01T${time}Z`), 1800).min, time).toBe(10);
    }
    expect(boundsAhead(short, at('2026-06-01T06:06:00Z'), 1800).min).toBe(2);
  });
});

describe('checking', () => {
  it.each([
    ['0 22 * * MON-FRI', undefined],
    ['0 0 24-27 11 FRI#4', undefined],
    ['@daily', /five fields/],
    ['0 22 * *', /five fields/],
    ['0 0 22 * * *', /five fields/],
    ['60 * * * *', /minute: 60.*five fields/],
    ['0 8 * * XYZ', /illegal characters/],
    ['0 0 31 2 *', /no such day/],
  ])('cron %j: %s', (cron, problem) => {
    if (problem === undefined) expect(cronProblem(cron)).toBeUndefined();
    else expect(cronProblem(cron)).toMatch(problem);
  });

  it.each([
    ['Europe/Berlin', true],
    ['America/Argentina/Buenos_Aires', true],
    ['UTC', true],
    ['Etc/GMT+5', true],
    ['EST', false],
    ['+08:00', false],
    ['Europe/Atlantis', false],
    ['../../../etc/passwd', false],
    ['', false],
  ])('time zone %s: %s', (zone, ok) => {
    expect(isTimeZone(zone)).toBe(ok);
  });
});

describe('as arithmetic', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Clock time by Intl alone, and the fields compared by hand. */
  function startsAt(seconds: number, zone: string, minuteStep: number, hours: readonly number[]): boolean {
    const [hour, minute] = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' })
      .format(new Date(seconds * 1000))
      .split(':')
      .map(Number);
    return minute! % minuteStep === 0 && hours.includes(hour!);
  }

  it('agrees with a walk minute by minute, over both changes of the clocks', () => {
    const days = [at('2026-03-29T00:00:00Z'), at('2026-10-25T00:00:00Z'), at('2026-06-01T00:00:00Z')];
    const cases = fc.record({
      day: fc.constantFrom(...days),
      zone: fc.constantFrom('Europe/Berlin', 'UTC', 'Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe'),
      step: fc.constantFrom(10, 15, 20),
      hours: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }),
      minutes: fc.integer({ min: 5, max: 90 }),
      offset: fc.integer({ min: 0, max: 12 * 60 }),
    });
    fc.assert(
      fc.property(cases, ({ day, zone, step, hours, minutes, offset }) => {
        const cron = `*/${step} ${hours.join(',')} * * *`;
        const bounded = policy(rule(cron, minutes / 60, { timeZone: zone, min: 9 }));
        const now = day + offset * 60;
        const expected = Array.from({ length: minutes }, (_, i) => now - i * 60).some((t) =>
          startsAt(t, zone, step, hours),
        );
        expect(boundsAt(bounded, now).min === 9).toBe(expected);
      }),
      { numRuns: runs(50) },
    );
  });

  it('asked in any order it answers the same, min never above max', () => {
    const bounded = policy(rule('0 8 * * *', 10, { min: 10 }), rule('30 17 * * *', 30, { max: 5 }));
    const fresh = (t: number) => boundsAt(structuredClone(bounded), t);
    fc.assert(
      fc.property(fc.integer({ min: 1_780_000_000, max: 1_790_000_000 }), (now) => {
        expect(boundsAt(bounded, now)).toEqual(fresh(now));
        const ahead = boundsAhead(bounded, now, 300);
        expect(ahead.min).toBeLessThanOrEqual(ahead.max);
        expect(ahead.min).toBeGreaterThanOrEqual(boundsAt(bounded, now).min);
        const change = nextBoundsChange(bounded, now)!;
        expect(boundsAt(bounded, change.atSeconds)).toEqual(change.bounds);
        expect(boundsAt(bounded, change.atSeconds - 1)).toEqual(boundsAt(bounded, now));
      }),
      { numRuns: runs(20) },
    );
  });

  it('starts no timers and doesn’t look at the wall clock', () => {
    const bounded = policy(rule('0 8 * * *', 10, { min: 10 }));
    const now = at('2026-06-01T08:00:00Z');
    vi.useFakeTimers();
    vi.setSystemTime(0);
    const then = [boundsAt(bounded, now), nextBoundsChange(bounded, now), cronProblem('0 8 * * *')];
    vi.setSystemTime(at('2090-01-01T00:00:00Z') * 1000);
    const again = structuredClone(bounded);
    expect([boundsAt(again, now), nextBoundsChange(again, now), cronProblem('0 8 * * *')]).toEqual(then);
    expect(vi.getTimerCount()).toBe(0);
  });
});
