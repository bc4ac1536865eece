import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readTrace } from '../collector/trace/read-trace.io.ts';
import type { Samples } from '../core/series.ts';
import { eciStartup, logNormalStartup, type StartupLatency } from '../core/startup.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { toGrid } from '../replay/clock.ts';
import { effort, service } from '../replay/figures.ts';
import { replay } from '../replay/replay.ts';
import type { PolicyName, ReplaySettings } from '../replay/result.ts';
import type { BenchOptions, BenchResult } from './bench.ts';
import { firstDays, HISTORY_DAYS, settingsFor } from './frontier-cell.ts';

const POLICIES = ['hpa', 'hpa-tuned', 'predictive', 'oracle'] as const satisfies readonly PolicyName[];
const QUICK_DAYS = 14;

/** A file of ../shared/inputs, and what is asked of it. */
interface Input {
  readonly name: string;
  readonly startup: StartupLatency;
  /** Demand that one pod serves; by default the peak of the history needs 20. */
  readonly podCapacity?: number;
}

const INPUTS: readonly Input[] = [
  { name: 'g0', startup: eciStartup() },
  { name: 'g6h', startup: eciStartup() },
  { name: 'burst1', startup: logNormalStartup(90, 180), podCapacity: 10 },
];

/** Loads with hours without data and with a minute that nothing announces, and how far forecasts go beyond what was ever seen. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const folder = join(options.traces, '..', 'inputs');
  const there = await readdir(folder).catch((): string[] => []);
  const rows = [];
  for (const input of INPUTS) {
    if (!there.includes(`${input.name}.csv`)) continue;
    const { samples } = await readTrace(join(folder, `${input.name}.csv`));
    rows.push(...played(input, samples));
    options.progress?.(input.name);
  }
  return {
    title: 'gaps and bursts',
    columns: ['input', 'policy', 'objective ÷ oracle', 'unmet, %', 'starts a day', 'most pods'],
    rows,
    notes: [
      rows.length > 0
        ? 'g0: a clean load; g6h: the same without data from 00 to 06 h each day; burst1: one minute that needs 16 pods, start-ups of p50 90 s, p90 180 s'
        : `skipped: none of ${INPUTS.map(({ name }) => `${name}.csv`).join(', ')} in ${folder}`,
    ],
    more: [await uppers(options)],
  };
}

function played({ name, startup, podCapacity }: Input, samples: Samples): (string | number)[][] {
  const usual = settingsFor(samples, true, POLICIES);
  const settings: ReplaySettings = podCapacity === undefined ? usual : { ...usual, podCapacity };
  const { runs, demand } = replay(samples, startup, settings).timeline;
  const outcomes = runs.map((run) => ({
    policy: run.name,
    ...effort(run, settings.startCostSeconds),
    ...service(demand, run.ready, settings.podCapacity),
    most: run.total.reduce((a, b) => Math.max(a, b), 0),
  }));
  const oracleHours = outcomes.find(({ policy }) => policy === 'oracle')!.objectiveHours;
  return outcomes.map(({ policy, objectiveHours, unmetBp, startsPerDay, most }) => [
    name,
    policy,
    objectiveHours / oracleHours,
    unmetBp / 100,
    Math.round(startsPerDay),
    most,
  ]);
}

/** Of each recorded load, the largest `forecast_upper` ÷ the most that was observed until then. */
async function uppers({ traces, progress }: BenchOptions): Promise<BenchResult> {
  const files = (await readdir(traces).catch(() => [])).filter((file) => file.endsWith('.csv')).sort();
  const rows: (string | number)[][] = [];
  for (const file of files) {
    const { samples } = await readTrace(join(traces, file));
    rows.push([file.slice(0, -'.csv'.length), largestUpper(firstDays(samples, HISTORY_DAYS + QUICK_DAYS))]);
    progress?.(file);
  }
  return {
    title: 'forecast_upper',
    columns: ['load', 'largest ÷ the most ever seen'],
    rows,
    notes: [
      files.length > 0 ? 'of the first 14 days after the history, start-up `eci`' : `skipped: no .csv in ${traces}`,
    ],
  };
}

function largestUpper(samples: Samples): number {
  const settings = settingsFor(samples, true);
  const { demand } = toGrid(samples, settings);
  const { forecastUpper } = replay(samples, eciStartup(), settings).timeline;
  const first = Math.ceil(settings.historySeconds / TICK_SECONDS);
  let seen = 0;
  let largest = 0;
  for (let t = 0; t < first + forecastUpper.length; t++) {
    if (demand[t]! > seen) seen = demand[t]!;
    const upper = forecastUpper[t - first];
    if (seen > 0 && upper !== undefined && upper / seen > largest) largest = upper / seen;
  }
  return largest;
}
