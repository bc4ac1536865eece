import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunks } from '../core/concurrency/chunks.ts';
import type { WorkloadTexts } from './workload-texts.ts';

const FILES_AT_ONCE = 16;
const EXTENSION = '.txt';
/** Hexadecimal digits of a file's name: 128 bits of the key's hash. */
const NAME_DIGITS = 32;

/**
 * A folder with one file for each key, written whole or not at all: the key as JSON on the first line, the text after it. Files are named by
 * a hash: names of a cluster have no place in paths.
 */
export class FileWorkloadTexts implements WorkloadTexts {
  private readonly folder: string;
  /** Writes follow each other. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.folder = folder;
  }

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const some of chunks(keys, FILES_AT_ONCE)) {
      const read = await Promise.all(some.map((key) => entryOf(this.pathOf(key))));
      some.forEach((key, i) => {
        const entry = read[i];
        if (entry?.key === key) found.set(key, entry.text);
      });
    }
    return found;
  }

  write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void> {
    const run = this.turn.then(async () => {
      await mkdir(this.folder, { recursive: true });
      for (const some of chunks(gone, FILES_AT_ONCE))
        await Promise.all(some.map((key) => rm(this.pathOf(key), { force: true })));
      for (const some of chunks([...put], FILES_AT_ONCE))
        await Promise.all(some.map(([key, text]) => replace(this.pathOf(key), `${JSON.stringify(key)}\n${text}`)));
    });
    this.turn = run.catch(() => {});
    return run;
  }

  /** A file whose first line is no key is nobody's, and left out. */
  async keys(): Promise<string[]> {
    const names = ((await ifThere(readdir(this.folder))) ?? []).filter((name) => name.endsWith(EXTENSION));
    const keys: string[] = [];
    for (const some of chunks(names, FILES_AT_ONCE)) {
      const read = await Promise.all(some.map((name) => entryOf(join(this.folder, name))));
      for (const entry of read) if (entry) keys.push(entry.key);
    }
    return keys;
  }

  private pathOf(key: string): string {
    const name = createHash('sha256').update(key).digest('hex').slice(0, NAME_DIGITS);
    return join(this.folder, `${name}${EXTENSION}`);
  }
}

async function entryOf(path: string): Promise<{ readonly key: string; readonly text: string } | undefined> {
  const content = await ifThere(readFile(path, 'utf8'));
  const end = content?.indexOf('\n') ?? -1;
  if (content === undefined || end < 0) return undefined;
  const key = parsed(content.slice(0, end));
  return typeof key === 'string' ? { key, text: content.slice(end + 1) } : undefined;
}

async function replace(path: string, content: string): Promise<void> {
  const fresh = `${path}.new`;
  try {
    await writeFile(fresh, content);
  } catch (error) {
    // A full disk leaves what was there.
    await rm(fresh, { force: true });
    throw error;
  }
  await rename(fresh, path);
}

async function ifThere<T>(task: Promise<T>): Promise<T | undefined> {
  try {
    return await task;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
