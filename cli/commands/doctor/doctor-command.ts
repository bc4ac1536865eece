import type { Command } from 'commander';
import { addClusterOptions } from '../../options/cluster-flags.ts';
import { addOutputOption } from '../../options/output-option.ts';
import type { DoctorFlags } from './doctor.ts';

const NOTES = `
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

/** Declares `prescale doctor`, which has exit codes of its own. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('What keeps Prescale from working in this cluster, each with its fix.')
    .argument('[workload]', 'also this workload: namespace/Kind/name, or kind/name with -n')
    .option('-n, --namespace <name>', "the workload's namespace; without a workload, the release's")
    .option('--release <namespace[/name]>', 'the installed release (default: the only one of the cluster)')
    .option('--config <file>', "a configuration file, instead of the installed release's")
    .option(
      '--as-service-account <namespace/name>',
      "check this account's rights (default: those of the release's accounts; with --config, your own)",
    );
  addOutputOption(addClusterOptions(command), ['doctor'])
    .addHelpText('after', NOTES)
    .action(async (workload: string | undefined, flags: DoctorFlags) => {
      const { runDoctor } = await import('./doctor.ts');
      await runDoctor(workload, flags);
    });
}
