import { MinuteCounts } from '../minute-counts.ts';
import { type SeriesRows, shown } from '../series-rows.ts';
import type { LineFormat, LineReader } from './format.ts';

/** Logs in the W3C's extended format (IIS, CloudFront): `#Fields:` says where date and time stand; they are UTC. */
export const w3cLog: LineFormat = {
  name: 'w3c-log',
  title: 'a W3C extended log',
  reads: 'lines',
  detect: ({ lines }) => (lines.slice(0, 10).some((line) => /^#Fields:.*\bdate\b.*\btime\b/.test(line)) ? 1 : 0),
  reader: (rows) => new W3cLog(rows),
};

class W3cLog implements LineReader {
  readonly #rows: SeriesRows;
  readonly #counts: MinuteCounts;
  #fields: readonly string[] = [];
  #line = 1;

  constructor(rows: SeriesRows) {
    this.#rows = rows;
    this.#counts = new MinuteCounts(rows);
  }

  line(text: string, line: number): void {
    if (text.trim() === '') return;
    this.#line = line;
    if (text.startsWith('#')) {
      if (text.startsWith('#Fields:')) this.#fields = text.slice('#Fields:'.length).trim().split(/\s+/);
      return;
    }
    const cells = text.split(/[\t ]/);
    const [date, time] = [cells[this.#fields.indexOf('date')], cells[this.#fields.indexOf('time')]];
    if (date === undefined || time === undefined) {
      throw this.#rows.refusal(line, `found ${shown(text)}; expected date and time where #Fields: says they are`);
    }
    this.#counts.add(`${date}T${time}Z`, 1, line);
  }

  end(): void {
    this.#counts.end('requests', this.#line);
  }
}
