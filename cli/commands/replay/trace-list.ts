import { type Dirent, type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { InputError, messageOf } from '../../../core/errors.ts';
import { plainText } from '../../../core/text/plain-text.ts';

/** A file to be replayed, and its name in tables and folders: unique among all, whatever the case. */
export interface ListedTrace {
  readonly name: string;
  readonly path: string;
}

/** A file that is not replayed, and the sentence that says why. */
export interface NotReplayed {
  readonly path: string;
  readonly why: string;
}

/** What the arguments of a replay name. */
export interface TraceList {
  readonly traces: readonly ListedTrace[];
  readonly skipped: readonly NotReplayed[];
  /** Folders inside of folders. */
  readonly notEntered: readonly string[];
}

/** Of a folder only such files are read; a file that is named by itself may end as it likes. */
const TRACE_ENDINGS = ['.csv', '.tsv', '.json', '.jsonl', '.ndjson', '.log', '.gz'];
/** What stands beside the folders of the traces. */
const TAKEN = ['index.html', 'index.json'];

/** Whether the arguments ask for several traces: more than one, or a folder. */
export function isMany(args: readonly string[]): boolean {
  return args.length > 1 || (args.length === 1 && args[0] !== '-' && kindOf(args[0]!)?.isDirectory() === true);
}

/** The traces of files and folders, each once, in the order of the arguments. @throws InputError for "-" */
export async function listTraces(args: readonly string[]): Promise<TraceList> {
  if (args.includes('-')) {
    throw new InputError('"-" is one trace from a pipe; expected it alone, or files and folders');
  }
  const paths: string[] = [];
  const skipped: NotReplayed[] = [];
  const notEntered: string[] = [];
  for (const path of args) {
    const kind = kindOf(path);
    if (!kind?.isDirectory()) {
      paths.push(path);
      continue;
    }
    const before = paths.length;
    for (const entry of await entriesOf(path, skipped)) {
      const inside = join(path, entry.name);
      // A link says what it is only when it is followed.
      if ((entry.isSymbolicLink() ? kindOf(inside) : entry)?.isDirectory()) notEntered.push(inside);
      else if (TRACE_ENDINGS.includes(extname(entry.name).toLowerCase())) paths.push(inside);
      else skipped.push({ path: inside, why: `${inside}: not taken for a trace; expected a file that ends in .csv` });
    }
    if (paths.length === before && skipped.length === 0) {
      skipped.push({ path, why: `${path}: there is no trace in this folder; expected files that end in .csv` });
    }
  }
  return { traces: named(unique(paths)), skipped, notEntered };
}

/** In the order of their names; what is hidden stays so. */
async function entriesOf(folder: string, skipped: NotReplayed[]): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    skipped.push({ path: folder, why: `${folder}: the folder may not be read: ${messageOf(error)}` });
    return [];
  }
}

function kindOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    // What is not there is said when it is read.
    return undefined;
  }
}

function unique(paths: readonly string[]): string[] {
  return [...new Map(paths.map((path) => [resolve(path), path])).values()];
}

/** By the file's name without its ending; where two have the same, with their folder's, else with a number. */
function named(paths: readonly string[]): ListedTrace[] {
  const taken = new Set(TAKEN);
  const short = paths.map((path) => plainText(basename(path, extname(path))));
  return paths.map((path, i) => {
    const isShared = short.filter((other) => other.toLowerCase() === short[i]!.toLowerCase()).length > 1;
    const wanted = isShared ? `${plainText(basename(dirname(resolve(path))))}-${short[i]}` : short[i]!;
    let name = wanted;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${wanted}-${n}`;
    taken.add(name.toLowerCase());
    return { name, path };
  });
}
