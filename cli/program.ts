import { Command } from 'commander';
import { addDoctor } from './commands/doctor/doctor-command.ts';
import { addExplain } from './commands/explain/explain-command.ts';
import { addForecast } from './commands/forecast/forecast-command.ts';
import { addImport } from './commands/import/import-command.ts';
import { addInspect } from './commands/inspect/inspect-command.ts';
import { addJobs } from './commands/jobs/jobs-command.ts';
import { addLint } from './commands/lint/lint-command.ts';
import { addRedisKeys } from './commands/redis-keys/redis-keys-command.ts';
import { addReplay } from './commands/replay/replay-command.ts';
import { addReport } from './commands/report/report-command.ts';
import { addRestore } from './commands/restore/restore-command.ts';
import { addStatus } from './commands/status/status-command.ts';
import { addTop } from './commands/top/top-command.ts';
import { addCompletion } from './completion/completion-command.ts';
import { packageVersion } from './package-root.ts';
import { addActuator, addCollector, addForecaster, addRun } from './roles/role-command.ts';
import { writeData, writeNotes } from './terminal/output.ts';
import { columnsOf, helpColumns, outColumns } from './terminal/terminal-columns.ts';

const EXIT_CODES = `
Exit codes:
  0  done
  1  something outside failed (a server, a disk), or a bug in prescale
  2  the input is wrong (option, trace, query); nothing was written
`;

const OVERVIEW = `
Examples:
  $ prescale replay                                       the embedded example, at 20 pods at peak
  $ prescale replay load.csv --pod-capacity 45            one pod serves 45 of the trace's unit
  $ prescale inspect load.csv                             what is in the trace, and what is wrong with it
  $ prescale forecast load.csv --chart                    periods, model and the next 24 hours
  $ prescale report --all                                 what it would save in your cluster, by a kubeconfig alone
  $ prescale import ahpa.yaml                             the annotations for what you have today
  $ prescale lint k8s/                                    annotations in Git, checked
  $ prescale doctor                                       what the cluster lacks for prescale to work
  $ prescale explain deploy/web -n shop                   why there are so many pods now

"prescale <command> --help" says all there is about a command.
`;

/** Breaks the lines of a text that are wider than a terminal. */
export type Fit = (text: string, columns: number | undefined) => string;

/** The command line: what there is. Each command declares itself; everything heavier is imported when it runs. */
export function buildProgram(name = 'prescale', fitText: Fit = (text) => text): Command {
  const program = new Command(name)
    .description('Predictive autoscaling for Kubernetes: replay it on a recorded load before anything is installed.')
    .version(packageVersion(), '-V, --version')
    .configureHelp({ sortSubcommands: false })
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void writeData([fitText(text, outColumns())]),
      writeErr: (text) => writeNotes(fitText(text, columnsOf(process.stderr, process.env))),
      getOutHelpWidth: () => helpColumns(outColumns()),
      getErrHelpWidth: () => helpColumns(columnsOf(process.stderr, process.env)),
    })
    .addHelpText('after', OVERVIEW + EXIT_CODES);
  addReplay(program, EXIT_CODES);
  addForecast(program, EXIT_CODES);
  addInspect(program, EXIT_CODES);
  addReport(program);
  addImport(program, EXIT_CODES);
  addLint(program, EXIT_CODES);
  addRun(program, EXIT_CODES);
  addActuator(program, EXIT_CODES);
  addCollector(program, EXIT_CODES);
  addForecaster(program, EXIT_CODES);
  addStatus(program, EXIT_CODES);
  addTop(program, EXIT_CODES);
  addExplain(program, EXIT_CODES);
  addDoctor(program);
  addJobs(program, EXIT_CODES);
  addRestore(program, EXIT_CODES);
  addRedisKeys(program, EXIT_CODES);
  addCompletion(program, EXIT_CODES);
  return program;
}
