import { expect, it } from 'vitest';
import { UTC } from '../core/calendar/calendar.ts';
import { zoneOffset } from '../core/calendar/time-zone.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../core/series.ts';
import { eciStartup } from '../core/startup.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { MONDAY_SECONDS, SETTINGS, sampled } from '../test/generated-traces.ts';
import { replay } from './replay.ts';
import type { ReplaySettings } from './result.ts';

/** New York sets its clocks forward on Sunday, March 8th 2026, at 7:00 by UTC. */
const CHANGE_SECONDS = 6 * DAY_SECONDS + 7 * HOUR_SECONDS;
const offsetSeconds = zoneOffset('America/New_York');

it('decisions follow the local clock: nothing differs until it changes, and then the opening hour is expected when it comes', () => {
  // Shops that open at eight by New York's clock.
  const samples = sampled(6 * DAY_SECONDS + 12.5 * HOUR_SECONDS, (t) => {
    const at = MONDAY_SECONDS + t;
    const hour = ((at + offsetSeconds(at)) % DAY_SECONDS) / HOUR_SECONDS;
    return 20 + (hour >= 8 && hour < 20 ? 80 : 0) + ((t / 60) % 7) / 7;
  });
  const settings: ReplaySettings = { ...SETTINGS, historySeconds: 6 * DAY_SECONDS, policies: ['predictive'] };
  const byUtc = replay(samples, eciStartup(), settings).timeline;
  const byNewYork = replay(samples, eciStartup(), { ...settings, calendar: { ...UTC, offsetSeconds } }).timeline;
  const tickOf = (seconds: number) => (seconds - settings.historySeconds) / TICK_SECONDS;

  const differs = byNewYork.forecastP50.findIndex((value, i) => !Object.is(value, byUtc.forecastP50[i]));
  expect(differs).toBeGreaterThanOrEqual(tickOf(CHANGE_SECONDS));
  // Sunday's opening is at 12:00 by UTC, no more at 13:00. A minute before it, when the rise begins, there are pods for it, or there are not.
  const minuteBefore = tickOf(6 * DAY_SECONDS + 12 * HOUR_SECONDS - 60);
  expect(byUtc.runs[0]!.desired[minuteBefore]).toBeLessThan(9);
  expect(byNewYork.runs[0]!.desired[minuteBefore]).toBeGreaterThan(10);
});
