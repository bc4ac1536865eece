import { countedLines } from '../../counted-lines.ts';
import type { SeriesRows } from '../../series-rows.ts';
import type { LineFormat, LineReader } from '../format.ts';

/** The time in brackets, as common, combined, nginx' default, S3 and HAProxy have it. */
const BRACKETS = /\[(\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d{4})?)\]/;
/** AWS load balancers: the kind of request, then the time. */
const BALANCER = /^(?:https?|h2|grpcs?|wss?|tls) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) /;
/** With more lines than this that are none, it is another kind of file. */
const MOST_SKIPPED = 0.05;

/** Access logs of web servers: a line for each request. The load is the requests of each minute. */
export const accessLog: LineFormat = {
  name: 'access-log',
  title: 'an access log',
  reads: 'lines',
  detect: ({ lines }) => {
    const some = lines.slice(0, 50);
    return some.length > 0 && some.filter((line) => timeOf(line) !== undefined).length >= 0.8 * some.length ? 0.9 : 0;
  },
  reader,
};

function reader(rows: SeriesRows): LineReader {
  let lines = 0;
  let skipped = 0;
  let firstSkipped = 1;
  return countedLines(rows, {
    what: 'requests',
    count(counts, text, line) {
      lines++;
      const time = timeOf(text);
      if (time !== undefined) counts.add(time, 1, line);
      else if (skipped++ === 0) firstSkipped = line;
    },
    check() {
      if (skipped <= MOST_SKIPPED * lines) return skipped;
      throw rows.refusal(
        firstSkipped,
        'found a line without a time such as [11/May/2026:00:00:00 +0000]; expected an access log',
      );
    },
  });
}

function timeOf(line: string): string | undefined {
  return BRACKETS.exec(line)?.[1] ?? BALANCER.exec(line)?.[1];
}
