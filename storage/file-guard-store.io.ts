import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuardStore } from './guard-store.ts';

const FILE = 'guards.jsonl';

/** One file of a folder, a line `[key, text]` for each entry, written whole or not at all. */
export class FileGuardStore implements GuardStore {
  private readonly folder: string;
  private readonly path: string;
  /** What the file holds, as long as it is the one that was read or written here. */
  private entries: Map<string, string> | undefined;
  private stamp: string | undefined;
  /** Writes follow each other. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.folder = folder;
    this.path = join(folder, FILE);
  }

  /** Lines that are none are left out: whose memory that was is not known any more. */
  read(): Promise<ReadonlyMap<string, string>> {
    return this.inTurn(async () => new Map(await this.current()));
  }

  get(key: string): Promise<string | undefined> {
    return this.inTurn(async () => (await this.current()).get(key));
  }

  write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void> {
    return this.inTurn(async () => {
      const next = new Map(await this.current());
      for (const key of gone) next.delete(key);
      for (const [key, text] of put) next.set(key, text);
      await this.replace(next);
      this.entries = next;
      this.stamp = await stampOf(this.path);
    });
  }

  private async current(): Promise<ReadonlyMap<string, string>> {
    const stamp = await stampOf(this.path);
    if (this.entries && stamp === this.stamp) return this.entries;
    this.entries = await entriesOf(this.path);
    this.stamp = stamp;
    return this.entries;
  }

  private async replace(entries: ReadonlyMap<string, string>): Promise<void> {
    const fresh = `${this.path}.new`;
    await mkdir(this.folder, { recursive: true });
    try {
      let text = '';
      for (const entry of entries) text += `${JSON.stringify(entry)}\n`;
      await writeFile(fresh, text);
    } catch (error) {
      // A full disk leaves what was there.
      await rm(fresh, { force: true });
      throw error;
    }
    await rename(fresh, this.path);
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = this.turn.then(task);
    this.turn = run.catch(() => {});
    return run;
  }
}

/** Undefined: there is no file. */
async function stampOf(path: string): Promise<string | undefined> {
  const { mtimeMs, size, ino } = (await ifThere(stat(path))) ?? {};
  return mtimeMs === undefined ? undefined : `${mtimeMs} ${size} ${ino}`;
}

async function entriesOf(path: string): Promise<Map<string, string>> {
  const entries = new Map<string, string>();
  for (const line of ((await ifThere(readFile(path, 'utf8'))) ?? '').split('\n')) {
    const entry = parsed(line);
    if (Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string')
      entries.set(entry[0], entry[1]);
  }
  return entries;
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
