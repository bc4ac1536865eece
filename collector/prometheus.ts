import { InputError } from '../core/errors.ts';
import type { Samples } from '../core/series.ts';
import { GrowingNumbers } from './growing-numbers.ts';
import { type AnsweredSeries, readAnswer } from './prometheus-answer.ts';
import {
  DEFAULT_LIMITS,
  type HttpLimits,
  type PrometheusAccess,
  type PrometheusHttp,
  prometheusHttp,
} from './prometheus-http.ts';
import type { MetricSource, Sample, TimeRange } from './source.ts';
import { formatInstant } from './timestamp.ts';

/** Points asked for at a time. Prometheus refuses a range query of more than 11,000. */
export const PAGE_POINTS = 10_000;
/** Ten years of minutes; more is a --step in the wrong unit, and would ask the server for hours. */
const MAX_POINTS = 5_000_000;

/** A Prometheus, or whatever speaks its HTTP API (Thanos, Mimir, VictoriaMetrics, ARMS). Close it when done. */
export interface PrometheusSource extends MetricSource {
  /** @param onProgress told the fraction of pages that have arrived, 0…1 */
  history(query: string, range: TimeRange, onProgress?: (fraction: number) => void): Promise<Samples>;
  close(): Promise<void>;
}

/**
 * Range queries in pages, each whole or an error: NaN and ±Inf points are no data, but a page that failed, was cut short
 * or carries warnings ends the history.
 */
export function prometheusSource(access: PrometheusAccess, limits: HttpLimits = DEFAULT_LIMITS): PrometheusSource {
  const http = prometheusHttp(access, limits);
  return {
    history: (query, range, onProgress) => history(http, query, range, onProgress),
    latest: (query) => latest(http, query),
    close: () => http.close(),
  };
}

async function history(
  http: PrometheusHttp,
  query: string,
  range: TimeRange,
  onProgress: (fraction: number) => void = () => {},
): Promise<Samples> {
  // Milliseconds, Prometheus's own resolution: sums of fractions of a second would drift off its grid.
  const startMs = Math.round(range.startSeconds * 1000);
  const stepMs = Math.round(range.stepSeconds * 1000);
  const points = Math.floor((Math.round(range.endSeconds * 1000) - startMs) / stepMs) + 1;
  if (!(stepMs > 0 && points >= 1)) throw new InputError('a range query needs a step above zero and start ≤ end');
  if (points > MAX_POINTS) {
    throw new InputError(`the range holds ${points} points; at most ${MAX_POINTS} are read: take a coarser step`);
  }
  const found = new OneSeries(http.name, query);
  for (let from = 0; from < points; from += PAGE_POINTS) {
    const to = Math.min(from + PAGE_POINTS, points) - 1;
    const parameters = {
      query,
      start: seconds(startMs + from * stepMs),
      end: seconds(startMs + to * stepMs),
      step: seconds(stepMs),
    };
    const { status, body } = await http.ask('/api/v1/query_range', parameters);
    found.add(readAnswer(http.name, status, body));
    onProgress((to + 1) / points);
  }
  return found.samples(`from ${formatInstant(range.startSeconds)} to ${formatInstant(range.endSeconds)}`);
}

async function latest(http: PrometheusHttp, query: string): Promise<Sample> {
  const { status, body } = await http.ask('/api/v1/query', { query });
  const found = new OneSeries(http.name, query);
  found.add(readAnswer(http.name, status, body));
  const { times, values } = found.samples('now');
  return { timeSeconds: times[0]!, value: values[0]! };
}

/** Exact decimal seconds of whole milliseconds. */
function seconds(ms: number): string {
  return String(ms / 1000);
}

/** Collects pages and insists that they are all of one series. */
class OneSeries {
  readonly #server: string;
  readonly #query: string;
  readonly #labels = new Set<string>();
  readonly #times = new GrowingNumbers();
  readonly #values = new GrowingNumbers();

  constructor(server: string, query: string) {
    this.#server = server;
    this.#query = query;
  }

  add(page: readonly AnsweredSeries[]): void {
    for (const { metric } of page) this.#labels.add(labelText(metric));
    if (this.#labels.size > 1) {
      const [first, second] = this.#labels;
      throw new InputError(
        `${this.#server}: the query gives ${this.#labels.size} series (${first}, ${second}${this.#labels.size > 2 ? ', …' : ''}); ` +
          `expected one: wrap it in sum(…), or select one by its labels`,
      );
    }
    for (const [time, text] of page[0]?.points ?? []) this.#addPoint(time, promNumber(text));
  }

  /** @throws InputError where there was no number at all */
  samples(when: string): Samples {
    if (this.#times.length > 0) return { times: this.#times.toArray(), values: this.#values.toArray() };
    const hint = this.#labels.size > 0 ? 'only NaN or infinite points' : 'no series';
    throw new InputError(
      `${this.#server}: the query gives ${hint} ${when}: ${this.#query}; expected numbers: do the metric and its labels exist then?`,
    );
  }

  #addPoint(time: number, value: number): void {
    // NaN is what 0/0 gives where nothing was served, Inf what x/0 gives: neither is a load.
    if (!Number.isFinite(value)) return;
    if (value < 0) {
      throw new InputError(
        `${this.#server}: the query gives ${value} at ${formatInstant(time)}; expected a demand ≥ 0 (clamp_min(…, 0))`,
      );
    }
    if (this.#times.length > 0 && time <= this.#times.last) {
      throw new InputError(
        `${this.#server}: the answer's times do not ascend at ${formatInstant(time)}; expected a range query's`,
      );
    }
    this.#times.push(time);
    this.#values.push(value);
  }
}

/** Prometheus writes numbers as Go does: NaN, +Inf, -Inf, 1e+06. */
function promNumber(text: string): number {
  return /Inf$/i.test(text) ? Number.POSITIVE_INFINITY : Number(text);
}

function labelText(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...labels } = metric;
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}
