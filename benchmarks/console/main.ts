import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { BenchOptions, BenchResult } from '../bench.ts';
import { mean, median, ROW_COLUMNS, type Row, row } from '../scale/rows.ts';
import { type ApiFigures, askSteadily } from './asking.ts';
import type { FromChild, Phase, TickFigures } from './console-child.ts';
import { type PageFigures, pageFigures } from './page.ts';
import { whatIfFigures } from './what-if.ts';

const WORKLOADS = 5_000;
const QUICK_WORKLOADS = 500;
/** Of the first load of the page. */
const USUAL_WORKLOADS = 1_000;
/** As the image has it for so many. */
const OPTIONS = '--max-old-space-size=192 --max-semi-space-size=8';
const A_SECOND = 50;
const PHASE: Phase = { ticks: 12, everySeconds: 3 };
const QUICK_PHASE: Phase = { ticks: 4, everySeconds: 3 };
/** Asked, and not counted. */
const WARM_UP: Phase = { ticks: 2, everySeconds: 3 };
/** Quiet and asked by turns, as other work on the machine comes and goes. */
const TURNS = 2;
/** Times by the clock say nothing of the console where it gets less of a CPU. */
const LEAST_SHARE = 0.8;
const SHARE_SECONDS = 1;
const CODE = ['index.html', 'app.js', 'app.css'];

/** What the console costs: its code, its answers beside ticks and scrapes, its memory, its replays and its page. */
export async function run({ quick, progress = () => {} }: BenchOptions): Promise<BenchResult> {
  const workloads = quick ? QUICK_WORKLOADS : WORKLOADS;
  const phase = quick ? QUICK_PHASE : PHASE;
  const shareBefore = shareOfCpu();
  const without = await memoryWithout(workloads);
  const child = new Child(workloads, 'console');
  try {
    const { url, bytes } = await child.up();
    const consoleBytes = bytes - without.bytes;
    progress(`console of ${workloads} workloads: ${(consoleBytes / 1e6).toFixed(1)} MB`);
    // Code that never ran before is no part of a steady rate.
    await Promise.all([child.phase(WARM_UP), askSteadily(url, A_SECOND, WARM_UP.ticks * WARM_UP.everySeconds)]);
    const quiet: TickFigures[] = [];
    const asked: TickFigures[] = [];
    const answers: ApiFigures[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      quiet.push(await child.phase(phase));
      const [figures, answered] = await Promise.all([
        child.phase(phase),
        askSteadily(url, A_SECOND, phase.ticks * phase.everySeconds),
      ]);
      asked.push(figures);
      answers.push(answered);
      progress(`p99 ${answered.p99Ms.toFixed(1)} ms, ${answered.failed} failed`);
    }
    const usedBytes = (await child.memory()) - without.bytes;
    progress(`after all that it was asked: ${(usedBytes / 1e6).toFixed(1)} MB`);
    const page = await pageOf(url, quick ? QUICK_WORKLOADS : USUAL_WORKLOADS).catch((error: Error) => error);
    progress(page instanceof Error ? page.message : `script a frame: ${page.scrolledMs.toFixed(1)} ms`);
    const whatIf = await whatIfFigures();
    progress(`what-if: first answer after ${whatIf.prepared.first.wall.toFixed(2)} s`);
    const share = Math.min(shareBefore, shareOfCpu());
    const memory = { consoleBytes, usedBytes, emptyBytes: without.emptyBytes, withoutBytes: without.bytes };
    return result(workloads, phase, { ...memory, quiet, asked, answers, page, whatIf, share });
  } finally {
    await child.end();
  }
}

/** Of the same process with no console in it: what a process gives back of its own memory meanwhile would be taken for the console's. */
async function memoryWithout(workloads: number): Promise<{ readonly bytes: number; readonly emptyBytes: number }> {
  const child = new Child(workloads, 'alone');
  try {
    const { bytes, emptyBytes = Number.NaN } = await child.up();
    return { bytes, emptyBytes };
  } finally {
    await child.end();
  }
}

/** The page on a console with a usual fleet, and on the one that is here. */
async function pageOf(large: string, usualWorkloads: number): Promise<PageFigures> {
  const usual = new Child(usualWorkloads, 'console');
  try {
    return await pageFigures((await usual.up()).url, large);
  } finally {
    await usual.end();
  }
}

interface Measured {
  readonly consoleBytes: number;
  readonly emptyBytes: number;
  readonly usedBytes: number;
  readonly withoutBytes: number;
  readonly quiet: readonly TickFigures[];
  readonly asked: readonly TickFigures[];
  readonly answers: readonly ApiFigures[];
  readonly page: PageFigures | Error;
  /** Of a CPU that this process got while it could use a whole one. */
  readonly share: number;
  readonly whatIf: Awaited<ReturnType<typeof whatIfFigures>>;
}

