import { InputError } from '../../core/errors.ts';
import type { Samples } from '../../core/series.ts';
import { plainText } from '../../core/text/plain-text.ts';
import { assemble } from './assemble.ts';
import { assumptionFinding } from './assumption.ts';
import { fileInput, type RowInput } from './csv/csv-rows.io.ts';
import type { Finding } from './findings/finding.ts';
import { chooseFormat } from './formats/all.ts';
import type { DocumentFormat, Head, LineFormat } from './formats/format.ts';
import { lineAt, lineOfPath, pathText } from './json/json-path.ts';
import { LineSplitter, MAX_LINE_CHARACTERS } from './lines.ts';
import type { ReadingOptions } from './reading-options.ts';
import { type Place, SeriesRows } from './series-rows.ts';
import { openText } from './text-stream.io.ts';

/** Nine and a half years of minutes, 57 days of seconds: 80 MB in memory. A longer trace is refused, not thinned. */
export const MAX_ROWS = 5_000_000;
/** A JSON document is read whole; a larger one would not fit beside what is made of it. */
const MOST_DOCUMENT_CHARACTERS = 200_000_000;
/** A format is told from so much of a file. */
const HEAD_CHARACTERS = 65_536;
const EXPECTED = 'a file with a trace';

/** A recorded trace. */
export interface Trace {
  readonly samples: Samples;
  /** A short name for reports: the file's name without its folder. */
  readonly source: string;
  /** SHA-256 (hex) of the file's bytes. */
  readonly sha256: string;
  /** Where its last row stands, for errors: file and line, or the server. */
  readonly where: string;
  /** What was assumed while it was read. */
  readonly findings: readonly Finding[];
}

/**
 * Reads a recorded load in any of the known formats, told by what stands in it. A missing or empty value is no data.
 * @throws InputError naming the file, the line, what was found and what would help; WorldError where the disk failed
 */
export async function readTrace(
  input: string | RowInput,
  options: ReadingOptions = {},
  maxRows = MAX_ROWS,
): Promise<Trace> {
  const from = typeof input === 'string' ? fileInput(input, EXPECTED) : { expected: EXPECTED, ...input };
  const { name } = from;
  const text = openText(from);
  const pieces = text.pieces[Symbol.asyncIterator]();
  const begun = await readHead(pieces);
  const format = chooseFormat(headOf(begun), options.format);
  const read = format.reads === 'lines' ? readLines : readDocument;
  const { rows, end } = await read(format as LineFormat & DocumentFormat, { name, begun, pieces, options, maxRows });
  const { samples, assumptions } = assemble(rows, end);
  const known = format.name === 'csv' ? [] : [{ assumed: 'format', format: format.name, title: format.title } as const];
  const guessed = text.isGuessed() ? [{ assumed: 'encoding' } as const] : [];
  return {
    samples,
    source: plainText(baseName(name)),
    sha256: text.sha256(),
    where: typeof end === 'number' ? `${name}:${end}` : name,
    findings: [...known, ...guessed, ...assumptions].map(assumptionFinding),
  };
}

interface Source {
  readonly name: string;
  readonly begun: string;
  readonly pieces: AsyncIterator<string>;
  readonly options: ReadingOptions;
  readonly maxRows: number;
}

/** What was read, and where it ended. */
interface Rows {
  readonly rows: SeriesRows;
  readonly end: Place;
}

async function readLines(format: LineFormat, { name, begun, pieces, options, maxRows }: Source): Promise<Rows> {
  const rows = new SeriesRows((place) => `${name}:${place}`, options, maxRows);
  const reader = format.reader(rows);
  let last = 1;
  const splitter = new LineSplitter((text, line) => {
    if (text.length > MAX_LINE_CHARACTERS) throw tooLong(name, line);
    if (text.trim() !== '') last = line;
    reader.line(text, line);
  });
  for (let piece: string | undefined = begun; piece !== undefined; piece = await next(pieces)) {
    splitter.take(piece);
    if (splitter.restLength > MAX_LINE_CHARACTERS) throw tooLong(name, splitter.line);
  }
  splitter.finish();
  reader.end();
  return { rows, end: last };
}

async function readDocument(format: DocumentFormat, { name, begun, pieces, options, maxRows }: Source): Promise<Rows> {
  const parts: string[] = [];
  let size = 0;
  for (let piece: string | undefined = begun; piece !== undefined; piece = await next(pieces)) {
    parts.push(piece);
    size += piece.length;
    if (size > MOST_DOCUMENT_CHARACTERS) {
      const most = MOST_DOCUMENT_CHARACTERS.toLocaleString('en-US');
      throw new InputError(
        `${name}: found a JSON document of more than ${most} characters; expected a smaller one, or CSV`,
      );
    }
  }
  const text = parts.join('');
  const place = (at: Place) => {
    if (typeof at === 'number') return `${name}:${at}`;
    const path = at();
    return path.length === 0 ? `${name}:1` : `${name}:${lineOfPath(text, path)}: ${plainText(pathText(path))}`;
  };
  const rows = new SeriesRows(place, options, maxRows);
  format.read(parseJson(text, name), rows);
  return { rows, end: () => [] };
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    const offset = /position (\d+)/.exec(message)?.[1];
    const line = offset === undefined ? lineAt(text, text.length) : lineAt(text, Number(offset));
    throw new InputError(`${name}:${line}: found JSON that is broken or cut here; expected a whole document`, {
      cause: error,
    });
  }
}

/** Enough of the text to tell its format. */
async function readHead(pieces: AsyncIterator<string>): Promise<string> {
  let head = '';
  while (head.length < HEAD_CHARACTERS) {
    const piece = await next(pieces);
    if (piece === undefined) break;
    head += piece;
  }
  return head;
}

function headOf(begun: string): Head {
  const text = begun.slice(0, HEAD_CHARACTERS);
  return { text, lines: text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '') };
}

async function next(pieces: AsyncIterator<string>): Promise<string | undefined> {
  const { value, done } = await pieces.next();
  return done === true ? undefined : value;
}

function tooLong(name: string, line: number): InputError {
  return new InputError(
    `${name}:${line}: the line is longer than ${MAX_LINE_CHARACTERS} characters; expected rows of a few short fields`,
  );
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path;
}
