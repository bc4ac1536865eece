import type { Command } from 'commander';
import { addOutputOption } from '../../options/output-option.ts';
import { addReadingOptions } from '../../options/reading-options.ts';
import { addKindOptions, addPrometheusOptions, TRACE_NOTES } from '../../options/trace-options.ts';
import type { InspectFlags } from './inspect.ts';

const NOTES = `
It reads all that replay reads, with the same options; without a trace, the embedded example. What it
finds stands in the report of a replay, too. Severities: error (a replay refuses it), warning (it
changes how figures must be read), note.

--frame: columns feature, name, measure, value. Features: the trace as a whole, its seasons and their strength, each
hour of the week (UTC), and every gap, outlier, outage recorded as zero and level shift.

Examples:
  $ prescale inspect load.csv
  $ prescale inspect load.csv -o json | jq .findings
  $ prescale inspect load.csv --frame features.xlsx
  $ prescale inspect requests_total.csv --counter         the rate of a counter
  $ prescale inspect --prometheus https://prometheus.example --query 'sum(rate(http_requests_total[1m]))' --start 14d
`;

/** Declares `prescale inspect`. */
export function addInspect(program: Command, exitCodes: string): void {
  const command = program
    .command('inspect')
    .description('What a trace looks like, what is wrong with it, and what that means for a replay.')
    .argument('[trace]', 'the trace file, or "-" (default: the embedded fourteen-day example)')
    .option('--frame <file>', 'also write its features as a table: .csv, .json or .xlsx (needs danfojs-node)');
  addOutputOption(command, ['inspection']);
  addPrometheusOptions(addReadingOptions(addKindOptions(command)))
    .addHelpText('after', TRACE_NOTES + NOTES + exitCodes)
    .action(async (trace: string | undefined, flags: InspectFlags) => {
      const { runInspect } = await import('./inspect.ts');
      await runInspect(trace, flags);
    });
}