function result(workloads: number, phase: Phase, all: Measured): BenchResult {
  const cpu = (figures: readonly TickFigures[]) => mean(figures.map(({ threadCpuMs }) => threadCpuMs));
  const ticks = (figures: readonly TickFigures[]) => median(figures.flatMap(({ tickMs }) => tickMs));
  const { quiet, asked, answers, page, whatIf } = all;
  const other = (some: readonly TickFigures[], less: readonly TickFigures[]) =>
    mean(some.map(({ otherCpuMs }) => otherCpuMs)) - mean(less.map(({ otherCpuMs }) => otherCpuMs));
  const clock = (...[what, measured, unit, wanted]: Parameters<typeof row>): Row =>
    all.share >= LEAST_SHARE
      ? row(what, measured, unit, wanted)
      : [what, Number.NaN, unit, wanted === undefined ? '' : `≤ ${wanted}`, 'not measured'];
  const failed = answers.reduce((sum, one) => sum + one.failed, 0);
  const unknown = { usableMs: Number.NaN, scrolledMs: Number.NaN, pannedMs: Number.NaN };
  const { usableMs, scrolledMs, pannedMs } = page instanceof Error ? unknown : page;
  const rows: Row[] = [
    row('code of the first load, gzip', codeBytes() / 1e3, 'kB', 100),
    clock(
      `first load with ${Math.min(workloads, USUAL_WORKLOADS)} workloads, until rows are there`,
      usableMs,
      'ms',
      1_000,
    ),
    clock(`script a frame while ${workloads} rows are scrolled, p95`, scrolledMs, 'ms', 8),
    clock('script a frame while 14 days × 1 min × 4 series are panned, p95', pannedMs, 'ms', 16),
    clock(`API at ${A_SECOND} requests a second, median`, median(answers.map(({ p50Ms }) => p50Ms)), 'ms'),
    clock(`API at ${A_SECOND} requests a second, p99`, Math.max(...answers.map(({ p99Ms }) => p99Ms)), 'ms', 50),
    row('of these, failed', failed, '', 0),
    row('CPU of the console for an answer', other(asked, quiet) / (A_SECOND * phase.ticks * phase.everySeconds), 'ms'),
    row('CPU of the deciding thread a tick, asked ÷ quiet', cpu(asked) / cpu(quiet), '×', 1.05),
    clock('a tick from end to end, asked ÷ quiet, medians', ticks(asked) / ticks(quiet), '×', 1.05),
    row('memory of the console, idle', all.consoleBytes / 1e6, 'MB', 40),
    row('of a thread that does nothing', all.emptyBytes / 1e6, 'MB'),
    row('of the console after all that was asked here', all.usedBytes / 1e6, 'MB'),
    ...(
      [
        ['the first question', whatIf.prepared],
        ['a slider moved', whatIf.moved],
      ] as const
    ).flatMap(([which, { first, all }]) => [
      clock(`what-if over a week, ${which}: first answer`, first.wall, 's', 1),
      row('of it, CPU', first.cpu, 's', 1),
      clock(`what-if over a week, ${which}: all policies`, all.wall, 's', 3),
      row('of it, CPU', all.cpu, 's', 3),
    ]),
    clock('what-if over a week, with nothing prepared: first answer', whatIf.cold.first.wall, 's'),
  ];
  return {
    title: `The console with ${workloads} workloads`,
    columns: ROW_COLUMNS,
    rows,
    notes: [
      `${TURNS} × ${phase.ticks} ticks with a scrape each, ${phase.everySeconds} s apart instead of 15, quiet and asked by turns, after two with questions that are not counted; a tick as in the planning of \`bench -- scale\``,
      'asked, as by twenty people: one workload in detail 60 %, searches 20 %, status 10 %, a whole page of 1,000 rows 10 %; from another process, each anew without an ETag',
      'script a frame: as Chromium counts it, effects and drawing into a canvas included; first load: median of three, nothing cached',
      `memory: resident, beside ${(all.withoutBytes / 1e6).toFixed(0)} MB of a process that plans the same without a console, once nothing is given back any more; after all that was asked, what the ticks added meanwhile is in it`,
      'what-if: predictive, HPA and oracle on seven days by the minute after a day of history; the first answer has predictive alone; a page that leads to it was opened two seconds before the first question, which starts the thread',
      ...(all.share < LEAST_SHARE
        ? [
            `not measured: times by the clock, as other work left ${(100 * all.share).toFixed(0)} % of a CPU to this process; CPU was measured`,
          ]
        : []),
      ...(page instanceof Error ? [`the page was not measured: ${page.message}`] : []),
    ],
  };
}

/** CPU ÷ clock of a thread that has something to do. */
function shareOfCpu(): number {
  const begun = performance.now();
  const before = process.cpuUsage();
  while (performance.now() - begun < 1000 * SHARE_SECONDS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - begun);
}

function codeBytes(): number {
  const page = new URL('../../console/page/', import.meta.url);
  return CODE.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, page))).length, 0);
}

/** The process that plans and has the console. */
class Child {
  private readonly process: ChildProcess;

  constructor(workloads: number, what: 'console' | 'alone') {
    const script = new URL('console-child.js', import.meta.url).pathname;
    const env = { ...process.env, NODE_ENV: 'production', MALLOC_ARENA_MAX: '2', NODE_OPTIONS: OPTIONS };
    this.process = fork(script, [String(workloads), what], { env });
  }

  async up(): Promise<Extract<FromChild, { readonly kind: 'up' }>> {
    return (await this.next()) as Extract<FromChild, { readonly kind: 'up' }>;
  }

  async phase(phase: Phase): Promise<TickFigures> {
    const answer = this.next();
    this.process.send(phase);
    return ((await answer) as Extract<FromChild, { readonly kind: 'phase' }>).figures;
  }

  /** Bytes of the console, after collecting garbage. */
  async memory(): Promise<number> {
    const answer = this.next();
    this.process.send('memory');
    return ((await answer) as Extract<FromChild, { readonly kind: 'memory' }>).bytes;
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => this.process.once('exit', () => resolve()));
    if (this.process.connected) this.process.send('end');
    const late = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
  }

  private next(): Promise<FromChild> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`the process with the console ended (${code})`));
      this.process.once('exit', ended);
      this.process.once('message', (message: FromChild) => {
        this.process.off('exit', ended);
        resolve(message);
      });
    });
  }
}
