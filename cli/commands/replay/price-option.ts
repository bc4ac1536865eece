import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../../core/errors.ts';
import { parseQuantity } from '../../../core/quantity.ts';
import { nearest, oneOf } from '../../../core/text/did-you-mean.ts';
import { forPodSize, type PriceBook } from '../../../replay/cost/price-book.ts';
import { SHIPPED_PRICE_BOOK, SHIPPED_PRICE_BOOKS } from '../../../replay/cost/price-book-file.io.ts';
import { packageRoot } from '../../package-root.ts';

/** A pod larger than any node is a slip of the unit. */
const MOST_VCPU = 1_000;
const MOST_GIB = 100_000;
const GIB = 2 ** 30;

/**
 * `--pod-size 500m,1Gi`: the price book for pods that request so much; undefined: as the book has it.
 * @throws InputError where it is no size
 */
export function pricedBySize(book: PriceBook, text: string | undefined): PriceBook {
  if (text === undefined) return book;
  const [vcpu = Number.NaN, bytes = Number.NaN, more] = text.split(',').map((part) => parseQuantity(part.trim()));
  const memoryGib = bytes / GIB;
  const isSize = vcpu > 0 && vcpu <= MOST_VCPU && memoryGib >= 0 && memoryGib <= MOST_GIB && more === undefined;
  if (!isSize || text.split(',').length !== 2)
    throw new InputError(`--pod-size: found ${JSON.stringify(text)}; expected cores and bytes such as 500m,1Gi`);
  return forPodSize(book, { vcpu, memoryGib });
}

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
