import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse/sync';
import { InputError, WorldError } from '../../../core/errors.ts';
import { type InputFile, openInputStream, tooLarge } from '../../../files/input-file.io.ts';

/** No line of numbers is longer; a longer one means another kind of file, and bounds what is held at a time. */
const MAX_LINE_BYTES = 65_536;
/** Five million rows, the most that are kept, of 200 bytes. */
export const MOST_BYTES = 1_000_000_000;
const SILENT_SECONDS = 60;
const EXPECTED = 'a CSV file';
const NEWLINE = 0x0a;

/** Where rows come from: a file by its path, or a stream such as standard input by its name. */
export interface RowInput {
  /** The name that errors show. */
  readonly name: string;
  readonly open: () => Readable;
  /** A stream that says nothing for so long is given up; default: a minute. */
  readonly silentSeconds?: number;
  /** More is refused; default: a gigabyte. */
  readonly mostBytes?: number;
  /** What it should be, in messages; default: a CSV file. */
  readonly expected?: string;
}

/** A file or a pipe; nothing is opened before the rows are asked for. */
export function fileInput(path: string, expected = EXPECTED): RowInput {
  return { name: path, expected, open: () => openInputStream(inputFile(path, expected)) };
}

function inputFile(path: string, expected = EXPECTED): InputFile {
  return { path, expected, mostBytes: MOST_BYTES };
}

/** One row: its fields, trimmed, and its line in the file (the first is 1). An empty line is skipped. */
export type OnRow = (fields: readonly string[], line: number) => void;

/**
 * Reads a CSV of short rows in blocks of whole lines, so that memory is bounded whatever the file's size.
 * No field of a trace can hold a line break, so a line is a row and every error can name it.
 * @returns SHA-256 (hex) of the bytes
 * @throws InputError (a file that can't be a CSV of short rows), WorldError (the disk failed); whatever `onRow` throws
 */
export async function readCsvRows(input: RowInput, onRow: OnRow): Promise<string> {
  const hash = createHash('sha256');
  const rows = new RowBlocks(input.name, onRow);
  let rest: Buffer = Buffer.alloc(0);
  let first = true;
  const { mostBytes = MOST_BYTES } = input;
  let size = 0;
  const stream = input.open();
  const watch = watchSilence(input, stream);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer | string>) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      watch.heard();
      size += bytes.length;
      if (size > mostBytes) throw tooLarge({ ...inputFile(input.name), mostBytes });
      hash.update(bytes);
      const block: Buffer = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      // Two bytes decide what kind of file it is; a pipe may deliver one at a time.
      if (first && block.length >= 2) {
        refuseOtherFormats(input.name, block);
        first = false;
      }
      const cut = block.lastIndexOf(NEWLINE) + 1;
      if (cut > 0) rows.take(block.subarray(0, cut));
      rest = block.subarray(cut);
      if (rest.length > MAX_LINE_BYTES) throw rows.tooLong();
    }
  } catch (error) {
    throw readError(input.name, error);
  } finally {
    watch.end();
    stream.destroy();
  }
  if (rest.length > 0) rows.take(rest);
  return hash.digest('hex');
}

/** Ends a stream that says nothing for too long: a pipe that nobody writes to. Where it goes on, it goes on until its bytes are too many. */
export function watchSilence(
  { name, silentSeconds = SILENT_SECONDS, expected = EXPECTED }: RowInput,
  stream: Readable,
) {
  const timer = setTimeout(() => {
    stream.destroy(
      new InputError(`${name}: nothing came for ${silentSeconds} s; expected ${expected}, or a pipe that ends`),
    );
  }, silentSeconds * 1000);
  return { heard: () => void timer.refresh(), end: () => clearTimeout(timer) };
}

/** Gives the rows of one block of whole lines after another, counting lines. */
class RowBlocks {
  private readonly name: string;
  private readonly onRow: OnRow;
  private lines = 0;

  constructor(name: string, onRow: OnRow) {
    this.name = name;
    this.onRow = onRow;
  }

  take(block: Buffer): void {
    for (const [index, fields] of this.parse(block).entries()) {
      const line = this.lines + index + 1;
      if (fields.length > 1 || fields[0] !== '') this.onRow(fields, line);
    }
    for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) this.lines++;
  }

  tooLong(): InputError {
    return new InputError(
      `${this.name}:${this.lines + 1}: the line is longer than ${MAX_LINE_BYTES} bytes; expected rows of two short fields`,
    );
  }

  private parse(block: Buffer): string[][] {
    try {
      return parse(block, {
        bom: this.lines === 0,
        trim: true,
        relax_column_count: true,
        record_delimiter: ['\r\n', '\n'],
        max_record_size: MAX_LINE_BYTES,
      });
    } catch (error) {
      throw this.syntaxError(error as CsvError & { lines?: number });
    }
  }

  private syntaxError(error: CsvError & { lines?: number }): InputError {
    const line = this.lines + (error.lines ?? 1);
    if (error.code === 'CSV_MAX_RECORD_SIZE') return this.tooLong();
    return new InputError(
      `${this.name}:${line}: found a quote that is not closed or stands inside a field; expected plain or "quoted" fields`,
      { cause: error },
    );
  }
}

function refuseOtherFormats(name: string, start: Buffer): void {
  const found = otherFormat(start);
  if (found) throw new InputError(`${name}:1: found ${found}; expected a CSV in UTF-8`);
}

function otherFormat(start: Buffer): string | undefined {
  const [a, b] = start;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return 'UTF-16 text (save it as UTF-8)';
  if (a === 0x1f && b === 0x8b) return 'gzip data (unpack it first: gunzip)';
  if (a === 0x50 && b === 0x4b) return 'a zip archive or spreadsheet (export it as CSV)';
  return undefined;
}

function readError(name: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof InputError || typeof code !== 'string') return error;
  return new WorldError(`${name}: reading failed: ${(error as Error).message}`, { cause: error });
}
