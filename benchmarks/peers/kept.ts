import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Where a peer's answers are kept: the same code asked the same answers the same, and some take half an hour. Whoever wants them (and their
 * seconds) anew deletes the folder.
 * @param asked its name, what it was asked and the code that answers
 */
export function keptFile(folder: string, asked: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of asked) hash.update(`${part.length}:${part}`);
  return join(folder, `${hash.digest('hex').slice(0, 16)}.jsonl`);
}

/** The lines of that file; undefined where nothing was kept. */
export async function keptLines(file: string): Promise<string[] | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text?.split('\n').filter((line) => line !== '');
}

/** Keeps them whole or not at all. */
export async function keepLines(file: string, lines: readonly string[]): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, lines.map((line) => `${line}\n`).join(''));
  await rename(draft, file);
}
