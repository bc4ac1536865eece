import { InputError } from '../../core/errors.ts';
import type { Samples } from '../../core/series.ts';
import { formatInstant } from '../../core/timestamp.ts';
import type { TimeRange } from '../demand/demand-source.ts';
import { type AnsweredSeries, labelText, type PrometheusHttp, promNumber, readAnswer, TookTooLong } from './answer.ts';
import { GrowingNumbers } from './growing-numbers.ts';

/** Ten years of minutes; more is a step in the wrong unit, and would ask the server for hours. */
const MAX_POINTS = 5_000_000;

/** How a range is cut. */
export interface Pages {
  /** Points asked for at a time; Prometheus refuses more than 11,000. */
  readonly points: number;
  /** A page that takes too long is asked for in halves down to so many points. Default: not in halves. */
  readonly leastPoints?: number;
}

/**
 * One series by range queries in pages, each whole or an error: NaN and ±Inf points are no data, but a page that failed,
 * was cut short or carries warnings ends the history.
 * @param onProgress told the fraction of the points that have been asked for, 0…1
 * @returns undefined where there is no series at all; samples without rows where there is one, and only NaN in it
 * @throws InputError (bad query, several series, a negative value), WorldError (the server)
 */
export async function readRange(
  http: PrometheusHttp,
  query: string,
  range: TimeRange,
  pages: Pages,
  onProgress: (fraction: number) => void = () => {},
): Promise<Samples | undefined> {
  // Milliseconds, Prometheus's own resolution: sums of fractions of a second would drift off its grid.
  const startMs = Math.round(range.startSeconds * 1000);
  const stepMs = Math.round(range.stepSeconds * 1000);
  const points = Math.floor((Math.round(range.endSeconds * 1000) - startMs) / stepMs) + 1;
  if (!(stepMs > 0 && points >= 1)) throw new InputError('a range query needs a step above zero and start ≤ end');
  if (points > MAX_POINTS) {
    throw new InputError(`the range holds ${points} points; at most ${MAX_POINTS} are read: take a coarser step`);
  }
  const found = new OneSeries(http.name);
  let size = pages.points;
  for (let from = 0; from < points; ) {
    const to = Math.min(from + size, points) - 1;
    const parameters = {
      query,
      start: seconds(startMs + from * stepMs),
      end: seconds(startMs + to * stepMs),
      step: seconds(stepMs),
    };
    try {
      const { status, body } = await http.ask('/api/v1/query_range', parameters);
      found.add(readAnswer(http.name, status, body));
    } catch (error) {
      const half = Math.ceil(size / 2);
      if (!(error instanceof TookTooLong) || half < (pages.leastPoints ?? Infinity)) throw error;
      size = half;
      continue;
    }
    from = to + 1;
    onProgress(from / points);
  }
  return found.samples();
}

/** Exact decimal seconds of whole milliseconds. */
function seconds(ms: number): string {
  return String(ms / 1000);
}

/** Collects pages and insists that they are all of one series. */
class OneSeries {
  private readonly server: string;
  private readonly labels = new Set<string>();
  private readonly times = new GrowingNumbers();
  private readonly values = new GrowingNumbers();

  constructor(server: string) {
    this.server = server;
  }

  add(page: readonly AnsweredSeries[]): void {
    for (const { metric } of page) this.labels.add(labelText(metric));
    if (this.labels.size > 1) {
      throw new InputError(`${this.server}: the query gives ${severalSeries([...this.labels])}`);
    }
    for (const [time, text] of page[0]?.points ?? []) this.addPoint(time, promNumber(text));
  }

  samples(): Samples | undefined {
    if (this.labels.size === 0) return undefined;
    return { times: this.times.toArray(), values: this.values.toArray() };
  }

  private addPoint(time: number, value: number): void {
    // NaN is what 0/0 gives where nothing was served, Inf what x/0 gives: neither is a load.
    if (!Number.isFinite(value)) return;
    if (value < 0) {
      throw new InputError(
        `${this.server}: the query gives ${value} at ${formatInstant(time)}; expected a demand ≥ 0 (clamp_min(…, 0))`,
      );
    }
    if (this.times.length > 0 && time <= this.times.last) {
      throw new InputError(
        `${this.server}: the answer's times do not ascend at ${formatInstant(time)}; expected a range query's`,
      );
    }
    this.times.push(time);
    this.values.push(value);
  }
}

/** `3 series (a{}, b{}, …); expected one: …`. @param labels at least two */
export function severalSeries(labels: readonly string[]): string {
  const [first, second] = labels;
  return (
    `${labels.length} series (${first}, ${second}${labels.length > 2 ? ', …' : ''}); ` +
    `expected one: wrap it in sum(…), or select one by its labels`
  );
}
