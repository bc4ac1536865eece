import { SCORE_LEVELS } from '../score.ts';
import type { Trace } from '../traces.ts';
import type { Job } from './windows.ts';

/** What a method, ours or a peer, is given: a file of JSON. Gaps are null. */
export interface Work {
  readonly levels: readonly number[];
  readonly traces: Readonly<Record<string, WorkTrace>>;
  readonly jobs: readonly Job[];
}

interface WorkTrace {
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly values: readonly (number | null)[];
}

/** One forecast from one origin. */
export interface Answer {
  readonly job: number;
  readonly origin: number;
  /** Step h of `values` is (h + 1) steps after the newest value of the history. */
  readonly stepSeconds: number;
  /** The first of a job with the time of its fit. */
  readonly seconds: number;
  /** [level][step], at `levels`, or at those of the work. */
  readonly values: readonly (readonly number[])[];
  readonly levels?: readonly number[];
}

/** All that a method said. */
export interface Answers {
  readonly method: string;
  readonly ours: boolean;
  readonly answers: readonly Answer[];
  /** In words, with the job that failed. */
  readonly failures: readonly { readonly job: number; readonly why: string }[];
  /** Peak resident memory of its process; NaN where it did not come to its end. */
  readonly peakBytes: number;
  /** Why it was stopped, if it was. */
  readonly stopped?: string;
}

/** What is handed out: the jobs, and of each load only what comes before its last origin. */
export function workOf(traces: readonly Trace[], jobs: readonly Job[]): Work {
  const taken: Record<string, WorkTrace> = {};
  for (const { name, series } of traces) {
    const own = jobs.filter(({ trace }) => trace === name);
    const end = Math.max(0, ...own.flatMap(({ origins }) => origins));
    taken[name] = {
      startSeconds: series.startSeconds,
      stepSeconds: series.stepSeconds,
      values: Array.from(series.values.subarray(0, end), (v) => (Number.isNaN(v) ? null : v)),
    };
  }
  return { levels: SCORE_LEVELS, traces: taken, jobs };
}

/** The work's trace as a series again. */
export function seriesOf({ startSeconds, stepSeconds, values }: WorkTrace): Trace['series'] {
  return { startSeconds, stepSeconds, values: Float64Array.from(values, (v) => v ?? Number.NaN) };
}

/** The lines of a method's process as its answers. @throws where a line is not one of them */
export function parseAnswers(method: string, ours: boolean, lines: readonly string[], stopped?: string): Answers {
  const answers: Answer[] = [];
  const failures: { job: number; why: string }[] = [];
  let peakBytes = Number.NaN;
  for (const line of lines) {
    const said = JSON.parse(line) as Partial<Answer> & { failed?: string; peakBytes?: number };
    if (said.peakBytes !== undefined) peakBytes = said.peakBytes;
    else if (said.failed !== undefined) failures.push({ job: said.job!, why: said.failed });
    else if (said.values !== undefined) answers.push(said as Answer);
    else throw new Error(`${method} printed ${line.slice(0, 200)}`);
  }
  return { method, ours, answers, failures, peakBytes, ...(stopped === undefined ? {} : { stopped }) };
}
