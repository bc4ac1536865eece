import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { BenchOptions, BenchResult } from '../bench.ts';
import { mean, median, ROW_COLUMNS, type Row, row } from '../scale/rows.ts';
import { type ApiFigures, askSteadily } from './asking.ts';
import type { FromChild, Phase, TickFigures } from './console-child.ts';
import { scrolledFrames } from './scrolling.ts';
import { whatIfFigures } from './what-if.ts';

const WORKLOADS = 5_000;
const QUICK_WORKLOADS = 500;
/** As the image has it for so many. */
const OPTIONS = '--max-old-space-size=192 --max-semi-space-size=8';
const A_SECOND = 50;
const PHASE: Phase = { ticks: 12, everySeconds: 3 };
const QUICK_PHASE: Phase = { ticks: 4, everySeconds: 3 };
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
  const child = new Child(workloads);
  try {
    const { url, consoleBytes, withoutBytes } = await child.up();
    progress(`console of ${workloads} workloads: ${(consoleBytes / 1e6).toFixed(1)} MB`);
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
    const frames = await scrolledFrames(url).catch((error: Error) => error);
    progress(frames instanceof Error ? frames.message : `script a frame: ${frames.p95Ms.toFixed(1)} ms`);
    const whatIf = await whatIfFigures();
    progress(`what-if: first answer ${whatIf.begun.first.cpu.toFixed(2)} s of CPU`);
    const share = Math.min(shareBefore, shareOfCpu());
    return result(workloads, phase, { consoleBytes, withoutBytes, quiet, asked, answers, frames, whatIf, share });
  } finally {
    await child.end();
  }
}

interface Measured {
  readonly consoleBytes: number;
  readonly withoutBytes: number;
  readonly quiet: readonly TickFigures[];
  readonly asked: readonly TickFigures[];
  readonly answers: readonly ApiFigures[];
  readonly frames: Awaited<ReturnType<typeof scrolledFrames>> | Error;
  /** Of a CPU that this process got while it could use a whole one. */
  readonly share: number;
  readonly whatIf: Awaited<ReturnType<typeof whatIfFigures>>;
}

function result(workloads: number, phase: Phase, all: Measured): BenchResult {
  const cpu = (figures: readonly TickFigures[]) => mean(figures.map(({ threadCpuMs }) => threadCpuMs));
  const ticks = (figures: readonly TickFigures[]) => median(figures.flatMap(({ tickMs }) => tickMs));
  const { quiet, asked, answers, frames, whatIf } = all;
  const other = (some: readonly TickFigures[], less: readonly TickFigures[]) =>
    mean(some.map(({ otherCpuMs }) => otherCpuMs)) - mean(less.map(({ otherCpuMs }) => otherCpuMs));
  const clock = (...[what, measured, unit, wanted]: Parameters<typeof row>): Row =>
    all.share >= LEAST_SHARE
      ? row(what, measured, unit, wanted)
      : [what, Number.NaN, unit, wanted === undefined ? '' : `≤ ${wanted}`, 'not measured'];
  const failed = answers.reduce((sum, one) => sum + one.failed, 0);
  const { p95Ms = Number.NaN, usableMs = Number.NaN } = frames instanceof Error ? {} : frames;
  const rows: Row[] = [
    row('code of the first load, gzip', codeBytes() / 1e3, 'kB', 100),
    clock(`first load with ${workloads} workloads, until rows are there`, usableMs, 'ms', 1_000),
    clock(`script a frame while ${workloads} rows are scrolled, p95`, p95Ms, 'ms', 8),
    clock(`API at ${A_SECOND} requests a second, median`, median(answers.map(({ p50Ms }) => p50Ms)), 'ms'),
    clock(`API at ${A_SECOND} requests a second, p99`, Math.max(...answers.map(({ p99Ms }) => p99Ms)), 'ms', 50),
    row('of these, failed', failed, '', 0),
    row('CPU of the console for an answer', other(asked, quiet) / (A_SECOND * phase.ticks * phase.everySeconds), 'ms'),
    row('CPU of the deciding thread a tick, asked ÷ quiet', cpu(asked) / cpu(quiet), '×', 1.05),
    clock('a tick from end to end, asked ÷ quiet, medians', ticks(asked) / ticks(quiet), '×', 1.05),
    row('memory of the console, idle', all.consoleBytes / 1e6, 'MB', 40),
    ...(
      [
        ['the first question', whatIf.begun],
        ['a slider moved', whatIf.moved],
      ] as const
    ).flatMap(([which, { first, all }]) => [
      clock(`what-if over a week, ${which}: first answer`, first.wall, 's', 1),
      row('of it, CPU', first.cpu, 's', 1),
      clock(`what-if over a week, ${which}: all policies`, all.wall, 's', 3),
      row('of it, CPU', all.cpu, 's', 3),
    ]),
  ];
  return {
    title: `The console with ${workloads} workloads`,
    columns: ROW_COLUMNS,
    rows,
    notes: [
      `${TURNS} × ${phase.ticks} ticks with a scrape each, ${phase.everySeconds} s apart instead of 15, quiet and asked by turns; a tick as in the planning of \`bench -- scale\``,
      'asked, as by twenty people: one workload in detail 60 %, searches 20 %, status 10 %, a whole page of 1,000 rows 10 %; from another process, each anew without an ETag',
      `memory: resident beside ${(all.withoutBytes / 1e6).toFixed(0)} MB of the same process before the console began, after collecting garbage`,
      'what-if: predictive, HPA and oracle on seven days by the minute after a day of history; the first answer has predictive alone; the first question starts the thread',
      ...(all.share < LEAST_SHARE
        ? [
            `not measured: times by the clock, as other work left ${(100 * all.share).toFixed(0)} % of a CPU to this process; CPU was measured`,
          ]
        : []),
      ...(frames instanceof Error ? [`the page was not measured: ${frames.message}`] : []),
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

  constructor(workloads: number) {
    const script = new URL('console-child.js', import.meta.url).pathname;
    const env = { ...process.env, NODE_ENV: 'production', MALLOC_ARENA_MAX: '2', NODE_OPTIONS: OPTIONS };
    this.process = fork(script, [String(workloads)], { env });
  }

  async up(): Promise<Extract<FromChild, { readonly kind: 'up' }>> {
    return (await this.next()) as Extract<FromChild, { readonly kind: 'up' }>;
  }

  async phase(phase: Phase): Promise<TickFigures> {
    const answer = this.next();
    this.process.send(phase);
    return ((await answer) as Extract<FromChild, { readonly kind: 'phase' }>).figures;
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
