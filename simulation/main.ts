#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { InputError, messageOf } from '../core/errors.ts';
import { BEYOND } from './beyond.ts';
import { MUTATIONS } from './mutations.ts';
import { parseOpenSeeds } from './open-seeds.ts';
import { type HuntedRow, Hunter, huntedText, MUTATIONS_HELP } from './runs/hunt.io.ts';
import { type Played, playScenario, type Shown } from './runs/play.io.ts';
import { addPlayed, emptyTable, readTable, type Table, tableText, writeTable } from './runs/table.io.ts';
import { playSeeds } from './runs/workers.io.ts';
import type { Wanted } from './scenarios/generate.io.ts';
import { FAULT_CLASSES, type FaultClass } from './scenarios/scenario.ts';
import { parseScenario } from './scenarios/scenario-file.ts';
import { SITUATION_NAMES } from './scenarios/situations.io.ts';

interface Options {
  readonly hours: number;
  readonly seed?: number;
  readonly scenario?: string;
  readonly mode: Wanted['mode'];
  readonly fault?: FaultClass | 'none';
  readonly situation?: string;
  readonly json?: boolean;
  readonly table?: string;
  readonly workers: number;
  readonly shrinks: number;
  readonly show: number;
  readonly open?: string;
  readonly mutation?: string;
}

/** A mutation that is not found within so long shows a hole. */
const MUTATION_HOURS = 200;
/** Where `--mutation all --json` leaves what docs/safety.md shows. */
const MUTATIONS_FILE = 'benchmarks/results/mutations.json';

const HELP = `
One seed is one history: "simulate --seed 7 --hours 1" plays the scenario of seed 7, and then those of 8, 9, … until the hours are full.
A violation names its invariant, workload, time and numbers; with it come the smallest scenario that fails the same way, as a story, and
the timeline around it. To keep one, save its scenario ("--json" prints it) as simulation/regressions/<name>.yaml.

Exit code: 0 nothing is violated, 1 something is, 2 the input is wrong.

Examples:
  npm run simulate -- --hours 100
  npm run simulate -- --seed 4711 --hours 1 --shrinks 200
  npm run simulate -- --fault measurement --hours 50 --workers 2
  npm run simulate -- --scenario simulation/regressions/quota-in-a-ramp.yaml
  npm run simulate -- --hours 2000 --table simulation.json     again: goes on where it ended
  npm run simulate -- --mutation no-false-zero          how long until it is found that this guard is off, 200 h at most
  npm run simulate -- --mutation all --json             writes benchmarks/results/mutations.json

${MUTATIONS_HELP}`;

Error.stackTraceLimit = 0;
setMaxListeners(0);

const program = new Command('simulate')
  .description('Plays the whole addon against a simulated cluster, with faults, and looks for what must never happen.')
  .addOption(
    new Option('--hours <n>', "simulated hours: hours of a workload's life, summed over the workloads")
      .argParser(positive)
      .default(10),
  )
  .addOption(new Option('--seed <n>', 'the first seed; default 1, or where the table ended').argParser(whole))
  .option('--scenario <file>', 'this scenario (YAML or JSON) instead of generated ones')
  .addOption(new Option('--mode <mode>', 'how the addon runs').choices(['one', 'distributed', 'both']).default('one'))
  .addOption(new Option('--situation <name>', 'only this situation').choices(SITUATION_NAMES))
  .addOption(new Option('--fault <class>', 'only faults of this class').choices([...FAULT_CLASSES, 'none']))
  .option('--json', 'print the result as JSON')
  .option(
    '--table <file>',
    'add to the hours, seeds and fault classes counted in this file, and go on after its last seed',
  )
  .addOption(new Option('--workers <n>', 'threads').argParser(positive).default(availableParallelism(), 'one a core'))
  .addOption(new Option('--shrinks <n>', 'scenarios played to make a failing one smaller').argParser(whole).default(40))
  .addOption(new Option('--show <n>', 'failing scenarios that are shown').argParser(whole).default(5))
  .option('--open <file>', 'seeds that are known to violate and not mended yet: shown, and no failure')
  .addOption(new Option('--mutation <name>', 'with this guard off or old mistake back: how soon is it found? Or all'))
  .addHelpText('after', HELP)
  .configureOutput({ outputError: (text, write) => write(text) })
  .exitOverride((error) => {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    throw error;
  });

