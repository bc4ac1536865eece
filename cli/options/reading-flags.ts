import { formatNamed } from '../../collector/trace/formats/all.ts';
import type { ReadingOptions } from '../../collector/trace/reading-options.ts';
import type { TimeForm } from '../../collector/trace/table/time-column.ts';
import { zoneClock } from '../../collector/trace/zone-clock.ts';
import { expectedZone } from '../../core/calendar/time-zone.ts';
import { InputError } from '../../core/errors.ts';
import { plainJson } from '../../core/text/plain-text.ts';
import { READING_OPTIONS, type ReadingFlags } from './reading-options.ts';

const TIME_UNITS: readonly TimeForm[] = ['s', 'ms', 'us', 'ns', 'excel', 'dmy', 'mdy', 'ymd'];

/** @param isFile a file (or a pipe) is read @throws InputError naming the option */
export function parseReading(flags: ReadingFlags, isFile: boolean): ReadingOptions {
  // A zone is of use to the forecast of any trace.
  const ofFiles = (Object.keys(READING_OPTIONS) as (keyof ReadingFlags)[]).filter((name) => name !== 'timezone');
  const given = ofFiles.find((name) => flags[name] !== undefined);
  if (given !== undefined && !isFile) {
    throw new InputError(`${READING_OPTIONS[given][0].split(' ')[0]} needs a trace file: it says how to read one`);
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
