import type { Command } from 'commander';
import type { RedisKeysFlags } from './redis-keys.ts';

const NOTES = `
The chart makes the Secret of its Redis empty, so that it renders the same each time, and runs this once in a Job: what
the Secret has stays, what it lacks is made of random bytes (password, and mac-key by which the roles sign what they store).
It talks to the cluster of its pod, or to the one that $KUBECONFIG or ~/.kube/config names.

Examples:
  $ prescale redis-keys --secret prescale-redis -n prescale
`;

/** Declares `prescale redis-keys`. */
export function addRedisKeys(program: Command, exitCodes: string): void {
  program
    .command('redis-keys')
    .description("Fills the Secret of the chart's own Redis where it is empty. The chart runs it (mode distributed).")
    .requiredOption('--secret <name>', 'the Secret')
    .option('-n, --namespace <name>', "its namespace (default: the pod's, or that of the kubeconfig's context)")
    .addHelpText('after', NOTES + exitCodes)
    .action(async (flags: RedisKeysFlags) => {
      const { runRedisKeys } = await import('./redis-keys.ts');
      await runRedisKeys(flags);
    });
}
