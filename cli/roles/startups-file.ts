import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StartupKeeper } from '../../addon/sources/kept-startups.ts';

const FILE = 'startups.json';

/** Start-up latencies in a file of the folder, written whole or not at all. */
export function startupsFile(folder: string): StartupKeeper {
  const path = join(folder, FILE);
  return {
    shared: false,
    load: async () => {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
      try {
        return JSON.parse(text);
      } catch {
        // What is no JSON is damage, as is any other text: a file that can't be read would never be written over.
        return text;
      }
    },
    save: async (startups) => {
      await mkdir(folder, { recursive: true });
      await writeFile(`${path}.new`, JSON.stringify(startups));
      await rename(`${path}.new`, path);
    },
  };
}
