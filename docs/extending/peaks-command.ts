import type { Command } from 'commander';
import { writeData, writeJson } from '../../cli/terminal/output.ts';
import { readTrace } from '../../collector/trace/read-trace.io.ts';
import { InputError } from '../../core/errors.ts';
import { DAY_SECONDS, type Samples } from '../../core/series.ts';

const NOTES = `
Examples:
  $ prescale peaks load.csv
  $ prescale peaks load.csv -o json | jq 'max_by(.peak)'
`;

interface PeaksFlags {
  readonly output: string;
}

/** Declares the command. `cli/program.ts` calls it; what a command needs is imported when it runs. */
export function addPeaks(program: Command, exitCodes: string): void {
  program
    .command('peaks')
    .description('The largest value of each UTC day of a trace.')
    .argument('<trace>', 'the trace file')
    .option('-o, --output <form>', 'standard output: text or json', 'text')
    .addHelpText('after', NOTES + exitCodes)
    .action(runPeaks);
}

/** @throws InputError where the input is wrong (exit code 2), WorldError where the disk failed (1) */
async function runPeaks(file: string, { output }: PeaksFlags): Promise<void> {
  if (output !== 'text' && output !== 'json') {
    throw new InputError(`--output: found ${JSON.stringify(output)}; expected text or json`);
  }
  const peaks = peaksByDay((await readTrace(file)).samples);
  if (output === 'json') return writeJson(peaks);
  await writeData(peaks.map(({ day, peak }) => `${day}  ${peak}\n`));
}

/** Days in order; a day without rows is left out, as nobody knows its peak. */
export function peaksByDay({ times, values }: Samples): { day: string; peak: number }[] {
  const peaks = new Map<number, number>();
  for (const [i, time] of times.entries()) {
    const day = Math.floor(time / DAY_SECONDS);
    peaks.set(day, Math.max(peaks.get(day) ?? Number.NEGATIVE_INFINITY, values[i]!));
  }
  return [...peaks].map(([day, peak]) => ({ day: new Date(day * 86_400_000).toISOString().slice(0, 10), peak }));
}
