import type { Command } from 'commander';
import { addAddonOptions, CLUSTER_NOTES } from '../../options/cluster-flags.ts';
import { addOutputOption } from '../../options/output-option.ts';
import type { StatusFlags } from './status.ts';

const NOTES = `
Examples:
  $ prescale status
  $ prescale status -n shop -o json | jq '.workloads[].replicas'
  $ prescale status --url http://127.0.0.1:8082
`;

/** Declares `prescale status`. */
export function addStatus(program: Command, exitCodes: string): void {
  const command = program
    .command('status')
    .description("The cluster's workloads as Prescale sees them: how many pods, how many are wanted, and why.");
  addOutputOption(addAddonOptions(command), ['status'])
    .option('-A, --all-namespaces', 'workloads of all namespaces (without -n the default)')
    .option('-w, --watch', 'then go on: what changes, as it changes, until Ctrl-C')
    .addHelpText('after', CLUSTER_NOTES + NOTES + exitCodes)
    .action(async (flags: StatusFlags) => {
      if (flags.watch) return (await import('./status-watch.ts')).watchStatus(flags);
      const { runStatus } = await import('./status.ts');
      return runStatus(flags);
    });
}
