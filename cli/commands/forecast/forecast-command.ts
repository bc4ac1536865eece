import type { Command } from 'commander';
import { addCalendarOptions } from '../../options/calendar-flags.ts';
import { addOutputOption } from '../../options/output-option.ts';
import { addReadingOptions } from '../../options/reading-options.ts';
import { addKindOptions, addPrometheusOptions, TRACE_NOTES } from '../../options/trace-options.ts';
import type { ForecastFlags } from './forecast.ts';

const NOTES = `
Examples:
  $ prescale forecast load.csv --chart
  $ prescale forecast load.csv --compare                  which model won, by how much, and what the others got
  $ prescale forecast load.csv --history 14d -o json | jq '.values[0][:60]'
  $ prescale forecast load.csv -o csv > tomorrow.csv
`;

/** Declares `prescale forecast`. */
export function addForecast(program: Command, exitCodes: string): void {
  const command = program
    .command('forecast')
    .description('Periods, model and why, and the 24 hours that follow the trace.')
    .argument('[trace]', 'the trace file, or "-" (default: the embedded fourteen-day example)')
    .option('--history <duration>', 'use the last so much of the trace (default: all of it, 400 days at most)')
    .option('--chart', 'draw the forecast and its 95 % band after the last day', false)
    .option('--compare', 'instead of the forecast: every model, what it lost in the backtest, and its share', false);
  addOutputOption(command, ['forecast', 'forecast-comparison'], ['csv']);
  addPrometheusOptions(addReadingOptions(addKindOptions(addCalendarOptions(command))))
    .addHelpText('after', TRACE_NOTES + NOTES + exitCodes)
    .action(async (trace: string | undefined, flags: ForecastFlags) => {
      const { runForecast } = await import('./forecast.ts');
      await runForecast(trace, flags);
    });
}
