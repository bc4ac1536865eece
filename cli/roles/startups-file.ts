import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StartupKeeper } from '../../addon/sources/kept-startups.ts';
import { ifThere, writeWhole } from '../../storage/whole-file.io.ts';

const FILE = 'startups.json';

/** Start-up latencies in a file of the folder, written whole or not at all. */
export function startupsFile(folder: string): StartupKeeper {
  const path = join(folder, FILE);
  return {
    shared: false,
    load: async () => {
      const text = await ifThere(readFile(path, 'utf8'));
      if (text === undefined) return undefined;
      try {
        return JSON.parse(text);
      } catch {
        // What is no JSON is damage, as is any other text: a file that can't be read would never be written over.
        return text;
      }
    },
    save: async (startups) => {
      await mkdir(folder, { recursive: true });
      await writeWhole(path, JSON.stringify(startups));
    },
  };
}
