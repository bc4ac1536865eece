import { InputError } from '../../core/errors.ts';
import { plainJson, plainText } from '../../core/text/plain-text.ts';
import type { Assumption } from '../../core/trace-finding-values.ts';
import { GrowingNumbers } from '../prometheus/growing-numbers.ts';
import { namesShown } from './assumption.ts';
import type { JsonPath } from './json/json-path.ts';
import type { ReadingOptions } from './reading-options.ts';
import { TIME_FORMS, TimeColumn } from './table/time-column.ts';
import { type NumberOrigin, VALUE_FORMS, ValueColumn } from './table/value-column.ts';

/** More series than this in one file are labels that differ from row to row. */
const MOST_SERIES = 2_000;

/** Where something stands: a line, or keys and indices that lead time to a JSON value (worked out where there is something to say). */
export type Place = number | (() => JsonPath);

/** The rows of one series, in the order of the file. */
export interface SeriesData {
  /** Codes of the file's one time column. */
  readonly times: GrowingNumbers;
  readonly values: GrowingNumbers;
  /** Indices of values that are open. */
  readonly open: GrowingNumbers;
  /** Lines; empty where there are none. */
  readonly lines: GrowingNumbers;
}

/** Where formats put what they read: rows of series, times and values as they are written. */
export class SeriesRows {
  readonly options: ReadingOptions;
  readonly time: TimeColumn;
  readonly value: ValueColumn;
  readonly series = new Map<string, SeriesData>();
  readonly assumptions: Assumption[] = [];
  /** Names of series that were left out, as another was asked for. */
  readonly otherSeries = new Set<string>();
  /** Who wrote the numbers. */
  origin: NumberOrigin = 'program';
  /** The file itself says that its times are UTC. */
  isUtc = false;
  /** The option that picks one of the series. */
  seriesOption = '--series';
  empty = 0;
  private readonly place: (place: Place) => string;
  private readonly maxRows: number;
  private readonly wanted = new Map<string, boolean>();
  private rows = 0;

  constructor(place: (place: Place) => string, options: ReadingOptions, maxRows: number) {
    this.options = options;
    this.time = new TimeColumn(options.dateForm);
    this.value = new ValueColumn(options.decimal);
    this.place = place;
    this.maxRows = maxRows;
  }

  /** A row of a series. @throws InputError where time or value are none */
  add(series: string, time: string | number, value: string | number | null | undefined, place: Place): void {
    this.push(series, this.code(time, place), value, place);
  }

  /** The code of a time, for rows of several values. @throws InputError where it is none */
  code(time: string | number, place: Place): number {
    const code = this.time.take(time);
    if (typeof code === 'number') return code;
    throw this.refusal(place, `found timestamp ${shown(time)}, which ${code}; expected ${TIME_FORMS}`);
  }

  /** The same of a time whose code is known. @throws InputError */
  push(series: string, code: number, text: string | number | null | undefined, place: Place): void {
    if (!this.isWanted(series)) return;
    const value = this.value.take(text);
    if (typeof value === 'string') {
      throw this.refusal(place, `found value ${shown(text ?? '')}, which ${value}; expected ${VALUE_FORMS}`);
    }
    const data = this.data(series, place);
    if (Number.isNaN(value)) {
      this.empty++;
      return;
    }
    if (++this.rows > this.maxRows) {
      const most = this.maxRows.toLocaleString('en-US');
      throw this.refusal(
        place,
        `found more than ${most} rows, the most this reads; resample it to a coarser step or cut it`,
      );
    }
    if (this.value.isOpen) data.open.push(data.values.length);
    data.times.push(code);
    data.values.push(value);
    if (typeof place === 'number') data.lines.push(place);
  }

  /** Whether rows of this series are kept. */
  isWanted(series: string): boolean {
    const { series: asked } = this.options;
    if (asked === undefined || asked === series) return true;
    const known = this.wanted.get(series);
    if (known !== undefined) return known;
    const isWanted = bare(asked) === bare(series);
    if (this.wanted.size < MOST_SERIES) this.wanted.set(series, isWanted);
    if (!isWanted && this.otherSeries.size < MOST_SERIES) this.otherSeries.add(series);
    return isWanted;
  }

  /** Of several values in each row the one to read. @throws InputError where nobody says which */
  chooseValue(names: readonly string[], place: Place): string {
    const { valueColumn } = this.options;
    const asked =
      valueColumn === undefined ? undefined : names.find((name) => name.toLowerCase() === valueColumn.toLowerCase());
    if (asked !== undefined) return asked;
    const listed = namesShown(names.map((name) => `"${name}"`));
    if (valueColumn !== undefined) {
      throw this.refusal(place, `found no value "${valueColumn}" (--value-column); expected one of ${listed}`);
    }
    if (names.length === 1) return names[0]!;
    throw this.refusal(
      place,
      names.length === 0
        ? 'found no number; expected times and values'
        : `found ${names.length} values a row (${listed}); expected one: --value-column <name>`,
    );
  }

  assume(assumption: Assumption): void {
    this.assumptions.push(assumption);
  }

  /** The one sentence: where, what was found, what would be right. */
  refusal(place: Place, sentence: string): InputError {
    return new InputError(`${this.place(place)}: ${plainText(sentence)}`);
  }

  private data(series: string, place: Place): SeriesData {
    const known = this.series.get(series);
    if (known) return known;
    if (this.series.size >= MOST_SERIES) {
      throw this.refusal(
        place,
        `found more than ${MOST_SERIES.toLocaleString('en-US')} series; expected one: a query that adds them up`,
      );
    }
    const data = {
      times: new GrowingNumbers(),
      values: new GrowingNumbers(),
      open: new GrowingNumbers(),
      lines: new GrowingNumbers(),
    };
    this.series.set(series, data);
    return data;
  }
}

/** What was found, safe to print: quoted, escaped, at most 40 characters. */
export function shown(found: string | number): string {
  const text = String(found);
  return plainJson(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/** A series' name without what shells make hard to type: `{pod="web-1"}` is `pod=web-1`. */
function bare(name: string): string {
  return name.replace(/[{}"'\s]/g, '');
}
