import { namesShown } from '../assumption.ts';
import type { ReadingOptions } from '../reading-options.ts';
import { type ColumnKind, columnKind, isRowNumber, isTime } from './column-kind.ts';

/** Which columns of a table are what; columns are counted from 0. */
export interface TableLayout {
  /** Rows before the first one with data. */
  readonly headerRows: number;
  readonly hasHeader: boolean;
  readonly names: readonly string[];
  /** One, or date and time of day. */
  readonly time: readonly number[];
  readonly values: readonly number[];
  /** Columns whose text tells series apart. */
  readonly labels: readonly number[];
  readonly ignored: readonly number[];
}

/** Why there is no layout: the sentence, and how far it got (more: the likelier reading of the file). */
export interface NoLayout {
  readonly problem: string;
  readonly reached: number;
}

/** Names that only times have; letters and digits, in lower case. */
const TIME_NAMES = [
  'timestamp',
  'time',
  'datetime',
  'date',
  'ts',
  'timegenerated',
  'timestampms',
  'timestamputc',
  'timeutc',
  'dateutc',
  'datetimeutc',
  'epoch',
  'unixtime',
  'unixtimestamp',
  'eventtime',
  'starttime',
  'begintime',
  'periodstart',
  'windowstart',
  'bucket',
  'interval',
  'zeit',
  'datum',
  'zeitstempel',
  'horodatage',
  'fecha',
  '时间',
  '时间戳',
  '日期',
];
const VALUE_NAMES = ['value', 'metricvalue', 'wert', 'valeur', 'valor', '值', '数值'];
const INDEX_NAMES = /^(?:|unnamed: ?\d+|index|row|rownum|#|no\.?|nr\.?|id|line)$/i;
/** Columns that tools add, and that are no load. */
const TOOL_COLUMNS = /^_(?:span|spandays|timediff)$/i;

/** @param rows of the table from its first line on, all with one separator */
export function layoutOf(rows: readonly (readonly string[])[], options: ReadingOptions): TableLayout | NoLayout {
  const width = usualWidth(rows);
  if (width < 2) return { problem: 'found one column', reached: 0 };
  const first = firstRow(rows, width);
  const body = rows.slice(first + 1).filter((row) => row.length === width);
  const top = rows[first]!;
  const hasRows = body.length > 0;
  const cells = (column: number) => (hasRows ? body : [top]).map((row) => row[column]!);
  const kinds = Array.from({ length: width }, (_, column) => columnKind(cells(column)));
  // Without rows below it, a first row of text is a header.
  const isHeaderless = hasRows
    ? top.length === width && kinds.some((kind, column) => isTimeKind(kind) && isTime(top[column]!))
    : top.some(isTime);
  // R writes no name above its row numbers.
  const names = isHeaderless
    ? Array.from({ length: width }, (_, column) => `${column + 1}`)
    : top.length === width
      ? top
      : ['', ...top];
  const time = timeColumns(names, kinds, options, isHeaderless);
  if ('problem' in time) return time;
  const rest = [...names.keys()]
    .filter((column) => !time.columns.includes(column))
    .filter((column) => !(INDEX_NAMES.test(names[column]!) && kinds[column] === 'number' && isRowNumber(cells(column))))
    .filter((column) => !(names[column] === '' && kinds[column] === 'empty'));
  const values = valueColumns(names, kinds, rest, options);
  if ('problem' in values) return values;
  const others = rest.filter((column) => !values.columns.includes(column));
  const isLabel = (column: number) => kinds[column] === 'text';
  return {
    headerRows: first + (isHeaderless ? 0 : 1),
    hasHeader: !isHeaderless,
    names,
    time: time.columns,
    values: values.columns,
    labels: others.filter(isLabel),
    ignored: others.filter((column) => !isLabel(column) && !TOOL_COLUMNS.test(names[column]!)),
  };
}

type Chosen = { readonly columns: readonly number[] } | NoLayout;

function timeColumns(
  names: readonly string[],
  kinds: readonly ColumnKind[],
  { timeColumn }: ReadingOptions,
  isHeaderless: boolean,
): Chosen {
  if (timeColumn !== undefined) {
    const whole = columnNamed(names, timeColumn);
    const columns = whole === undefined ? timeColumn.split(',').map((name) => columnNamed(names, name)) : [whole];
    if (columns.every((column) => column !== undefined)) return { columns };
    return { problem: `found no column "${timeColumn}" (--time-column); expected one of ${listed(names)}`, reached: 3 };
  }
  const all = [...names.keys()];
  const clock = all.filter((column) => kinds[column] === 'clock');
  const strong = all.filter((column) => isTimeKind(kinds[column]!));
  const named = all.filter((column) => TIME_NAMES.includes(letters(names[column]!)));
  if (strong.length === 1) {
    // Date and time of day, each in its column.
    return clock.length === 1 && kinds[strong[0]!] === 'date'
      ? { columns: [strong[0]!, clock[0]!] }
      : { columns: strong };
  }
  const both = strong.filter((column) => named.includes(column));
  if (both.length === 1) return { columns: both };
  if (strong.length > 1) {
    const dates = strong.filter((column) => kinds[column] === 'date');
    if (isHeaderless && dates.length === 1) return { columns: dates };
    const exact = both.filter((column) => ['timestamp', 'time', 'datetime'].includes(letters(names[column]!)));
    if (exact.length === 1) return { columns: exact };
    return {
      problem: `found several columns of times (${listed(strong.map((column) => names[column]!))}); expected --time-column <name>`,
      reached: 2,
    };
  }
  if (named.length === 1) return { columns: named };
  if (named.length > 1) {
    return {
      problem: `found several columns of times (${listed(named.map((column) => names[column]!))}); expected --time-column <name>`,
      reached: 2,
    };
  }
  return {
    problem: `found the columns ${listed(names)}, of which none is of times; expected one, or --time-column <name>`,
    reached: 1,
  };
}

function valueColumns(
  names: readonly string[],
  kinds: readonly ColumnKind[],
  rest: readonly number[],
  { valueColumn, series, sum }: ReadingOptions,
): Chosen {
  if (valueColumn !== undefined) {
    const column = columnNamed(names, valueColumn);
    if (column !== undefined && rest.includes(column)) return { columns: [column] };
    return {
      problem: `found no column "${valueColumn}" (--value-column); expected one of ${listed(rest.map((i) => names[i]!))}`,
      reached: 3,
    };
  }
  const candidates = rest.filter(
    (column) => ['number', 'epoch', 'empty'].includes(kinds[column]!) && !TOOL_COLUMNS.test(names[column]!),
  );
  const named = rest.filter((column) => VALUE_NAMES.includes(letters(names[column]!)));
  if (named.length === 1) return { columns: named };
  if (candidates.length === 1) return { columns: candidates };
  if (candidates.length === 0) {
    return rest.length === 1
      ? { columns: rest }
      : {
          problem: `found the columns ${listed(names)}, of which none is of numbers; expected one, or --value-column <name>`,
          reached: 2,
        };
  }
  if (series !== undefined) {
    const column = candidates.find((one) => names[one] === series);
    if (column !== undefined) return { columns: [column] };
  }
  if (sum === true) return { columns: candidates };
  return {
    problem: `found ${candidates.length} columns of numbers (${listed(candidates.map((column) => names[column]!))}); expected one: --value-column <name> picks it, --sum adds all of them up`,
    reached: 3,
  };
}

/** A column by its name, else by its number from 1 on. */
function columnNamed(names: readonly string[], name: string): number | undefined {
  const plain = name.trim();
  const exact = names.indexOf(plain);
  if (exact >= 0) return exact;
  const close = [...names.keys()].filter(
    (column) => letters(names[column]!) === letters(plain) && letters(plain) !== '',
  );
  if (close.length === 1) return close[0];
  const number = Number(plain);
  return /^\d+$/.test(plain) && number >= 1 && number <= names.length ? number - 1 : undefined;
}

function isTimeKind(kind: ColumnKind): boolean {
  return kind === 'date' || kind === 'epoch';
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function listed(names: readonly string[]): string {
  return namesShown(names.map((name) => `"${name}"`));
}

/** The first row of the table: what is above it is a title. Above row numbers R writes no name. */
function firstRow(rows: readonly (readonly string[])[], width: number): number {
  const whole = rows.findIndex((row) => row.length === width);
  const numbers = rows.slice(whole).flatMap((row) => (row.length === width ? [row[0]!] : []));
  const isShort = whole > 0 && rows[whole - 1]!.length === width - 1 && isRowNumber(numbers);
  return isShort ? whole - 1 : whole;
}

/** The commonest number of fields, the larger of two equally common ones. */
function usualWidth(rows: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  let best = 0;
  for (const [width, count] of counts) {
    const most = counts.get(best) ?? 0;
    if (count > most || (count === most && width > best)) best = width;
  }
  return best;
}
