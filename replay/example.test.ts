import { describe, expect, it } from 'vitest';
import { DAY_SECONDS } from '../core/series.ts';
import { EXAMPLE_START_SECONDS, exampleTrace } from './example.ts';

const trace = exampleTrace();
const week2 = EXAMPLE_START_SECONDS + 7 * DAY_SECONDS;
const peakBetween = (from: number, to: number) =>
  trace.values.reduce(
    (max, value, i) => (trace.times[i]! >= from && trace.times[i]! < to ? Math.max(max, value) : max),
    0,
  );

describe('the embedded example', () => {
  it('is fourteen days of about 40 to 900 requests a second', () => {
    expect(trace.times[0]).toBe(EXAMPLE_START_SECONDS);
    expect(trace.times.at(-1)).toBe(EXAMPLE_START_SECONDS + 14 * DAY_SECONDS - 60);
    expect(Math.min(...trace.values)).toBeGreaterThan(20);
    expect(Math.max(...trace.values)).toBeGreaterThan(750);
    expect(Math.max(...trace.values)).toBeLessThan(1000);
  });

  it('starts on a Monday and has strictly ascending rows', () => {
    expect(new Date(EXAMPLE_START_SECONDS * 1000).getUTCDay()).toBe(1);
    for (let i = 1; i < trace.times.length; i++) expect(trace.times[i]! - trace.times[i - 1]!).toBeGreaterThan(0);
  });

  it('has its promotion and its outage in the replayed week only', () => {
    expect(peakBetween(week2, Infinity)).toBeGreaterThan(1.3 * peakBetween(0, week2));
    const longestGap = (from: number, to: number) =>
      trace.times.reduce(
        (max, t, i) => (i > 0 && t >= from && t < to ? Math.max(max, t - trace.times[i - 1]!) : max),
        0,
      );
    expect(longestGap(0, week2)).toBeLessThanOrEqual(180);
    expect(longestGap(week2, Infinity)).toBe(52 * 60);
  });

  it('is the same each time, and another with another seed', () => {
    expect(exampleTrace()).toEqual(trace);
    expect(exampleTrace(7).values).not.toEqual(trace.values);
  });
});
