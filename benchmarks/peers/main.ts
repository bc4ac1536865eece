import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchOptions, BenchResult } from '../bench.ts';
import { type Answers, parseAnswers, workOf } from './answers.ts';
import { keepLines, keptFile, keptLines } from './kept.ts';
import { measure, type PeerRow } from './measure.ts';
import { OURS } from './ours.ts';
import { runProcess } from './processes.ts';
import { type PeerPython, peerPython } from './python.ts';
import { peerTraces } from './traces.ts';
import { targetLines } from './verdicts.ts';
import { HISTORY_DAYS, jobsOf, recent } from './windows.ts';

/** A method that takes longer over all loads is stopped, and what it said until then counts. */
const MOST_SECONDS = 1_800;
/** As many methods at once. */
const AT_ONCE = 2;

const COLUMNS = [
  'load',
  'horizon',
  'method',
  'WAPE',
  'MASE',
  'loss',
  'cover95',
  'pinball50',
  'pinball95',
  'seconds',
  'MB',
  'windows',
  'missing',
];

/** One method as a process. */
interface Runner {
  readonly method: string;
  readonly ours: boolean;
  readonly command: string;
  readonly args: readonly string[];
  readonly note?: string;
  /** Where its answers are kept. */
  readonly kept?: string;
}

/** Ours and the field's well-known methods on the same histories, scored by the same code. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const say = options.progress ?? (() => undefined);
  const nothing = (note: string): BenchResult => ({ title: 'peers', columns: COLUMNS, rows: [], notes: [note] });
  const found = await peerTraces(options.traces, options.quick, options.only);
  if (typeof found === 'string') return nothing(found);
  const peers = await peerPython(process.env, say);
  if (typeof peers === 'string') return nothing(`skipped: ${peers}`);
  const frames = await import('./frames.ts').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  });
  if (!frames) return nothing('skipped: the tables need danfojs-node: npm ci, without --omit=dev');

  const traces = found.map(recent);
  const jobs = jobsOf(traces, options.quick);
  const folder = await mkdtemp(join(tmpdir(), 'prescale-peers-'));
  try {
    const work = join(folder, 'work.json');
    const asked = JSON.stringify(workOf(traces, jobs));
    await writeFile(work, asked);
    const runners = [...ours(work), ...(await listPeers(peers, work, asked))];
    const said = await runAll(runners, say);
    const rows = said.flatMap((answers) => measure(answers, traces, jobs));
    if (rows.length === 0) return nothing(`no method answered: ${said.flatMap(troubles).join('; ')}`);
    const notes = [...NOTES, ...runners.flatMap(({ note }) => note ?? []), ...said.flatMap(troubles)];
    if (options.out) {
      const { peersMarkdown } = await import('./markdown.ts');
      const { winsPicture } = await import('./wins-picture.ts');
      await mkdir(options.out, { recursive: true });
      frames.writeFrames(options.out, rows);
      await writeFile(join(options.out, 'peers.md'), `${peersMarkdown(rows, said.flatMap(troubles))}\n`);
      await writeFile(join(options.out, 'peers-wins.svg'), winsPicture(rows));
    }
    const means = frames.byMethod(rows).map((mean) => ({ ...mean, trace: 'all', windows: mean.loads, missing: 0 }));
    return {
      title: 'peers',
      columns: COLUMNS,
      rows: [...rows, ...means].map(cells),
      notes: [...targetLines(rows), ...notes],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const NOTES = [
  `${HISTORY_DAYS} days of history; 24 h: all values of the day after origins end − 3, − 2, − 1 days, figures averaged; 5 min (the first value so far ahead) and 1 h (all values until then): from every 53rd minute of those days, pooled. Methods are fitted every six hours and applied to the history as it grows; ours is fitted anew each time`,
  'loss: mean over levels 0.5 … 0.99 of 2 Σ pinball ÷ Σ load; pinball50, pinball95: at one level; cover95: share of loads at or under the 0.95 quantile; MASE: against "a day before" within the history; seconds: CPU of one fit and forecast; MB: peak of the process, its libraries included',
  'all: geometric means over loads, means of cover95, seconds and MB; windows is then the number of loads',
  'gaps are filled for the peers by the value of a day before, else the last known',
];

function ours(work: string): Runner[] {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const child = fileURLToPath(new URL(`./ours-child${extension}`, import.meta.url));
  return Object.keys(OURS).map((method) => ({
    method,
    ours: true,
    command: process.execPath,
    args: [child, method, work],
  }));
}

async function listPeers({ python, folder, cache }: PeerPython, work: string, asked: string): Promise<Runner[]> {
  const program = join(folder, 'run.py');
  const { code, lines, complaint } = await runProcess(python, [program, '--list'], { mostSeconds: 60 });
  if (code !== 0) throw new Error(`${program} --list: ${complaint}`);
  const files = ['run.py', 'methods.py', 'requirements.txt'];
  const sources = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const methods = JSON.parse(lines.join('')) as { name: string; gridSeconds: number | null }[];
  return methods.map(({ name, gridSeconds }) => ({
    method: name,
    ours: false,
    command: python,
    args: [program, name, work],
    kept: keptFile(join(cache, 'answers'), [name, asked, ...sources]),
    ...(gridSeconds
      ? { note: `${name}: on a grid of ${gridSeconds / 60} minutes where the load is finer, straight lines between` }
      : {}),
  }));
}

async function runAll(runners: readonly Runner[], say: (line: string) => void): Promise<Answers[]> {
  const said: Answers[] = new Array(runners.length);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < runners.length; at = next++) {
      const { method, ours, command, args, kept } = runners[at]!;
      const known = kept === undefined ? undefined : await keptLines(kept);
      if (known) {
        said[at] = parseAnswers(method, ours, known);
        say(`${method}: as kept in ${kept}`);
        continue;
      }
      const began = performance.now();
      const { code, lines, complaint, outOfTime } = await runProcess(command, args, { mostSeconds: MOST_SECONDS });
      const stopped = outOfTime
        ? `stopped after ${MOST_SECONDS} s`
        : code === 0
          ? undefined
          : `ended with ${code}: ${complaint.split('\n').at(-1)}`;
      const answers = parseAnswers(method, ours, lines, stopped);
      said[at] = answers;
      if (kept !== undefined && stopped === undefined) await keepLines(kept, lines);
      say(
        `${method}: ${answers.answers.length} forecasts in ${((performance.now() - began) / 1_000).toFixed(0)} s${stopped ? `, ${stopped}` : ''}`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return said;
}

/** What a method failed at, each reason once. */
function troubles({ method, failures, stopped }: Answers): string[] {
  const counts = new Map<string, number>();
  for (const { why } of failures) counts.set(why, (counts.get(why) ?? 0) + 1);
  const failed = [...counts].map(([why, count]) => `${method}: failed on ${count} fits: ${why}`);
  return stopped === undefined ? failed : [...failed, `${method}: ${stopped}`];
}

function cells(row: PeerRow | (Omit<PeerRow, 'ours'> & { readonly loads: number })): (string | number)[] {
  return [
    row.trace,
    row.horizon,
    row.method,
    row.WAPE,
    row.MASE,
    row.loss,
    row.cover95,
    row.pinball50,
    row.pinball95,
    row.seconds,
    row.megabytes,
    row.windows,
    row.missing,
  ];
}
