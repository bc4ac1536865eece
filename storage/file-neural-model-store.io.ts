import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NetworkStore } from './neural-model-store.ts';

const CURRENT = 'network.psn';
const PREVIOUS = 'network.previous.psn';

/** Two files of a folder, each written whole or not at all. A full disk leaves what was there. */
export class FileNetworkStore implements NetworkStore {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  current(): Promise<Uint8Array | undefined> {
    return read(join(this.folder, CURRENT));
  }

  previous(): Promise<Uint8Array | undefined> {
    return read(join(this.folder, PREVIOUS));
  }

  async publish(bytes: Uint8Array): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const fresh = join(this.folder, `${CURRENT}.new`);
    try {
      await writeFile(fresh, bytes);
    } catch (error) {
      await rm(fresh, { force: true });
      throw error;
    }
    await moveIfThere(join(this.folder, CURRENT), join(this.folder, PREVIOUS));
    await rename(fresh, join(this.folder, CURRENT));
  }

  async rollBack(): Promise<void> {
    const current = join(this.folder, CURRENT);
    if (!(await moveIfThere(join(this.folder, PREVIOUS), current))) await rm(current, { force: true });
  }
}

async function read(path: string): Promise<Uint8Array | undefined> {
  return ifThere(readFile(path));
}

async function moveIfThere(from: string, to: string): Promise<boolean> {
  const moved = await ifThere(rename(from, to).then(() => true));
  return moved ?? false;
}

async function ifThere<T>(task: Promise<T>): Promise<T | undefined> {
  try {
    return await task;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
