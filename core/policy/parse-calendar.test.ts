import { describe, expect, it } from 'vitest';
import { parsePolicy } from './parse-policy.ts';
import type { PolicyLimits } from './policy.ts';

const LIMITS: PolicyLimits = {
  defaultMode: 'observe',
  defaultUnmetTargetBp: 1,
  maxReplicas: 100,
  allowRawQueries: false,
  templates: {},
};

/** What a workload with these annotations is told: its calendar, or what is wrong. */
function read(annotations: Readonly<Record<string, string>>, limits: Partial<PolicyLimits> = {}) {
  const all = Object.fromEntries(Object.entries(annotations).map(([name, text]) => [`prescale.dev/${name}`, text]));
  const opted = parsePolicy({}, { 'prescale.dev/enabled': 'true', ...all }, { ...LIMITS, ...limits });
  if (opted.kind === 'out') throw new Error('out');
  return opted.kind === 'in' ? opted.policy.calendarNames : opted.errors.map(({ message }) => message);
}

describe('time-zone and holidays', () => {
  it('are UTC and none where nobody names others', () => {
    expect(read({})).toBeUndefined();
    expect(read({ 'time-zone': 'UTC' })).toBeUndefined();
    expect(read({ holidays: 'none' })).toBeUndefined();
  });

  it('are those that are named', () => {
    expect(read({ 'time-zone': 'Europe/Berlin' })).toEqual({ timeZone: 'Europe/Berlin' });
    expect(read({ holidays: 'DE-BY' })).toEqual({ timeZone: 'UTC', holidays: 'DE-BY' });
    expect(read({ holidays: 'shop-days' }, { calendars: ['shop-days'] })).toEqual({
      timeZone: 'UTC',
      holidays: 'shop-days',
    });
  });

  it('are the administrator’s, each where the workload names none of its own', () => {
    const limits = { defaultCalendar: { timeZone: 'America/New_York', holidays: 'US' } };
    expect(read({}, limits)).toEqual({ timeZone: 'America/New_York', holidays: 'US' });
    expect(read({ 'time-zone': 'America/Chicago' }, limits)).toEqual({ timeZone: 'America/Chicago', holidays: 'US' });
    expect(read({ holidays: 'none' }, limits)).toEqual({ timeZone: 'America/New_York' });
    expect(read({ 'time-zone': 'UTC', holidays: 'none' }, limits)).toBeUndefined();
  });

  it.each([
    [
      { 'time-zone': 'Europe/Berln' },
      'found "Europe/Berln"; expected an IANA time zone such as Europe/Berlin, Asia/Shanghai or UTC; did you mean Europe/Berlin?',
    ],
    [{ 'time-zone': 'EST' }, 'found "EST"; expected an IANA time zone such as Europe/Berlin, Asia/Shanghai or UTC'],
    [
      { holidays: 'de' },
      'found "de"; expected none, a country or a part of one such as US or DE-BY, or a calendar that the administrator lists (there is none); did you mean DE?',
    ],
    [
      { holidays: 'QQ' },
      'found "QQ"; expected none, a country or a part of one such as US or DE-BY, or a calendar that the administrator lists (there is none)',
    ],
  ])('%o is no calendar, and what would be is said', (annotations, message) => {
    expect(read(annotations)).toEqual([message]);
  });

  it('a calendar that is not listed is answered with those that are', () => {
    expect(read({ holidays: 'shop-day' }, { calendars: ['bank-days', 'shop-days'] })).toEqual([
      'found "shop-day"; expected none, a country or a part of one such as US or DE-BY, or one of the administrator\'s calendars (bank-days, shop-days); did you mean shop-days?',
    ]);
  });
});
