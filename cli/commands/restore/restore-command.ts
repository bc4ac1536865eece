import type { Command } from 'commander';
import { addClusterOptions } from '../../options/cluster-flags.ts';
import type { RunFlags } from '../../roles/run.ts';

const NOTES = `
minReplicas of HPAs that were taken over get their own value back, pods lose our deletion costs. The lease
is taken first and held for five minutes, so that no replica that still runs raises them again.

Examples:
  $ prescale restore --config config.yaml
`;

/** Declares `prescale restore`. */
export function addRestore(program: Command, exitCodes: string): void {
  const command = program
    .command('restore')
    .description('Puts back what only stands in the cluster because of Prescale. The chart runs it before it goes.')
    .option('--config <file>', "the addon's configuration (default: all defaults)");
  addClusterOptions(command)
    .addHelpText('after', NOTES + exitCodes)
    .action(async (flags: RunFlags) => {
      const { runRestore } = await import('./restore.ts');
      await runRestore(flags);
    });
}
