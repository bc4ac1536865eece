import type { Command } from 'commander';
import { FORMATS, formatNamed } from '../collector/trace/formats/all.ts';
import type { ReadingOptions } from '../collector/trace/reading-options.ts';
import type { TimeForm } from '../collector/trace/time-column.ts';
import { zoneClock } from '../collector/trace/zone-clock.ts';
import { InputError } from '../core/errors.ts';
import { plainJson } from '../core/plain-text.ts';
import { expectedZone } from '../core/time-zone.ts';

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

const OPTIONS: Record<keyof ReadingFlags, [flag: string, description: string]> = {
  formatIn: ['--format-in <format>', 'what the file is, instead of telling it by its content (names: below)'],
  timeColumn: ['--time-column <name>', 'the column of times, by name or number; "date,time" for two'],
  valueColumn: ['--value-column <name>', 'the column of the load, by name or number'],
  series: ['--series <name>', 'of several series the one to read'],
  sum: ['--sum', 'add all series (or all columns of numbers) up, time by time'],
  timezone: [
    '--timezone <zone>',
    'the zone of dates that say none: Europe/Berlin, +02:00 (default: UTC, and a finding)',
  ],
  dateFormat: ['--date-format <form>', 'order of dates: dmy, mdy, ymd or DD/MM/YYYY; of numbers: s, ms, us, ns, excel'],
  decimal: ['--decimal <mark>', 'the decimal mark of values: point or comma'],
};

/** What help says about the formats. */
export const FORMAT_NOTES = `Formats (--format-in): ${wrapped(FORMATS.map(({ name }) => name))}.
`;

const TIME_UNITS: readonly TimeForm[] = ['s', 'ms', 'us', 'ns', 'excel', 'dmy', 'mdy', 'ymd'];

/** Adds all that says how a trace file is to be read. */
export function addReadingOptions(command: Command): Command {
  for (const [flag, description] of Object.values(OPTIONS)) command.option(flag, description);
  return command;
}

/** @param isFile a file (or a pipe) is read @throws InputError naming the option */
export function parseReading(flags: ReadingFlags, isFile: boolean): ReadingOptions {
  const given = (Object.keys(OPTIONS) as (keyof ReadingFlags)[]).find((name) => flags[name] !== undefined);
  if (given !== undefined && !isFile) {
    throw new InputError(`${OPTIONS[given][0].split(' ')[0]} needs a trace file: it says how to read one`);
  }
  const { formatIn, timeColumn, valueColumn, series, sum, timezone, dateFormat, decimal } = flags;
  if (series !== undefined && sum === true) {
    throw new InputError('--series conflicts with --sum: read one series, or add all of them up');
  }
  if (timezone !== undefined && zoneClock(timezone) === undefined) {
    throw new InputError(`--timezone: found ${plainJson(timezone)}; expected +02:00 or ${expectedZone(timezone)}`);
  }
  return {
    ...(formatIn === undefined ? {} : { format: formatNamed(formatIn).name }),
    ...(timeColumn === undefined ? {} : { timeColumn }),
    ...(valueColumn === undefined ? {} : { valueColumn }),
    ...(series === undefined ? {} : { series }),
    ...(sum === true ? { sum } : {}),
    ...(timezone === undefined ? {} : { timezone }),
    ...(dateFormat === undefined ? {} : { dateForm: parseDateForm(dateFormat) }),
    ...(decimal === undefined ? {} : { decimal: parseDecimal(decimal) }),
  };
}

/** A pattern says in which order a date is written, whatever it calls the parts: the time of day needs none. */
function parseDateForm(text: string): TimeForm {
  const named = TIME_UNITS.find((unit) => unit === text.toLowerCase());
  if (named !== undefined) return named;
  const [day, month, year] = [text.search(/d/i), text.search(/m/i), text.search(/y/i)];
  const orders = [
    ['dmy', day, month, year],
    ['mdy', month, day, year],
    ['ymd', year, month, day],
  ] as const;
  const order = orders.find(([, a, b, c]) => a >= 0 && a < b && b < c);
  if (order) return order[0];
  throw new InputError(
    `--date-format: found ${plainJson(text)}; expected dmy, mdy, ymd, a pattern such as DD/MM/YYYY, or s, ms, us, ns, excel`,
  );
}

function parseDecimal(text: string): '.' | ',' {
  if (text === 'point' || text === '.') return '.';
  if (text === 'comma' || text === ',') return ',';
  throw new InputError(`--decimal: found ${plainJson(text)}; expected point or comma`);
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
