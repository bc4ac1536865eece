import { countedLines } from '../../counted-lines.ts';
import { splitFields } from '../../fields.ts';
import { type SeriesRows, shown } from '../../series-rows.ts';
import type { LineFormat, LineReader } from '../format.ts';

/** What k6 sends, unless another metric is asked for. */
export const K6_METRIC = 'http_reqs';
const DURATIONS =
  /^(?:http_req_|grpc_req_|ws_connecting|ws_session_duration|iteration_duration|group_duration|browser_)/;

/** k6's `--out csv`: a row for each measurement. The load is the requests of each minute. */
export const k6: LineFormat = {
  name: 'k6',
  title: 'a CSV of k6',
  reads: 'lines',
  detect: ({ lines }) => (/^"?metric_name"?,"?timestamp"?,"?metric_value"?/.test(lines[0] ?? '') ? 1 : 0),
  reader,
};

function reader(rows: SeriesRows): LineReader {
  const what = k6Metric(rows);
  let hasHeader = false;
  return countedLines(rows, {
    what,
    count(counts, text, line) {
      if (!hasHeader) {
        hasHeader = true;
        return;
      }
      const fields = splitFields(text, ',') ?? [];
      const [metric, time, value] = fields;
      if (fields.length < 3) throw rows.refusal(line, `found ${shown(text)}; expected a metric, a time and a value`);
      if (metric === what) counts.add(time!, amountOf(value!, line, rows), line);
    },
  });
}

/** The metric to count. @throws InputError for one that is a duration */
export function k6Metric(rows: SeriesRows): string {
  const metric = rows.options.series ?? K6_METRIC;
  if (!DURATIONS.test(metric)) return metric;
  throw rows.refusal(
    1,
    `found --series ${metric}, which is a duration; expected a count such as http_reqs or iterations`,
  );
}

/** How much a measurement counts. @throws InputError */
export function amountOf(value: string | number, line: number, rows: SeriesRows): number {
  const amount = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (amount >= 0 && Number.isFinite(amount)) return amount;
  throw rows.refusal(line, `found value ${shown(value)}; expected a number ≥ 0`);
}
