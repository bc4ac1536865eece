import { splitFields } from '../../fields.ts';
import { type SeriesRows, shown } from '../../series-rows.ts';
import type { LineFormat, LineReader } from '../format.ts';

const DEFAULT_VALUE = 'Requests/s';
const TOTAL = 'Aggregated';

/** Locust's `--csv`, the file `_stats_history.csv`: the requests a second of all endpoints together, or of one (--series). */
export const locust: LineFormat = {
  name: 'locust',
  title: 'a history of Locust',
  reads: 'lines',
  detect: ({ lines }) => (/^"?Timestamp"?,"?User count"?,"?Type"?,"?Name"?,/i.test(lines[0] ?? '') ? 1 : 0),
  reader: (rows) => new LocustHistory(rows),
};

class LocustHistory implements LineReader {
  private readonly rows: SeriesRows;
  private names: readonly string[] | undefined;
  private value = -1;

  constructor(rows: SeriesRows) {
    this.rows = rows;
    rows.origin = 'program';
  }

  line(text: string, line: number): void {
    if (text.trim() === '') return;
    const fields = splitFields(text, ',');
    if (fields === undefined) throw this.rows.refusal(line, 'found a quote that is not closed; expected CSV');
    if (this.names === undefined) {
      this.names = fields;
      const value = this.rows.options.valueColumn ?? DEFAULT_VALUE;
      this.value = fields.findIndex((name) => name.toLowerCase() === value.toLowerCase());
      if (this.value < 0)
        throw this.rows.refusal(
          line,
          `found no column "${value}" (--value-column); expected one of ${fields.slice(4).join(', ')}`,
        );
      return;
    }
    if (fields.length !== this.names.length) {
      throw this.rows.refusal(
        line,
        `found ${fields.length} fields, ${shown(text)}; expected ${this.names.length}, as in the header`,
      );
    }
    // Old versions write the total as the type.
    const isTotal = fields[2] === TOTAL || fields[3] === TOTAL;
    const name = isTotal ? TOTAL : fields[3]!;
    if (name === (this.rows.options.series ?? TOTAL)) this.rows.add(name, fields[0]!, fields[this.value], line);
    else this.rows.otherSeries.add(name);
  }

  end(): void {
    if (this.rows.series.size > 0 || this.rows.options.series !== undefined) return;
    throw this.rows.refusal(1, `found no rows of ${TOTAL}; expected them, or --series with the name of an endpoint`);
  }
}
