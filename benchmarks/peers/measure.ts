import { DAY_SECONDS, HOUR_SECONDS, type Series } from '../../core/series.ts';
import { pinballSum } from '../../forecaster/day-ahead/backtest.ts';
import { SCORE_LEVELS, Score } from '../score.ts';
import type { Trace } from '../traces.ts';
import type { Answer, Answers } from './answers.ts';
import { historyAt, type Job, LEAD_SECONDS } from './windows.ts';

/** Horizons of the comparison. */
export const HORIZONS = ['5 min', '1 h', '24 h'] as const;
export type Horizon = (typeof HORIZONS)[number];

const MEDIAN = 0;
const UPPER = SCORE_LEVELS.indexOf(0.95);

/** How well a method did on one load at one horizon. Lower is better but for `cover95`, which is best at 0.95. */
export interface PeerRow {
  readonly trace: string;
  readonly horizon: Horizon;
  readonly method: string;
  readonly ours: boolean;
  /** Forecasts that were scored, and those that failed or did not come. */
  readonly windows: number;
  readonly missing: number;
  readonly WAPE: number;
  /** Mean absolute error ÷ that of "the value a day before" within the history. */
  readonly MASE: number;
  /** Mean over SCORE_LEVELS of 2 Σ pinball ÷ Σ load; NaN where the method knows fewer levels. */
  readonly loss: number;
  /** Share of loads at or under the 0.95 quantile. */
  readonly cover95: number;
  /** 2 Σ pinball ÷ Σ load at one level. */
  readonly pinball50: number;
  readonly pinball95: number;
  /** CPU of one fit with its forecast, mean. */
  readonly seconds: number;
  /** Peak of the method's process over all loads. */
  readonly megabytes: number;
}

/** One forecast that can be compared: from `from` on at the load's own step. */
interface Window {
  readonly actual: Float64Array;
  readonly values: readonly Float64Array[];
  readonly scale: number;
}

/** Every trace and horizon of one method, by the same code whoever answered. */
export function measure(said: Answers, traces: readonly Trace[], jobs: readonly Job[]): PeerRow[] {
  const byJob = new Map<number, Answer[]>();
  for (const answer of said.answers) byJob.set(answer.job, [...(byJob.get(answer.job) ?? []), answer]);
  return traces.flatMap(({ name, series }) =>
    HORIZONS.flatMap((horizon) => {
      const reach = horizon === '24 h' ? DAY_SECONDS : HOUR_SECONDS;
      const own = jobs.filter(({ trace, horizonSeconds }) => trace === name && horizonSeconds === reach);
      const pairs = own.flatMap((job) => (byJob.get(job.id) ?? []).map((answer) => ({ job, answer })));
      // A method of the lead alone knows one step.
      const usable = pairs.filter(({ answer }) => answer.levels === undefined || horizon === '5 min');
      const windows = usable.flatMap(({ job, answer }) => windowOf(series, job, answer, horizon) ?? []);
      if (windows.length === 0) return [];
      const asked = own.reduce((sum, { origins }) => sum + origins.length, 0);
      const fits = usable.filter(({ job, answer }) => answer.origin === job.origins[0]);
      return [
        {
          trace: name,
          horizon,
          method: said.method,
          ours: said.ours,
          windows: windows.length,
          missing: asked - pairs.length,
          ...figures(windows, horizon === '24 h'),
          seconds: mean(fits.map(({ answer }) => answer.seconds)),
          megabytes: said.peakBytes / 2 ** 20,
        },
      ];
    }),
  );
}

/** 5 minutes: the first value at least so far ahead. 1 hour, 24 hours: every value until then. */
function windowOf(series: Series, job: Job, answer: Answer, horizon: Horizon): Window | undefined {
  const { stepSeconds } = series;
  const { origin } = answer;
  const lead = Math.max(1, Math.round(LEAD_SECONDS / stepSeconds));
  const reach = horizon === '5 min' ? lead : Math.max(1, Math.round(job.horizonSeconds / stepSeconds));
  const from = horizon === '5 min' ? origin + lead - 1 : origin;
  const actual = series.values.subarray(from, origin + reach);
  if (!actual.some(Number.isFinite)) return undefined;
  const levels = answer.levels ?? SCORE_LEVELS;
  const values = SCORE_LEVELS.map((level) => {
    const l = levels.indexOf(level);
    if (l < 0) return new Float64Array(actual.length).fill(Number.NaN);
    const path = atStep(answer.values[l]!, answer.stepSeconds, stepSeconds, newest(series, origin), reach);
    return path.subarray(path.length - actual.length);
  });
  return { actual, values, scale: seasonalError(historyAt(series, job, origin)) };
}

/** At the load's step: straight lines between the newest value and the steps of a coarser answer. No load is less than nothing. */
function atStep(path: readonly number[], from: number, to: number, now: number, length: number): Float64Array {
  return Float64Array.from({ length }, (_, h) => {
    const at = Math.min(path.length, ((h + 1) * to) / from);
    const low = Math.floor(at);
    const before = low === 0 ? now : path[low - 1]!;
    return Math.max(0, at === low ? before : before + (path[low]! - before) * (at - low));
  });
}

function newest({ values }: Series, origin: number): number {
  for (let i = origin - 1; i >= 0; i--) if (Number.isFinite(values[i]!)) return values[i]!;
  return 0;
}

/** Mean |y(t) − y(t − 1 day)| of the history; of neighbours where there is no pair a day apart. */
function seasonalError({ values, stepSeconds }: Series): number {
  for (const lag of [Math.round(DAY_SECONDS / stepSeconds), 1]) {
    let sum = 0;
    let count = 0;
    for (let i = lag; i < values.length; i++) {
      const change = Math.abs(values[i]! - values[i - lag]!);
      if (Number.isNaN(change)) continue;
      sum += change;
      count++;
    }
    if (sum > 0) return sum / count;
  }
  return Number.NaN;
}

type Figures = Pick<PeerRow, 'WAPE' | 'MASE' | 'loss' | 'cover95' | 'pinball50' | 'pinball95'>;

/** Of long windows the figures are averaged, as the accuracy benchmark does; short ones are pooled, as one value is no share. */
function figures(windows: readonly Window[], averaged: boolean): Figures {
  if (averaged) {
    const each = windows.map((window) => figures([window], false));
    const of = (key: keyof Figures) => mean(each.map((one) => one[key]));
    return {
      WAPE: of('WAPE'),
      MASE: of('MASE'),
      loss: of('loss'),
      cover95: of('cover95'),
      pinball50: of('pinball50'),
      pinball95: of('pinball95'),
    };
  }
  const score = new Score();
  const scaled: number[] = [];
  let load = 0;
  const pinball = [0, 0];
  for (const { actual, values, scale } of windows) {
    score.add(actual, { levels: SCORE_LEVELS, values });
    const errors = Array.from(actual, (y, i) => Math.abs(y - values[MEDIAN]![i]!)).filter(Number.isFinite);
    if (Number.isFinite(scale)) scaled.push(mean(errors) / scale);
    for (const y of actual) if (!Number.isNaN(y)) load += Math.abs(y);
    pinball[0]! += 2 * pinballSum(actual, values[MEDIAN]!, 0.5);
    pinball[1]! += 2 * pinballSum(actual, values[UPPER]!, 0.95);
  }
  const whole = windows.every(({ values }) => values.every((path) => !path.some(Number.isNaN)));
  return {
    WAPE: score.wape,
    MASE: mean(scaled),
    loss: whole ? score.loss : Number.NaN,
    cover95: score.coverage,
    pinball50: pinball[0]! / load,
    pinball95: pinball[1]! / load,
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}
