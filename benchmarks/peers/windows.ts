import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import type { Trace } from '../traces.ts';

/** Seven days, as `prescale forecast` and the addon have. */
export const HISTORY_DAYS = 7;
/** A history is at least so long, days: shorter traces have fewer origins. */
const LEAST_HISTORY_DAYS = 3;
/** Origins a day ahead: end − 3 d, end − 2 d, end − 1 d, as in the accuracy benchmark. */
const DAYS = 3;
/** Methods are fitted anew every six hours and, between, applied to the history as it grows. */
const REFIT_SECONDS = 6 * HOUR_SECONDS;
/** No part of an hour, or a load that jumps on the hour would be looked at only there. */
const UPDATE_SECONDS = 53 * MINUTE_SECONDS;
/** The start-up lead: p90 of a slow start-up (180 s) and an observation that is 75 s old, rounded up to minutes. */
export const LEAD_TIME_SECONDS = 300;

/** One fit of a method and what it is asked for. Indices count values of the trace; what is before an index is known there. */
export interface Job {
  readonly id: number;
  readonly trace: string;
  readonly horizonSeconds: number;
  /** Where the history begins that the method is fitted on; it ends before `origins[0]`. */
  readonly from: number;
  /** It forecasts from each of these, each time on a history as long as the first. */
  readonly origins: readonly number[];
}

/** Per trace one fit a day for the next 24 hours, and one each six hours for the next hour, asked again each 53 minutes. */
export function jobsOf(traces: readonly Trace[], quick: boolean): Job[] {
  const jobs: Omit<Job, 'id'>[] = [];
  for (const { name, series } of traces) {
    const steps = (seconds: number) => Math.max(1, Math.round(seconds / series.stepSeconds));
    const n = series.values.length;
    const day = steps(DAY_SECONDS);
    const from = (at: number) => Math.max(0, at - steps(HISTORY_DAYS * DAY_SECONDS));
    const backs = Array.from({ length: quick ? 1 : DAYS }, (_, i) => i + 1).reverse();
    const daily = backs.map((back) => n - back * day).filter((origin) => origin >= LEAST_HISTORY_DAYS * day);
    for (const at of daily) jobs.push({ trace: name, horizonSeconds: DAY_SECONDS, from: from(at), origins: [at] });
    const last = n - Math.max(steps(HOUR_SECONDS), steps(LEAD_TIME_SECONDS));
    let fitAt = daily[0] ?? n;
    let origins: number[] = [];
    for (let at = fitAt; at <= last; at += steps(UPDATE_SECONDS)) {
      if (at >= fitAt) {
        origins = [];
        jobs.push({ trace: name, horizonSeconds: HOUR_SECONDS, from: from(at), origins });
        fitAt += steps(REFIT_SECONDS);
      }
      origins.push(at);
    }
  }
  return jobs.map((job, id) => ({ id, ...job }));
}

/** The part of a load that jobs look at, so that indices and files stay small. */
export function recent({ name, series }: Trace): Trace {
  const from = Math.max(
    0,
    series.values.length - Math.round(((HISTORY_DAYS + DAYS) * DAY_SECONDS) / series.stepSeconds),
  );
  const startSeconds = series.startSeconds + from * series.stepSeconds;
  return { name, series: { ...series, startSeconds, values: series.values.slice(from) } };
}

/** The history of a job as it stands at `origin`: it moves along with the origin and keeps its length. */
export function historyAt(series: Series, job: Job, origin: number): Series {
  const from = job.from + origin - job.origins[0]!;
  return {
    startSeconds: series.startSeconds + from * series.stepSeconds,
    stepSeconds: series.stepSeconds,
    values: series.values.slice(from, origin),
  };
}
