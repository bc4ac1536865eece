import type { Command } from 'commander';
import { addAddonOptions, CLUSTER_NOTES } from '../../options/cluster-flags.ts';
import { addOutputOption } from '../../options/output-option.ts';
import type { ExplainFlags } from './explain.ts';

const NOTES = `
Examples:
  $ prescale explain shop/Deployment/web
  $ prescale explain deploy/web -n shop
`;

/** Declares `prescale explain`. */
export function addExplain(program: Command, exitCodes: string): void {
  const command = program
    .command('explain')
    .description('Why a workload has this many replicas now: the chain of numbers, the last hour, what was decided.')
    .argument('<workload>', 'namespace/Kind/name, or kind/name with -n; deploy and sts are short for their kinds');
  addOutputOption(addAddonOptions(command), ['explanation'])
    .addHelpText('after', CLUSTER_NOTES + NOTES + exitCodes)
    .action(async (workload: string, flags: ExplainFlags) => {
      const { runExplain } = await import('./explain.ts');
      await runExplain(workload, flags);
    });
}
