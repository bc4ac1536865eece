import type { Place, SeriesRows } from '../series-rows.ts';
import { stateColumns } from './state-columns.ts';
import { layoutOf, type TableLayout } from './table-layout.ts';

/** So many rows tell what the columns are. */
const SAMPLE_ROWS = 200;

/** A row of named cells. */
export interface CellRow {
  readonly cells: ReadonlyMap<string, string>;
  readonly place: Place;
}

/** A table that comes as named cells (JSON): its columns are found by their names and by what stands in them. */
export class CellTable {
  private readonly rows: SeriesRows;
  private sample: CellRow[] | undefined = [];
  private layout: TableLayout | undefined;

  constructor(rows: SeriesRows) {
    this.rows = rows;
  }

  row(row: CellRow): void {
    if (this.sample === undefined) {
      this.read(row);
      return;
    }
    this.sample.push(row);
    if (this.sample.length >= SAMPLE_ROWS) this.begin(this.sample);
  }

  end(): void {
    if (this.sample !== undefined) this.begin(this.sample);
  }

  private begin(sample: readonly CellRow[]): void {
    this.sample = undefined;
    const place = sample[0]?.place ?? 1;
    const names = [...new Set(sample.flatMap(({ cells }) => [...cells.keys()]))];
    if (sample.length === 0) throw this.rows.refusal(place, 'found no row; expected times and values');
    if (names.length < 2) throw this.rows.refusal(place, 'found one value a row; expected a time and a value');
    const table = sample.map(({ cells }) => names.map((name) => cells.get(name) ?? ''));
    const layout = layoutOf([names, ...table], this.rows.options);
    if ('problem' in layout) throw this.rows.refusal(place, layout.problem);
    this.layout = layout;
    stateColumns(this.rows, { ...layout, names, hasHeader: true });
    for (const row of sample) this.read(row);
  }

  private read({ cells, place }: CellRow): void {
    const { names, time, values, labels } = this.layout!;
    const cell = (column: number) => cells.get(names[column]!) ?? '';
    const code = this.rows.code(time.map(cell).join(' '), place);
    const texts = labels.map(cell).filter((text) => text !== '');
    for (const column of values) {
      const isNamed = values.length > 1 || names[column] === this.rows.options.series;
      const series = [...(isNamed ? [names[column]!] : []), ...texts].join(', ');
      this.rows.push(series, code, cell(column), place);
    }
  }
}
