import { type Dirent, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { InputError, messageOf } from '../../core/errors.ts';
import { readInputFile } from '../../files/input-file.io.ts';
import { type Manifests, readManifests } from '../../kubernetes/manifests/manifest-documents.ts';

/** All charts of a cluster together are smaller; whatever is larger is another file, and would take minutes. */
const MOST_BYTES = 10_000_000;
const EXPECTED = 'Kubernetes manifests in YAML or JSON';
const ENDINGS = ['.yaml', '.yml', '.json'];
const MOST_FILES = 10_000;
/** The name of standard input in messages. */
const STDIN = 'stdin';

/** The objects of files, folders and "-", in the order of the arguments. @throws InputError for what can't be read at all */
export async function readManifestArguments(
  args: readonly string[],
  input: ManifestStream = process.stdin,
): Promise<Manifests> {
  const all: Manifests[] = [];
  for (const argument of args) {
    if (argument === '-') all.push(readManifests(decoded(await readStream(input), STDIN), STDIN));
    else for (const file of filesOf(argument)) all.push(readManifests(decoded(readFile(file), file), file));
  }
  return { objects: all.flatMap(({ objects }) => objects), problems: all.flatMap(({ problems }) => problems) };
}

/** Standard input, or what plays it in a test. */
export type ManifestStream = AsyncIterable<Buffer | string> & { readonly isTTY?: boolean };

function readFile(path: string): Buffer {
  return readInputFile({ path, expected: EXPECTED, mostBytes: MOST_BYTES });
}

async function readStream(input: ManifestStream): Promise<Buffer> {
  if (input.isTTY) throw new InputError(`"-" reads ${EXPECTED} from a pipe, and standard input is a terminal`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MOST_BYTES) {
      throw new InputError(
        `${STDIN}: found more than ${grouped(MOST_BYTES)} bytes; expected ${EXPECTED}, of at most ${grouped(MOST_BYTES)} bytes`,
      );
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** A file by itself; of a folder all that end as manifests do, in those below it too, but for hidden ones. */
function filesOf(path: string): string[] {
  if (!isFolder(path)) return [path];
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of entriesOf(folder)) {
      const inside = join(folder, entry.name);
      if (entry.isDirectory()) visit(inside);
      else if (ENDINGS.includes(extname(entry.name).toLowerCase())) found.push(inside);
      if (found.length > MOST_FILES)
        throw new InputError(`${path}: found more than ${grouped(MOST_FILES)} files; expected a folder of manifests`);
    }
  };
  visit(path);
  if (found.length === 0)
    throw new InputError(
      `${path}: found no file in this folder that ends in ${ENDINGS.join(', ')}; expected ${EXPECTED}`,
    );
  return found;
}

function entriesOf(folder: string): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new InputError(`${folder}: the folder may not be read: ${messageOf(error)}`, { cause: error });
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // What is not there is said when it is read.
    return false;
  }
}

/** PowerShell writes UTF-16 with a byte order mark; all else is UTF-8. @throws InputError for what is no text */
function decoded(bytes: Buffer, file: string): string {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
  const encoding = isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw new InputError(`${file}: found binary data; expected ${EXPECTED}, in UTF-8 or UTF-16`);
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
