/** A number as it is written, before anybody knows which of its marks is the decimal one. */
export interface WrittenNumber {
  /** Read with `decimal` as far as that is known; else the digits without the mark. */
  readonly value: number;
  /** Its decimal mark, where the text says it by itself. */
  readonly decimal: '.' | ',' | undefined;
  /** The mark of which it can't be said whether thousands or decimals follow: `1,234`. */
  readonly open: '.' | ',' | undefined;
  readonly hasThousands: boolean;
  /** What follows the number: a unit. */
  readonly unit: string;
}

const MOST_CHARACTERS = 80;
const SPACES = "[ \u00a0\u202f\u2009'’]";
const SPACED = new RegExp(`^([+-]?)(\\d{1,3}(${SPACES})\\d{3}(?:\\3\\d{3})*)(?:([.,])(\\d+))?(?![\\d.,])`);
const PLAIN = /^([+-]?)(\d[\d.,]*|[.,]\d+)((?:[eE][+-]?\d{1,3})?)(?![\d.,])/;
const MACHINE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const THOUSANDS = { '.': /^\d{1,3}(?:\.\d{3})+$/, ',': /^\d{1,3}(?:,\d{3})+$/ };
const OPEN = /^[1-9]\d{0,2}[.,]\d{3}$/;

/** @returns undefined where the text does not begin with a number */
export function readNumber(text: string): WrittenNumber | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  if (MACHINE.test(text) && !OPEN.test(text)) {
    const decimal = text.includes('.') ? '.' : undefined;
    return { value: Number(text), decimal, open: undefined, hasThousands: false, unit: '' };
  }
  const spaced = SPACED.exec(text);
  if (spaced) return readSpaced(spaced, text);
  const plain = PLAIN.exec(text);
  if (!plain) return undefined;
  const [all, sign, digits, exponent] = plain as unknown as [string, string, string, string];
  const read = readMarks(digits);
  if (read === undefined || (exponent !== '' && (read.open !== undefined || read.hasThousands))) return undefined;
  const value = exponent === '' ? read.value : Number(`${digits.replace(',', '.')}${exponent}`);
  return { ...read, value: sign === '-' ? -value : value, unit: text.slice(all.length).trim() };
}

function readSpaced(match: RegExpExecArray, text: string): WrittenNumber {
  const [all, sign, whole, , mark, fraction] = match;
  const digits = whole!.replace(/\D/g, '');
  const value = Number(mark === undefined ? digits : `${digits}.${fraction}`);
  return {
    value: sign === '-' ? -value : value,
    decimal: mark as '.' | ',' | undefined,
    open: undefined,
    hasThousands: true,
    unit: text.slice(all.length).trim(),
  };
}

/** Digits with points and commas: the last of two kinds is the decimal mark, and one kind alone groups where it stands twice. */
function readMarks(digits: string): Omit<WrittenNumber, 'unit'> | undefined {
  const [point, comma] = [digits.lastIndexOf('.'), digits.lastIndexOf(',')];
  if (point < 0 && comma < 0)
    return { value: Number(digits), decimal: undefined, open: undefined, hasThousands: false };
  if (OPEN.test(digits)) {
    const open = point < 0 ? ',' : '.';
    return { value: Number(digits.replace(open, '')), decimal: undefined, open, hasThousands: false };
  }
  const last = point > comma ? '.' : ',';
  const other = last === '.' ? ',' : '.';
  const at = Math.max(point, comma);
  const [whole, fraction] = [digits.slice(0, at), digits.slice(at + 1)];
  if (digits.includes(other)) {
    if (!THOUSANDS[other].test(whole)) return undefined;
    const value = Number(`${whole.replaceAll(other, '')}.${fraction}`);
    return { value, decimal: last, open: undefined, hasThousands: true };
  }
  if (whole.includes(last)) {
    if (!THOUSANDS[last].test(digits)) return undefined;
    return { value: Number(digits.replaceAll(last, '')), decimal: other, open: undefined, hasThousands: true };
  }
  return { value: Number(`${whole}.${fraction}`), decimal: last, open: undefined, hasThousands: false };
}
