import { performance } from 'node:perf_hooks';
import type { Model } from '../core/forecast.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Series } from '../core/series.ts';
import { forecastDay, forecastWithCorrection } from '../forecaster/day-ahead/forecast.ts';
import { nowcastAt } from '../forecaster/day-ahead/nowcast.ts';
import { MODELS } from '../models/registry.ts';
import type { BenchOptions, BenchResult } from './bench.ts';
import { SCORE_LEVELS, Score } from './score.ts';
import { readTraces, type Trace } from './traces.ts';

const HISTORY_DAYS = 7;
const LEAST_HISTORY_DAYS = 3;
/** Origins of the published comparison: end − 3 d, end − 2 d, end − 1 d. */
const LAST_ORIGINS = 3;
const MAX_ORIGINS = 14;
const LEAD_SECONDS = 300;

/** Day-ahead accuracy of every model and of the selected forecast, and 5 minutes ahead against persistence, by trace. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const columns = [
    'trace',
    'forecast',
    'WAPE',
    'loss',
    'cover95',
    'WAPE all',
    'loss all',
    'cover95 all',
    'origins',
    'ms',
  ];
  const traces = await readTraces(options.traces);
  if (typeof traces === 'string') return { title: 'accuracy', columns, rows: [], notes: [traces] };
  const rows: (string | number)[][] = [];
  for (const trace of traces) {
    const origins = originsOf(trace.series, options.quick ? LAST_ORIGINS : MAX_ORIGINS);
    rows.push(dayAhead(trace, 'selected', origins));
    if (!options.quick) {
      rows.push(dayAhead(trace, 'selected, without the network', origins, { models: CLASSICAL }));
      const least = new Float64Array(LAST_ORIGINS).fill(Number.POSITIVE_INFINITY);
      for (const model of MODELS) rows.push(dayAhead(trace, model.name, origins, { models: [model], least }));
      const hindsight = least.reduce((sum, loss) => sum + loss, 0) / LAST_ORIGINS;
      rows.push([trace.name, 'best model of each day, known afterwards', Number.NaN, hindsight, ...NO_FIGURES]);
    }
    rows.push(...leadAhead(trace, origins.slice(0, LAST_ORIGINS)));
  }
  return { title: 'accuracy', columns, rows: [...rows, ...averages(rows)], notes: NOTES };
}

/** What follows WAPE and loss in a row that has neither. */
const NO_FIGURES = [Number.NaN, Number.NaN, Number.NaN, Number.NaN, LAST_ORIGINS, Number.NaN];

const NOTES = [
  `${HISTORY_DAYS} days of history, a day ahead at the trace's own step; WAPE, loss and cover95 are means over the last ${LAST_ORIGINS} origins (end − 3, − 2, − 1 days), "all" pooled over up to ${MAX_ORIGINS} origins`,
  'loss: mean over levels 0.5 … 0.99 of 2 Σ pinball ÷ Σ load; cover95: share of loads at or under the 0.95 quantile',
  '"5 min": the next sample at least five minutes ahead, from every fifth minute of those days; persistence is the newest value, yesterday the value a day before the target',
];

/** Indices of forecast origins, newest first; the last three always. */
function originsOf(series: Series, most: number): number[] {
  const day = DAY_SECONDS / series.stepSeconds;
  const n = series.values.length;
  const all: number[] = [];
  const first = Math.min(HISTORY_DAYS, n / day - LAST_ORIGINS);
  for (let days = 1; n - days * day >= Math.max(first, LEAST_HISTORY_DAYS) * day; days++)
    all.push(Math.round(n - days * day));
  if (all.length <= most) return all;
  const stride = (all.length - LAST_ORIGINS) / Math.max(1, most - LAST_ORIGINS);
  const older = Array.from({ length: most - LAST_ORIGINS }, (_, i) => all[LAST_ORIGINS + Math.floor(i * stride)]!);
  return [...all.slice(0, LAST_ORIGINS), ...older];
}

function historyBefore(series: Series, origin: number): Series {
  const from = Math.max(0, origin - Math.round((HISTORY_DAYS * DAY_SECONDS) / series.stepSeconds));
  return {
    startSeconds: series.startSeconds + from * series.stepSeconds,
    stepSeconds: series.stepSeconds,
    values: series.values.slice(from, origin),
  };
}

const CLASSICAL = MODELS.filter(({ name }) => name !== 'network');

const FIGURES = ['wape', 'loss', 'coverage'] as const;
type Figure = (typeof FIGURES)[number];

