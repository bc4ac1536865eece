import { InputError } from '../core/errors.ts';
import { plainJson, plainText } from '../core/plain-text.ts';
import type { Samples } from '../core/series.ts';
import { fileInput, type RowInput, readCsvRows } from './csv-rows.ts';
import { GrowingNumbers } from './growing-numbers.ts';
import { formatInstant, parseTimestamp, TIMESTAMP_FORMS } from './timestamp.ts';

/** Nine and a half years of minutes, 57 days of seconds: 80 MB in memory. A longer trace is refused, not thinned. */
export const MAX_ROWS = 5_000_000;
/** A wider span is nearly always one timestamp in another unit; it would also ask for a grid that fits no memory. */
const MAX_SPAN_SECONDS = 20 * 365.25 * 86_400;
const MAX_STARTUP_ROWS = 1_000_000;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const VALUE_FORM = 'a number ≥ 0 (where there is no data, leave the row out)';

/** A recorded trace. */
export interface Trace {
  readonly samples: Samples;
  /** A short name for reports: the file's name without its folder. */
  readonly source: string;
  /** SHA-256 (hex) of the file's bytes. */
  readonly sha256: string;
  /** Where its last row stands, for errors: file and line, or the server. */
  readonly where: string;
}

/**
 * Reads a trace CSV: header `timestamp,value`, ascending rows, a missing row is no data.
 * @throws InputError naming the file, the line, what was found and what was expected; WorldError where the disk failed
 */
export async function readTraceCsv(input: string | RowInput, maxRows = MAX_ROWS): Promise<Trace> {
  const from = typeof input === 'string' ? fileInput(input) : input;
  const { name } = from;
  const times = new GrowingNumbers();
  const values = new GrowingNumbers();
  let headerSeen = false;
  let where = name;
  const sha256 = await readCsvRows(from, (fields, line) => {
    where = `${name}:${line}`;
    if (!headerSeen) {
      checkHeader(fields, ['timestamp', 'value'], where);
      headerSeen = true;
      return;
    }
    if (times.length >= maxRows) throw tooManyRows(where, maxRows, 'resample it to a coarser step or cut it');
    if (fields.length !== 2) throw wrongColumns(fields, 'timestamp,value', where);
    times.push(readTime(fields[0]!, times, where));
    values.push(readValue(fields[1]!, where));
  });
  if (!headerSeen) throw new InputError(`${name}:1: found an empty file; expected the header timestamp,value`);
  if (times.length === 0)
    throw new InputError(`${name}:2: found no row after the header; expected timestamp,value rows`);
  return {
    samples: { times: times.toArray(), values: values.toArray() },
    source: plainText(baseName(name)),
    sha256,
    where,
  };
}

/**
 * Reads measured start-up latencies: a CSV with the one column `seconds`.
 * @returns seconds, each > 0, in the file's order
 * @throws InputError, WorldError as {@link readTraceCsv}
 */
export async function readStartupCsv(input: string | RowInput): Promise<number[]> {
  const from = typeof input === 'string' ? fileInput(input) : input;
  const { name } = from;
  const seconds: number[] = [];
  let headerSeen = false;
  await readCsvRows(from, (fields, line) => {
    const where = `${name}:${line}`;
    if (!headerSeen) {
      checkHeader(fields, ['seconds'], where);
      headerSeen = true;
      return;
    }
    if (seconds.length >= MAX_STARTUP_ROWS) throw tooManyRows(where, MAX_STARTUP_ROWS, 'keep a sample of them');
    if (fields.length !== 1) throw wrongColumns(fields, 'seconds', where);
    const value = parseNumber(fields[0]!);
    if (!(value > 0 && value <= 86_400)) {
      throw new InputError(`${where}: found seconds ${shown(fields[0]!)}; expected a number above 0, at most 86400`);
    }
    seconds.push(value);
  });
  if (seconds.length === 0) throw new InputError(`${name}:1: found no latencies; expected the header seconds and rows`);
  return seconds;
}

function readTime(text: string, times: GrowingNumbers, where: string): number {
  const time = parseTimestamp(text);
  if (typeof time === 'string') {
    throw new InputError(`${where}: found timestamp ${shown(text)}, which ${time}; expected ${TIMESTAMP_FORMS}`);
  }
  if (times.length === 0) return time;
  if (time === times.last)
    throw new InputError(`${where}: found timestamp ${shown(text)} twice; expected ascending rows`);
  if (time < times.last) {
    const before = formatInstant(times.last);
    throw new InputError(`${where}: found timestamp ${shown(text)} after the later ${before}; expected ascending rows`);
  }
  if (time - times.first > MAX_SPAN_SECONDS) {
    const start = formatInstant(times.first);
    throw new InputError(
      `${where}: found timestamp ${shown(text)}, over 20 years after the start ${start}; expected one unit`,
    );
  }
  return time;
}

function readValue(text: string, where: string): number {
  const value = parseNumber(text);
  if (value >= 0 && value < Infinity) return value + 0;
  const what = text === '' ? 'an empty value' : `value ${shown(text)}`;
  throw new InputError(`${where}: found ${what}; expected ${VALUE_FORM}`);
}

/** NaN where the text is no plain decimal number: Number() alone would take '', '0x10' and ' '. */
function parseNumber(text: string): number {
  return NUMBER.test(text) ? Number(text) : Number.NaN;
}

function checkHeader(fields: readonly string[], expected: readonly string[], where: string): void {
  const same = fields.length === expected.length && expected.every((name, i) => fields[i] === name);
  if (same) return;
  const found = shown(fields.join(','));
  throw new InputError(`${where}: found ${found}; expected the header ${expected.join(',')}`);
}

function wrongColumns(fields: readonly string[], expected: string, where: string): InputError {
  const count = `${fields.length} ${fields.length === 1 ? 'field' : 'fields'}`;
  return new InputError(`${where}: found ${count}, ${shown(fields.join(','))}; expected ${expected}`);
}

function tooManyRows(where: string, limit: number, advice: string): InputError {
  return new InputError(
    `${where}: found more than ${limit.toLocaleString('en-US')} rows, the most this reads; ${advice}`,
  );
}

/** What was found, safe to print: quoted, escaped, at most 40 characters. */
function shown(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return plainJson(short);
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path;
}
