import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Colours only where a person looks at them: a terminal, and neither NO_COLOR nor TERM=dumb. FORCE_COLOR overrides. */
export function wantsColours(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Writes data to standard output piece by piece, no faster than the reader takes it. */
export async function writeData(pieces: Iterable<string>, stream: Writable = process.stdout): Promise<void> {
  for (const piece of pieces) {
    if (stream.destroyed) return;
    if (!stream.write(piece)) await once(stream, 'drain');
  }
}

/** The reader of a pipe may leave early (`prescale … | head`): that is no error of ours. A full disk behind `>` is one. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`prescale: standard output can't be written: ${error.message}\n`);
    process.exit(1);
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => undefined);
}
