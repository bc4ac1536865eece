import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NeuralModelStore } from './neural-model-store.ts';
import { ifThere, writeBeside } from './whole-file.io.ts';

const CURRENT = 'neural.psn';
const PREVIOUS = 'neural.previous.psn';

/** Two files of a folder, each written whole or not at all. A full disk leaves what was there. */
export class FileNeuralModelStore implements NeuralModelStore {
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
    await writeBeside(fresh, bytes);
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
