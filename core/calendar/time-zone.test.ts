import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HOUR_SECONDS } from '../series.ts';
import { expectedZone, zoneOffset } from './time-zone.ts';

const at = (text: string) => Date.parse(text) / 1_000;

it('Berlin: an hour ahead in winter, two in summer, from the second on which the clocks change', () => {
  const offset = zoneOffset('Europe/Berlin');
  expect(offset(at('2026-03-29T00:59:59Z'))).toBe(HOUR_SECONDS);
  expect(offset(at('2026-03-29T01:00:00Z'))).toBe(2 * HOUR_SECONDS);
  expect(offset(at('2026-10-25T00:59:59Z'))).toBe(2 * HOUR_SECONDS);
  expect(offset(at('2026-10-25T01:00:00Z'))).toBe(HOUR_SECONDS);
});

it('zones of half an hour, a change of half an hour, and none', () => {
  expect(zoneOffset('Asia/Kolkata')(at('2026-06-01T00:00:00Z'))).toBe(5.5 * HOUR_SECONDS);
  const howe = zoneOffset('Australia/Lord_Howe');
  expect(howe(at('2026-04-04T14:59:00Z')) - howe(at('2026-04-04T15:00:00Z'))).toBe(HOUR_SECONDS / 2);
  expect(zoneOffset('UTC')(at('2026-06-01T00:00:00Z'))).toBe(0);
});

it('at any second it is what a clock there shows', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/St_Johns', 'Africa/Casablanca'];
  const seconds = fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') });
  fc.assert(
    fc.property(fc.constantFrom(...zones), seconds, (zone, second) => {
      const shown = new Date((second + zoneOffset(zone)(second)) * 1_000).toISOString().slice(11, 19);
      const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium' });
      expect(shown).toBe(clock.format(second * 1_000));
    }),
    { numRuns: 60 },
  );
});

it('a zone with a slip of the pen: what was meant', () => {
  expect(expectedZone('Europe/Berln')).toMatch(/did you mean Europe\/Berlin\?$/);
  expect(expectedZone('x'.repeat(200))).toBe('an IANA time zone such as Europe/Berlin, Asia/Shanghai or UTC');
});
