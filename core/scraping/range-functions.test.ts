import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  avgOverTime,
  countOverTime,
  increase,
  instantValue,
  type RangeFunction,
  rate,
  rateOfOldCounter,
  windowReader,
} from './range-functions.ts';
import { SampleLog } from './sample-log.ts';

/** Samples [seconds, value]; no value: a staleness marker. */
function logOf(...samples: readonly (readonly [number, number?])[]): SampleLog {
  const log = new SampleLog(100_000);
  for (const [seconds, value] of samples) {
    if (value === undefined) log.markStale(seconds * 1000);
    else log.append(seconds * 1000, value);
  }
  return log;
}

function over(log: SampleLog, fn: RangeFunction, startSeconds: number, endSeconds: number): number | undefined {
  const window = { startMs: startSeconds * 1000, endMs: endSeconds * 1000 };
  return fn(windowReader()(log, window), window);
}

describe('rate and increase', () => {
  it('extrapolate to an edge that is within 1.1 spacings, and by half a spacing to one that is not', () => {
    // 4 samples over 45 s grow by 45; both edges are near: the whole minute is taken.
    const near = logOf([7, 100], [22, 115], [37, 130], [52, 145]);
    expect(over(near, increase, 0, 60)).toBeCloseTo(60, 9);
    expect(over(near, rate, 0, 60)).toBeCloseTo(1, 9);
    // The end is 38 s away, which is more than 16.5: 7 + 45 − 30 + 7.5 of what is covered.
    const far = logOf([7, 100], [22, 115]);
    expect(over(far, increase, 0, 60)).toBeCloseTo(7 + 15 + 7.5, 9);
  });

  it('do not go below zero: a counter that was 2 ten seconds in did not grow by 10 before', () => {
    const young = logOf([10, 2], [20, 12], [30, 22]);
    expect(over(young, increase, 0, 30)).toBeCloseTo(2 + 20, 9);
    expect(over(logOf([10, 500], [20, 510], [30, 520]), increase, 0, 30)).toBeCloseTo(30, 9);
  });

  it('add what was counted before a restart', () => {
    const restarted = logOf([0, 100], [15, 115], [30, 5], [45, 20], [60, 35]);
    expect(over(restarted, increase, 0, 60)).toBeCloseTo(15 + 5 + 30, 9);
  });

  it('need two samples, and pass over staleness markers', () => {
    expect(over(logOf([30, 1]), rate, 0, 60)).toBeUndefined();
    expect(over(logOf([15, 0], [30], [45, 30]), increase, 15, 45)).toBeCloseTo(30, 9);
    expect(over(logOf([15, 4], [30], [45, 8]), avgOverTime, 0, 60)).toBe(6);
    expect(over(logOf([15, 4], [30], [45, 8]), countOverTime, 0, 60)).toBe(2);
  });

  it('of a steady counter are its rate, whatever the phase, the spacing and the losses', () => {
    const scrapes = fc.uniqueArray(fc.integer({ min: 0, max: 600 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(scrapes, fc.double({ min: 0.1, max: 1e4, noNaN: true }), (times, perSecond) => {
        const seconds = [...times].sort((a, b) => a - b);
        const log = logOf(...seconds.map((at) => [at, 1e7 + at * perSecond] as const));
        // Over exactly the window that its samples span nothing is extrapolated.
        expect(over(log, rate, seconds[0]!, seconds.at(-1)!)! / perSecond).toBeCloseTo(1, 6);
      }),
    );
  });
});

describe('an instant', () => {
  it('has the newest value within the lookback, up to a staleness marker', () => {
    const log = logOf([0, 1], [15, 2], [30], [60, 3]);
    const at = (seconds: number, lookback = 300) => instantValue(log, seconds * 1000, lookback * 1000);
    expect([at(-1), at(0), at(14), at(15), at(29)]).toEqual([undefined, 1, 1, 2, 2]);
    expect([at(30), at(59), at(60), at(360), at(360.001)]).toEqual([undefined, undefined, 3, 3, undefined]);
    expect(at(90, 20)).toBeUndefined();
  });
});

describe('the samples of a series', () => {
  it('are kept for the retention, and those that are not newer are dropped', () => {
    const log = new SampleLog(60);
    for (let t = 0; t <= 1000; t++) log.append(t * 1000, t);
    log.append(500_000, 7);
    expect(log.newestMs).toBe(1_000_000);
    expect(log.times[log.from]).toBe(940_000);
    expect(log.end - log.from).toBe(61);
    expect(log.times.length).toBeLessThanOrEqual(256);
  });

  it('are found by a search as by looking through all of them', () => {
    const ascending = fc.uniqueArray(fc.nat(500), { maxLength: 200 }).map((times) => times.sort((a, b) => a - b));
    fc.assert(
      fc.property(ascending, fc.nat(500), (times, at) => {
        const log = logOf(...times.map((time) => [time, 1] as const));
        const expected = times.findIndex((time) => time >= at);
        expect(log.firstAt(at * 1000)).toBe(expected < 0 ? times.length : expected);
      }),
    );
  });
});

it('the rate of a counter whose zero is out of reach extrapolates to the start of the window, also from 0', () => {
  const old = logOf([10, 0], [20, 10], [30, 20]);
  expect(over(old, rate, 0, 30)).toBeCloseTo(20 / 30, 9);
  expect(over(old, rateOfOldCounter, 0, 30)).toBeCloseTo(1, 9);
});
