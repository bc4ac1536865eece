#!/usr/bin/env node
import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { type Bench, formatTables } from './bench.ts';
import { OBSERVATIONS, type ObservationName } from './observations.ts';

/** The one list; each is loaded only when it runs. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  accuracy: () => import('./accuracy.ts'),
  calendar: () => import('./calendar/calendar.ts'),
  periods: () => import('./periods.ts'),
  frontier: () => import('./frontier.ts'),
  generated: () => import('./generated.ts'),
  speed: () => import('./speed.ts'),
  addon: () => import('./addon.ts'),
  scale: () => import('./scale/main.ts'),
  console: () => import('./console/main.ts'),
  'report-all': () => import('./report-all/main.ts'),
  peers: () => import('./peers/main.ts'),
  base: () => import('./neural/train-base.ts'),
  'base-path': () => import('./neural/train-path.ts'),
  neural: () => import('./neural/main.ts'),
  scraped: () => import('./scraped-demand.ts'),
  coarse: () => import('./coarse.ts'),
  surprises: () => import('./surprises.ts'),
};

interface Options {
  readonly json?: string;
  readonly quick: boolean;
  readonly traces: string;
  readonly only?: string;
  readonly neural: boolean;
  readonly foresight: boolean;
  readonly observation: ObservationName;
  readonly out?: string;
}

/** Lines while it runs go to standard error: standard output is the table. */
function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

const program = new Command('bench')
  .description('Runs one benchmark, prints its tables and writes it as JSON when asked.')
  .argument('<name>', Object.keys(BENCHES).join(' | '))
  .option('--json <file>', 'write the result here')
  .option('--quick', 'fewer series and origins', false)
  .option(
    '--out <folder>',
    'write the tables here as CSV, Excel and Markdown (peers), the neural model as source code (base)',
  )
  .option('--only <text>', 'only the parts whose name contains this (frontier: trace and start-up)')
  .option(
    '--no-neural',
    'predictive without the neural model, from its regressions alone (frontier, generated, coarse)',
  )
  .option(
    '--foresight',
    'predictive is the plan with the true peaks in place of its forecasts (frontier, generated)',
    false,
  )
  .addOption(
    new Option('--observation <name>', 'what policies see of the demand (frontier, generated)')
      .choices(Object.keys(OBSERVATIONS))
      .default('rate[1m]'),
  )
  .addOption(new Option('--traces <folder>', 'folder with the traces').default('../shared/traces'))
  .action(async (name: string, options: Options) => {
    const bench = BENCHES[name];
    if (!bench) program.error(`no benchmark "${name}": ${Object.keys(BENCHES).join(', ')}`, { exitCode: 2 });
    const result = await (await bench!()).run({ ...options, progress });
    process.stdout.write(`${formatTables(result)}\n`);
    if (options.json) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  });

await program.parseAsync();
