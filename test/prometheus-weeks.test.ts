import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backfill, backfillWeeks } from '../collector/demand/backfill.ts';
import { type DemandQuery, OBSERVATION_DELAY_SECONDS } from '../collector/demand/demand-source.ts';
import { memoryMinutes } from '../collector/demand/memory-collection.ts';
import { recordedWithWeeks } from '../collector/demand/recorded-weeks.ts';
import type { PrometheusHttp } from '../collector/prometheus/answer.ts';
import { prometheusDemand } from '../collector/prometheus/demand.ts';
import { prometheusHttp } from '../collector/prometheus/http.io.ts';
import { DAY_SECONDS, type Series } from '../core/series.ts';
import { asKept, WEEKS_DAYS, WEEKS_STEP_SECONDS, withWeeks } from '../core/weeks.ts';
import { MemoryHistoryStore } from '../storage/history-store.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

/** The newest minute of the server's data, at a full five minutes. */
const END = 1_790_000_100;
const QUERY: DemandQuery = {
  id: 'shop/Deployment/web#0',
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  metric: { kind: 'template', template: 'load', args: {} },
};

/** Minutes up to END: whole numbers, so that whatever keeps them keeps them exactly. */
function load(days: number): Series {
  const values = Float64Array.from({ length: days * 1_440 }, (_, m) => (m * 37) % 1_009);
  return { startSeconds: END - 60 * (values.length - 1), stepSeconds: 60, values };
}

describe('a real Prometheus that keeps 15 days', () => {
  const trace = load(15);
  let server: PrometheusServer;
  let http: PrometheusHttp;
  let minutes: MemoryHistoryStore;
  let weeks: MemoryHistoryStore;
  const steps: number[] = [];
  beforeAll(async () => {
    const times = Float64Array.from(trace.values, (_, i) => trace.startSeconds + 60 * i);
    server = await startPrometheus('demand', { times, values: trace.values });
    http = prometheusHttp({ url: server.url });
  });
  afterAll(async () => {
    await http?.close();
    await server?.stop();
  });
  beforeEach(() => {
    minutes = new MemoryHistoryStore(8, 60, Float64Array);
    weeks = new MemoryHistoryStore(WEEKS_DAYS, WEEKS_STEP_SECONDS, Float64Array);
    steps.length = 0;
  });

  it('fills 15 of 28 days with what a replay cuts from the trace, and makes nothing up before them', async () => {
    const counted: PrometheusHttp = {
      name: http.name,
      ask: (path, parameters) => {
        steps.push(Number((parameters as Record<string, string>).step));
        return http.ask(path, parameters);
      },
      close: () => http.close(),
    };
    const source = prometheusDemand(counted, counted, {
      templates: { load: { query: 'sum(demand)', args: [] } },
      allowRawQueries: false,
    });
    const now = END + OBSERVATION_DELAY_SECONDS;
    await backfill(source, recordedWithWeeks(memoryMinutes(minutes), memoryMinutes(weeks)), QUERY, now);
    await backfillWeeks(source, weeks, QUERY, now);
    const live = withWeeks((await minutes.read(QUERY.id))!, await weeks.read(QUERY.id));
    expect(live.values.length / 1_440).toBeCloseTo(15, 1);
    // The week of minutes is seven days and an hour long: from there on both are the same.
    const from = END - 7 * DAY_SECONDS;
    const differ = [...live.values.keys()].filter((m) => {
      const at = live.startSeconds + 60 * m;
      const whole = trace.values[(at - trace.startSeconds) / 60];
      return (at >= from || at % WEEKS_STEP_SECONDS === 0) && live.values[m] !== whole;
    });
    expect(differ).toEqual([]);
    expect(live.values.some(Number.isNaN)).toBe(false);
    expect(asKept(live).values.length).toBe(live.values.length);
    // Six pages of minutes and three of five minutes: each below what the server gives at a time.
    expect(steps.filter((step) => step === 300).length).toBeLessThanOrEqual(3);
  });
});
