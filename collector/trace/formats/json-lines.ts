import { flatCells } from '../json/json-records.ts';
import { parseObject } from '../json/json-value.ts';
import { shown } from '../series-rows.ts';
import { CellTable } from '../table/cell-table.ts';
import type { LineFormat } from './format.ts';

/** JSON lines: an object a line with a time and a value. */
export const jsonLines: LineFormat = {
  name: 'json-lines',
  title: 'JSON lines',
  reads: 'lines',
  detect: ({ lines: [first, second] }) =>
    parseObject(first) !== undefined && second !== undefined && /^\s*\{/.test(second) ? 0.5 : 0,
  reader(rows) {
    const table = new CellTable(rows);
    return {
      line(text, line) {
        if (text.trim() === '') return;
        const record = parseObject(text);
        if (record === undefined) throw rows.refusal(line, `found ${shown(text)}; expected a JSON object a line`);
        table.row({ cells: flatCells(record), place: line });
      },
      end: () => table.end(),
    };
  },
};
