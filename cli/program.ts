import { Command } from 'commander';
import type { DoctorFlags } from './commands/doctor/doctor.ts';
import type { ExplainFlags } from './commands/explain/explain.ts';
import type { ForecastFlags } from './commands/forecast/forecast.ts';
import { addImport } from './commands/import/import-command.ts';
import { addInspect } from './commands/inspect/inspect-command.ts';
import type { JobsFlags, ListFlags, RetryFlags } from './commands/jobs/jobs.ts';
import { addLint } from './commands/lint/lint-command.ts';
import { addRedisKeys } from './commands/redis-keys/redis-keys-command.ts';
import { addReplay } from './commands/replay/replay-command.ts';
import type { StatusFlags } from './commands/status/status.ts';
import { addCompletion } from './completion/command.ts';
import { addCalendarOptions } from './options/calendar-flags.ts';
import { addOutputOption } from './options/output-option.ts';
import { addReadingOptions } from './options/reading-options.ts';
import { addKindOptions, addPrometheusOptions, TRACE_NOTES } from './options/trace-options.ts';
import { packageVersion } from './package-root.ts';
import type { RoleFlags } from './process.ts';
import type { CollectorFlags } from './roles/collector.ts';
import type { RunFlags } from './roles/run.ts';
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
  $ prescale import ahpa.yaml                             the annotations for what you have today
  $ prescale lint k8s/                                    annotations in Git, checked
  $ prescale doctor                                       what the cluster lacks for prescale to work
  $ prescale explain deploy/web -n shop                   why there are so many pods now

"prescale <command> --help" says all there is about a command.
`;

const FORECAST_NOTES = `
Examples:
  $ prescale forecast load.csv --chart
  $ prescale forecast load.csv --compare                  which model won, by how much, and what the others got
  $ prescale forecast load.csv --history 14d -o json | jq '.values[0][:60]'
  $ prescale forecast load.csv -o csv > tomorrow.csv
`;

const RUN_NOTES = `
Workloads opt in by annotations (prescale.dev/enabled: "true"). SIGTERM ends it in order: the sync under
way is finished, the lease given back. Of several replicas one acts (the holder of the Lease), the others
follow everything and take over. Log lines go to standard error; /metrics, /healthz and /readyz are on
http.listen, and the last two alone on http.probeListen.

Examples:
  $ prescale run --config config.yaml
  $ prescale run --kubeconfig ~/.kube/config --config config.yaml     from outside the cluster
`;

const ROLE_NOTES = `
One of the three roles of a distributed Prescale: collectors measure, forecasters fit, the actuator that holds
the Lease decides and writes. They meet in a Redis (redis.url, redis.sentinels or redis.cluster of the
configuration, the same file for all). Any of them may die at any time: without fresh forecasts the observed
load decides, without readings nothing is taken away. SIGTERM ends each in order.

Examples:
  $ prescale actuator --config config.yaml
  $ prescale collector --config config.yaml
  $ prescale forecaster --config config.yaml
`;

const RESTORE_NOTES = `
minReplicas of HPAs that were taken over get their own value back, pods lose our deletion costs. The lease
is taken first and held for five minutes, so that no replica that still runs raises them again.

Examples:
  $ prescale restore --config config.yaml