try {
  await run(program.parse().opts<Options>());
} catch (error) {
  if (error instanceof InputError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  } else if (process.exitCode === undefined) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

async function run(options: Options): Promise<void> {
  if (options.scenario !== undefined) return runScenario(options.scenario, options);
  if (options.mutation !== undefined) {
    return runMutations(options.mutation, options);
  }
  // What is wrong with it is said before the hours are played.
  const known = options.open === undefined ? undefined : parseOpenSeeds(readText(options.open), options.open);
  const table = (options.table === undefined ? undefined : readTable(options.table)) ?? emptyTable(options.seed ?? 1);
  const failed: Played[] = [];
  const firstSeed = options.seed ?? table.nextSeed;
  const before = table.hours;
  const beganMs = performance.now();
  await playSeeds(firstSeed, options.workers, options, (played) => {
    addPlayed(table, played);
    if (played.violations.length > 0) failed.push(played);
    if (options.table !== undefined) writeTable(options.table, table);
    progress(`${table.hours} h, ${failed.length} of ${table.scenarios} scenarios failed, seed ${played.seed}`);
    return table.hours < before + options.hours;
  });
  report(table, failed, { ...options, known, played: table.hours - before, tookMs: performance.now() - beganMs });
}

async function runMutations(named: string, { json, hours, ...options }: Options): Promise<void> {
  const hunter = new Hunter();
  const rows: HuntedRow[] = [];
  const all = named === 'all';
  const given = program.getOptionValueSource('hours') === 'cli';
  for (const names of all ? MUTATIONS.map(({ name }) => name) : named.split(',')) {
    const wanted = { ...options, hours: given ? hours : MUTATION_HOURS };
    const row = names.includes('+') ? await hunter.hunt(names, wanted) : await hunter.row(names, wanted);
    rows.push(row);
    if (!json) print(huntedText(row));
    // All of them take a while: what there is stays.
    const text = JSON.stringify({ hours: wanted.hours, rows, beyond: BEYOND }, null, 2);
    if (all && json) writeFileSync(MUTATIONS_FILE, `${text}\n`);
  }
  if (json) print(JSON.stringify(rows, null, 2));
}

async function runScenario(path: string, options: Options): Promise<void> {
  const played = await playScenario(parseScenario(readText(path), path));
  const table = emptyTable(played.seed);
  addPlayed(table, played);
  report(table, played.violations.length > 0 ? [played] : [], { ...options, played: played.hours });
}

interface Reported extends Options {
  /** Simulated hours of this run, and milliseconds that it took. */
  readonly played: number;
  readonly tookMs?: number;
  /** Seeds that are known to fail. */
  readonly known?: ReadonlySet<number> | undefined;
}

function report(table: Table, failed: readonly Played[], { json, show, known, played, tookMs }: Reported): void {
  progress('');
  const inOrder = [...failed].sort((a, b) => a.seed - b.seed);
  if (json) print(JSON.stringify({ table, failed: inOrder }, null, 2));
  else {
    for (const { seed, shown } of inOrder.slice(0, show)) if (shown) print(shownText(seed, shown));
    if (inOrder.length > show)
      print(
        `… and ${inOrder.length - show} more: seeds ${inOrder
          .slice(show)
          .map(({ seed }) => seed)
          .join(', ')}\n`,
      );
    print(tableText(table));
    if (tookMs !== undefined) print(paceText(played, tookMs));
    const violations = failed.reduce((sum, one) => sum + one.violations.length, 0);
    print(`simulated ${played} hours, ${violations} violations`);
  }
  const fresh = failed.filter(({ seed }) => !known?.has(seed));
  if (!json && fresh.length < failed.length)
    print(`${failed.length - fresh.length} of the failing seeds are known and open`);
  process.exitCode = fresh.length > 0 ? 1 : 0;
}

function paceText(hours: number, tookMs: number): string {
  const seconds = Math.round(tookMs / 1_000);
  return `took ${Math.floor(seconds / 60)} min ${seconds % 60} s, ${Math.round((60_000 * hours) / tookMs)} simulated hours a minute`;
}

function shownText(seed: number, { story, timeline, violations }: Shown): string {
  const lines = violations.map(
    ({ invariant, workload, at, what }) => `${at} ${invariant}${workload ? ` (${workload})` : ''}: ${what}`,
  );
  return [`── seed ${seed} ──`, story, '', ...lines, '', timeline, ''].join('\n');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputError(`${path}: the scenario can't be read: ${messageOf(error)}`);
  }
}

/** On a terminal only. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('expected a number above 0');
  return number;
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number from 0');
  return number;
}
