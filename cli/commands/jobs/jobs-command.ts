import type { Command } from 'commander';
import { addOutputOption } from '../../options/output-option.ts';
import type { JobsFlags, ListFlags, RetryFlags } from './jobs.ts';

const NOTES = `
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

/** Declares `prescale jobs`, `jobs retry` and `jobs show`. */
export function addJobs(program: Command, exitCodes: string): void {
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
    .addHelpText('after', NOTES + exitCodes)
    .action(async (flags: ListFlags) => {
      const { runJobs } = await import('./jobs.ts');
      await runJobs(flags);
    });
  addOutputOption(jobs, ['jobs', 'job', 'jobs-retry']);
  jobs
    .command('retry')
    .description('Queues failed jobs again, with all their attempts.')
    .argument('[id]', 'one of prescale jobs --failed')
    .option('--all', 'all of them')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', exitCodes)
    .action(async (id: string | undefined, _: unknown, command: Command) => {
      const { runJobsRetry } = await import('./jobs.ts');
      await runJobsRetry(id, command.optsWithGlobals<RetryFlags>());
    });
  jobs
    .command('show')
    .description('One job: its state, its last error, and what it is asked.')
    .argument('<id>', 'one of prescale jobs --failed or --waiting')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', exitCodes)
    .action(async (id: string, _: unknown, command: Command) => {
      const { runJobsShow } = await import('./jobs.ts');
      await runJobsShow(id, command.optsWithGlobals<JobsFlags>());
    });
}
