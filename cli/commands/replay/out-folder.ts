import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InputError, WorldError } from '../../../core/errors.ts';

/** A file to write: its name in the folder, and its text (or its text in UTF-8) in pieces. */
export interface OutFile<Piece extends string | Uint8Array = string | Uint8Array> {
  readonly name: string;
  readonly pieces: Iterable<Piece>;
}

/**
 * Proves before long work that a folder can be written, and leaves no trace.
 * @throws WorldError where it can't be, InputError where a file stands in its place
 */
export async function checkWritable(folder: string): Promise<void> {
  let standing = resolve(folder);
  while (!existsSync(standing)) standing = dirname(standing);
  if (!statSync(standing).isDirectory()) throw new InputError(`--out: ${standing} is a file; expected a folder`);
  try {
    await rm(await mkdtemp(join(standing, '.prescale-')), { recursive: true });
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

/**
 * Writes files under temporary names in the folder and renames them when all are whole: whatever fails (or Ctrl-C), the
 * folder holds the old files or the new ones, never half of one.
 */
export async function writeOutFiles(folder: string, files: readonly OutFile[]): Promise<void> {
  const run = randomUUID().slice(0, 8);
  const parts = files.map(({ name, pieces }) => ({
    path: join(folder, name),
    temporary: join(folder, `.${name}.${run}.part`),
    pieces,
  }));
  let isNew = false;
  const sweep = (): void => {
    for (const { temporary } of parts) rmSync(temporary, { force: true });
  };
  const undo = (): void => {
    sweep();
    if (isNew && readdirSync(folder).length === 0) rmdirSync(folder);
  };
  const interrupt = (): void => {
    undo();
    process.exit(130);
  };
  process.once('SIGINT', interrupt);
  try {
    isNew = (await mkdir(folder, { recursive: true })) !== undefined;
    for (const { temporary, pieces } of parts) {
      await pipeline(Readable.from(pieces), createWriteStream(temporary, { flags: 'wx' }));
    }
    for (const { path, temporary } of parts) await rename(temporary, path);
  } catch (error) {
    undo();
    throw cannotWrite(folder, error);
  } finally {
    sweep();
    process.off('SIGINT', interrupt);
  }
}

/** What the disk refused, as a WorldError; any other error is a bug and stays what it is. */
function cannotWrite(folder: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const why = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'a read-only file system',
    ENOSPC: 'the disk is full',
  };
  return new WorldError(`--out: ${folder} can't be written: ${why[code as keyof typeof why] ?? message}`, {
    cause: error,
  });
}
