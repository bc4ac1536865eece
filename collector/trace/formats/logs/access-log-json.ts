import { countedLines } from '../../counted-lines.ts';
import { asCell, parseObject } from '../../json/json-value.ts';
import { type SeriesRows, shown } from '../../series-rows.ts';
import type { LineFormat, LineReader } from '../format.ts';

/** What servers call the time of a request, the surest first. */
const TIMES = [
  '@timestamp',
  'time_iso8601',
  'timestamp',
  'StartUTC',
  'start_time',
  'time_local',
  'time',
  'ts',
  'msec',
  'date',
  'datetime',
];
/** What only a line about a request has. */
const REQUEST =
  /^(?:request|request_?method|method|uri|request_?uri|status|status_?code|response_?code|RequestPath|DownstreamStatus|remote_?addr|http_.*|path)$/i;

/** Access logs as JSON, an object a line (nginx, Caddy, Traefik, Envoy). The load is the requests of each minute. */
export const accessLogJson: LineFormat = {
  name: 'access-log-json',
  title: 'an access log in JSON',
  reads: 'lines',
  detect: ({ lines }) => {
    const first = parseObject(lines[0]);
    if (first === undefined || 'value' in first || timeKey(Object.keys(first)) === undefined) return 0;
    return Object.keys(first).filter((key) => REQUEST.test(key)).length >= 2 ? 0.9 : 0;
  },
  reader,
};

function reader(rows: SeriesRows): LineReader {
  let key = rows.options.timeColumn;
  return countedLines(rows, {
    what: 'requests',
    count(counts, text, line) {
      const entry = parseObject(text);
      if (entry === undefined) throw rows.refusal(line, `found ${shown(text)}; expected a JSON object a line`);
      key ??= timeKey(Object.keys(entry));
      const time = key === undefined ? null : asCell(entry[key]);
      if (time === null) {
        const names = TIMES.join(', ');
        throw rows.refusal(line, `found no time in ${shown(text)}; expected one of ${names}, or --time-column`);
      }
      counts.add(time, 1, line);
    },
  });
}

function timeKey(keys: readonly string[]): string | undefined {
  return TIMES.find((time) => keys.includes(time));
}
