import { splitFields } from '../fields.ts';
import type { LineReader } from '../formats/format.ts';
import { type SeriesRows, shown } from '../series-rows.ts';
import { isDate } from './column-kind.ts';

/** Rows before the first one with a time: what is said of each column. */
export type HeaderBlock = ReadonlyMap<string, readonly string[]>;

/** A table with a block of rows above it that name its columns: consoles of clouds write such. */
export class HeaderBlockReader implements LineReader {
  private readonly rows: SeriesRows;
  private readonly columns: (block: HeaderBlock, count: number) => readonly string[];
  private readonly block = new Map<string, readonly string[]>();
  private names: readonly string[] | undefined;

  /** @param columns the names of that many columns of values */
  constructor(rows: SeriesRows, columns: (block: HeaderBlock, count: number) => readonly string[]) {
    this.rows = rows;
    this.columns = columns;
    rows.origin = 'comma-table';
  }

  line(text: string, line: number): void {
    if (text.trim() === '') return;
    const fields = splitFields(text, ',');
    if (fields === undefined) {
      throw this.rows.refusal(
        line,
        'found a quote that is not closed or stands inside a field; expected plain or "quoted" fields',
      );
    }
    const [first, ...cells] = fields as [string, ...string[]];
    if (this.names === undefined && !isDate(first)) {
      this.block.set(first, cells);
      return;
    }
    this.names ??= this.columns(this.block, cells.length);
    if (cells.length !== this.names.length) {
      throw this.rows.refusal(
        line,
        `found ${cells.length + 1} fields, ${shown(text)}; expected ${this.names.length + 1}, as in the rows before`,
      );
    }
    const code = this.rows.code(first, line);
    for (const [i, name] of this.names.entries()) this.rows.push(name, code, cells[i]!, line);
  }

  end(): void {
    // A block without rows is refused with the rest: there is no series.
  }
}
