import { closeSync, constants, createReadStream, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { InputError, WorldError } from '../core/errors.ts';

/*
 * The one way to open a file that a person, a configuration or a kubeconfig names. Whatever stands there (a FIFO that nobody writes to, a
 * device that never ends, two gigabytes), it is answered at once, and no more is read than such a file may have.
 */

/** A configuration: as much as a ConfigMap holds. */
export const CONFIG_BYTES = 1_048_576;
/** A password, a token, a certificate with its chain. */
export const SECRET_BYTES = 1_048_576;

/** A file to be read, and what it has to be. */
export interface InputFile {
  readonly path: string;
  /** How messages begin: `--config addon.yaml`; default: the path. */
  readonly name?: string;
  /** In words: `a price book`. */
  readonly expected: string;
  /** More is refused, before it is read where the file says so itself. */
  readonly mostBytes: number;
}

const READ_BYTES = 262_144;
/** Neither waits for who writes to a FIFO, nor takes a terminal over. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** All bytes of a regular file. @throws InputError: which file, what is wrong, what would be right; WorldError: the disk failed */
export function readInputFile(file: InputFile): Buffer {
  const descriptor = openRegular(file);
  try {
    return readAtMost(descriptor, file);
  } catch (error) {
    throw readError(file, error);
  } finally {
    closeSync(descriptor);
  }
}

/** The same as text in UTF-8. */
export function readInputText(file: InputFile): string {
  return readInputFile(file).toString('utf8');
}

/**
 * A regular file or a pipe (`<(…)`, a FIFO), piece by piece; whoever reads it bounds how much and how long, as a pipe may never end.
 * @throws InputError as {@link readInputFile}
 */
export function openInputStream(file: InputFile): Readable {
  const descriptor = open(file, true);
  if (fstatSync(descriptor).isFIFO()) return new Socket({ fd: descriptor, readable: true, writable: false });
  return createReadStream('', { fd: descriptor, highWaterMark: READ_BYTES });
}

/** The refusal of a file that is too large. @param found its bytes, where they are known */
export function tooLarge({ expected, mostBytes, ...file }: InputFile, found?: number): InputError {
  const size = found === undefined ? `more than ${grouped(mostBytes)}` : grouped(found);
  return new InputError(
    `${nameOf(file)}: found ${size} bytes; expected ${expected}, of at most ${grouped(mostBytes)} bytes`,
  );
}

function openRegular(file: InputFile): number {
  return open(file, false);
}

function open(file: InputFile, pipes: boolean): number {
  let descriptor: number | undefined;
  try {
    // To open some devices is to use them: they are looked at before, and once more what was opened.
    refuse(file, statSync(file.path), pipes);
    descriptor = openSync(file.path, FLAGS);
    refuse(file, fstatSync(descriptor), pipes);
    return descriptor;
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw readError(file, error);
  }
}

function refuse(file: InputFile, stats: Stats, pipes: boolean): void {
  if (stats.isFile()) {
    if (stats.size > file.mostBytes) throw tooLarge(file, stats.size);
    return;
  }
  if (pipes && stats.isFIFO()) return;
  const kinds = pipes ? 'a regular file or a pipe' : 'a regular file';
  throw new InputError(
    `${nameOf(file)}: it is ${kindOf(stats)}; expected ${file.expected}${stats.isDirectory() ? '' : ` in ${kinds}`}`,
  );
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** One byte more than may be there tells a file that grows, or that says nothing of its size (/proc), from one that fits. */
function readAtMost(descriptor: number, file: InputFile): Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  while (size <= file.mostBytes) {
    const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, file.mostBytes + 1 - size));
    const read = readSync(descriptor, chunk);
    if (read === 0) return Buffer.concat(chunks, size);
    chunks.push(chunk.subarray(0, read));
    size += read;
  }
  throw tooLarge(file);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  ENAMETOOLONG: 'there is no such file',
  ELOOP: 'its links lead in a circle',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  EISDIR: 'it is a folder',
  ENXIO: 'it is a socket',
  EAGAIN: 'nothing can be read from it now',
  ERR_INVALID_ARG_VALUE: 'it is no path',
};

function readError(file: InputFile, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof InputError || typeof code !== 'string') return error;
  const reason = REASONS[code];
  if (reason) return new InputError(`${nameOf(file)}: ${reason}; expected ${file.expected}`, { cause: error });
  return new WorldError(`${nameOf(file)}: reading failed: ${message}`, { cause: error });
}

function nameOf({ name, path }: Pick<InputFile, 'name' | 'path'>): string {
  return name ?? path;
}

function grouped(bytes: number): string {
  return bytes.toLocaleString('en-US');
}
