import type { Command } from 'commander';
import { addAddonOptions, CLUSTER_NOTES } from '../../options/cluster-flags.ts';
import { choiceOption } from '../../options/output-option.ts';
import type { TopFlags } from './top.ts';
import type { Sort } from './top-view.ts';

/** As top-view.ts has them, which help does not load. */
const SORTS = ['attention', 'used', 'pods', 'error', 'name'] as const satisfies readonly Sort[];

const NOTES = `
Keys: q quits; s sorts by the next column, a, u, p, e and n by attention, use, pods, forecast error and name; the
arrows scroll. USED is the demand as a share of what the Ready pods serve at their target. Without a terminal the
table is written once. NEXT is the next change of WANTED that is known: from scheduled bounds, and from the load if it
goes on as on the days before. "prescale status -o json" has figures for programs.

Examples:
  $ prescale top
  $ prescale top -n shop --sort error
`;

/** Declares `prescale top`. */
export function addTop(program: Command, exitCodes: string): void {
  addAddonOptions(program.command('top'))
    .description('The workloads live: pods, demand and what needs attention, every five seconds.')
    .addOption(choiceOption('--sort <by>', 'what comes first', SORTS).default('attention'))
    .addHelpText('after', NOTES + CLUSTER_NOTES + exitCodes)
    .action(async (flags: TopFlags) => {
      const { runTop } = await import('./top.ts');
      await runTop(flags);
    });
}
