import { TableReader } from '../../table/table-reader.ts';
import type { LineFormat } from '../format.ts';

const FIRST_LINE = /(?:^|[,"])(?:TimeGenerated|timestamp) \[[^\]]+\]/i;

/** Azure Log Analytics and Application Insights, Export to CSV: dates as the United States write them, the zone in the header. */
export const azureLogs: LineFormat = {
  name: 'azure-logs',
  title: 'a CSV of Azure Log Analytics',
  reads: 'lines',
  detect: ({ lines }) => (FIRST_LINE.test(lines[0] ?? '') ? 0.8 : 0),
  reader: (rows) => new TableReader(rows),
};
