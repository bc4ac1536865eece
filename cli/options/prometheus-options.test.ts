import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type PrometheusFlags, parsePrometheus } from './prometheus-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const NOW = 1_714_521_629;
const BASE = { prometheus: 'http://prometheus:9090', query: 'sum(rate(x[1m]))', start: '14d' };
const parse = (flags: PrometheusFlags, env: NodeJS.ProcessEnv = {}) =>
  parsePrometheus({ ...BASE, ...flags }, env, NOW)!;
const PEM = '-----BEGIN CERTIFICATE-----\n';

describe('the range', () => {
  it('ends now, on the grid of the step, and starts so long before', () => {
    expect(parse({}).range).toEqual({
      startSeconds: 1_714_521_600 - 14 * 86_400,
      endSeconds: 1_714_521_600,
      stepSeconds: 60,
    });
  });

  it('or at instants', () => {
    const { range } = parse({ start: '2024-04-01T00:00:00Z', end: '1714521600', step: '5m' });
    expect(range).toEqual({ startSeconds: 1_711_929_600, endSeconds: 1_714_521_600, stepSeconds: 300 });
  });
});

describe('secrets', () => {
  it('come from files and variables', () => {
    expect(parse({ prometheusTokenFile: file('token', 'abc\n') }).access.bearerToken).toBe('abc');
    expect(parse({ prometheusTokenEnv: 'TOKEN' }, { TOKEN: 'abc' }).access.bearerToken).toBe('abc');
    const flags = { prometheusUser: 'me', prometheusPasswordEnv: 'PASSWORD' };
    expect(parse(flags, { PASSWORD: 'p w' }).access.basic).toEqual({ user: 'me', password: 'p w' });
  });

  it('are never shown', () => {
    const token = file('broken', 'hunter2\nhunter3');
    expect(() => parse({ prometheusTokenFile: token })).toThrow(
      /found more than one line of plain text; expected one secret$/,
    );
    expect(() => parse({ prometheusTokenFile: token })).not.toThrow(/hunter/);
  });
});

describe('TLS', () => {
  it('reads PEM files', () => {
    const pem = file('ca.pem', PEM);
    expect(parse({ prometheusCa: pem, prometheusCert: pem, prometheusKey: pem }).access.tls).toEqual({
      ca: PEM,
      cert: PEM,
      key: PEM,
      insecureSkipVerify: false,
    });
  });

  it('verifies unless told not to', () => {
    expect(parse({}).access.tls).toEqual({ insecureSkipVerify: false });
    expect(parse({ prometheusInsecureSkipVerify: true }).access.tls).toEqual({ insecureSkipVerify: true });
  });
});

describe('what does not go together', () => {
  const pem = file('c.pem', PEM);
  const conflicts: [PrometheusFlags, RegExp][] = [
    [{ query: ' ' }, /^--prometheus needs --query/],
    [{ step: '0.5s' }, /^--step: found "0\.5s"; expected a step of at least 1s/],
    [{ step: 'x' }, /^--step: found "x"; expected a duration/],
    [{ start: '200000d' }, /^--start: found "200000d"; expected an instant before --end and after 1970/],
    [{ end: 'later' }, /^--end: found "later"; expected an instant/],
    [{ prometheusUser: 'me' }, /^--prometheus-user and --prometheus-password-file \(or -env\) need each other/],
    [{ prometheusPasswordEnv: 'HOME' }, /need each other/],
    [{ prometheusUser: 'me', prometheusTokenEnv: 'HOME' }, /^--prometheus-user conflicts with a token/],
    [
      { prometheusTokenFile: 'x', prometheusTokenEnv: 'HOME' },
      /^--prometheus-token-file conflicts with --prometheus-token-env/,
    ],
    [
      { prometheusTokenFile: join(folder, 'none') },
      /^--prometheus-token-file: .*none: there is no such file; expected a small text file/,
    ],
    [{ prometheusTokenEnv: 'EMPTY' }, /^--prometheus-token-env: found nothing; expected one secret/],
    [{ prometheusCert: pem }, /^--prometheus-cert and --prometheus-key need each other/],
    [
      { prometheusCa: pem, prometheusInsecureSkipVerify: true },
      /^--prometheus-insecure-skip-verify conflicts with --prometheus-ca/,
    ],
    [{ prometheusCa: file('no.pem', 'hello') }, /^--prometheus-ca: .*no\.pem holds no PEM block/],
  ];
  for (const [flags, sentence] of conflicts) {
    it(JSON.stringify(flags).replaceAll(folder, ''), () =>
      expect(() => parse(flags, { HOME: '/', EMPTY: ' ' })).toThrow(sentence),
    );
  }

  it('options of Prometheus without Prometheus', () => {
    expect(parsePrometheus({}, {}, NOW)).toBeUndefined();
    expect(() => parsePrometheus({ step: '60s' }, {}, NOW)).toThrow(/^--step needs --prometheus <url>$/);
    expect(() => parsePrometheus({ prometheusTokenEnv: 'X' }, {}, NOW)).toThrow(
      /^--prometheus-token-env needs --prometheus <url>$/,
    );
  });
});
