import { beforeAll, describe, expect, it } from 'vitest';
import { type Calendar, dayOfDate, isSunday, localDayOf, UTC } from '../../core/calendar/calendar.ts';
import { zoneOffset } from '../../core/calendar/time-zone.ts';
import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../../core/series.ts';
import { TICK_SECONDS, TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import { LeadTimeLearner } from './learner.ts';
import type { LearnerClock } from './like-days.ts';

const LEAD_SECONDS = 120;
const CAPACITY = 10;
/** A Wednesday. Clocks go forward on Sunday the 29th; Good Friday is April 3rd, Easter Monday the 6th. */
const START_SECONDS = Date.parse('2026-03-25T00:00:00Z') / 1_000;
const DAYS = 14;
const HOLIDAYS = new Set(['2026-04-03', '2026-04-06'].map((date) => dayOfDate(date)));
const BERLIN: Calendar = {
  offsetSeconds: zoneOffset('Europe/Berlin'),
  isHoliday: (day) => HOLIDAYS.has(day),
  words: 'Berlin at Easter',
};

/** An office by Berlin's clock: from 20 to 220 within minutes at eight, down at six; a tenth of that on Sundays and holidays, 3 % of noise. */
function office(): Float64Array {
  const random = seededRandom(3);
  let noise = 1;
  return Float64Array.from({ length: DAYS * TICKS_PER_DAY }, (_, t) => {
    if (t % 4 === 0) noise = 1 + 0.06 * (random() - 0.5);
    const at = START_SECONDS + t * TICK_SECONDS;
    const local = at + BERLIN.offsetSeconds(at);
    const hour = (local % DAY_SECONDS) / HOUR_SECONDS;
    const isRest = isSunday(localDayOf(local)) || BERLIN.isHoliday(localDayOf(local));
    const open = 1 / (1 + Math.exp(-20 * (hour - 8))) - 1 / (1 + Math.exp(-4 * (hour - 18)));
    return (20 + 200 * open * (isRest ? 0.1 : 1)) * noise;
  });
}

const demand = office();

function observed(t: number): number {
  return t < 4 ? Number.NaN : (demand[t - 4]! + demand[t - 3]! + demand[t - 2]! + demand[t - 1]!) / 4;
}

/** The forecast of every tick: the largest demand of the lead time. */
function play(days: number, clock?: LearnerClock): Float64Array {
  const learner = new LeadTimeLearner(LEAD_SECONDS, CAPACITY, undefined, undefined, undefined, undefined, clock);
  return Float64Array.from({ length: days * TICKS_PER_DAY }, (_, t) => {
    learner.observe(observed(t));
    const { peakPlusFloor, floor } = learner.forecast!;
    return peakPlusFloor - floor;
  });
}

describe('an office about a change of the clocks and Easter', () => {
  let byUtc: Float64Array;
  let byBerlin: Float64Array;
  beforeAll(() => {
    byUtc = play(DAYS);
    byBerlin = play(DAYS, { calendar: BERLIN, startSeconds: START_SECONDS });
  });

  /** Σ |forecast − largest demand of the lead time| from day to day of 2026, both by Berlin's midnight. */
  function error(forecasts: Float64Array, from: string, days = 1): number {
    const begin = Date.parse(`${from}T00:00:00Z`) / 1_000 - BERLIN.offsetSeconds(Date.parse(from) / 1_000);
    const first = (begin - START_SECONDS) / TICK_SECONDS;
    const leadTicks = Math.ceil(LEAD_SECONDS / TICK_SECONDS) + 1;
    let sum = 0;
    for (let t = first; t < Math.min(first + days * TICKS_PER_DAY, demand.length - leadTicks); t++) {
      let peak = 0;
      for (let i = t + 1; i <= t + leadTicks; i++) peak = Math.max(peak, demand[i]!);
      sum += Math.abs(forecasts[t]! - peak);
    }
    return sum;
  }

  it('forecasts the same to the last bit until the clocks change', () => {
    const change = (Date.parse('2026-03-29T01:00:00Z') / 1_000 - START_SECONDS) / TICK_SECONDS;
    expect(byBerlin.findIndex((value, t) => value !== byUtc[t])).toBeGreaterThanOrEqual(change);
  });

  it.each([
    ['on the first working day after the change', '2026-03-30', 1, 0.9],
    ['in the three days after that', '2026-03-31', 3, 0.9],
    ['on Good Friday', '2026-04-03', 1, 0.85],
    ['on the Saturday after it', '2026-04-04', 1, 0.95],
    ['on Easter Monday', '2026-04-06', 1, 0.9],
    ['on the Tuesday after it', '2026-04-07', 1, 0.95],
  ])('is nearer %s', (_, from, days, share) => {
    expect(error(byBerlin, from, days)).toBeLessThan(share * error(byUtc, from, days));
  });
});

it('the clock of UTC without holidays changes nothing', () => {
  expect(play(2, { calendar: UTC, startSeconds: START_SECONDS })).toEqual(play(2));
});

it('a short memory goes on over the change of the clocks as the one with the days does', () => {
  // From Thursday to Saturday, 21:00 by UTC: the clocks change in four hours.
  const begin = TICKS_PER_DAY;
  const from = begin + 2 * TICKS_PER_DAY + 21 * TICKS_PER_HOUR;
  const clock = { calendar: BERLIN, startSeconds: START_SECONDS + begin * TICK_SECONDS };
  const whole = new LeadTimeLearner(LEAD_SECONDS, CAPACITY, undefined, undefined, undefined, undefined, clock);
  for (let t = begin; t < from; t++) whole.observe(observed(t));
  const short = new LeadTimeLearner(LEAD_SECONDS, CAPACITY, whole.state(8 * TICKS_PER_HOUR));
  for (let t = from; t < from + 8 * TICKS_PER_HOUR; t++) {
    whole.observe(observed(t));
    short.observe(observed(t));
    expect(short.forecast).toEqual(whole.forecast);
  }
});
