import { InputError } from '../../core/errors.ts';
import type { Samples } from '../../core/series.ts';
import { formatInstant } from '../../core/timestamp.ts';
import type { TimeRange } from '../demand/demand-source.ts';
import type { PrometheusAccess } from './connection.io.ts';
import { DEFAULT_LIMITS, type HttpLimits, prometheusHttp } from './http.io.ts';
import { readRange } from './range.ts';
import { refuseShortWindow } from './short-window.ts';

/** Points asked for at a time. Prometheus refuses a range query of more than 11,000. */
export const PAGE_POINTS = 10_000;

/** A Prometheus, or whatever speaks its HTTP API (Thanos, Mimir, VictoriaMetrics, ARMS), for one trace. Close it when done. */
export interface PrometheusSource {
  /**
   * Samples with start ≤ time ≤ end; where the server has no data there is no sample.
   * @param onProgress told the fraction of pages that have arrived, 0…1
   * @throws InputError where the question is at fault (bad query, several series, no data at all), WorldError where the
   *   server is (refused, timed out, answered in part)
   */
  history(query: string, range: TimeRange, onProgress?: (fraction: number) => void): Promise<Samples>;
  close(): Promise<void>;
}

/** @throws InputError on an address or TLS files that can't be used */
export function prometheusSource(access: PrometheusAccess, limits: HttpLimits = DEFAULT_LIMITS): PrometheusSource {
  const http = prometheusHttp(access, limits);
  return {
    close: () => http.close(),
    async history(query, range, onProgress) {
      const samples = await readRange(http, query, range, { points: PAGE_POINTS }, onProgress);
      if (samples && samples.times.length > 0) return samples;
      if (!samples) await refuseShortWindow(http, query, range);
      const hint = samples ? 'only NaN or infinite points' : 'no series';
      const when = `from ${formatInstant(range.startSeconds)} to ${formatInstant(range.endSeconds)}`;
      throw new InputError(
        `${http.name}: the query gives ${hint} ${when}: ${query}; expected numbers: do the metric and its labels exist then?`,
      );
    },
  };
}
