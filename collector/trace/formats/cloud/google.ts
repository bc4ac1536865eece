import { type HeaderBlock, HeaderBlockReader } from '../../table/header-block.ts';
import type { LineFormat } from '../format.ts';

/** Google Cloud's Metrics Explorer, Download CSV: rows of labels above the columns, times as browsers write them. */
export const google: LineFormat = {
  name: 'google',
  title: 'a CSV of Google Cloud Monitoring',
  reads: 'lines',
  detect: ({ lines }) => (/^"?TimeSeries ID"?,/.test(lines[0] ?? '') ? 1 : 0),
  reader: (rows) => new HeaderBlockReader(rows, columns),
};

/** What tells the columns apart; of one column, or where nothing does, their ids. */
function columns(block: HeaderBlock, count: number): string[] {
  const labels = [...block].filter(([name, cells]) => name !== 'TimeSeries ID' && new Set(cells).size > 1);
  const ids = block.get('TimeSeries ID') ?? [];
  return Array.from({ length: count }, (_, i) => {
    const own = labels.map(([name, cells]) => `${name}=${cells[i] ?? ''}`).join(', ');
    return own || ids[i] || `${i + 1}`;
  });
}
