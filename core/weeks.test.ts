import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Series } from './series.ts';
import { asKept, isOfWeeks, ofWeeks, WEEKS_DAYS, WEEKS_STEP_SECONDS, withWeeks } from './weeks.ts';

const T0 = 1_800_000_000;
const minutes = (startSeconds: number, ...values: number[]): Series => ({
  startSeconds,
  stepSeconds: 60,
  values: Float64Array.from(values),
});
const fives = (startSeconds: number, ...values: number[]): Series => ({
  startSeconds,
  stepSeconds: 300,
  values: Float64Array.from(values),
});
const { NaN: GAP } = Number;

it('a question for the weeks is one page of Prometheus', () => {
  expect((WEEKS_DAYS * 86_400) / WEEKS_STEP_SECONDS).toBeLessThan(11_000);
});

it('each fifth minute is kept among the weeks as it was, a missing one as missing', () => {
  expect(ofWeeks(minutes(T0 - 120, 1, 2, 3, 4, 5, 6, GAP, GAP, 9))).toEqual(fives(T0, 3, GAP));
  expect(ofWeeks(minutes(T0 + 60, 1, 2, 3))).toEqual(fives(T0 + 300));
  expect([T0, T0 + 14, T0 + 60, T0 + 240, T0 + 300].map(isOfWeeks)).toEqual([true, true, false, false, true]);
});

it('the weeks before join the minutes by straight lines', () => {
  const joined = withWeeks(minutes(T0 + 600, 50, 52), fives(T0, 10, 20, 51));
  expect(joined).toEqual(minutes(T0, 10, 12, 14, 16, 18, 20, 26, 32, 38, 44, 50, 52));
});

it('of what the weeks lack nothing is made up: half an hour without data stays one', () => {
  const joined = withWeeks(minutes(T0 + 3_000, 7), fives(T0, 10, GAP, 20, GAP, GAP, GAP, GAP, 40, GAP, GAP));
  const known = [...joined.values.keys()].filter((m) => !Number.isNaN(joined.values[m]!));
  // One value that is missing is a step twice as long; the last one is 15 minutes from the first minute.
  expect(known).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 35, 50]);
  expect(joined.values[5]).toBe(15);
});

it('a gap of the minutes stays, though the weeks begin before it', () => {
  const joined = withWeeks(minutes(T0 + 300, 5, GAP, GAP, 8), fives(T0, 1, 5));
  expect([...joined.values.slice(5)]).toEqual([5, GAP, GAP, 8]);
});

it('without weeks, or with none from before the minutes, a history is what it was', () => {
  const history = minutes(T0, 1, 2, 3);
  expect(withWeeks(history, undefined)).toBe(history);
  expect(withWeeks(history, fives(T0, 1))).toBe(history);
  expect(withWeeks(minutes(0), fives(T0, 1)).values).toHaveLength(0);
  const week = minutes(T0, ...new Float64Array(7 * 1_440).fill(3));
  expect(asKept(week)).toBe(week);
});

it('of five weeks of minutes eight days stay, and each fifth minute of the 20 days before', () => {
  const long = minutes(T0, ...Array.from({ length: 35 * 1_440 }, (_, m) => m));
  const kept = asKept(long);
  expect(kept.startSeconds).toBe(T0 + 7 * 86_400);
  expect(kept.values).toHaveLength(28 * 1_440);
  // A line is its own interpolation.
  expect(kept.values.every((value, m) => value === m + 7 * 1_440)).toBe(true);
});

it('whatever is missing, a minute of the last eight days stays as it is, and what was known each five minutes before, too', () => {
  const value = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 1_000 }) }, fc.constant(GAP));
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 60 }),
      fc.array(value, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 0, max: 9 }),
      (old, young, offset) => {
        const start = T0 + 60 * offset;
        const all = minutes(start, ...old, ...young);
        const recent = minutes(start + 60 * old.length, ...young);
        const joined = withWeeks(recent, ofWeeks(all));
        const at = (series: Series, seconds: number) => series.values[(seconds - series.startSeconds) / 60] ?? GAP;
        for (let m = 0; m < all.values.length; m++) {
          const seconds = start + 60 * m;
          const isKept = isOfWeeks(seconds) && !Number.isNaN(all.values[m]!) && joined !== recent;
          if (m >= old.length || isKept) expect(at(joined, seconds)).toBe(all.values[m]);
        }
        expect(joined.values.length - recent.values.length).toBe((recent.startSeconds - joined.startSeconds) / 60);
      },
    ),
    { numRuns: 200 },
  );
});
