import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../../core/errors.ts';
import { nearest, oneOf } from '../../../core/text/did-you-mean.ts';
import { SHIPPED_PRICE_BOOK, SHIPPED_PRICE_BOOKS } from '../../../replay/cost/price-book-file.io.ts';
import { packageRoot } from '../../package-root.ts';

/** What a file is called, and a name is not. */
const LIKE_A_FILE = /[./\\]/;

/**
 * The file of the price book that `--price` asks for: a shipped one by its name, else a file as it is named.
 * @throws InputError where a word is neither
 */
export function priceBookFile(text: string | undefined): string {
  if (text === undefined) return join(packageRoot(), SHIPPED_PRICE_BOOK);
  const names = Object.keys(SHIPPED_PRICE_BOOKS) as (keyof typeof SHIPPED_PRICE_BOOKS)[];
  const name = names.find((known) => known === text);
  if (name !== undefined) return join(packageRoot(), SHIPPED_PRICE_BOOKS[name]);
  if (LIKE_A_FILE.test(text) || existsSync(text)) return text;
  const meant = nearest(text, names);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  throw new InputError(`--price: found ${JSON.stringify(text)}; expected ${oneOf(names)}, or a file${hint}`);
}
