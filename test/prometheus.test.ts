import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_POINTS, type PrometheusSource, prometheusSource } from '../collector/prometheus/range-source.io.ts';
import { samplesSha256 } from '../collector/trace/csv/canonical-csv.ts';
import type { Samples } from '../core/series.ts';
import { exampleTrace } from '../replay/example.ts';
import { certificate, type PrometheusServer, startPrometheus } from './prometheus-server.ts';
import { prescale } from './spawn-prescale.ts';

/** Fourteen days of minutes without a gap: a gap under five minutes would be bridged by Prometheus's look-back. */
const trace: Samples = filled(exampleTrace());
const RANGE = { startSeconds: trace.times[0]!, endSeconds: trace.times.at(-1)!, stepSeconds: 60 };

function filled({ times, values }: Samples): Samples {
  const minutes = (times.at(-1)! - times[0]!) / 60 + 1;
  const known = new Map(Array.from(times, (time, i) => [time, values[i]!]));
  const whole = Float64Array.from({ length: minutes }, (_, i) => times[0]! + 60 * i);
  return { times: whole, values: whole.map((time) => known.get(time) ?? 100) };
}

describe('a real Prometheus with fourteen days of minutes', () => {
  let server: PrometheusServer;
  let source: PrometheusSource;
  beforeAll(async () => {
    server = await startPrometheus('demand', trace);
    source = prometheusSource({ url: server.url });
  });
  afterAll(async () => {
    await source?.close();
    await server?.stop();
  });

  it('gives more than 11,000 points back exactly', async () => {
    expect(trace.times.length).toBe(20_160);
    expect(await source.history('demand', RANGE)).toEqual(trace);
  });

  it('refuses more than 11,000 points at a time itself, which is why there are pages', async () => {
    const points = Math.floor(PAGE_POINTS * 1.11);
    const end = RANGE.startSeconds + 60 * points;
    const answer = await fetch(
      `${server.url}/api/v1/query_range?query=demand&start=${RANGE.startSeconds}&end=${end}&step=60`,
    );
    expect(await answer.text()).toContain('exceeded maximum resolution of 11,000 points per timeseries');
  });

  it('ends bad PromQL with its own message', async () => {
    await expect(source.history('sum(rate(demand[5m])', RANGE)).rejects.toThrow(
      /^http:\/\/localhost:\d+ refused the query: (invalid parameter "query": )?1:21: parse error: unclosed left parenthesis$/,
    );
  });

  it('NaN is no data, several series and none are errors', async () => {
    const calm = await source.history('demand / (demand < bool 400)', { ...RANGE, stepSeconds: 3600 });
    expect(calm.times.length).toBeGreaterThan(100);
    expect(calm.times.length).toBeLessThan(14 * 24);
    expect(Math.max(...calm.values)).toBeLessThan(400);
    await expect(source.history('pods', RANGE)).rejects.toThrow(
      /gives 2 series \(pods\{pod="a"\}, pods\{pod="b"\}\); expected one: wrap it in sum/,
    );
    await expect(source.history('demnad', RANGE)).rejects.toThrow(
      /the query gives no series from .*: demnad; expected numbers/,
    );
  });

  it('prescale replay reads it: the same report as from the canonical CSV', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'prescale-replay-'));
    try {
      const out = join(folder, 'report');
      const range = ['--start', '2026-03-02T00:00:00Z', '--end', '2026-03-10T00:00:00Z'];
      const args = [
        '--prometheus',
        server.url,
        '--query',
        'demand',
        ...range,
        '--peak-pods',
        '20',
        '--policies',
        'hpa,fixed-max',
        '--out',
        out,
      ];
      const { code, stderr } = await prescale(['replay', ...args]);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
      const rows = 8 * 24 * 60 + 1;
      const same = { times: trace.times.slice(0, rows), values: trace.values.slice(0, rows) };
      expect(report.trace).toMatchObject({ source: 'demand', sha256: samplesSha256(same), stepSeconds: 60 });
      const bad = await prescale(['replay', ...args.map((arg) => (arg === 'demand' ? 'sum(' : arg))]);
      expect(bad.stderr).toMatch(
        /^prescale: http:\/\/localhost:\d+ refused the query: .*parse error: unclosed left parenthesis\n$/,
      );
      expect(bad.code).toBe(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a real Prometheus behind TLS and a password', () => {
  const few = { times: trace.times.slice(0, 100), values: trace.values.slice(0, 100) };
  const range = { ...RANGE, endSeconds: few.times.at(-1)! };
  const basic = { user: 'admin', password: 'test' };
  let server: PrometheusServer;
  beforeAll(async () => {
    server = await startPrometheus('demand', few, { secure: true });
  });
  afterAll(() => server?.stop());

  const ask = async (access: object) => {
    const source = prometheusSource({ url: server.url, ...access });
    return source.history('demand', range).finally(() => source.close());
  };

  it('is read with its certificate authority and the password', async () => {
    expect(await ask({ basic, tls: { ca: certificate(server) } })).toEqual(few);
  });

  it('is not trusted without, unless told so', async () => {
    await expect(ask({ basic })).rejects.toThrow(
      /its certificate is not trusted \(.*self-signed certificate.*\); --prometheus-ca names/,
    );
    expect(await ask({ basic, tls: { insecureSkipVerify: true } })).toEqual(few);
  });

  it('refuses a wrong password', async () => {
    const tls = { ca: certificate(server) };
    await expect(ask({ basic: { ...basic, password: 'guess' }, tls })).rejects.toThrow(
      /refused the credentials \(HTTP 401\)/,
    );
    await expect(ask({ tls })).rejects.toThrow(/refused the credentials \(HTTP 401\)/);
  });

  it('prescale takes the password from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'prescale-password-'));
    try {
      writeFileSync(join(folder, 'password'), 'test\n', { mode: 0o600 });
      const access = ['--prometheus', server.url, '--prometheus-user', 'admin', '--prometheus-ca', server.caFile];
      const what = [
        '--query',
        'demand',
        '--start',
        '1h',
        '--end',
        '2026-03-02T01:30:00Z',
        '--peak-pods',
        '5',
        '--out',
        join(folder, 'out'),
      ];
      const { code, stderr } = await prescale([
        'replay',
        ...access,
        '--prometheus-password-file',
        join(folder, 'password'),
        ...what,
      ]);
      // The password was right: what is left to complain about is the hour of data.
      expect(stderr).toMatch(
        /^prescale: https:\/\/localhost:\d+: found the last of 61 rows only 1 h after the first; expected the history of 7 days/,
      );
      expect(code).toBe(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
