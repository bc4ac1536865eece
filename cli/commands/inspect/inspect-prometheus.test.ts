import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prescale } from '../../../test/warm-prescale.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-inspect-'));
const END = Date.UTC(2026, 4, 20) / 1_000;
/** A server that answers range queries of `total`, a counter, and of `load`, a day's sine that is missing each night. */
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      const asked = new URLSearchParams(body || request.url!.split('?')[1]);
      const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(asked.get(name)));
      const values: [number, string][] = [];
      for (let at = start!; at <= end!; at += step!) {
        const isNight = at % 86_400 < 21_600;
        if (asked.get('query') === 'total') values.push([at, String(at - 1e9)]);
        else if (!isNight) values.push([at, String(100 + 50 * Math.sin((at / 86_400) * 2 * Math.PI))]);
      }
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values }] } }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const from = (query: string) => {
  const { port } = server.address() as AddressInfo;
  return ['--prometheus', `http://127.0.0.1:${port}`, '--query', query, '--start', '9d', '--end', String(END)];
};

describe('a trace from Prometheus', () => {
  it('is inspected as a file is', async () => {
    const { code, stdout, stderr } = await prescale(['inspect', ...from('load'), '-o', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { trace, findings } = JSON.parse(stdout);
    expect(trace.source).toBe('load');
    expect(findings[0]).toMatchObject({
      name: 'recurring-gaps',
      severity: 'warning',
      what: 'No data each day from 00:00 to 06:00 UTC (8 of 8); 23 % of the span is missing.',
    });
  });

  it('of a counter is shown with the finding, and its rate with --counter', async () => {
    const [plain, rate] = await Promise.all([
      prescale(['inspect', ...from('total')]),
      prescale(['inspect', ...from('total'), '--counter']),
    ]);
    expect(plain.stdout).toMatch(/error {2}It only rises \(12,960 rises, 0 falls\): a counter, not a load\./);
    expect(rate.stdout).toMatch(/peak {4}1 at .*note {2}Read as a counter \(--counter\)/s);
  });

  it('of a counter is not replayed by itself', async () => {
    const { code, stdout, stderr } = await prescale(['replay', ...from('total'), '--pod-capacity', '1']);
    expect(stderr).toMatch(
      /^prescale: http:\S+: found a counter \(.*\); expected a load: ask for its rate \(rate\(…\[1m\]\)\)/,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('of a counter is replayed as its rate with --counter, and the report says so', async () => {
    const quick = ['--pod-capacity', '0.1', '--policies', 'hpa', '--until', '2h', '-o', 'json'];
    const { code, stdout } = await prescale(['replay', ...from('total'), '--counter', ...quick], { cwd: folder });
    expect(code).toBe(0);
    const { findings, policies } = JSON.parse(stdout);
    // Always one a second: that it never changes is the graver finding.
    expect(findings.map(({ name }: { name: string }) => name).slice(0, 2)).toEqual(['constant', 'counter']);
    expect(findings[1]).toMatchObject({ severity: 'note', text: expect.stringContaining('rate a second') });
    // One a second needs ten pods of a tenth each, and with a target of 70 % fifteen.
    expect(policies.hpa.podHours).toBeCloseTo(30, -1);
  });
});

it('inspect without a trace looks at the embedded example', async () => {
  const { code, stdout } = await prescale(['inspect']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^embedded example\n/);
});
