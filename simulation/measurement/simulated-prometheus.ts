import type { HttpAnswer, PrometheusHttp } from '../../collector/prometheus/answer.ts';
import {
  type AnswerFault,
  alteredResult,
  alteredSeries,
  alteredValue,
  evaluatedAt,
  remarks,
  stampedAt,
  transported,
} from './answer-faults.ts';
import { ExecutionFailed, type InstantSample, PromqlEvaluation } from './promql-evaluation.ts';
import { type PromqlExpression, parsePromql, UnsupportedQuery } from './promql-parser.ts';
import { labelKey, type SeriesStore } from './series-store.ts';

/** One question. */
export interface Asked {
  readonly path: string;
  readonly query: string;
  /** The instant that is asked about, a range's last; epoch seconds. */
  readonly atSeconds: number;
}

export interface SimulatedPrometheusOptions {
  readonly name?: string;
  /** How far back an instant's newest value may lie; default 300, the server's own. */
  readonly lookbackSeconds?: number;
  /** Whether `lookback_delta` of a query is heeded; default false: Prometheus 2.42 leaves it out of account. */
  readonly heedsLookbackDelta?: boolean;
  /** For a query without a time. */
  readonly nowSeconds?: () => number;
  /** What is wrong with the answer to a question; asked before each. */
  readonly fault?: (asked: Asked) => AnswerFault | undefined;
  /** Waits for what takes too long; without it no time passes. */
  readonly sleep?: (seconds: number) => Promise<void>;
}

/** The server's limit for one range query. */
const MAX_POINTS = 11_000;
/** Parsed queries that are kept. */
const MAX_PARSED = 5_000;

/**
 * A Prometheus 2.42 over a {@link SeriesStore}: answers `/api/v1/query` and `/api/v1/query_range` for the expressions that this
 * project's collectors and ordinary templates ask. It is not asked over HTTP: failures are thrown as `prometheusHttp` does.
 */
export class SimulatedPrometheus implements PrometheusHttp {
  readonly name: string;
  /** Answers so far, failures included. */
  requests = 0;
  /** Queries that are not simulated. Their asker saw an error and may have gone on: a test expects none. */
  readonly unsupported: string[] = [];
  private readonly evaluation: PromqlEvaluation;
  private readonly options: SimulatedPrometheusOptions;
  private readonly parsed = new Map<string, PromqlExpression>();

  constructor(store: SeriesStore, options: SimulatedPrometheusOptions = {}) {
    this.name = options.name ?? 'http://prometheus.simulated:9090';
    this.evaluation = new PromqlEvaluation(store);
    this.options = options;
  }

  async close(): Promise<void> {}

  /** @throws UnsupportedQuery, and what `prometheusHttp` throws */
  async ask(path: string, parameters: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    this.requests++;
    const { query = '' } = parameters;
    const atSeconds = Number(parameters.end ?? parameters.time ?? this.options.nowSeconds?.() ?? Number.NaN);
    const fault = this.options.fault?.({ path, query, atSeconds });
    if (fault?.kind === 'timeout') await this.options.sleep?.(fault.afterSeconds);
    return transported(this.name, fault, () => this.answer(path, parameters, query, fault));
  }

  private answer(
    path: string,
    parameters: Readonly<Record<string, string>>,
    query: string,
    fault: AnswerFault | undefined,
  ): HttpAnswer {
    try {
      const lookbackMs = this.lookbackMs(parameters);
      const at = (atSeconds: number) => this.evaluate(query, evaluatedAt(fault, atSeconds), lookbackMs, fault);
      const data =
        path === '/api/v1/query'
          ? instantData(at, Number(parameters.time ?? this.options.nowSeconds?.()), fault)
          : path === '/api/v1/query_range'
            ? rangeData(at, parameters, fault)
            : undefined;
      if (!data) throw new UnsupportedQuery(`the simulated Prometheus has no ${path}`);
      return { status: 200, body: JSON.stringify({ status: 'success', data, ...remarks(fault) }) };
    } catch (error) {
      if (error instanceof UnsupportedQuery) this.unsupported.push(error.message);
      if (!(error instanceof ExecutionFailed)) throw error;
      return { status: 422, body: JSON.stringify({ status: 'error', errorType: 'execution', error: error.message }) };
    }
  }

  private evaluate(
    query: string,
    atSeconds: number,
    lookbackMs: number,
    fault: AnswerFault | undefined,
  ): number | InstantSample[] {
    const alter = alteredSeries(fault);
    const instant = { atMs: Math.round(atSeconds * 1000), lookbackMs, ...(alter ? { alter } : {}) };
    return this.evaluation.at(this.parse(query), instant);
  }

  private parse(query: string): PromqlExpression {
    let parsed = this.parsed.get(query);
    if (!parsed) {
      parsed = parsePromql(query);
      if (this.parsed.size >= MAX_PARSED) this.parsed.clear();
      this.parsed.set(query, parsed);
    }
    return parsed;
  }

  private lookbackMs({ lookback_delta: asked }: Readonly<Record<string, string>>): number {
    const { heedsLookbackDelta = false, lookbackSeconds = 300 } = this.options;
    const seconds = /^(\d+)s$/.exec(asked ?? '')?.[1];
    return 1000 * (heedsLookbackDelta && seconds !== undefined ? Number(seconds) : lookbackSeconds);
  }
}

type EvaluateAt = (atSeconds: number) => number | InstantSample[];

function instantData(at: EvaluateAt, atSeconds: number, fault: AnswerFault | undefined): object {
  const found = at(atSeconds);
  const time = stampedAt(fault, atSeconds);
  if (typeof found === 'number') return { resultType: 'scalar', result: [time, alteredValue(fault, found)] };
  const result = found.map(({ labels, value }) => ({ metric: labels, value: [time, alteredValue(fault, value)] }));
  return { resultType: 'vector', result: alteredResult(fault, result) };
}

/** @throws ExecutionFailed over the limit of points */
function rangeData(
  at: EvaluateAt,
  parameters: Readonly<Record<string, string>>,
  fault: AnswerFault | undefined,
): object {
  // Milliseconds, as the server counts: sums of fractions of a second would drift.
  const [start, end, step] = [parameters.start, parameters.end, parameters.step].map((text) =>
    Math.round(Number(text) * 1000),
  ) as [number, number, number];
  if (!(step > 0 && end >= start)) throw new UnsupportedQuery(`a range from ${start} to ${end} ms by ${step} ms`);
  if ((end - start) / step > MAX_POINTS) {
    throw new ExecutionFailed('exceeded maximum resolution of 11,000 points per timeseries');
  }
  const series = new Map<string, { readonly metric: object; readonly values: [number, string][] }>();
  for (let ms = start; ms <= end; ms += step) {
    const found = at(ms / 1000);
    for (const { labels, value } of typeof found === 'number' ? [{ labels: {}, value: found }] : found) {
      const key = labelKey(labels);
      let own = series.get(key);
      if (!own) {
        own = { metric: labels, values: [] };
        series.set(key, own);
      }
      own.values.push([ms / 1000, alteredValue(fault, value)]);
    }
  }
  return { resultType: 'matrix', result: alteredResult(fault, [...series.values()]) };
}
