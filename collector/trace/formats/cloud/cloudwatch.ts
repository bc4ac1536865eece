import type { SeriesRows } from '../../series-rows.ts';
import { type HeaderBlock, HeaderBlockReader } from '../../table/header-block.ts';
import type { LineFormat } from '../format.ts';

const BLOCK = /^"?(?:Full label|Label|Statistic|Period)"?,/;

/** CloudWatch's console, Download as CSV: a block of rows that name the metrics, then times and values. */
export const cloudwatch: LineFormat = {
  name: 'cloudwatch',
  title: "a CSV of CloudWatch's console",
  reads: 'lines',
  detect: ({ lines }) => (lines.slice(0, 6).filter((line) => BLOCK.test(line)).length >= 2 ? 1 : 0),
  reader: (rows) => new HeaderBlockReader(rows, (block, count) => columns(block, count, rows)),
};

function columns(block: HeaderBlock, count: number, rows: SeriesRows): string[] {
  const cells = (name: string) => block.get(name) ?? [];
  const [short, full] = [cells('Label'), cells('Full label')];
  const names = Array.from({ length: count }, (_, i) => {
    const name = short[i] ?? full[i] ?? `${i + 1}`;
    return short.indexOf(name) === short.lastIndexOf(name) ? name : (full[i] ?? `${name} ${i + 1}`);
  });
  for (const [i, statistic] of cells('Statistic').entries()) {
    const periodSeconds = Number(cells('Period')[i]);
    if (!/^(?:sum|samplecount)$/i.test(statistic)) continue;
    rows.assume({ assumed: 'sum-per-period', statistic, ...(periodSeconds > 0 ? { periodSeconds } : {}) });
  }
  return names;
}
