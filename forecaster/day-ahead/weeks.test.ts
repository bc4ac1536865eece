import { describe, expect, it } from 'vitest';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { asKept, ofWeeks, WEEKS_DAYS, WEEKS_STEP_SECONDS, withWeeks } from '../../core/weeks.ts';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import { forecastDay } from './forecast.ts';

/** A Monday, 00:00 UTC. */
const MONDAY = 1_699_833_600;
const FIVE_MINUTES = 300;
const FRIDAY = 4;

/** An office: busy from 8 to 18, a third of that at weekends; from some day on, all of it at a part of what it was. */
function office(
  days: number,
  stepSeconds: number,
  change: { readonly fromDay: number; readonly factor: number },
): Series {
  const random = seededRandom(7);
  const values = Float64Array.from({ length: (days * DAY_SECONDS) / stepSeconds }, (_, i) => {
    const day = Math.floor((i * stepSeconds) / DAY_SECONDS);
    const hour = ((i * stepSeconds) % DAY_SECONDS) / 3_600;
    const busy = 1 / (1 + Math.exp(-3 * (hour - 8))) - 1 / (1 + Math.exp(-2 * (hour - 18)));
    const weekend = day % 7 > FRIDAY ? 0.35 : 1;
    const level = day >= change.fromDay ? change.factor : 1;
    return (30 + 170 * busy) * weekend * level * Math.exp(0.03 * normalQuantile(random()));
  });
  return { startSeconds: MONDAY, stepSeconds, values };
}

/** Mean miss of the median and share of loads under the 0.95 level on day `day`, forecast from so many days before it. */
function missOf(series: Series, day: number, historyDays: number): { readonly miss: number; readonly covered: number } {
  const perDay = DAY_SECONDS / series.stepSeconds;
  const from = (day - historyDays) * perDay;
  const startSeconds = series.startSeconds + from * series.stepSeconds;
  const history = { ...series, startSeconds, values: series.values.slice(from, day * perDay) };
  const { values, levels } = forecastDay(history, { stepSeconds: series.stepSeconds });
  const actual = series.values.subarray(day * perDay, (day + 1) * perDay);
  const upper = values[levels.indexOf(0.95)]!;
  const sum = actual.reduce((all, y) => all + y, 0);
  return {
    miss: actual.reduce((all, y, h) => all + Math.abs(y - values[0]![h]!), 0) / sum,
    covered: actual.reduce((all, y, h) => all + (y <= upper[h]! ? 1 : 0), 0) / actual.length,
  };
}

describe('a service with quiet weekends that falls to a half for good on a Friday', () => {
  const friday = 28 + FRIDAY;
  const load = office(38, FIVE_MINUTES, { fromDay: friday, factor: 0.5 });
  const monday = friday + 3;

  it('is forecast at the new level from Monday on with four weeks, of which a week knows nothing', () => {
    const days = [monday, monday + 2];
    for (const { miss } of days.map((day) => missOf(load, day, 7))) expect(miss).toBeGreaterThan(0.2);
    for (const { miss } of days.map((day) => missOf(load, day, 28))) expect(miss).toBeLessThan(0.05);
  });

  it('may have had one odd Friday, as far as anybody knows on Saturday: that day is forecast too high', () => {
    const [week, weeks] = [missOf(load, friday + 1, 7), missOf(load, friday + 1, 28)];
    expect(weeks.miss).toBeLessThan(week.miss);
    expect(weeks.miss).toBeGreaterThan(0.5);
  });
});

it('a weekend that is quiet as always is no lasting drop: Monday is busy', () => {
  const load = office(38, FIVE_MINUTES, { fromDay: 99, factor: 1 });
  const { miss, covered } = missOf(load, 35, 28);
  expect(miss).toBeLessThan(0.05);
  expect(covered).toBeGreaterThan(0.9);
});

it('up to eight days the history is the same to the last bit, whatever is kept of weeks', () => {
  const week = office(7, MINUTE_SECONDS, { fromDay: 5, factor: 0.6 });
  expect(asKept(week)).toBe(week);
  expect(withWeeks(week, ofWeeks(week))).toBe(week);
});

it('28 days live are those of a replay: kept minute by minute in two stores, or cut from a trace, they say the same', async () => {
  const trace = office(35, MINUTE_SECONDS, { fromDay: 30, factor: 0.7 });
  // A lost night, and one that only the minutes remember.
  trace.values.fill(Number.NaN, 12 * 1_440, 12 * 1_440 + 300);
  trace.values.fill(Number.NaN, 33 * 1_440, 33 * 1_440 + 300);
  const minutes = new MemoryHistoryStore(8, MINUTE_SECONDS, Float64Array);
  const weeks = new MemoryHistoryStore(WEEKS_DAYS, WEEKS_STEP_SECONDS, Float64Array);
  await minutes.fill('web', trace);
  await weeks.fill('web', ofWeeks(trace));
  const live = withWeeks((await minutes.read('web'))!, await weeks.read('web'));
  const replayed = asKept(trace);
  expect(live.startSeconds).toBe(replayed.startSeconds);
  expect(live.values.length / 1_440).toBeCloseTo(28, 2);
  const differ = [...live.values.keys()].filter((m) => !Object.is(live.values[m], replayed.values[m]));
  expect(differ).toEqual([]);
  const [a, b] = [live, replayed].map((history) => forecastDay(history, { stepSeconds: 3_600 }));
  expect(a).toEqual(b);
});
