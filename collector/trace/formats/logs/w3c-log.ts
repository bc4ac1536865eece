import { countedLines } from '../../counted-lines.ts';
import { type SeriesRows, shown } from '../../series-rows.ts';
import type { LineFormat, LineReader } from '../format.ts';

/** Logs in the W3C's extended format (IIS, CloudFront): `#Fields:` says where date and time stand; they are UTC. */
export const w3cLog: LineFormat = {
  name: 'w3c-log',
  title: 'a W3C extended log',
  reads: 'lines',
  detect: ({ lines }) => (lines.slice(0, 10).some((line) => /^#Fields:.*\bdate\b.*\btime\b/.test(line)) ? 1 : 0),
  reader,
};

function reader(rows: SeriesRows): LineReader {
  let fields: readonly string[] = [];
  return countedLines(rows, {
    what: 'requests',
    count(counts, text, line) {
      if (text.startsWith('#')) {
        if (text.startsWith('#Fields:')) fields = text.slice('#Fields:'.length).trim().split(/\s+/);
        return;
      }
      const cells = text.split(/[\t ]/);
      const [date, time] = [cells[fields.indexOf('date')], cells[fields.indexOf('time')]];
      if (date === undefined || time === undefined) {
        throw rows.refusal(line, `found ${shown(text)}; expected date and time where #Fields: says they are`);
      }
      counts.add(`${date}T${time}Z`, 1, line);
    },
  });
}
