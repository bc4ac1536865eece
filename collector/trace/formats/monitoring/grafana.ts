import { TableReader } from '../../table/table-reader.ts';
import type { LineFormat } from '../format.ts';

const FIRST_LINE = /^"?(?:Time"?[,;\t]|Series"?[,;\t]"?Time"?[,;\t]"?Value"?)/;

/** Grafana, Inspect, Data, Download CSV: series as columns or (before version 7) as rows, formatted or not, for Excel (`sep=,`) or not. */
export const grafana: LineFormat = {
  name: 'grafana',
  title: 'a CSV of Grafana',
  reads: 'lines',
  detect: ({ lines: [first, second] }) =>
    FIRST_LINE.test(/^sep=/i.test(first ?? '') ? (second ?? '') : (first ?? '')) ? 0.6 : 0,
  reader: (rows) => new TableReader(rows),
};
