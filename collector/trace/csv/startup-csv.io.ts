import { InputError } from '../../../core/errors.ts';
import { plainJson } from '../../../core/text/plain-text.ts';
import { fileInput, type RowInput, readCsvRows } from './csv-rows.io.ts';

const MAX_STARTUP_ROWS = 1_000_000;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/**
 * Reads measured start-up latencies: a CSV with the one column `seconds`.
 * @returns seconds, each > 0, in the file's order
 * @throws InputError, WorldError naming the file, the line, what was found and what was expected; the disk failed
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
