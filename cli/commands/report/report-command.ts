import type { Command } from 'commander';
import { addClusterOptions } from '../../options/cluster-flags.ts';
import { addOutputOption, choiceOption, suggest } from '../../options/output-option.ts';
import { addPrometheusOptions } from '../../options/trace-options.ts';
import type { ReportFlags } from './report.ts';

const NOTES = `
Two stages. First a bound for every workload, from few queries that answer for many: its CPU usage each five
minutes, played by what it has today (its HPA; without one its replicas as they are) and by an oracle that knows
the demand. Nobody can save more than the difference. Then Prescale itself is replayed by the minute, the largest
bounds first, until the budget is spent; the others stay "bound only". A pod is taken to serve what it requests
of CPU, and is priced by its requests. Missing data is no data, never zero. Nothing is written to the cluster.

Prometheus is looked for among the Services of monitoring, prometheus, observability, cattle-monitoring-system and
the kubeconfig's namespace; outside the cluster it is asked through the API server (the right to get
services/proxy there). It needs cAdvisor's or the kubelet's container_cpu_usage_seconds_total. At most 120 requests
are made, for any fleet.

--out gets index.html, savings.csv, index.json, and for each replayed workload a folder with its report, the
demand and the HPA that it was replayed with.

Examples:
  $ prescale report --all
  $ prescale report -n shop --price gke-autopilot
  $ prescale report --all --prometheus http://prometheus.monitoring:9090 --budget 20m
  $ prescale report --all -o json | jq '.rows[] | select(.basis == "replayed") | {name, savedPer30Days}'

Exit codes:
  0  done
  1  nothing was read (no Prometheus, no workload with data), or a bug in prescale
  2  the input is wrong; nothing was written
  3  some were skipped as something failed (a query, a replay, a right), the others are done
`;

const PROMETHEUS = {
  prometheus: 'ask this Prometheus (or compatible) server, instead of looking for one',
  query: null,
  step: null,
  start: 'first instant, or so long before --end (default: 14d)',
} as const;

/** Declares `prescale report`. */
export function addReport(program: Command): void {
  const command = program
    .command('report')
    .description(
      'What Prescale would save in this cluster: every Deployment, StatefulSet and what else an HPA scales, ranked.',
    )
    .option('-A, --all', 'all workloads of the cluster')
    .option('-n, --namespace <name>', 'instead: only those of this namespace')
    .option('--budget <duration>', 'no replay begins after so long', '8m')
    .option('--history <duration>', 'what the forecaster has seen before the first compared instant', '7d')
    .option(
      '--startup <latency>',
      'pod start-up: eci (p50 9 s, p90 20 s), p50=9s,p90=20s, or a CSV with a column seconds',
      'eci',
    )
    .option('--slo <percent>', 'the share of the demand that Ready pods serve', '99.99%')
    .option('--start-cost <duration>', 'in comparisons a pod start counts as so much of a pod; not in the bill', '5m')
    .option('--price <name or file>', 'a price book: eci, eks-fargate, gke-autopilot, aci or a file', 'eci')
    .option('--out <folder>', 'where the report goes', './prescale-savings')
    .addOption(
      choiceOption('--lang <language>', 'language of the pages, the table and the notes in savings.csv', [
        'en',
        'zh',
      ]).default('en'),
    );
  addOutputOption(addClusterOptions(command), ['savings'], ['csv']);
  addPrometheusOptions(command, PROMETHEUS);
  suggest(command, { '--price': ['eci', 'eks-fargate', 'gke-autopilot', 'aci'], '--startup': ['eci'] });
  command.addHelpText('after', NOTES).action(async (flags: ReportFlags) => {
    const { runReport } = await import('./report.ts');
    await runReport(flags);
  });
}
