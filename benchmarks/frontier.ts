import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BenchOptions, BenchResult } from './bench.ts';
import {
  type FrontierCell,
  type FrontierJob,
  type HpaOutcome,
  START_COST_SECONDS,
  STARTUPS,
  UNMET_TARGET_BP,
} from './frontier-cell.ts';
import { missesSlo, share, summaryRows, targetLines } from './frontier-targets.ts';

const COLUMNS = [
  'trace',
  'start-up',
  'days',
  'tuned %',
  'tuned window s',
  'tuned ÷ oracle',
  'tuned unmet %',
  'tuned starts a day',
  'predictive ÷ oracle',
  'predictive unmet %',
  'predictive starts a day',
  'equal %',
  'equal window s',
  'equal ÷ oracle',
  'equal unmet %',
  'share',
  'SLO',
];

/** Every trace × start-up profile: `predictive` beside the oracle and beside the HPA's whole grid of targets. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const files = await readdir(options.traces).catch(() => []);
  const traces = files.filter((file) => file.endsWith('.csv')).sort();
  const jobs = traces.flatMap((file) =>
    Object.keys(STARTUPS).map(
      (startup): FrontierJob => ({
        source: { file: join(options.traces, file) },
        trace: file.slice(0, -'.csv'.length),
        startup,
        quick: options.quick,
        neural: options.neural ?? true,
        observation: options.observation ?? 'rate[1m]',
        foresight: options.foresight ?? false,
      }),
    ),
  );
  return frontierTable('frontier', jobs, options);
}

/** The table of the jobs whose name contains `--only`. */
export async function frontierTable(
  title: string,
  jobs: readonly FrontierJob[],
  options: BenchOptions,
): Promise<BenchResult> {
  const asked = jobs.filter(({ trace, startup }) => `${trace} ${startup}`.includes(options.only ?? ''));
  if (asked.length === 0) return { title, columns: COLUMNS, rows: [], notes: [noTraces(options)] };
  const cells = await inThreads(asked, (cell) => options.progress?.(progressLine(cell)));
  return {
    title,
    columns: COLUMNS,
    rows: [...cells.map(row), ...summaryRows(cells, COLUMNS.length)],
    notes: [...targetLines(cells), ...NOTES],
  };
}

const NOTES = [
  'peak of the history ÷ 20 = one pod; 7 days of history; all later days (--quick: 14 of them); unmet %: demand that found no Ready pod, of all demand',
  `÷ oracle: of objectives: pod-hours + starts × ${START_COST_SECONDS / 60} min`,
  `tuned: the HPA target of 30, 35 … 95 % and scale-down window of 0, 60, 120, 300, 600 s that in hindsight is cheapest at no more than ${UNMET_TARGET_BP / 100} % unmet (else the one with the least unmet demand)`,
  'equal: the HPA of that grid that is cheapest at no more unmet demand than predictive left (else the one with the least)',
  'share: (equal − predictive) ÷ (equal − oracle), of objectives: 1 is the oracle, 0 a tie with that HPA',
  `SLO: predictive leaves ≤ ${(2 * UNMET_TARGET_BP) / 100} % unmet wherever the tuned HPA keeps ${UNMET_TARGET_BP / 100} %`,
];

function noTraces({ traces, only }: BenchOptions): string {
  return `skipped: no .csv in ${traces}${only ? ` whose name and start-up contain "${only}"` : ''}`;
}

function row(cell: FrontierCell): (string | number)[] {
  const { job, days, tuned, predictive, comparator } = cell;
  const broken = missesSlo(cell);
  return [
    job.trace,
    job.startup,
    Math.round(days * 10) / 10,
    Math.round(tuned.target * 100),
    tuned.windowSeconds,
    tuned.ratio,
    tuned.unmetBp / 100,
    Math.round(tuned.startsPerDay),
    predictive.ratio,
    predictive.unmetBp / 100,
    Math.round(predictive.startsPerDay),
    Math.round(comparator.target * 100),
    comparator.windowSeconds,
    comparator.ratio,
    comparator.unmetBp / 100,
    share(cell),
    broken === undefined ? 'none' : broken ? 'BROKEN' : 'kept',
  ];
}

/** One line as soon as a cell is ready. */
function progressLine(cell: FrontierCell): string {
  const { job, predictive, tuned, comparator, seconds } = cell;
  const at = (own: { ratio: number; unmetBp: number }) =>
    `${own.ratio.toFixed(3)} @ ${(own.unmetBp / 100).toFixed(4)} % unmet`;
  const hpa = (own: HpaOutcome) => `${percent(own.target)}/${own.windowSeconds} s ${at(own)}`;
  const hpas = `tuned ${hpa(tuned)}, equal ${hpa(comparator)}`;
  const broken = missesSlo(cell) === true ? ', SLO BROKEN' : '';
  const name = `${job.trace} ${job.startup}`.padEnd(42);
  return `${name} ${at(predictive)} (${hpas}) share ${percent(share(cell))}${broken}  [${seconds.toFixed(1)} s]`;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}

/** Runs the jobs on as many threads as there are cores; answers in the order of the jobs. */
async function inThreads(jobs: readonly FrontierJob[], onCell: (cell: FrontierCell) => void): Promise<FrontierCell[]> {
  const cells: FrontierCell[] = new Array(jobs.length);
  let told = 0;
  let next = 0;
  const tell = () => {
    for (; cells[told]; told++) onCell(cells[told]!);
  };
  const work = async () => {
    const worker = new Worker(new URL(`./frontier-worker${extension()}`, import.meta.url));
    try {
      while (next < jobs.length) {
        const index = next++;
        cells[index] = await answer(worker, jobs[index]!);
        tell();
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs.length, availableParallelism()) }, work));
  return cells;
}

function answer(worker: Worker, job: FrontierJob): Promise<FrontierCell> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once('message', resolve).once('error', reject);
    worker.postMessage(job);
  });
}

/** This module's own: .js when built. */
function extension(): string {
  return import.meta.url.slice(import.meta.url.lastIndexOf('.'));
}