`;

const CLUSTER_NOTES = `
Prescale is looked for by its Service's label app.kubernetes.io/name=prescale and asked through the API
server, with your kubeconfig (or a pod's own ServiceAccount): no port-forward is needed, the right to get
pods/proxy in its namespace is.
`;

const STATUS_NOTES = `
Examples:
  $ prescale status
  $ prescale status -n shop -o json | jq '.workloads[].replicas'
  $ prescale status --url http://127.0.0.1:8080
`;

const EXPLAIN_NOTES = `
Examples:
  $ prescale explain shop/Deployment/web
  $ prescale explain deploy/web -n shop
`;

const DOCTOR_NOTES = `
Exit code 0: all is well, warnings aside; 1: something is missing, with the fix beside it.
The configuration is the installed release's: its ConfigMap is found by the label app.kubernetes.io/name=prescale, in a
pod of the release it is the mounted file. Who leads is seen by the Lease, and whether the workloads are Ready by the
status that the leader writes, the one that "prescale status" shows.
A Redis that the configuration names is looked at, too; nothing is written to it.

Examples:
  $ prescale doctor                                       rights, Prometheus, metrics, nodes, who leads, status
  $ prescale doctor deploy/web -n shop                    and why this workload is not scaled
  $ prescale doctor -n prescale                           of several releases the one in this namespace
  $ prescale doctor deploy/web -n shop --release prescale
  $ prescale doctor --config config.yaml --as-service-account prescale/prescale
`;

const JOBS_NOTES = `
In mode distributed refits are jobs in Redis, one for each workload and metric. One that failed five times
blocks nobody (a dead letter), and Prescale asks for it again by itself ten minutes later. Say where Redis is
by the addon's configuration (Sentinel, Cluster, TLS and users: only so) or by --redis. The pods have both:
kubectl exec -n prescale deploy/prescale-actuator -- prescale jobs --config /etc/prescale/config/config.yaml

States: waiting; running; backing-off (failed, and tried again soon); failed (at every attempt). REPEATING counts the
workloads whose refits come again by themselves, OLDEST is how long the longest waiting one is not done.

Examples:
  $ prescale jobs --config config.yaml                           how many, and since when
  $ prescale jobs --failed --config config.yaml                  what failed, and why
  $ prescale jobs retry --all --config config.yaml
  $ prescale jobs --waiting --redis redis://127.0.0.1:6379 --redis-password-file password -o json | jq .jobs
`;

/** Breaks the lines of a text that are wider than a terminal. */
export type Fit = (text: string, columns: number | undefined) => string;

/** The command line: names, options and help. Everything heavier is imported when its command runs. */
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
  addForecast(program);
  addInspect(program, EXIT_CODES);
  addImport(program, EXIT_CODES);
  addLint(program, EXIT_CODES);
  addRun(program);
  addActuator(program);
  addCollector(program);
  addForecaster(program);
  addStatus(program);
  addExplain(program);
  addDoctor(program);
  addJobs(program);
  addRestore(program);
  addRedisKeys(program, EXIT_CODES);
  addCompletion(program, EXIT_CODES);
  return program;
}

function addForecast(program: Command): void {
  const command = program
    .command('forecast')
    .description('Periods, model and why, and the 24 hours that follow the trace.')
    .argument('[trace]', 'the trace file, or "-" (default: the embedded fourteen-day example)')
    .option('--history <duration>', 'use the last so much of the trace (default: all of it, 400 days at most)')
    .option('--chart', 'draw the forecast and its 95 % band after the last day', false)
    .option('--compare', 'instead of the forecast: every model, what it lost in the backtest, and its share', false);
  addOutputOption(command, ['forecast', 'forecast-comparison'], ['csv']);
  addPrometheusOptions(addReadingOptions(addKindOptions(addCalendarOptions(command))))
    .addHelpText('after', TRACE_NOTES + FORECAST_NOTES + EXIT_CODES)
    .action(async (trace: string | undefined, flags: ForecastFlags) => {
      const { runForecast } = await import('./commands/forecast/forecast.ts');
      await runForecast(trace, flags);
    });
}

function addClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', "the cluster's kubeconfig (default: $KUBECONFIG, ~/.kube/config, or the pod's own)")
    .option('--context <name>', 'a context of the kubeconfig (default: its current one)');
}

function addAddonOptions(command: Command): Command {
  return addClusterOptions(
    command
      .option('-n, --namespace <name>', 'only workloads of this namespace')
      .option('--url <url>', "the addon's address, instead of looking for it")
      .option('--service <namespace/name[:port]>', "the addon's Service, instead of looking for it"),
  );
}

function addRun(program: Command): void {
  const command = program
    .command('run')
    .description('The cluster addon: collects, forecasts and scales until it is told to stop. The chart runs it.')
    .option('--config <file>', 'its configuration (default: all defaults)');
  addClusterOptions(command)
    .addHelpText('after', RUN_NOTES + EXIT_CODES)
    .action(async (flags: RunFlags) => {
      const { runAddon } = await import('./roles/run.ts');
      await runAddon(flags);
    });
}

function addActuator(program: Command): void {
  const command = program
    .command('actuator')
    .description(
      'Decides and scales on what collectors and forecasters leave in Redis. The chart runs it (mode distributed).',
    )
    .option('--config <file>', 'its configuration; it must name a Redis');
  addClusterOptions(command)
    .addHelpText('after', ROLE_NOTES + EXIT_CODES)
    .action(async (flags: RunFlags) => {
      const { runActuator } = await import('./roles/actuator.ts');
      await runActuator(flags);
    });
}

function addCollector(program: Command): void {
  const command = program
    .command('collector')
    .description(
      'Measures its share of what is to be collected; run as many as you like. The chart runs it (mode distributed).',
    )
    .option('--config <file>', 'its configuration; it must name a Redis');
  addClusterOptions(command)
    .addHelpText('after', ROLE_NOTES + EXIT_CODES)
    .action(async (flags: CollectorFlags) => {
      const { runCollector } = await import('./roles/collector.ts');
      await runCollector(flags);
    });
}

function addForecaster(program: Command): void {
  program
    .command('forecaster')
    .description('Fits what the queue in Redis holds; run as many as you like. The chart runs it (mode distributed).')
    .option('--config <file>', 'its configuration; it must name a Redis')
    .addHelpText('after', ROLE_NOTES + EXIT_CODES)
    .action(async (flags: RoleFlags) => {
      const { runForecaster } = await import('./roles/forecaster.ts');
      await runForecaster(flags);
    });
}

function addRestore(program: Command): void {
  const command = program
    .command('restore')
    .description('Puts back what only stands in the cluster because of Prescale. The chart runs it before it goes.')
    .option('--config <file>', "the addon's configuration (default: all defaults)");
  addClusterOptions(command)
    .addHelpText('after', RESTORE_NOTES + EXIT_CODES)
    .action(async (flags: RunFlags) => {
      const { runRestore } = await import('./commands/restore/restore.ts');
      await runRestore(flags);
    });
}

function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description("The cluster's workloads as Prescale sees them: how many pods, how many are wanted, and why.");
  addOutputOption(addAddonOptions(command), ['status'])
    .option('-A, --all-namespaces', 'workloads of all namespaces (without -n the default)')
    .option('-w, --watch', 'then go on: what changes, as it changes, until Ctrl-C')
    .addHelpText('after', CLUSTER_NOTES + STATUS_NOTES + EXIT_CODES)
    .action(async (flags: StatusFlags) => {
      if (flags.watch) return (await import('./commands/status/status-watch.ts')).watchStatus(flags);
      const { runStatus } = await import('./commands/status/status.ts');
      return runStatus(flags);
    });
}

function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('Why a workload has this many replicas now: the chain of numbers, the last hour, what was decided.')
    .argument('<workload>', 'namespace/Kind/name, or kind/name with -n; deploy and sts are short for their kinds');
  addOutputOption(addAddonOptions(command), ['explanation'])
    .addHelpText('after', CLUSTER_NOTES + EXPLAIN_NOTES + EXIT_CODES)
    .action(async (workload: string, flags: ExplainFlags) => {
      const { runExplain } = await import('./commands/explain/explain.ts');
      await runExplain(workload, flags);
    });
}

function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('What keeps Prescale from working in this cluster, each with its fix.')
    .argument('[workload]', 'also this workload: namespace/Kind/name, or kind/name with -n')
    .option('-n, --namespace <name>', "the workload's namespace; without a workload, the release's")
    .option('--release <namespace[/name]>', 'the installed release (default: the only one of the cluster)')
    .option('--config <file>', "a configuration file, instead of the installed release's")
    .option(
      '--as-service-account <namespace/name>',
      "check this account's rights (default: those of the release's accounts; without a release, your own)",
    );
  addOutputOption(addClusterOptions(command), ['doctor'])
    .addHelpText('after', DOCTOR_NOTES)
    .action(async (workload: string | undefined, flags: DoctorFlags) => {
      const { runDoctor } = await import('./commands/doctor/doctor.ts');
      await runDoctor(workload, flags);
    });
}

function addJobs(program: Command): void {
  const jobs = program
    .command('jobs')
    .description('The refits that wait, run or failed in Redis (mode distributed).')
    .option('--failed', 'those that failed, the last one first, each with its error')
    .option('--waiting', 'those that run, then those that wait, the next one first')
    .option('--limit <n>', 'show so many at most (default: 50; with JSON all)')
    .option('--config <file>', "the addon's configuration, which says where Redis is")
    .option('--redis <url>', 'instead: redis://host:6379, or rediss:// for TLS')
    .option('--redis-password-file <file>', 'with --redis: a file with the password')
    .option('--redis-prefix <prefix>', 'with --redis: what its keys begin with (default: prescale)')
    .addHelpText('after', JOBS_NOTES + EXIT_CODES)
    .action(async (flags: ListFlags) => {
      const { runJobs } = await import('./commands/jobs/jobs.ts');
      await runJobs(flags);
    });
  addOutputOption(jobs, ['jobs', 'job', 'jobs-retry']);
  jobs
    .command('retry')
    .description('Queues failed jobs again, with all their attempts.')
    .argument('[id]', 'one of prescale jobs --failed')
    .option('--all', 'all of them')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXIT_CODES)
    .action(async (id: string | undefined, _: unknown, command: Command) => {
      const { runJobsRetry } = await import('./commands/jobs/jobs.ts');
      await runJobsRetry(id, command.optsWithGlobals<RetryFlags>());
    });
  jobs
    .command('show')
    .description('One job: its state, its last error, and what it is asked.')
    .argument('<id>', 'one of prescale jobs --failed or --waiting')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXIT_CODES)
    .action(async (id: string, _: unknown, command: Command) => {
      const { runJobsShow } = await import('./commands/jobs/jobs.ts');
      await runJobsShow(id, command.optsWithGlobals<JobsFlags>());
    });
}
