import type { Samples } from '../core/series.ts';

/** The instants start, start + step, … ≤ end, epoch seconds. */
export interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

/** One measured value and its instant, epoch seconds. */
export interface Sample {
  readonly timeSeconds: number;
  readonly value: number;
}

/**
 * Where demand is measured. What a `query` is depends on the source: PromQL for Prometheus, a file for CSV.
 *
 * Both methods throw an InputError where the question is at fault (bad query, several series, no data at all) and a
 * WorldError where the source is (refused, timed out, answered in part).
 */
export interface MetricSource {
  /** Samples with start ≤ time ≤ end, as Samples promises them; where the source has no data there is no sample. */
  history(query: string, range: TimeRange): Promise<Samples>;
  /** The newest sample; its time is the sample's own or, where the source evaluates queries, that of the evaluation. */
  latest(query: string): Promise<Sample>;
}
