import { describe, expect, it } from 'vitest';
import { TICKS_PER_HOUR } from '../../core/tick.ts';
import { MONDAY_SECONDS } from '../../test/generated-traces.ts';
import { cron, fixed } from './baselines.ts';

const HOUR = TICKS_PER_HOUR;
const DAY = 24 * HOUR;

/** Demand by tick from demand by hour. */
function byHour(hours: number, load: (hour: number) => number): Float64Array {
  return Float64Array.from({ length: hours * HOUR }, (_, i) => load(Math.floor(i / HOUR)));
}

describe('cron', () => {
  const office = (hour: number) => (hour % 24 >= 9 && hour % 24 < 17 ? 95 : 15);
  const at = (policy: ReturnType<typeof cron>, tick: number) => policy.decide(tick, { total: 1, ready: 1, created: 0 });

  it('has the largest need that each hour of the day ever had', () => {
    const demand = byHour(72, (hour) => (hour === 36 ? 149 : office(hour)));
    const policy = cron(demand, MONDAY_SECONDS, 3 * DAY, 10, 0);
    expect(at(policy, 3 * DAY + 10 * HOUR)).toBe(10);
    expect(at(policy, 3 * DAY + 12 * HOUR)).toBe(15);
    expect(at(policy, 3 * DAY + 20 * HOUR)).toBe(2);
  });

  it('switches on one start-up p90 early, and off at the full hour', () => {
    const policy = cron(byHour(48, office), MONDAY_SECONDS, 2 * DAY, 10, 180);
    const nine = 2 * DAY + 9 * HOUR;
    expect(at(policy, nine - 13)).toBe(2);
    expect(at(policy, nine - 12)).toBe(10);
    expect(at(policy, 2 * DAY + 17 * HOUR - 1)).toBe(10);
    expect(at(policy, 2 * DAY + 17 * HOUR)).toBe(2);
  });

  it('knows the weekend from 14 days of history on, and not before', () => {
    const load = (hour: number) => (Math.floor(hour / 24) % 7 >= 5 ? 15 : office(hour));
    const days = (n: number) => cron(byHour(24 * 14, load), MONDAY_SECONDS, n * DAY, 10, 0);
    const saturdayNoon = 19 * DAY + 12 * HOUR;
    expect(at(days(14), saturdayNoon)).toBe(2);
    expect(at(days(13), saturdayNoon)).toBe(10);
  });

  it('takes the largest need for an hour that the history never saw, and sees no further than the history', () => {
    const demand = byHour(36, (hour) => (hour === 30 ? 10_000 : hour === 3 ? 50 : hour > 6 ? Number.NaN : 12));
    const policy = cron(demand, MONDAY_SECONDS, DAY, 10, 0);
    expect(at(policy, DAY + 8 * HOUR)).toBe(5);
    expect(at(policy, DAY + 4 * HOUR)).toBe(2);
  });
});

it('fixed is fixed', () => expect(fixed(7).decide(3, { total: 1, ready: 1, created: 0 })).toBe(7));
