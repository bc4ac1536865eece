import type { Command } from 'commander';

/** Help of the commands that ask the addon. */
export const CLUSTER_NOTES = `
Prescale is looked for by its Service's label app.kubernetes.io/name=prescale, and its console is asked by a
port-forward through the API server, with your kubeconfig (or a pod's own ServiceAccount): that needs the
right to create pods/portforward in its namespace. Where console.auth is token, the kubeconfig's token or
--token-file goes along.
`;

/** Which cluster. */
export function addClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', "the cluster's kubeconfig (default: $KUBECONFIG, ~/.kube/config, or the pod's own)")
    .option('--context <name>', 'a context of the kubeconfig (default: its current one)');
}

/** Which cluster, and where the addon is in it. */
export function addAddonOptions(command: Command): Command {
  return addClusterOptions(
    command
      .option('-n, --namespace <name>', 'only workloads of this namespace')
      .option('--url <url>', "the console's address, instead of looking for it")
      .option('--service <namespace/name[:port]>', "the addon's Service, instead of looking for it")
      .option('--token-file <file>', 'a token of the cluster, where the console asks for one'),
  );
}
