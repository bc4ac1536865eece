import type { Assumption } from '../../../core/trace-finding-values.ts';
import { readNumber } from '../number-text.ts';
import { readUnit } from '../unit-text.ts';

/** What a value may be, for error messages. */
export const VALUE_FORMS = 'a number ≥ 0 (with a unit, if all have the same)';

/** How the values of a column are to be read. */
export interface ValueReading {
  /** Of a value that was open: `1,234`. */
  readonly openValue: (digits: number) => number;
  readonly assumptions: readonly Assumption[];
}

/** Who wrote the numbers: a program, which always has a decimal point; a table of a program's, or of a person's with a locale. */
export type NumberOrigin = 'program' | 'comma-table' | 'table' | 'people';

const NO_DATA = /^(?:|null|nan|na|n\/a|none|nil|undefined|-{1,3}|[–—]|\\n|#n\/a|no data|\(null\)|[+-]?inf(?:inity)?)$/i;
/** Units that are never left out. */
const WHOLE_UNITS = ['s', 'B', 'B/s', 'bit', 'bit/s', '%'];

/** A column of values; which mark is the decimal one is known when all have been seen. */
export class ValueColumn {
  private decimal: '.' | ',' | undefined;
  private readonly isTold: boolean;
  private unit: string | undefined;
  private openMark: '.' | ',' | undefined;
  private openExample = '';
  private openCount = 0;
  private count = 0;
  /** Of those that are not open. */
  private largest = 0;
  private readOpen = false;
  private hasThousands = false;
  private example = '';
  private exampleValue = 0;
  private shortened = '';

  /** @param decimal the decimal mark, where a person says it */
  constructor(decimal: '.' | ',' | undefined) {
    this.decimal = decimal;
    this.isTold = decimal !== undefined;
  }

  /** The value that was taken last is open: it may be a thousandth of what was given. */
  get isOpen(): boolean {
    return this.readOpen;
  }

  /** A value; NaN: no data; or a few words on what is wrong with it. */
  take(text: string | number | null | undefined): number | string {
    this.readOpen = false;
    if (text === null || text === undefined) return Number.NaN;
    if (typeof text === 'number') return this.takeNumber(text);
    const plain = text.trim();
    if (NO_DATA.test(plain)) return Number.NaN;
    const written = readNumber(plain);
    if (written === undefined) return 'is no number';
    const unit = readUnit(written.unit);
    if (unit === undefined) return 'is no number';
    const wrongMark = this.takeMarks(plain, written);
    if (wrongMark !== undefined) return wrongMark;
    const wrongUnit = this.takeUnit(plain, unit.base, unit.isShortened);
    if (wrongUnit !== undefined) return wrongUnit;
    this.readOpen = written.open !== undefined;
    return this.checked(unit.factor === 1 ? written.value : scaled(written.value, unit.factor));
  }

  /**
   * @returns how open values are read, or the refusal: what was found, and what would help
   */
  resolve(origin: NumberOrigin): ValueReading | string {
    const assumptions: Assumption[] = [];
    const unit = this.unit ?? '';
    if (unit !== '') assumptions.push({ assumed: 'unit', unit });
    if (this.shortened !== '') assumptions.push({ assumed: 'shortened', example: this.shortened });
    const mark = this.openMark;
    if (mark !== undefined && this.decimal === undefined) {
      const likely = likelyDecimal(mark, origin, this.openCount === this.count, this.largest);
      if (likely === undefined) {
        return `found values such as "${this.openExample}", of which no row tells whether thousands or decimals follow the ${mark === ',' ? 'comma' : 'point'}; expected --decimal point or --decimal comma`;
      }
      this.decimal = likely;
      if (mark === ',' || origin === 'table') {
        this.note(
          this.openExample,
          openValue(Number(/[\d.,]+/.exec(this.openExample)![0].replace(mark, '')), mark, likely),
        );
      }
    }
    const decimal = this.decimal;
    if (!this.isTold && decimal !== undefined && (decimal === ',' || this.hasThousands || this.example !== '')) {
      assumptions.push({ assumed: 'decimal', mark: decimal, example: this.example, value: this.exampleValue });
    }
    return { openValue: (digits) => openValue(digits, mark, decimal), assumptions };
  }

  private takeNumber(value: number): number | string {
    if (!Number.isFinite(value)) return Number.NaN;
    this.count++;
    return this.checked(value);
  }

  private checked(value: number): number | string {
    if (value < 0 || !Number.isFinite(value)) return 'is no load';
    return value + 0;
  }

  private takeMarks(text: string, written: NonNullable<ReturnType<typeof readNumber>>): string | undefined {
    const { decimal, open, hasThousands, value } = written;
    if (decimal !== undefined && this.decimal !== undefined && decimal !== this.decimal) {
      if (this.isTold) return `is no number with a decimal ${this.decimal === ',' ? 'comma' : 'point'} (--decimal)`;
      return decimal === ','
        ? 'has a decimal comma, unlike the rows before'
        : 'has a decimal point, unlike the rows before';
    }
    if (open !== undefined && this.openMark !== undefined && open !== this.openMark) {
      // 1.234 beside 1,234: one of the two groups thousands, and nothing says which.
      return 'has another mark between its digits than the rows before';
    }
    this.decimal ??= decimal;
    this.count++;
    if (open === undefined) this.largest = Math.max(this.largest, value);
    else {
      this.openMark = open;
      this.openExample ||= text.slice(0, 24);
      this.openCount++;
    }
    if ((hasThousands || decimal === ',') && this.example === '') this.note(text, value);
    this.hasThousands ||= hasThousands;
    return undefined;
  }

  private note(text: string, value: number): void {
    this.example = text.slice(0, 24);
    this.exampleValue = value;
  }

  /** A shortened number may have lost its unit to the export: 1.2 K beside 350 req/s. */
  private takeUnit(text: string, base: string, isShortened: boolean): string | undefined {
    if (isShortened) this.shortened ||= text.slice(0, 24);
    if (isShortened && base === '' && !WHOLE_UNITS.includes(this.unit ?? '')) return undefined;
    this.unit ??= base;
    const known = this.unit;
    return base === known ? undefined : `is in another unit than the rows before (${known === '' ? 'none' : known})`;
  }
}

/** What a mark with three digits after it is; undefined: nobody can tell. @param largest of the values without a mark */
function likelyDecimal(mark: '.' | ',', origin: NumberOrigin, isInAll: boolean, largest: number): '.' | undefined {
  if (origin === 'program') return '.';
  if (origin === 'people') return undefined;
  // Where thousands are grouped, every number from a thousand on is; below, none is.
  const mayGroup = !isInAll && largest > 0 && largest < 1000;
  if (mark === '.') return (origin === 'comma-table' || isInAll) && !mayGroup ? '.' : undefined;
  // Quoted within commas.
  return origin === 'comma-table' && mayGroup ? '.' : undefined;
}

function openValue(digits: number, mark: '.' | ',' | undefined, decimal: '.' | ',' | undefined): number {
  return mark === decimal ? digits / 1000 : digits;
}

/** 1.2 thousandths of a unit and the like, without what binary fractions add. */
function scaled(value: number, factor: number): number {
  return factor >= 1
    ? Number((value * factor).toPrecision(15))
    : Number((value / Math.round(1 / factor)).toPrecision(15));
}
