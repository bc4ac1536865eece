import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { BenchOptions, BenchResult } from '../bench.ts';
import { mean, median, ROW_COLUMNS, type Row, row } from '../scale/rows.ts';
import { type ApiFigures, askSteadily } from './asking.ts';
import type { FromChild, Phase, TickFigures } from './console-child.ts';
import { scrolledFrames } from './scrolling.ts';
import { whatIfSeconds } from './what-if.ts';

const WORKLOADS = 5_000;
const QUICK_WORKLOADS = 500;
/** As the image has it for so many. */
const OPTIONS = '--max-old-space-size=192 --max-semi-space-size=8';
const A_SECOND = 50;
const PHASE: Phase = { ticks: 12, everySeconds: 5 };
const QUICK_PHASE: Phase = { ticks: 4, everySeconds: 3 };
/** Quiet and asked by turns, as other work on the machine comes and goes. */
const TURNS = 2;
const CODE = ['index.html', 'app.js', 'app.css'];

/** What the console costs: its code, its answers beside ticks and scrapes, its memory, its replays and its page. */
export async function run({ quick, progress = () => {} }: BenchOptions): Promise<BenchResult> {
  const workloads = quick ? QUICK_WORKLOADS : WORKLOADS;
  const phase = quick ? QUICK_PHASE : PHASE;
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
    const whatIf = await whatIfSeconds();
    return result(workloads, phase, { consoleBytes, withoutBytes, quiet, asked, answers, frames, whatIf });
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
  readonly whatIf: Awaited<ReturnType<typeof whatIfSeconds>>;
}

function result(workloads: number, phase: Phase, all: Measured): BenchResult {
  const cpu = (figures: readonly TickFigures[]) => mean(figures.map(({ threadCpuMs }) => threadCpuMs));
  const ticks = (figures: readonly TickFigures[]) => median(figures.flatMap(({ tickMs }) => tickMs));
  const { quiet, asked, answers, frames, whatIf } = all;
  const other = (some: readonly TickFigures[], less: readonly TickFigures[]) =>
    mean(some.map(({ otherCpuMs }) => otherCpuMs)) - mean(less.map(({ otherCpuMs }) => otherCpuMs));
  const failed = answers.reduce((sum, one) => sum + one.failed, 0);
  const { p95Ms = Number.NaN, usableMs = Number.NaN } = frames instanceof Error ? {} : frames;
  const rows: Row[] = [
    row('code of the first load, gzip', codeBytes() / 1e3, 'kB', 100),
    row(`first load with ${workloads} workloads, until rows are there`, usableMs, 'ms', 1_000),
    row(`script a frame while ${workloads} rows are scrolled, p95`, p95Ms, 'ms', 8),
    row(`API at ${A_SECOND} requests a second, median`, median(answers.map(({ p50Ms }) => p50Ms)), 'ms'),
    row(`API at ${A_SECOND} requests a second, p99`, Math.max(...answers.map(({ p99Ms }) => p99Ms)), 'ms', 50),
    row('of these, failed', failed, '', 0),
    row('CPU of the console for an answer', other(asked, quiet) / (A_SECOND * phase.ticks * phase.everySeconds), 'ms'),
    row('CPU of the deciding thread a tick, asked ÷ quiet', cpu(asked) / cpu(quiet), '×', 1.05),
    row('a tick from end to end, asked ÷ quiet, medians', ticks(asked) / ticks(quiet), '×', 1.05),
    row('memory of the console, idle', all.consoleBytes / 1e6, 'MB', 40),
    row('what-if over a week: three policies', whatIf.wallSeconds, 's', 3),
    row('of these, CPU', whatIf.cpuSeconds, 's'),
  ];
  return {
    title: `The console with ${workloads} workloads`,
    columns: ROW_COLUMNS,
    rows,
    notes: [
      `${TURNS} × ${phase.ticks} ticks with a scrape each, ${phase.everySeconds} s apart instead of 15, quiet and asked by turns; a tick as in the planning of \`bench -- scale\``,
      'asked, as by twenty people: one workload in detail 60 %, searches 20 %, status 10 %, a whole page of 1,000 rows 10 %; from another process, each anew without an ETag',
      `memory: resident beside ${(all.withoutBytes / 1e6).toFixed(0)} MB of the same process before the console began, after collecting garbage`,
      'what-if: predictive, HPA and oracle on seven days by the minute, in one answer: the first one is all of them',
      ...(frames instanceof Error ? [`the page was not measured: ${frames.message}`] : []),
    ],
  };
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
