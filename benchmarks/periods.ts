import { performance } from 'node:perf_hooks';
import { seededRandom } from '../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Series } from '../core/series.ts';
import { cleanHistory } from '../forecaster/clean.ts';
import { detectPeriods } from '../forecaster/period/period.ts';
import type { BenchOptions, BenchResult } from './bench.ts';
import { generateLoad } from './generated-load.ts';
import { readTraces } from './traces.ts';

const SERIES = 800;
const QUICK_SERIES = 120;
/** A found length within this share of the true one is right. */
const TOLERANCE = 0.05;
const HISTORY_DAYS = 7;
const SEED = 1;

/** Precision and recall of period detection on generated series by number of periods, and what it says about two real loads. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const columns = ['set', 'series', 'precision', 'recall', 'F1', 'ms'];
  const generated = scoreGenerated(options.quick ? QUICK_SERIES : SERIES);
  const traces = await readTraces(options.traces);
  const real =
    typeof traces === 'string'
      ? []
      : [
          claims(
            'cpu_awsasg_5m: 1 h found (recall)',
            traces.find((t) => t.name === 'cpu_awsasg_5m')?.series,
            HOUR_SECONDS,
          ),
          claims(
            'burst_tweets_aapl_5m: none claimed (recall)',
            traces.find((t) => t.name === 'burst_tweets_aapl_5m')?.series,
          ),
        ].filter((row) => row !== undefined);
  return {
    title: 'periods',
    columns,
    rows: [...generated, ...real],
    notes: [
      `generated: 0 to 3 periods of 10 min to a week, four shapes, noise (white and red), trend, level shift, outliers, missing data; right within ${100 * TOLERANCE} %`,
      'real loads: 7-day histories, an origin every twelve hours; recall is the share of origins that got it right',
      ...(typeof traces === 'string' ? [traces] : []),
    ],
  };
}

interface Tally {
  right: number;
  extra: number;
  missed: number;
  series: number;
  milliseconds: number;
}

function scoreGenerated(count: number): (string | number)[][] {
  const random = seededRandom(SEED);
  const tallies = [0, 1, 2, 3].map((): Tally => ({ right: 0, extra: 0, missed: 0, series: 0, milliseconds: 0 }));
  for (let i = 0; i < count; i++) {
    const tally = tallies[i % tallies.length]!;
    const { series, periodSeconds } = generateLoad(random, i % tallies.length);
    const began = performance.now();
    const found = detectPeriods(series).periods.map((p) => p.seconds);
    tally.milliseconds += performance.now() - began;
    tally.series++;
    let right = 0;
    for (const period of periodSeconds) {
      const at = found.findIndex((f) => Math.abs(f / period - 1) < TOLERANCE);
      if (at < 0) continue;
      found.splice(at, 1);
      right++;
    }
    tally.right += right;
    tally.missed += periodSeconds.length - right;
    tally.extra += found.length;
  }
  const total = tallies.reduce((a, b) => ({
    right: a.right + b.right,
    extra: a.extra + b.extra,
    missed: a.missed + b.missed,
    series: a.series + b.series,
    milliseconds: a.milliseconds + b.milliseconds,
  }));
  return [...tallies.map((t, k) => tallyRow(`generated, ${k} periods`, t)), tallyRow('generated, all', total)];
}

function tallyRow(label: string, { right, extra, missed, series, milliseconds }: Tally): (string | number)[] {
  const precision = right / (right + extra);
  const recall = right / (right + missed);
  return [label, series, precision, recall, (2 * precision * recall) / (precision + recall), milliseconds / series];
}

function claims(label: string, series: Series | undefined, seconds?: number): (string | number)[] | undefined {
  if (!series) return undefined;
  const length = Math.round((HISTORY_DAYS * DAY_SECONDS) / series.stepSeconds);
  let right = 0;
  let count = 0;
  const began = performance.now();
  for (let end = length; end <= series.values.length; end += Math.round(DAY_SECONDS / 2 / series.stepSeconds)) {
    const { periods } = detectPeriods(
      cleanHistory({ ...series, values: series.values.slice(end - length, end) }).series,
    );
    const ok =
      seconds === undefined ? periods.length === 0 : periods.some((p) => Math.abs(p.seconds / seconds - 1) < TOLERANCE);
    right += ok ? 1 : 0;
    count++;
  }
  return [label, count, Number.NaN, right / count, Number.NaN, (performance.now() - began) / count];
}
