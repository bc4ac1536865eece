import { fork } from 'node:child_process';
import type { BenchResult } from '../bench.ts';
import type { PlanningFigures } from './planning-child.ts';

const SIZES = [100, 1_000, 2_000, 5_000, 10_000, 20_000];
const QUICK_SIZES = [100, 1_000];
const TICKS = 48;
const QUICK_TICKS = 12;
/** Targets at this size. */
const TARGET_WORKLOADS = 10_000;
const TARGET_TICK_SECONDS = 1;
const TARGET_RSS_BYTES = 500e6;

/**
 * A process as the image has it; the heap is bounded by the number of workloads, as a chart's values would: arrays of learners are
 * beside it. 16 kB a workload are in use; what is left grows with them, as what a tick leaves behind does.
 */
function environment(workloads: number): NodeJS.ProcessEnv {
  const heapMegabytes = Math.ceil(40 + 0.019 * workloads);
  return {
    ...process.env,
    NODE_ENV: 'production',
    MALLOC_ARENA_MAX: '2',
    NODE_OPTIONS: `--max-old-space-size=${heapMegabytes} --max-semi-space-size=8`,
  };
}

/**
 * What one tick of planning costs by the number of workloads: one metric and one to three pods each, all going on from forecasts, each
 * size in a process of its own. Without network: readings are handed in and replicas are numbers.
 */
export async function planningBench(progress: (line: string) => void, quick = false): Promise<BenchResult> {
  const rows: (string | number)[][] = [];
  for (const workloads of quick ? QUICK_SIZES : SIZES) {
    const figures = await measured(workloads, quick ? QUICK_TICKS : TICKS);
    rows.push(row(figures));
    progress(`${workloads} workloads: ${(1000 * figures.tickCpuSeconds).toFixed(0)} ms CPU a tick`);
  }
  return {
    title: 'Planning: CPU of one tick, memory of the process',
    columns: [
      'workloads',
      'CPU a tick, ms',
      'most, ms',
      'ms a workload',
      'forecasts taken in a tick, ms',
      'status map a minute, ms',
      'scrape, ms',
      'scrape, MB',
      'resident, MB',
      'kB a workload',
      'status map, kB',
      'verdict',
    ],
    rows,
    notes: [
      'CPU of all threads of the process, the collection of garbage included; a tick is observing, planning, guards, statuses, recent decisions and metrics',
      'forecasts taken in a tick: what an hourly forecast of each workload adds to every tick, copying it instead of decoding it',
      'resident: at its highest, after a scrape; kB a workload: the learner, pods, guards, recent decisions and all else, without what a process without workloads takes',
      `aims at ${TARGET_WORKLOADS} workloads: ${TARGET_TICK_SECONDS} s of CPU a tick, ${TARGET_RSS_BYTES / 1e6} MB resident`,
    ],
  };
}

function row(figures: PlanningFigures): (string | number)[] {
  const { workloads, tickCpuSeconds, rssBytes } = figures;
  const met = tickCpuSeconds <= TARGET_TICK_SECONDS && rssBytes <= TARGET_RSS_BYTES;
  return [
    workloads,
    1000 * tickCpuSeconds,
    1000 * figures.mostTickCpuSeconds,
    (1000 * tickCpuSeconds) / workloads,
    1000 * figures.adoptCpuSeconds,
    1000 * figures.statusMapCpuSeconds,
    1000 * figures.renderCpuSeconds,
    figures.renderBytes / 1e6,
    rssBytes / 1e6,
    figures.keptBytes / workloads / 1000,
    figures.largestMapBytes / 1000,
    workloads === TARGET_WORKLOADS ? (met ? 'met' : 'NOT MET') : '',
  ];
}

function measured(workloads: number, ticks: number): Promise<PlanningFigures> {
  const child = fork(new URL('./planning-child.js', import.meta.url), [String(workloads), String(ticks)], {
    env: environment(workloads),
    execArgv: [],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (figures) => resolve(figures as PlanningFigures));
    child.once('exit', (code) => reject(new Error(`${workloads} workloads: the process ended with ${code}`)));
    child.once('error', reject);
  });
}
