import { InputError } from '../../core/errors.ts';

/** Where a key of the parsed file stands, e.g. line 12 for ['elastic', 'perGibSecond']; undefined: not known. */
export type LineOf = (path: readonly string[]) => number | undefined;

/** The keys of one section that are known. */
export type Keys = Readonly<Record<string, unknown>>;

/** A price above this is a mistake of unit, and above it sums of money would lose cents. */
const MOST = 1e9;
/** Five problems are enough to act on; a hundred would hide the first. */
const MOST_TOLD = 5;

/** Collects what is wrong; every getter returns a harmless value after a complaint so that the rest is checked too. */
export class PriceBookReader {
  private readonly problems: string[] = [];
  private readonly file: string;
  private readonly lineOf: LineOf;

  constructor(file: string, lineOf: LineOf) {
    this.file = file;
    this.lineOf = lineOf;
  }

  get isBroken(): boolean {
    return this.problems.length > 0;
  }

  /** Notes a problem: `book.yaml:12: elastic.perGibSecond: found …, expected …`. */
  report(path: readonly string[], found: string, expected: string): void {
    const line = this.lineOf(path);
    const where = line === undefined ? this.file : `${this.file}:${line}`;
    const key = path.length === 0 ? 'the price book' : path.join('.');
    this.problems.push(`${where}: ${key}: found ${found}, expected ${expected}`);
  }

  section(value: unknown, path: readonly string[], known: readonly string[]): Keys {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
      this.report(path, describe(value), `a section with the keys ${known.join(', ')}`);
      return {};
    }
    const keys: Record<string, unknown> = Object.create(null);
    for (const [key, inner] of Object.entries(value)) {
      if (known.includes(key)) keys[key] = inner;
      else this.report([...path, key], 'a key that no price book has', `one of ${known.join(', ')}`);
    }
    return keys;
  }

  text(keys: Keys, path: readonly string[], key: string, expected: string, form: RegExp): string {
    const value = keys[key];
    if (typeof value === 'string' && value.length <= 1_000 && form.test(value))
      return value.trim().replace(/\s+/g, ' ');
    this.report([...path, key], describe(value), expected);
    return '';
  }

  /** A price ≥ 0; undefined after a complaint. */
  amount(keys: Keys, section: string, key: string): number | undefined {
    const value = keys[key];
    if (typeof value === 'number' && value >= 0 && value <= MOST) return value;
    this.report([section, key], describe(value), 'a price, a number from 0 to 1e9 in units of the currency');
    return undefined;
  }

  /** A number from `least` to `most`; `least` after a complaint. */
  number(keys: Keys, section: string, key: string, least: number, most: number, unit: string): number {
    const value = keys[key];
    if (typeof value === 'number' && value >= least && value <= most) return value;
    this.report([section, key], describe(value), `a number of ${unit} from ${least} to ${most}`);
    return least;
  }

  /** @throws InputError that tells the problems in the order in which they were found */
  stopIfBroken(): void {
    if (!this.isBroken) return;
    const more = this.problems.length - MOST_TOLD;
    throw new InputError(
      [...this.problems.slice(0, MOST_TOLD), ...(more > 0 ? [`… and ${more} more`] : [])].join('; '),
    );
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value instanceof Date ? 'a timestamp' : 'a section';
  const text = String(value);
  return `${typeof value === 'string' ? 'the text ' : ''}${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}
