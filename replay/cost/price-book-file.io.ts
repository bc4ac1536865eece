import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { InputError } from '../../core/errors.ts';
import { readInputText } from '../../files/input-file.io.ts';
import { type PriceBook, priceBook } from './price-book.ts';
import type { LineOf } from './price-book-reader.ts';

/** A price book is a dozen lines; whatever is larger is another file. */
const MOST_BYTES = 100_000;

/** The price books that come with Prescale, by the name that `--price` takes; paths from the package's folder. */
export const SHIPPED_PRICE_BOOKS = {
  eci: 'prices/alibaba-cloud.yaml',
  'eks-fargate': 'prices/eks-fargate.yaml',
  'gke-autopilot': 'prices/gke-autopilot.yaml',
  aci: 'prices/aci.yaml',
} as const;

/** The price book that is used where none is named. */
export const SHIPPED_PRICE_BOOK = SHIPPED_PRICE_BOOKS.eci;

/** @throws InputError when the file can't be read or isn't a price book. */
export function readPriceBook(file: string): PriceBook {
  return parsePriceBook(readInputText({ path: file, expected: 'a price book', mostBytes: MOST_BYTES }), file);
}

/**
 * @param file the name used in messages.
 * @throws InputError naming file, line, key, what was found and what was expected.
 */
export function parsePriceBook(text: string, file: string): PriceBook {
  if (text.length > MOST_BYTES) {
    throw new InputError(`${file}: found ${text.length} characters, expected at most ${MOST_BYTES}`);
  }
  const lines = new LineCounter();
  const { content, lineOf } = parseYaml(text, file, lines);
  return priceBook(content, file, lineOf);
}

function parseYaml(text: string, file: string, lines: LineCounter): { content: unknown; lineOf: LineOf } {
  try {
    // The core schema leaves dates as text; without merge keys and with few aliases nothing can explode.
    const document = parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      prettyErrors: false,
      logLevel: 'error',
    });
    const [error] = document.errors;
    if (error !== undefined) {
      const { line } = lines.linePos(error.pos[0]);
      throw new InputError(`${file}:${line}: not valid YAML: ${error.message}`);
    }
    const content: unknown = document.toJS({ maxAliasCount: 20 });
    return { content, lineOf: (path) => lineOfKey(document.contents, path, lines) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    // The parser's own refusals (too many aliases, too deep a nesting) are about the input as well.
    throw new InputError(`${file}: not usable YAML: ${(error as Error).message}`, { cause: error });
  }
}

/** The line of the key at `path`, or of its nearest ancestor that exists. */
function lineOfKey(contents: unknown, path: readonly string[], lines: LineCounter): number | undefined {
  let node = contents;
  let offset: number | undefined = offsetOf(contents);
  for (const key of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (pair === undefined) break;
    offset = offsetOf(pair.key) ?? offset;
    node = pair.value;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

function offsetOf(node: unknown): number | undefined {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0];
}
