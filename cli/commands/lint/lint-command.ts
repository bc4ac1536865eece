import type { Command } from 'commander';
import type { LintFlags } from './run-lint.ts';

const NOTES = `
The validator is the addon's own: what it refuses here, it refuses in the cluster, where a workload with a wrong annotation is
left alone. Errors come all at once, as file:line: error: …; a document that is no YAML is one of them, too.

Warnings are for what is silent in a cluster: annotations without prescale.dev/enabled, on the pod template, as labels, on a kind
that nobody watches; an HPA or another autoscaler for the same workload among the manifests.

Files, folders (.yaml, .yml and .json in them and below) and "-" may be mixed; lists of kubectl are read item by item.

Examples:
  $ prescale lint k8s/
  $ helm template shop ./chart | prescale lint - --config values-prescale.yaml
  $ kustomize build overlays/prod | prescale lint - --strict
  $ prescale lint deploy.yaml -o github                   beside the line of a pull request
  $ prescale lint k8s/ -o json | jq '.findings[] | select(.level == "error")'
`;

/** Declares `prescale lint`. */
export function addLint(program: Command, exitCodes: string): void {
  program
    .command('lint')
    .description('Annotations in manifests, checked before they reach a cluster: all errors with file and line.')
    .argument('<manifests...>', 'files or folders of manifests, or "-"')
    .option(
      '--config <file>',
      "the chart's values or the addon's configuration: templates, kinds, limits to check against",
    )
    .option(
      '--kind <apiVersion/kind>',
      'a further kind that config.kinds names, argoproj.io/v1alpha1/Rollout; again for more',
      collect,
    )
    .option('--strict', 'warnings are errors', false)
    .option('-o, --output <format>', 'standard output: text, json, or github (workflow commands)', 'text')
    .addHelpText('after', NOTES + exitCodes)
    .action(async (manifests: string[], flags: LintFlags) => {
      const { runLint } = await import('./run-lint.ts');
      await runLint(manifests, flags);
    });
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
