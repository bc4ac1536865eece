import { asObject, asText, parseObject } from '../json-value.ts';
import { MinuteCounts } from '../minute-counts.ts';
import { type SeriesRows, shown } from '../series-rows.ts';
import type { LineFormat, LineReader } from './format.ts';
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
  reader: (rows) => new K6Json(rows),
};

class K6Json implements LineReader {
  readonly #rows: SeriesRows;
  readonly #counts: MinuteCounts;
  readonly #metric: string;
  #line = 1;

  constructor(rows: SeriesRows) {
    this.#rows = rows;
    this.#counts = new MinuteCounts(rows);
    this.#metric = k6Metric(rows);
  }

  line(text: string, line: number): void {
    if (text.trim() === '') return;
    this.#line = line;
    const point = parseObject(text);
    if (point === undefined) throw this.#rows.refusal(line, `found ${shown(text)}; expected a JSON object a line`);
    if (point.type !== 'Point' || point.metric !== this.#metric) return;
    const data = asObject(point.data);
    this.#counts.add(asText(data?.time), amountOf(asText(data?.value), line, this.#rows), line);
  }

  end(): void {
    this.#counts.end(this.#metric, this.#line);
  }
}
