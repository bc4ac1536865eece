import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { plainJson, plainLines, plainText } from '../../core/text/plain-text.ts';

/** Bold, dim, red, green, yellow, and their ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
const STYLE = /(\u001b\[(?:1|2|22|31|32|33|39)m)/;

/** Colours only where a person looks at them: a terminal, and neither NO_COLOR nor TERM=dumb. FORCE_COLOR overrides. */
export function wantsColours(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Lines of text, CSV or JSON to standard output, piece by piece, no faster than the reader takes them; nothing in them acts on a terminal. */
export async function writeData(pieces: Iterable<string>, stream: Writable = process.stdout): Promise<void> {
  for (const piece of pieces) await write(plainLines(piece), stream);
}

/** A value as JSON. */
export async function writeJson(value: unknown, stream: Writable = process.stdout): Promise<void> {
  await write(`${plainJson(value, 2)}\n`, stream);
}

/** Lines of text with styles of ours (picocolors') in them, which are let through: those, and no other sequence. */
export async function writeStyled(text: string, stream: Writable = process.stdout): Promise<void> {
  const parts = text.split(STYLE).map((part, i) => (i % 2 === 1 ? part : plainLines(part)));
  await write(parts.join(''), stream);
}

/** One line to standard error. */
export function writeNote(text: string, stream: Writable = process.stderr): void {
  stream.write(`${plainText(text)}\n`);
}

/** Several lines to standard error: a stack, the complaints of the parser of arguments. */
export function writeNotes(text: string, stream: Writable = process.stderr): void {
  stream.write(plainLines(text));
}

async function write(text: string, stream: Writable): Promise<void> {
  if (stream.destroyed) return;
  if (!stream.write(text)) await once(stream, 'drain');
}

/** The reader of a pipe may leave early (`prescale … | head`): that is no error of ours. A full disk behind `>` is one. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    writeNote(`prescale: standard output can't be written: ${error.message}`);
    process.exit(1);
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => undefined);
}
