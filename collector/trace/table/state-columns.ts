import type { SeriesRows } from '../series-rows.ts';
import type { TableLayout } from './table-layout.ts';

const UTC_NAME = /(?:^|[\s_[(])(?:utc|gmt)(?:[\])]|$)/i;

/** What the columns of a table say of its rows, and what was assumed of them. */
export function stateColumns(
  rows: SeriesRows,
  { names, time, values, labels, ignored, hasHeader }: Omit<TableLayout, 'headerRows'>,
): void {
  const nameOf = (columns: readonly number[], between: string) => columns.map((column) => names[column]).join(between);
  rows.isUtc ||= UTC_NAME.test(nameOf(time, ','));
  if (labels.length === 0 && values.length > 1) rows.seriesOption = '--value-column';
  if (!hasHeader) rows.assume({ assumed: 'no-header', time: time[0]! + 1, value: values[0]! + 1 });
  else if (ignored.length > 0) {
    rows.assume({
      assumed: 'columns',
      time: nameOf(time, ','),
      value: nameOf(values, ', '),
      ignored: ignored.map((column) => names[column]!),
    });
  }
}
