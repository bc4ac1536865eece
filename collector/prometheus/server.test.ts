import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ClockCheck } from '../../core/clock-check.ts';
import { DEFAULT_LIMITS } from './http.io.ts';
import { demandFromPrometheus, type PrometheusFiles, prometheusHttpFromFiles } from './server.io.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function folder(): (name: string, text: string) => string {
  const path = mkdtempSync(join(tmpdir(), 'prescale-files-'));
  open.push(() => rmSync(path, { recursive: true }));
  return (name, text) => {
    writeFileSync(join(path, name), text);
    return join(path, name);
  };
}

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function httpOf(files: PrometheusFiles) {
  const http = prometheusHttpFromFiles(files, { ...DEFAULT_LIMITS, attempts: 1 });
  open.unshift(() => http.close());
  return http;
}

describe('credentials in files', () => {
  it('a token that was replaced is in use with the next request', async () => {
    const file = folder();
    const seen: (string | undefined)[] = [];
    const url = await serve(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end('{}');
    });
    const http = httpOf({ url, bearerTokenFile: file('token', 'first\n') });
    await http.ask('/api/v1/query', {});
    file('token', 'second\n');
    await http.ask('/api/v1/query', {});
    expect(seen).toEqual(['Bearer first', 'Bearer second']);
  });

  it('a token that is replaced while the request is on its way: read again, asked again', async () => {
    const file = folder();
    const seen: (string | undefined)[] = [];
    const bearerTokenFile = file('token', 'old');
    const url = await serve(({ headers }, response) => {
      seen.push(headers.authorization);
      file('token', 'new');
      response.writeHead(headers.authorization === 'Bearer new' ? 200 : 401).end('{}');
    });
    expect((await httpOf({ url, bearerTokenFile }).ask('/api/v1/query', {})).status).toBe(200);
    expect(seen).toEqual(['Bearer old', 'Bearer new']);
  });

  it('a request on its way ends as it would have, while the next one takes the new token', async () => {
    const file = folder();
    let answerFirst = (): unknown => undefined;
    const arrived: (() => void)[] = [];
    const url = await serve(({ headers }, response) => {
      if (headers.authorization === 'Bearer old') answerFirst = () => response.end('{"of":"old"}');
      else response.end('{}');
      arrived.shift()?.();
    });
    const http = httpOf({ url, bearerTokenFile: file('token', 'old') });
    const there = new Promise<void>((resolve) => arrived.push(resolve));
    const first = http.ask('/', {});
    await there;
    file('token', 'new');
    expect((await http.ask('/', {})).body).toBe('{}');
    answerFirst();
    expect((await first).body).toBe('{"of":"old"}');
  });

  it('one that is refused and stays the same is not tried for ever', async () => {
    const file = folder();
    let asked = 0;
    const url = await serve((_, response) => {
      asked++;
      response.writeHead(401).end('no');
    });
    await expect(httpOf({ url, bearerTokenFile: file('token', 'x') }).ask('/', {})).rejects.toThrow(
      /refused the credentials \(HTTP 401\): no$/,
    );
    expect(asked).toBe(1);
  });

  it('user and password, a bare token, a tenant', async () => {
    const file = folder();
    const seen: IncomingMessage['headers'][] = [];
    const url = await serve(({ headers }, response) => {
      seen.push(headers);
      response.end('{}');
    });
    const basic = { userFile: file('user', 'key-id\n'), passwordFile: file('password', 'key secret\n') };
    await httpOf({ url, basic, headers: { 'X-Scope-OrgID': 'shop' } }).ask('/', {});
    await httpOf({ url, authorizationFile: file('arms', 'eyJhbGciOi') }).ask('/', {});
    expect(seen[0]!.authorization).toBe(`Basic ${Buffer.from('key-id:key secret').toString('base64')}`);
    expect(seen[0]!['x-scope-orgid']).toBe('shop');
    expect(seen[1]!.authorization).toBe('eyJhbGciOi');
  });

  it('a file that is missing or holds no secret is named, and its content is not', async () => {
    const file = folder();
    const url = 'http://127.0.0.1:1';
    await expect(httpOf({ url, bearerTokenFile: '/nowhere/token' }).ask('/', {})).rejects.toThrow(
      '/nowhere/token: there is no such file; expected a file of a mounted Secret',
    );
    const error = await httpOf({ url, bearerTokenFile: file('two', 'hunter2\nhunter3') })
      .ask('/', {})
      .catch((thrown: Error) => thrown);
    expect(String(error)).toMatch(/two: found more than one line of plain text; expected one secret/);
    expect(String(error)).not.toContain('hunter');
  });
});

it('a clock that is 90 s ahead of that of Prometheus is found by the Date of its answers', async () => {
  const url = await serve((_, response) => {
    response.setHeader('date', new Date(Date.now() - 90_000).toUTCString());
    response.end('{"status":"success","data":{"resultType":"vector","result":[]}}');
  });
  const check = new ClockCheck(() => 0);
  const epochSeconds = () => Date.now() / 1000;
  const source = demandFromPrometheus(
    { url },
    { templates: {}, allowRawQueries: true },
    { epochSeconds, onServerTime: (time) => check.compare('Prometheus', time) },
  );
  open.unshift(() => source.close());
  const workload = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
  await source.latest([{ id: 'a', workload, metric: { kind: 'query', query: 'up' } }], epochSeconds(), () => []);
  expect(check.ownProblem).toMatch(
    /^the clock of this pod's node is (89|90) s ahead of Prometheus; expected within 10 s/,
  );
});
