import { countedLines } from '../../counted-lines.ts';
import { asObject, asText, parseObject } from '../../json/json-value.ts';
import { type SeriesRows, shown } from '../../series-rows.ts';
import type { LineFormat, LineReader } from '../format.ts';
import { amountOf, k6Metric } from './k6.ts';

/** k6's `--out json`: a JSON object a line. The load is the requests of each minute. */
export const k6Json: LineFormat = {
  name: 'k6-json',
  title: 'JSON of k6',
  reads: 'lines',
  detect: ({ lines: [first, second] }) =>
    [first, second].map(parseObject).some((one) => (one?.type === 'Metric' || one?.type === 'Point') && 'metric' in one)
      ? 1
      : 0,
  reader,
};

function reader(rows: SeriesRows): LineReader {
  const what = k6Metric(rows);
  return countedLines(rows, {
    what,
    count(counts, text, line) {
      const point = parseObject(text);
      if (point === undefined) throw rows.refusal(line, `found ${shown(text)}; expected a JSON object a line`);
      if (point.type !== 'Point' || point.metric !== what) return;
      const data = asObject(point.data);
      counts.add(asText(data?.time), amountOf(asText(data?.value), line, rows), line);
    },
  });
}
