import type { Command } from 'commander';
import { FORMAT_NAMES } from '../../collector/trace/formats/names.ts';
import { suggest } from './output-option.ts';

/** How to read a file, as it was typed. */
export interface ReadingFlags {
  readonly formatIn?: string;
  readonly timeColumn?: string;
  readonly valueColumn?: string;
  readonly series?: string;
  readonly sum?: boolean;
  readonly timezone?: string;
  readonly dateFormat?: string;
  readonly decimal?: string;
}

export const READING_OPTIONS: Record<keyof ReadingFlags, [flag: string, description: string]> = {
  formatIn: ['--format-in <format>', 'what the file is, instead of telling it by its content (names: below)'],
  timeColumn: ['--time-column <name>', 'the column of times, by name or number; "date,time" for two'],
  valueColumn: ['--value-column <name>', 'the column of the load, by name or number'],
  series: ['--series <name>', 'of several series the one to read'],
  sum: ['--sum', 'add all series (or all columns of numbers) up, time by time'],
  timezone: [
    '--timezone <zone>',
    'the zone of dates that say none, and by whose clock days repeat: Europe/Berlin, +02:00 (default: UTC)',
  ],
  dateFormat: ['--date-format <form>', 'order of dates: dmy, mdy, ymd or DD/MM/YYYY; of numbers: s, ms, us, ns, excel'],
  decimal: ['--decimal <mark>', 'the decimal mark of values: point or comma'],
};

/** What help says about the formats. */
export const FORMAT_NOTES = `Formats (--format-in): ${wrapped(FORMAT_NAMES)}.
`;

/** Adds all that says how a trace file is to be read. */
export function addReadingOptions(command: Command): Command {
  for (const [flag, description] of Object.values(READING_OPTIONS)) command.option(flag, description);
  return suggest(command, {
    '--format-in': FORMAT_NAMES,
    '--decimal': ['point', 'comma'],
    '--date-format': ['dmy', 'mdy', 'ymd', 's', 'ms', 'us', 'ns', 'excel'],
  });
}

/** Names in lines of a terminal's width. */
function wrapped(names: readonly string[]): string {
  let [text, column] = ['', 22];
  for (const [i, name] of names.entries()) {
    const part = i === 0 ? name : `, ${name}`;
    const isFull = column + part.length > 98;
    text += isFull ? `,\n${name}` : part;
    column = isFull ? name.length : column + part.length;
  }
  return text;
}
