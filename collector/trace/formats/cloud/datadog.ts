import { TableReader } from '../../table/table-reader.ts';
import type { LineFormat } from '../format.ts';

const FIRST_LINE = /^"?(?:time|timestamp|date)"?,"?(?:group|tags|scope)"?,"?value"?/i;

/** Datadog, Download as CSV of a graph: a row for each time and group. */
export const datadog: LineFormat = {
  name: 'datadog',
  title: 'a CSV of Datadog',
  reads: 'lines',
  detect: ({ lines }) => (FIRST_LINE.test(lines[0] ?? '') ? 0.7 : 0),
  reader: (rows) => new TableReader(rows),
};
