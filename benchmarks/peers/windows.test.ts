import { describe, expect, it } from 'vitest';
import { DAY_SECONDS, HOUR_SECONDS } from '../../core/series.ts';
import { workOf } from './answers.ts';
import { historyAt, jobsOf, recent } from './windows.ts';

function trace(days: number, stepSeconds: number) {
  const length = (days * DAY_SECONDS) / stepSeconds;
  return { name: 'load', series: { startSeconds: 0, stepSeconds, values: Float64Array.from({ length }, (_, i) => i) } };
}

describe('windows', () => {
  it('are the accuracy benchmark’s origins for a day, and all through those days for an hour', () => {
    const whole = recent(trace(20, 300));
    expect(whole.series.values[0]).toBe(10 * 288);
    const jobs = jobsOf([whole], false);
    const n = whole.series.values.length;
    const daily = jobs.filter(({ horizonSeconds }) => horizonSeconds === DAY_SECONDS);
    expect(daily.map(({ origins }) => origins)).toEqual([[n - 3 * 288], [n - 2 * 288], [n - 288]]);
    const hourly = jobs.filter(({ horizonSeconds }) => horizonSeconds === HOUR_SECONDS);
    expect(hourly).toHaveLength(12);
    const origins = hourly.flatMap((job) => job.origins);
    expect(origins).toEqual(Array.from({ length: 78 }, (_, i) => n - 3 * 288 + 11 * i));
    // Every five minutes of an hour is looked at.
    expect(new Set(origins.map((origin) => origin % 12)).size).toBe(12);
    for (const job of jobs) expect(job.origins[0]! - job.from).toBe(7 * 288);
  });

  it.each([60, 600, 1_800])('end where the load ends, at a step of %i s', (stepSeconds) => {
    const whole = trace(9, stepSeconds);
    const hour = HOUR_SECONDS / stepSeconds;
    const jobs = jobsOf([whole], false);
    const last = Math.max(...jobs.filter((job) => job.horizonSeconds === HOUR_SECONDS).flatMap((job) => job.origins));
    expect(last + hour).toBeLessThanOrEqual(whole.series.values.length);
    expect(last + 2 * hour).toBeGreaterThan(whole.series.values.length);
    for (const { from } of jobs) expect(from).toBeGreaterThanOrEqual(0);
  });

  it('are not asked of a load of four days but once, and of one of three days never', () => {
    expect(jobsOf([trace(4, 300)], false).filter(({ horizonSeconds }) => horizonSeconds === DAY_SECONDS)).toHaveLength(
      1,
    );
    expect(jobsOf([trace(3, 300)], false)).toEqual([]);
  });

  it('show a method nothing after the last origin, and a history that ends before its own', () => {
    const whole = trace(9, 300);
    const jobs = jobsOf([whole], false);
    const { values } = workOf([whole], jobs).traces.load!;
    expect(values).toHaveLength(Math.max(...jobs.flatMap(({ origins }) => origins)));
    for (const job of jobs) {
      for (const origin of job.origins) {
        const history = historyAt(whole.series, job, origin);
        expect(history.values.at(-1)).toBe(origin - 1);
        expect(history.values).toHaveLength(job.origins[0]! - job.from);
        expect(history.startSeconds).toBe(history.values[0]! * 300);
      }
    }
  });
});
