import type { Command } from 'commander';
import { addCalendarOptions } from '../../options/calendar-flags.ts';
import { addOutputOption, choiceOption, suggest } from '../../options/output-option.ts';
import { addReadingOptions } from '../../options/reading-options.ts';
import { addKindOptions, addPrometheusOptions, TRACE_NOTES } from '../../options/trace-options.ts';

const NOTES = `
What it computes, in short: policies decide every 15 s on what Prometheus would have said 15 s before (by
default rate[1m] of a counter scraped every 15 s); pods become Ready after a start-up latency; pod-hours,
cost, unmet demand and violation minutes follow. The same input and seed give the same bytes. --out gets
report.html (one self-contained file), report.json and timeline.csv, from which every figure can be
recomputed. Standard output is the table (or, with -o json or yaml, report.json and nothing else).

Several traces, or a folder (its .csv, .json, .log and .gz files): a row each with the saving against the HPA (with --fixed: against
that), cost, unmet demand, pod starts a day and the verdict, ranked by saving, and their totals. --out gets a
folder for each trace, index.html and index.json. What can't be replayed stops none of the others.

Examples:
  $ prescale replay
  $ prescale replay load.csv --peak-pods 20 --startup p50=90s,p90=180s
  $ prescale replay load.csv --pod-capacity 45 --hpa hpa.yaml
  $ prescale replay load.csv --pod-capacity 45 --fixed 12 --hpa-target 60% --out /tmp/report
  $ prescale replay exports/ extra.csv --peak-pods 20 -o json | jq '.rows[] | {name, saving, verdict}'
  $ prescale replay http_requests_total.csv --counter --pod-capacity 45
  $ prescale replay grafana-export.csv --value-column shop --timezone Europe/Berlin --peak-pods 20
  $ gzip -dc load.csv.gz | prescale replay - --peak-pods 20 -o json | jq .policies
  $ prescale replay --prometheus https://prometheus.example --prometheus-token-file token \\
      --query 'sum(rate(http_requests_total{service="shop"}[1m]))' --start 14d --pod-capacity 45
`;

const SKIPPED_CODE = `  3  of several traces some were skipped, the others are done (1: some failed; 2: none could be replayed)
`;

/** Declares `prescale replay`. */
export function addReplay(program: Command, exitCodes: string): void {
  const command = program
    .command('replay')
    .description('What Prescale, the HPA, CronHPA, fixed replicas and an oracle would have cost on a recorded load.')
    .argument('[traces...]', 'a trace file or "-", or several and folders of them (default: the embedded example)')
    .option('--pod-capacity <units>', 'demand that one Ready pod serves, in the unit of the trace')
    .option('--peak-pods <n>', 'instead: the peak of the history needs n pods (the example: 20)')
    .option('--history <duration>', 'what the forecaster has seen before the first replayed instant', '7d')
    .option('--until <instant|duration>', 'stop early: at an instant, or so long after the first replayed one')
    .option(
      '--startup <latency>',
      'pod start-up: eci (p50 9 s, p90 20 s), p50=9s,p90=20s, or a CSV with a column seconds',
      'eci',
    )
    .option('--slo <percent>', 'the share of the demand that Ready pods serve', '99.99%')
    .option('--min <pods>', "never fewer pods (default: 1, or the manifest's)")
    .option('--max <pods>', "never more pods (default: no cap, or the manifest's)")
    .option('--fixed <pods>', 'also replay this many pods all the time')
    .option('--hpa <manifest.yaml>', 'your HPA (autoscaling/v2): what the hpa policy is')
    .option('--hpa-target <utilisation>', 'without --hpa: target of the hpa policy, 70% or 0.7 (default: 70%)')
    .option('--start-cost <duration>', 'in comparisons a pod start counts as so much of a pod; not in the bill', '5m')
    .option(
      '--policies <list>',
      'of predictive,hpa,hpa-tuned,cron,fixed-max,fixed,oracle (default: all; fixed with --fixed)',
    )
    .option('--price <name or file>', 'a price book: eci, eks-fargate, gke-autopilot, aci or a file', 'eci')
    .option('--pod-size <cores,bytes>', "price pods that request so much, such as 500m,1Gi (default: the book's size)")
    .option(
      '--neural <which>',
      "neural model that the policy backtest tries beside the workload's own regression: shipped, none, or a file that the addon trained",
      'shipped',
    )
    .option('--observation <kind>', 'what policies see: rate of a scraped counter, gauge, or exact (default: rate)')
    .option('--scrape-interval <duration>', 'how often Prometheus scrapes (default: 15s)')
    .option('--rate-window <duration>', 'window of the rate (default: four scrapes, a minute at least)')
    .option('--scrape-loss <share>', 'share of scrapes that fail (default: 0%)')
    .option('--seed <n>', 'seed of start-up latencies, scrapes and the filling of a coarse trace', '1')
    .option('--out <folder>', 'where the report goes', './prescale-report')
    .addOption(
      choiceOption('--lang <language>', 'language of report.html and of the table', ['en', 'zh']).default('en'),
    );
  addOutputOption(command, ['report', 'replay-index']);
  addPrometheusOptions(addReadingOptions(addKindOptions(addCalendarOptions(command))));
  suggest(command, {
    '--price': ['eci', 'eks-fargate', 'gke-autopilot', 'aci'],
    '--neural': ['shipped', 'none'],
    '--observation': ['rate', 'gauge', 'exact'],
    '--startup': ['eci'],
    '--policies': ['predictive', 'hpa', 'hpa-tuned', 'cron', 'fixed-max', 'fixed', 'oracle'],
  });
  command.addHelpText('after', TRACE_NOTES + NOTES + exitCodes + SKIPPED_CODE);
  command.action(async (traces: string[], flags: Record<string, string>) => {
    const { runReplay } = await import('./replay.ts');
    await runReplay(traces, flags);
  });
}
