import type { Command } from 'commander';
import { addReadingOptions, FORMAT_NOTES } from '../../options/reading-options.ts';
import { addKindOptions, addPrometheusOptions } from '../../options/trace-options.ts';
import type { ImportFlags } from './run-import.ts';

const NOTES = `
Reads AdvancedHorizontalPodAutoscaler (Alibaba Cloud AHPA), EffectiveHorizontalPodAutoscaler (Crane),
IntelligentHorizontalPodAutoscaler (Kapacity), ScaledObject (KEDA), CronHorizontalPodAutoscaler (Alibaba Cloud),
HorizontalPodCronscaler (Tencent Cloud), CronHPA (TKEStack), PredictiveHorizontalPodAutoscaler and
HorizontalPodAutoscaler (autoscaling/v1, v2, v2beta2). Other objects beside them are skipped. docs/migration.md has
each project's table.

It prints the annotations for the workload, the values of the chart that they need, and every field that is not
carried over, with the reason. Nothing in a cluster is read or changed. The mode is observe until you ask for another:
two autoscalers undo each other, so the old one goes first.

--replay (or --prometheus) also computes what Prescale would cost on a recorded load, beside an HPA with the same
target and bounds. Without --query, the query of the manifest's first template is asked.

--timezone is also the zone of schedules whose manifest names none, where the controller goes by its own clock.

Examples:
  $ prescale import ahpa.yaml
  $ kubectl get scaledobject -A -o yaml | prescale import -
  $ prescale import ehpa.yaml --timezone Asia/Shanghai -o kustomize > prescale/kustomization.yaml
  $ prescale import ehpa.yaml -o values > values-prescale.yaml
  $ prescale import ahpa.yaml --replay load.csv --peak-pods 20
  $ prescale import scaledobject.yaml --prometheus https://prometheus.example --start 14d
`;

/** Declares `prescale import`. */
export function addImport(program: Command, exitCodes: string): void {
  const command = program
    .command('import')
    .description('What you have today (AHPA, Crane, Kapacity, KEDA, CronHPA, PHPA, an HPA) as annotations of Prescale.')
    .argument('<manifests...>', 'files or folders of manifests, or "-"')
    .option('-o, --output <format>', 'standard output: text, yaml, kustomize, values (of the chart) or json', 'text')
    .option('--keep-mode', "the manifest's own mode instead of observe: the old autoscaler has to be gone", false)
    .option('--replay <trace>', 'also replay this recorded load, a file')
    .option(
      '--pod-capacity <units>',
      "with a load: what one Ready pod serves, in the load's unit (default: an absolute target)",
    )
    .option('--peak-pods <n>', 'with a load, instead: the peak of the history needs n pods')
    .option('--startup <latency>', 'with a load: pod start-up, as of prescale replay', 'eci')
    .option('--price <name or file>', 'with a load: a price book, as of prescale replay', 'eci');
  // --timezone is also the zone of schedules that name none.
  addPrometheusOptions(addReadingOptions(addKindOptions(command)));
  command
    .addHelpText('after', `${NOTES}\n${FORMAT_NOTES}${exitCodes}`)
    .action(async (manifests: string[], flags: ImportFlags) => {
      const { runImport } = await import('./run-import.ts');
      await runImport(manifests, flags);
    });
}
