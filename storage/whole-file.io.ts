import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes a file whole or not at all: beside its place first, so that whoever reads it meanwhile, or after a crash, finds the old one. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const fresh = `${path}.new`;
  await writeBeside(fresh, content);
  await rename(fresh, path);
}

/** What becomes a file once it is renamed. @throws what writing threw; then nothing is left of it, so that a full disk has its room back */
export async function writeBeside(fresh: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(fresh, content);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** Undefined where there is no such file or folder. */
export async function ifThere<T>(task: Promise<T>): Promise<T | undefined> {
  try {
    return await task;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