function dayAhead(
  { name, series }: Trace,
  label: string,
  origins: readonly number[],
  choice: {
    /** Default: all. Of one alone, histories that it can't serve are left out. */
    readonly models?: readonly Model[];
    /** The least loss of any model so far, one an origin. */
    readonly least?: Float64Array;
  } = {},
): (string | number)[] {
  const { models, least } = choice;
  const model = models?.length === 1 ? models[0] : undefined;
  const last: Score[] = [];
  const all = new Score();
  const day = Math.round(DAY_SECONDS / series.stepSeconds);
  let milliseconds = 0;
  for (const [i, origin] of origins.entries()) {
    const history = historyBefore(series, origin);
    if (model && (model.name.includes('detected') || model.unfit(history, { seasonSeconds: [] }) !== undefined))
      continue;
    const began = performance.now();
    const chosen = models ? { models } : {};
    const forecast = forecastDay(history, { stepSeconds: series.stepSeconds, levels: SCORE_LEVELS, ...chosen });
    milliseconds += performance.now() - began;
    const actual = series.values.subarray(origin, origin + day);
    if (i < LAST_ORIGINS) {
      const own = new Score();
      own.add(actual, forecast);
      last.push(own);
      if (least && own.loss < least[i]!) least[i] = own.loss;
    }
    all.add(actual, forecast);
  }
  // As published: the three origins' figures averaged; over all origins the sums, so that a nearly idle day decides nothing.
  const known = last.filter((score) => !score.empty);
  const mean = (key: Figure): number => known.reduce((sum, score) => sum + score[key], 0) / known.length;
  return [
    name,
    label,
    ...FIGURES.map(mean),
    ...FIGURES.map((key) => (all.empty ? Number.NaN : all[key])),
    origins.length,
    milliseconds / Math.max(1, origins.length),
  ];
}

function leadAhead({ name, series }: Trace, origins: readonly number[]): (string | number)[][] {
  const nowcasts = new Score();
  const persistence = new Score();
  const yesterday = new Score();
  const step = series.stepSeconds;
  const lead = Math.max(1, Math.round(LEAD_SECONDS / step));
  const day = Math.round(DAY_SECONDS / step);
  const point = (value: number) => ({ levels: SCORE_LEVELS, values: SCORE_LEVELS.map(() => Float64Array.of(value)) });
  for (const origin of origins) {
    const { forecast, correction } = forecastWithCorrection(historyBefore(series, origin));
    const learned = correction();
    for (let i = origin; i + lead < origin + day; i += Math.max(1, Math.round(LEAD_SECONDS / step))) {
      const actual = series.values.subarray(i + lead, i + lead + 1);
      const newest = series.values[i]!;
      const dayBefore = series.values[i + lead - day]!;
      if (Number.isNaN(actual[0]!) || Number.isNaN(newest) || Number.isNaN(dayBefore)) continue;
      const from = Math.max(0, i - Math.round(HOUR_SECONDS / step));
      const observed = {
        startSeconds: series.startSeconds + from * step,
        stepSeconds: step,
        values: series.values.subarray(from, i + 1),
      };
      const at = nowcastAt(forecast, learned, observed, lead * step);
      nowcasts.add(actual, { levels: SCORE_LEVELS, values: SCORE_LEVELS.map((_, l) => at.subarray(l, l + 1)) });
      persistence.add(actual, point(newest));
      yesterday.add(actual, point(dayBefore));
    }
  }
  return (
    [
      ['5 min: nowcast', nowcasts],
      ['5 min: persistence', persistence],
      ['5 min: yesterday', yesterday],
    ] as const
  ).map(([label, score]) => [
    name,
    label,
    ...(score.empty ? [Number.NaN, Number.NaN, Number.NaN] : [score.wape, score.loss, score.coverage]),
    Number.NaN,
    Number.NaN,
    Number.NaN,
    origins.length,
    Number.NaN,
  ]);
}

/** Geometric means of WAPE and loss (traces differ by a hundred times), means of the rest, by forecast. */
function averages(rows: readonly (readonly (string | number)[])[]): (string | number)[][] {
  const labels = [...new Set(rows.map((row) => String(row[1])))];
  return labels.map((label) => {
    const own = rows.filter((row) => row[1] === label);
    const mean = (c: number, geometric: boolean): number => {
      const values = own.map((row) => Number(row[c])).filter((v) => Number.isFinite(v) && (!geometric || v > 0));
      const sum = values.reduce((total, v) => total + (geometric ? Math.log(v) : v), 0);
      return values.length === 0 ? Number.NaN : geometric ? Math.exp(sum / values.length) : sum / values.length;
    };
    const figures = [2, 3, 4, 5, 6, 7].map((c) => mean(c, c !== 4 && c !== 7));
    return ['all traces', label, ...figures, own.length, mean(9, false)];
  });
}
