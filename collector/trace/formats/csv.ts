import { TableReader } from '../table/table-reader.ts';
import type { LineFormat } from './format.ts';

/** Any table: a column of times and one of values, parted by commas, semicolons, tabs, bars or spaces. Excel, pandas and most exports. */
export const csv: LineFormat = {
  name: 'csv',
  title: 'a table',
  reads: 'lines',
  // Whatever no other format knows.
  detect: () => 0.1,
  reader: (rows) => new TableReader(rows),
};
