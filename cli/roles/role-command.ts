import type { Command } from 'commander';
import { addClusterOptions } from '../options/cluster-flags.ts';
import type { RoleFlags } from '../process.ts';
import type { CollectorFlags } from './collector.ts';
import type { RunFlags } from './run.ts';

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

/** Declares `prescale run`: all roles in one process. */
export function addRun(program: Command, exitCodes: string): void {
  const command = program
    .command('run')
    .description('The cluster addon: collects, forecasts and scales until it is told to stop. The chart runs it.')
    .option('--config <file>', 'its configuration (default: all defaults)');
  addClusterOptions(command)
    .addHelpText('after', RUN_NOTES + exitCodes)
    .action(async (flags: RunFlags) => {
      const { runAddon } = await import('./run.ts');
      await runAddon(flags);
    });
}

/** Declares `prescale actuator`. */
export function addActuator(program: Command, exitCodes: string): void {
  const command = program
    .command('actuator')
    .description(
      'Decides and scales on what collectors and forecasters leave in Redis. The chart runs it (mode distributed).',
    )
    .option('--config <file>', 'its configuration; it must name a Redis');
  addClusterOptions(command)
    .addHelpText('after', ROLE_NOTES + exitCodes)
    .action(async (flags: RunFlags) => {
      const { runActuator } = await import('./actuator.ts');
      await runActuator(flags);
    });
}

/** Declares `prescale collector`. */
export function addCollector(program: Command, exitCodes: string): void {
  const command = program
    .command('collector')
    .description(
      'Measures its share of what is to be collected; run as many as you like. The chart runs it (mode distributed).',
    )
    .option('--config <file>', 'its configuration; it must name a Redis');
  addClusterOptions(command)
    .addHelpText('after', ROLE_NOTES + exitCodes)
    .action(async (flags: CollectorFlags) => {
      const { runCollector } = await import('./collector.ts');
      await runCollector(flags);
    });
}

/** Declares `prescale forecaster`. */
export function addForecaster(program: Command, exitCodes: string): void {
  program
    .command('forecaster')
    .description('Fits what the queue in Redis holds; run as many as you like. The chart runs it (mode distributed).')
    .option('--config <file>', 'its configuration; it must name a Redis')
    .addHelpText('after', ROLE_NOTES + exitCodes)
    .action(async (flags: RoleFlags) => {
      const { runForecaster } = await import('./forecaster.ts');
      await runForecaster(flags);
    });
}
