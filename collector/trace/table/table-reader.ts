import { SEPARATORS, splitFields } from '../fields.ts';
import type { LineReader } from '../formats/format.ts';
import { type SeriesRows, shown } from '../series-rows.ts';
import { stateColumns } from './state-columns.ts';
import { layoutOf, type NoLayout, type TableLayout } from './table-layout.ts';

/** So many rows tell what the columns are. */
const SAMPLE_ROWS = 200;
const SEPARATOR_LINE = /^sep=(.)$/i;
const COMMENT = /^\s*(?:#|\/\/)/;
/** Rules and footers of tables that terminals print: psql, markdown. */
const RULE = /^[\s|+:=-]+$/;
const FOOTER = /^\(\d+ rows?\)$/;

interface Line {
  readonly text: string;
  readonly line: number;
}

/** A table whose columns are found by their names and by what stands in them. */
export class TableReader implements LineReader {
  private readonly rows: SeriesRows;
  private readonly seriesNames: (labels: readonly string[], column: string) => string;
  private sample: Line[] | undefined = [];
  private comment: Line | undefined;
  private separator = '';
  private layout: TableLayout | undefined;
  private header = '';

  /** @param seriesNames how a series is called, of its labels and (of several value columns) its column */
  constructor(
    rows: SeriesRows,
    seriesNames = (labels: readonly string[], column: string) => [column, ...labels].filter(Boolean).join(', '),
  ) {
    this.rows = rows;
    this.seriesNames = seriesNames;
  }

  line(text: string, line: number): void {
    if (text.trim() === '' || (RULE.test(text) && text.includes('-')) || FOOTER.test(text)) return;
    const sample = this.sample;
    if (sample === undefined) {
      this.row(text, line);
      return;
    }
    const separator = sample.length === 0 ? SEPARATOR_LINE.exec(text)?.[1] : undefined;
    if (separator !== undefined) {
      this.separator = separator;
      return;
    }
    if (COMMENT.test(text)) {
      if (sample.length === 0) this.comment = { text: text.replace(COMMENT, ''), line };
      return;
    }
    sample.push({ text, line });
    if (sample.length >= SAMPLE_ROWS) this.begin(sample);
  }

  end(): void {
    if (this.sample !== undefined) this.begin(this.sample);
  }

  private begin(sample: readonly Line[]): void {
    this.sample = undefined;
    const lines = this.withComment(sample);
    const found = this.findLayout(lines);
    this.layout = found.layout;
    this.separator = found.separator;
    const { hasHeader, headerRows } = found.layout;
    this.header = hasHeader ? lines[headerRows - 1]!.text : '';
    this.rows.origin = found.separator === ',' ? 'comma-table' : 'table';
    stateColumns(this.rows, found.layout);
    for (const { text, line } of lines.slice(headerRows)) this.row(text, line);
  }

  /** A comment right above the first row is its header, where it has as many names as the rows have fields. */
  private withComment(sample: readonly Line[]): readonly Line[] {
    const comment = this.comment;
    const [first] = sample;
    if (comment === undefined || first === undefined || comment.text.trim() === '') return sample;
    const isHeader = SEPARATORS.some((separator) => {
      const names = splitFields(comment.text, separator);
      return names !== undefined && names.length > 1 && names.length === splitFields(first.text, separator)?.length;
    });
    return isHeader ? [comment, ...sample] : sample;
  }

  private findLayout(lines: readonly Line[]): { layout: TableLayout; separator: string } {
    let best: { layout: TableLayout; separator: string; share: number } | undefined;
    let worst: NoLayout = { problem: 'found one column', reached: -1 };
    let openQuote: Line | undefined;
    for (const separator of this.separator === '' ? SEPARATORS : [this.separator]) {
      const split = lines.map(({ text }) => splitFields(text, separator));
      const bad = split.indexOf(undefined);
      // One row with a broken quote is refused on its line; in all of them it is another kind of file.
      if (bad >= 0) openQuote ??= lines[bad];
      const rows = split.map((fields) => fields ?? []);
      const layout = layoutOf(rows, this.rows.options);
      if ('problem' in layout) {
        if (layout.reached > worst.reached) worst = layout;
        continue;
      }
      const share = rows.filter(({ length }) => length === layout.names.length).length / rows.length;
      if (best === undefined || share > best.share) best = { layout, separator, share };
    }
    if (best !== undefined) return best;
    const at = lines[0]?.line ?? 1;
    if (lines[0]?.text.trimStart().startsWith('<')) throw this.rows.refusal(at, markupSentence);
    if (worst.reached <= 0) {
      if (openQuote !== undefined) throw this.rows.refusal(openQuote.line, quoteSentence);
      throw this.rows.refusal(
        at,
        lines.length === 0
          ? `found an empty file; expected the header timestamp,value and rows`
          : unknownSentence(lines[0]!.text),
      );
    }
    throw this.rows.refusal(at, worst.problem);
  }

  private row(text: string, line: number): void {
    if (COMMENT.test(text) || text === this.header) return;
    const rows = this.rows;
    const { names, time, values, labels } = this.layout!;
    const fields = splitFields(text, this.separator);
    if (fields === undefined) throw rows.refusal(line, quoteSentence);
    if (fields.length !== names.length) this.refuseCount(fields, text, line);
    const when = time.length === 1 ? fields[time[0]!]! : time.map((column) => fields[column]).join(' ');
    if (when.trim() === '' && fields.every((field) => field === '')) return;
    const code = rows.code(when, line);
    const texts = labels.map((column) => fields[column]!);
    for (const column of values) {
      const isNamed = values.length > 1 || names[column] === rows.options.series;
      const series = this.seriesNames(texts, isNamed ? names[column]! : '');
      rows.push(series, code, fields[column]!, line);
    }
  }

  /** Empty fields at the end are what sheets add. @throws InputError for all else */
  private refuseCount(fields: readonly string[], text: string, line: number): void {
    const { names } = this.layout!;
    if (fields.length > names.length && fields.slice(names.length).every((field) => field === '')) return;
    const found = `${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, ${shown(text)}`;
    const hint =
      this.separator === ',' && fields.length > names.length ? ' (a comma within a field needs quotes around it)' : '';
    throw this.rows.refusal(line, `found ${found}; expected ${names.length}, as in the rows before${hint}`);
  }
}

const quoteSentence = 'found a quote that is not closed or stands inside a field; expected plain or "quoted" fields';

const markupSentence = 'found XML or HTML (a page to log in, perhaps); expected an export as CSV or JSON';

function unknownSentence(text: string): string {
  return `found ${shown(text)}, which is no table of times and values; expected a header such as timestamp,value, or --format-in with the format`;
}
