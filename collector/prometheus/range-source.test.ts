/* Over 350 lines: a server that answers pages, and each way in which a page can be wrong. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { InputError, WorldError } from '../../core/errors.ts';
import { readAnswer } from './answer.ts';
import type { PrometheusAccess } from './connection.io.ts';
import { DEFAULT_LIMITS, type HttpLimits } from './http.io.ts';
import { type PrometheusSource, prometheusSource } from './range-source.io.ts';

type Handler = (request: IncomingMessage & { parameters: URLSearchParams }, response: ServerResponse) => void;

const START = 1_714_521_600;
const RANGE = { startSeconds: START, endSeconds: START + 540, stepSeconds: 60 };
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A server on a free loopback port that answers as `handler` says; every request it saw is recorded. */
async function serve(handler: Handler): Promise<{ url: string; seen: IncomingMessage[]; server: Server }> {
  const seen: IncomingMessage[] = [];
  const server = createServer(async (request, response) => {
    seen.push(request);
    let body = '';
    for await (const piece of request) body += piece;
    const parameters = new URLSearchParams(request.method === 'POST' ? body : request.url!.split('?')[1]);
    handler(Object.assign(request, { parameters }), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
}

function sourceAt(access: PrometheusAccess | string, limits: Partial<HttpLimits> = {}): PrometheusSource {
  const source = prometheusSource(typeof access === 'string' ? { url: access } : access, {
    ...DEFAULT_LIMITS,
    backoffMs: 1,
    ...limits,
  });
  open.unshift(() => source.close());
  return source;
}

const json = (response: ServerResponse, body: unknown, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const matrix = (...series: [Record<string, string>, [number, string][]][]) => ({
  status: 'success',
  data: { resultType: 'matrix', result: series.map(([metric, values]) => ({ metric, values })) },
});
const failure = (errorType: string, error: string) => ({ status: 'error', errorType, error });
/** Every asked instant, its index as the value. */
const whole: Handler = ({ parameters }, response) => {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(parameters.get(name)));
  const values: [number, string][] = [];
  for (let t = start!; t <= end!; t += step!) values.push([t, String((t - START) / 60)]);
  json(response, matrix([{}, values]));
};

describe('a range', () => {
  const points = [0, 1, 2, 3, 4, 6, 7, 8, 9].map((i): [number, string] => [START + 60 * i, String(10 + i)]);
  const tenMinutes = async () => {
    const { url } = await serve(({ parameters }, response) => {
      const asked = points.filter(([t]) => t >= Number(parameters.get('start')) && t <= Number(parameters.get('end')));
      json(response, asked.length > 0 ? matrix([{}, asked]) : matrix());
    });
    return sourceAt(url);
  };

  it('gives strictly ascending samples, and none where there is no data', async () => {
    const { times, values } = await (await tenMinutes()).history('load', RANGE);
    expect([...values]).toEqual([10, 11, 12, 13, 14, 16, 17, 18, 19]);
    expect([...times]).toEqual(points.map(([time]) => time));
  });

  it('is kept to, both ends included', async () => {
    const part = { ...RANGE, startSeconds: START + 60, endSeconds: START + 180 };
    const { times } = await (await tenMinutes()).history('load', part);
    expect([...times]).toEqual([START + 60, START + 120, START + 180]);
  });
});

describe('pages', () => {
  it('asks for at most 10,000 points at a time and joins them without a seam', async () => {
    const { url, seen } = await serve(whole);
    const progress: number[] = [];
    const range = { ...RANGE, endSeconds: START + 60 * 25_000 };
    const { times, values } = await sourceAt(`${url}/`).history('load', range, (fraction) => progress.push(fraction));
    expect(seen).toHaveLength(3);
    expect(times.length).toBe(25_001);
    expect(values.every((value, i) => value === i && times[i] === START + 60 * i)).toBe(true);
    expect(progress.at(-1)).toBe(1);
  });

  it('sends a long query in a form body', async () => {
    const { url, seen } = await serve(whole);
    await sourceAt(url).history(`load{x=~"${'a|'.repeat(1000)}"}`, RANGE);
    expect(seen[0]!.method).toBe('POST');
  });

  it('takes NaN and infinite points for no data', async () => {
    const points: [number, string][] = [
      [START, '1'],
      [START + 60, 'NaN'],
      [START + 120, '+Inf'],
      [START + 180, '-Inf'],
      [START + 240, '1e+03'],
    ];
    const { url } = await serve((_, response) => json(response, matrix([{}, points])));
    const { times, values } = await sourceAt(url).history('load', RANGE);
    expect([...times, ...values]).toEqual([START, START + 240, 1, 1000]);
  });
});

describe('what may pass is tried again', () => {
  for (const status of [429, 500, 502, 503, 504]) {
    it(`HTTP ${status}, twice`, async () => {
      let asked = 0;
      const { url } = await serve((request, response) =>
        ++asked < 3 ? json(response, failure('unavailable', 'busy'), status) : whole(request, response),
      );
      expect((await sourceAt(url).history('load', RANGE)).times.length).toBe(10);
      expect(asked).toBe(3);
    });
  }

  it('a connection that breaks in the middle of an answer', async () => {
    let asked = 0;
    const { url } = await serve((request, response) => {
      if (++asked > 1) return whole(request, response);
      response.writeHead(200, { 'content-length': '5000' });
      response.write('{"status":"success","data":');
      setTimeout(() => response.destroy(), 20);
    });
    expect((await sourceAt(url).history('load', RANGE)).times.length).toBe(10);
  });
});

const BAD_ANSWERS: [name: string, handler: Handler, kind: typeof InputError | typeof WorldError, sentence: RegExp][] = [
  [
    'bad PromQL',
    (_, r) =>
      json(r, failure('bad_data', 'invalid parameter "query": 1:5: parse error: unclosed left parenthesis'), 400),
    InputError,
    /refused the query: invalid parameter "query": 1:5: parse error: unclosed left parenthesis$/,
  ],
  [
    'an execution error',
    (_, r) => json(r, failure('execution', 'found duplicate series'), 422),
    InputError,
    /refused the query: found duplicate series$/,
  ],
  [
    'a timeout of the query',
    (_, r) => json(r, failure('timeout', 'query timed out in expression evaluation'), 503),
    WorldError,
    /failed \(HTTP 503\): query timed out in expression evaluation \(tried 2 times\)$/,
  ],
  [
    'a proxy without backend',
    (_, r) => r.writeHead(502).end('<html>Bad Gateway</html>'),
    WorldError,
    /failed \(HTTP 502\): <html>Bad Gateway<\/html> \(tried 2 times\)$/,
  ],
  [
    'wrong credentials',
    (_, r) => r.writeHead(401).end('Unauthorized\n'),
    WorldError,
    /refused the credentials \(HTTP 401\): Unauthorized$/,
  ],
  [
    'another web page',
    (_, r) => r.writeHead(200).end('<html>login</html>'),
    WorldError,
    /did not answer as Prometheus does \(HTTP 200\): found 18 characters that begin "<html>login<\/html>"/,
  ],
  [
    'another path',
    (_, r) => r.writeHead(404).end('404 page not found'),
    WorldError,
    /did not answer as Prometheus does \(HTTP 404\)/,
  ],
  [
    'JSON that is cut off',
    (_, r) => r.end('{"status":"success","data":{"resultType":"mat'),
    WorldError,
    /its answer is cut off after 45 characters; expected whole JSON$/,
  ],
  [
    'warnings',
    (_, r) => json(r, { ...matrix([{}, [[START, '1']]]), warnings: ['store 2 is down'] }),
    WorldError,
    /answered in part only.*: store 2 is down$/,
  ],
  [
    'part of VictoriaMetrics’ storage',
    (_, r) => json(r, { ...matrix([{}, [[START, '1']]]), isPartial: true }),
    WorldError,
    /answered in part only.*: "isPartial": true \(some of its storage nodes did not answer\)$/,
  ],
  [
    'status error with HTTP 200',
    (_, r) => json(r, failure('internal', 'boom')),
    WorldError,
    /failed \(internal, HTTP 200\): boom$/,
  ],
  [
    'several series',
    (_, r) => json(r, matrix([{ pod: 'a' }, [[START, '1']]], [{ pod: 'b' }, []], [{ pod: 'c' }, []])),
    InputError,
    /the query gives 3 series \(\{pod="a"\}, \{pod="b"\}, …\); expected one: wrap it in sum\(…\)/,
  ],
  [
    'no series',
    (_, r) => json(r, matrix()),
    InputError,
    /the query gives no series from 2024-05-01T00:00:00Z to .*: load; expected numbers/,
  ],
  ['only NaN', (_, r) => json(r, matrix([{}, [[START, 'NaN']]])), InputError, /only NaN or infinite points/],
  [
    'a negative value',
    (_, r) => json(r, matrix([{}, [[START, '-1']]])),
    InputError,
    /gives -1 at 2024-05-01T00:00:00Z; expected a demand ≥ 0/,
  ],
  [
    'times that go back',
    (_, r) =>
      json(
        r,
        matrix([
          {},
          [
            [START, '1'],
            [START, '2'],
          ],
        ]),
      ),
    InputError,
    /times do not ascend/,
  ],
  [
    'a string',
    (_, r) => json(r, { status: 'success', data: { resultType: 'string', result: [START, 'x'] } }),
    InputError,
    /gives a string/,
  ],
  [
    'a redirect',
    (_, r) => r.writeHead(302, { location: 'http://elsewhere.example/' }).end(),
    WorldError,
    /redirects to http:\/\/elsewhere\.example\/; redirects are refused/,
  ],
  [
    'too large a body',
    (_, r) => r.end('x'.repeat(200_000)),
    WorldError,
    /more than 0\.1 MB; ask for fewer series \(sum\) or a coarser --step$/,
  ],
  ['silence', () => {}, WorldError, /did not answer within 0\.3 s \(tried 2 times\)$/],
  [
    'a drip without end',
    (_, r) => void setInterval(() => r.write(' '), 20).unref(),
    WorldError,
    /did not answer within 0\.3 s/,
  ],
];

describe('a bad answer is one sentence and never a number', () => {
  for (const [name, handler, kind, sentence] of BAD_ANSWERS) {
    it(name, async () => {
      const { url } = await serve(handler);
      const source = sourceAt(url, { bodyBytes: 100_000, attemptMs: 300, attempts: 2 });
      const error = await source.history('load', RANGE).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(kind);
      expect((error as Error).message).toMatch(sentence);
    });
  }

  it('a second page that fails ends the whole history', async () => {
    let asked = 0;
    const { url } = await serve((request, response) =>
      ++asked === 1 ? whole(request, response) : json(response, failure('unavailable', 'gone'), 503),
    );
    const history = sourceAt(url, { attempts: 2 }).history('load', { ...RANGE, endSeconds: START + 60 * 15_000 });
    await expect(history).rejects.toThrow(/failed \(HTTP 503\): gone \(tried 2 times\)$/);
  });

  it('pages of different series are several series', async () => {
    let asked = 0;
    const { url } = await serve(({ parameters }, response) =>
      json(response, matrix([{ pod: String(++asked) }, [[Number(parameters.get('start')), '1']]])),
    );
    const history = sourceAt(url).history('load', { ...RANGE, endSeconds: START + 60 * 15_000 });
    await expect(history).rejects.toThrow(/2 series \(\{pod="1"\}, \{pod="2"\}\)/);
  });

  it('a refused connection', async () => {
    const { url, server } = await serve(whole);
    await new Promise((resolve) => server.close(resolve));
    await expect(sourceAt(url, { attempts: 2 }).history('load', RANGE)).rejects.toThrow(
      /refuses connections: is it running, and is the port right\? \(tried 2 times\)$/,
    );
  });
});

describe('credentials', () => {
  it('a bearer token', async () => {
    const { url, seen } = await serve(whole);
    await sourceAt({ url, bearerToken: 's3cret' }).history('load', RANGE);
    expect(seen[0]!.headers.authorization).toBe('Bearer s3cret');
  });

  it('user and password', async () => {
    const { url, seen } = await serve(whole);
    await sourceAt({ url, basic: { user: 'me', password: 'pä:ss' } }).history('load', RANGE);
    expect(seen[0]!.headers.authorization).toBe(`Basic ${Buffer.from('me:pä:ss').toString('base64')}`);
  });

  it('do not follow a redirect, and appear in no message', async () => {
    const other = await serve(whole);
    const { url } = await serve((request, response) =>
      response.writeHead(307, { location: `${other.url}${request.url}` }).end(),
    );
    const error = await sourceAt({ url, bearerToken: 's3cret' })
      .history('load', RANGE)
      .catch((thrown: Error) => thrown);
    expect(String(error)).not.toContain('s3cret');
    expect(other.seen).toHaveLength(0);
  });

  it('do not belong into the URL, which must be one', () => {
    expect(() => prometheusSource({ url: 'http://me:pass@host' })).toThrow(/found a user or password in the URL/);
    expect(() => prometheusSource({ url: 'prometheus:9090' })).toThrow(
      /found "prometheus:9090"; expected a URL such as/,
    );
  });

  it('TLS files that are none are found before any connection', () => {
    const tls = { ca: '-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n' };
    expect(() => prometheusSource({ url: 'https://host', tls })).toThrow(/^the TLS files can't be used: /);
  });
});

describe('what a query gives instead of numbers, and why it gives none', () => {
  it('native histograms, in a range and at an instant', async () => {
    const histogram = { count: '7', sum: '3.5', buckets: [] };
    const result = [{ metric: { __name__: 'http_duration_seconds' }, histograms: [[START, histogram]] }];
    const { url } = await serve((_, response) =>
      json(response, { status: 'success', data: { resultType: 'matrix', result } }),
    );
    await expect(sourceAt(url).history('http_duration_seconds', RANGE)).rejects.toThrow(
      `${url}: the query gives native histograms (http_duration_seconds{}); expected numbers: histogram_count(rate(…)) counts`,
    );
    const vector = { resultType: 'vector', result: [{ metric: {}, histogram: [START, histogram] }] };
    const body = JSON.stringify({ status: 'success', data: vector });
    expect(() => readAnswer('prometheus', 200, body)).toThrow(/^prometheus: the query gives native histograms/);
  });

  it.each([
    [401, 'no org id'],
    [400, '{"status":"error","errorType":"bad_data","error":"missing tenant header"}'],
  ])('no tenant was named: %i %s', async (status, body) => {
    const { url, seen } = await serve((request, response) => {
      if (request.headers['x-scope-orgid'] === 'team-a') return whole(request, response);
      response.writeHead(status).end(body);
    });
    await expect(sourceAt(url).history('up', RANGE)).rejects.toThrow(
      new RegExp(
        `serves several tenants and was told none \\(HTTP ${status}\\): .*; --prometheus-header 'X-Scope-OrgID: <tenant>'`,
      ),
    );
    expect(seen).toHaveLength(1);
    const named = sourceAt({ url, headers: { 'X-Scope-OrgID': 'team-a' } });
    expect((await named.history('up', RANGE)).values).toHaveLength(10);
  });

  it('a rate whose window is shorter than two scrapes', async () => {
    const { url } = await serve(({ parameters }, response) => {
      const result = parameters.get('query')!.includes('[10m]') ? [{ metric: {}, value: [START, '7'] }] : [];
      json(response, { status: 'success', data: { resultType: parameters.has('time') ? 'vector' : 'matrix', result } });
    });
    const source = sourceAt(url);
    await expect(source.history('sum(rate(requests_total[30s]))', RANGE)).rejects.toThrow(
      /the query gives no series with \[30s\], and does with \[10m\]: the window holds fewer than the two scrapes/,
    );
    await expect(source.history('sum(rate(requests_total[15m]))', RANGE)).rejects.toThrow(
      /the query gives no series from/,
    );
  });
});
