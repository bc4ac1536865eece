import { recordsOf } from '../json/json-records.ts';
import { isJson } from '../json/json-value.ts';
import { CellTable } from '../table/cell-table.ts';
import type { DocumentFormat } from './format.ts';

/** Any JSON document with rows of times and values: records, columns, pandas' `to_json`, Log Analytics' API. */
export const json: DocumentFormat = {
  name: 'json',
  title: 'JSON with rows of times and values',
  reads: 'document',
  detect: ({ text }) => (isJson(text) ? 0.3 : 0),
  read(document, rows) {
    const records = recordsOf(document);
    if (records === undefined || records.length === 0) {
      throw rows.refusal(
        () => [],
        'found JSON without rows of times and values; expected records such as [{"time": 1778457600, "value": 35}]',
      );
    }
    const table = new CellTable(rows);
    for (const record of records) table.row(record);
    table.end();
  },
};
