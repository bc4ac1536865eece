import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError, WorldError } from '../../core/errors.ts';
import { tooLarge } from '../../files/input-file.io.ts';
import { MOST_BYTES, type RowInput, watchSilence } from './csv/csv-rows.io.ts';

/** The text of a file, and what is known of its bytes once it was read. */
export interface TextStream {
  readonly pieces: AsyncIterable<string>;
  /** SHA-256 (hex) of the bytes as they came; right after the last piece. */
  readonly sha256: () => string;
  /** It is no UTF-8, and was taken for Windows-1252. */
  readonly isGuessed: () => boolean;
}

/** The encoding is told from so many bytes. */
const HEAD_BYTES = 65_536;

/** What begins so is no text. */
const OTHER_FILES: readonly (readonly [bytes: string, what: string])[] = [
  ['504b0304', 'a zip archive or spreadsheet (.xlsx); expected text: save the sheet as CSV, or unzip it first'],
  ['d0cf11e0', 'a spreadsheet (.xls); expected text: save it as CSV'],
  ['28b52ffd', 'zstd data; expected text or gzip: unpack it first (zstd -d)'],
  ['425a68', 'bzip2 data; expected text or gzip: unpack it first (bunzip2)'],
  ['fd377a58', 'xz data; expected text or gzip: unpack it first (unxz)'],
  ['50415231', 'Parquet data; expected text: export it as CSV'],
  ['25504446', 'a PDF; expected text: export the data as CSV'],
];

/**
 * Reads a file or a pipe as text, piece by piece: gzip is unpacked, UTF-16 and byte order marks are known.
 * @throws while it is read: InputError (what it is instead of text, too many bytes, silence), WorldError (the disk failed)
 */
export function openText(input: RowInput): TextStream {
  const hash = createHash('sha256');
  let isGuessed = false;
  async function* pieces(): AsyncGenerator<string> {
    const stream = input.open();
    const watch = watchSilence(input, stream);
    async function* bytes(): AsyncGenerator<Buffer> {
      for await (const chunk of stream as AsyncIterable<Buffer | string>) {
        watch.heard();
        const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        hash.update(buffer);
        yield buffer;
      }
    }
    try {
      const [isGzip, raw] = await startsWithGzip(bounded(input, bytes()));
      const plain = isGzip ? bounded(input, gunzipped(raw)) : raw;
      yield* decoded(input.name, plain, () => {
        isGuessed = true;
      });
    } catch (error) {
      throw readError(input.name, error);
    } finally {
      watch.end();
      stream.destroy();
    }
  }
  return { pieces: pieces(), sha256: () => hash.digest('hex'), isGuessed: () => isGuessed };
}

async function* bounded(input: RowInput, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { name, mostBytes = MOST_BYTES, expected = 'a trace' } = input;
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > mostBytes) throw tooLarge({ path: name, expected, mostBytes });
    yield chunk;
  }
}

/** Two bytes decide; a pipe may deliver one at a time. */
async function startsWithGzip(bytes: AsyncGenerator<Buffer>): Promise<[boolean, AsyncIterable<Buffer>]> {
  const [head, rest] = await headOf(bytes, 2);
  return [head[0] === 0x1f && head[1] === 0x8b, rest];
}

function gunzipped(bytes: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip();
  // What fails destroys both ends, and the reader of gunzip throws it.
  pipeline(Readable.from(bytes), gunzip, () => undefined);
  return gunzip;
}

async function* decoded(name: string, bytes: AsyncIterable<Buffer>, onGuess: () => void): AsyncGenerator<string> {
  const [head, rest] = await headOf(toGenerator(bytes), HEAD_BYTES);
  const start = head.subarray(0, 4).toString('hex');
  const other = OTHER_FILES.find(([begin]) => start.startsWith(begin));
  if (other) throw new InputError(`${name}:1: found ${other[1]}`);
  const encoding = encodingOf(head);
  if (encoding === 'windows-1252') onGuess();
  const decoder = new TextDecoder(encoding);
  for await (const chunk of rest) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield text;
  }
  const last = decoder.decode();
  if (last !== '') yield last;
}

function encodingOf(head: Buffer): string {
  const [a, b, c, d] = head;
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0 && c !== 0 && d === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && c === 0 && d !== 0)) return 'utf-16be';
  try {
    // What a cut character leaves at the end is no error yet.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** The first bytes, at least so many where there are; and all of them, these too. */
async function headOf(bytes: AsyncGenerator<Buffer>, least: number): Promise<[Buffer, AsyncGenerator<Buffer>]> {
  const chunks: Buffer[] = [];
  let size = 0;
  while (size < least) {
    const { value, done } = await bytes.next();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  const head = Buffer.concat(chunks);
  async function* all(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    yield* bytes;
  }
  return [head, all()];
}

async function* toGenerator(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* bytes;
}

function readError(name: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof InputError || error instanceof WorldError || typeof code !== 'string') return error;
  if (code.startsWith('Z_')) {
    return new InputError(`${name}: found gzip data that is damaged or cut (${message}); expected a whole file`, {
      cause: error,
    });
  }
  return new WorldError(`${name}: reading failed: ${message}`, { cause: error });
}
