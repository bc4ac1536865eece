import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resample } from '../core/resample.ts';
import { MINUTE_SECONDS, type Series } from '../core/series.ts';
import { forecastDay } from '../forecaster/day-ahead/forecast.ts';
import { exampleTrace } from '../replay/example.ts';
import type { BenchOptions, BenchResult } from './bench.ts';
import { readTraces } from './traces.ts';

const HISTORY_MINUTES = 10_080;
const FORECASTS = 31;
const STARTS = 11;
/** What each must not exceed, and what the nearest peer takes (statsforecast 2.1.1 MSTL, published with its figures). */
const FORECAST_TARGET_MS = 15;
const MSTL_MS = 7_100;
const REPLAY_TARGET_SECONDS = 4;
const REPLAY_TARGET_MB = 300;
const START_TARGET_MS = 300;
const COLUMNS = ['what', 'measured', 'unit', 'target', 'verdict', 'beside', 'beside ÷ measured'];

/** The built command beside this built module, or from the sources' folder. */
const COMMAND = ['../cli/main.js', '../dist/cli/main.js']
  .map((path) => new URL(path, import.meta.url).pathname)
  .find((path) => existsSync(path));

/** How fast a forecast, a replay and the start of the command are: medians on an otherwise idle core. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const rows = [
    ...(await forecasts(options)),
    ...(COMMAND ? [...(await replays(COMMAND, options)), ...starts(COMMAND, options)] : []),
  ];
  return { title: 'speed', columns: COLUMNS, rows, notes: NOTES };
}

const NOTES = [
  `forecast: period detection, selection by backtest, fit and 24 hours by minute of ${HISTORY_MINUTES} points; the median of ${FORECASTS} after as many to warm up, one thread`,
  `beside a forecast: statsforecast 2.1.1 MSTL, ${MSTL_MS} ms for one fit and forecast of such a series (a published figure of another machine, not measured beside it)`,
  'replay: the embedded example, 14 days of one-minute load, 7 of them replayed, all policies and the three report files; wall time and peak resident memory of its own process',
  `--help: the median of ${STARTS} starts, beside an empty script of the same Node`,
];

type Row = (string | number)[];

function row(what: string, measured: number, unit: string, target?: number, beside?: number): Row {
  const verdict = target === undefined ? '' : measured <= target ? 'met' : 'NOT MET';
  return [what, measured, unit, target ?? '', verdict, beside ?? '', beside === undefined ? '' : beside / measured];
}

function tell(options: BenchOptions, [what, measured, unit]: Row): void {
  options.progress?.(`${what}: ${Number(measured).toFixed(1)} ${unit}`);
}

async function forecasts(options: BenchOptions): Promise<Row[]> {
  const example = resample(exampleTrace(), MINUTE_SECONDS);
  const series = new Map<string, Series>([['embedded example', example]]);
  const traces = await readTraces(options.traces);
  if (typeof traces !== 'string') {
    for (const { name, series: own } of traces) {
      if (own.stepSeconds === MINUTE_SECONDS && !options.quick) series.set(name, own);
    }
  }
  return [...series]
    .filter(([name]) => name.includes(options.only ?? ''))
    .map(([name, { values, ...rest }]) => {
      const history = { ...rest, values: values.slice(0, HISTORY_MINUTES) };
      const milliseconds = medianOf(FORECASTS, () => void forecastDay(history));
      const measured = row(`forecast ${name}`, milliseconds, 'ms', FORECAST_TARGET_MS, MSTL_MS);
      tell(options, measured);
      return measured;
    });
}

/** The command itself in a process of its own; it says its peak memory as it ends. */
async function replays(command: string, options: BenchOptions): Promise<Row[]> {
  const out = await mkdtemp(join(tmpdir(), 'prescale-speed-'));
  const tellMemory = 'process.on("exit",()=>process._rawDebug("peak-kib="+process.resourceUsage().maxRSS))';
  try {
    const began = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        `data:text/javascript,${encodeURIComponent(tellMemory)}`,
        command,
        'replay',
        '--fixed',
        '20',
        '--out',
        out,
      ],
      { encoding: 'utf8' },
    );
    const seconds = (performance.now() - began) / 1_000;
    if (status !== 0) throw new Error(`replay ended with ${status}: ${stderr}`);
    const megabytes = (Number(/peak-kib=(\d+)/.exec(stderr)?.[1]) * 1_024) / 1e6;
    const rows = [
      row('replay, 14 days, all policies', seconds, 's', REPLAY_TARGET_SECONDS),
      row('replay, peak memory', megabytes, 'MB', REPLAY_TARGET_MB),
    ];
    for (const measured of rows) tell(options, measured);
    return rows;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

function starts(command: string, options: BenchOptions): Row[] {
  const start = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  };
  const empty = medianOf(STARTS, () => start('-e', '0'));
  const measured = row(
    'prescale --help',
    medianOf(STARTS, () => start(command, '--help')),
    'ms',
    START_TARGET_MS,
    empty,
  );
  tell(options, measured);
  return [measured];
}

/** Median milliseconds of `count` runs, after as many that don't count. */
function medianOf(count: number, work: () => void): number {
  for (let i = 0; i < count; i++) work();
  const times = Array.from({ length: count }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  }).sort((a, b) => a - b);
  return times[count >> 1]!;
}
