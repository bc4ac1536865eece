import { InputError } from '../../core/errors.ts';
import { parseSeconds } from '../../core/quantity.ts';
import type { TimeRange } from '../demand/demand-source.ts';
import { type PrometheusHttp, readAnswer } from './answer.ts';

/** `[30s]` behind a selector; not a subquery, which has a colon. */
const WINDOW = /\[\s*((?:\d+(?:ms|[smhdwy]))+)\s*\]/g;
/** Long enough for two scrapes of whatever is scraped at all. */
const LONG = '10m';
const LONG_SECONDS = 600;

/** The shortest window of a query that is under ten minutes; undefined: there is none. @returns as written */
export function shortWindow(query: string): string | undefined {
  const windows = [...query.matchAll(WINDOW)].map(([, text]) => ({
    text: text!,
    seconds: windowSeconds(text!),
  }));
  return windows.filter(({ seconds }) => seconds < LONG_SECONDS).sort((a, b) => a.seconds - b.seconds)[0]?.text;
}

/**
 * A rate needs two samples within its window; where the target is scraped less often, the answer has no series, as if there were no such
 * metric. Asked once more with long windows, at the end of the range: an answer tells the two apart.
 * @throws InputError where the windows are too short
 */
export async function refuseShortWindow(http: PrometheusHttp, query: string, range: TimeRange): Promise<void> {
  const short = shortWindow(query);
  if (short === undefined) return;
  const longer = query.replace(WINDOW, (whole, text: string) =>
    windowSeconds(text) < LONG_SECONDS ? `[${LONG}]` : whole,
  );
  if (!(await hasSeries(http, longer, range.endSeconds))) return;
  throw new InputError(
    `${http.name}: the query gives no series with [${short}], and does with [${LONG}]: the window holds fewer than the two scrapes that a ` +
      `rate takes; expected a window of four scrape intervals: ${query}`,
  );
}

/** What can't be answered now explains nothing: the first answer stands. */
async function hasSeries(http: PrometheusHttp, query: string, atSeconds: number): Promise<boolean> {
  try {
    const { status, body } = await http.ask('/api/v1/query', { query, time: String(atSeconds) });
    return readAnswer(http.name, status, body).length > 0;
  } catch {
    return false;
  }
}

function windowSeconds(text: string): number {
  return text.includes('ms') ? 0 : (parseSeconds(text) ?? Infinity);
}
