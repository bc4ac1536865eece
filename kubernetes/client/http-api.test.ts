import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiError, WatchEvent } from '../api.ts';
import type { ApiLimits } from './api-limits.ts';
import { connectKubernetes, type HttpKubernetesApi } from './http-api.io.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

const PODS = '/api/v1/namespaces/shop/pods';
const never = new AbortController().signal;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A server that answers as it is told to, a client of it, the requests seen, and the pauses that the client took. */
async function connected(handler: Handler, limits: Partial<ApiLimits> = {}, tokens: string[] = ['t']) {
  const seen: IncomingMessage[] = [];
  const slept: number[] = [];
  const server = createServer((request, response) => handler(request, response, seen.push(request)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let now = 0;
  const api: HttpKubernetesApi = await connectKubernetes({
    credentials: {
      server: url,
      namespace: 'shop',
      access: async () => {
        const token = tokens.length > 1 ? tokens.shift() : tokens[0];
        return { headers: { authorization: `Bearer ${token}` }, tls: {} };
      },
    },
    userAgent: 'prescale/test',
    limits,
    random: () => 0.5,
    nowSeconds: () => now,
    sleep: async (seconds) => {
      slept.push(seconds);
      now += seconds;
    },
  });
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  open.push(() => api.close(), close);
  return { api, seen, slept, url, close, pass: (seconds: number) => (now += seconds) };
}

const json = (response: ServerResponse, body: unknown, status = 200, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const status = (code: number, reason: string, message: string) => ({ kind: 'Status', code, reason, message });
const failure = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => {
      throw new Error('expected an ApiError');
    },
    (error: ApiError) => error,
  );

describe('a request over HTTP', () => {
  it('says who asks, sends the patch type, and counts by verb, resource and status', async () => {
    const { api, seen } = await connected((request, response) =>
      json(response, { kind: 'Scale', type: request.headers['content-type'] }),
    );
    const path = '/apis/apps/v1/namespaces/shop/deployments/web/scale';
    expect(await api.patch(path, 'merge', { spec: { replicas: 2 } })).toMatchObject({
      type: 'application/merge-patch+json',
    });
    await api.get(PODS, { labelSelector: 'a=b', limit: 5, continue: undefined });
    expect(seen[0]!.headers).toMatchObject({ authorization: 'Bearer t', 'user-agent': 'prescale/test' });
    expect(seen[1]!.url).toBe(`${PODS}?labelSelector=a%3Db&limit=5`);
    expect(api.requests().map(({ seconds: _, ...count }) => count)).toEqual([
      { verb: 'patch', resource: 'deployments.apps/scale', status: 200, count: 1 },
      { verb: 'list', resource: 'pods', status: 200, count: 1 },
    ]);
  });

  it('tries reads again, waits as long as it is asked to, and gives up in the end', async () => {
    const { api, seen, slept } = await connected((_, response, nth) => {
      if (nth === 1) json(response, status(429, 'TooManyRequests', 'slow down'), 429, { 'retry-after': '3' });
      else if (nth === 2) response.socket!.destroy();
      else if (nth < 5) json(response, status(503, 'ServiceUnavailable', 'etcd'), 503);
      else json(response, { items: [] });
    });
    const error = await failure(api.get(PODS));
    expect(error).toMatchObject({ status: 503, reason: 'ServiceUnavailable' });
    expect(error.message).toMatch(/^GET http:\S+\/pods: 503 ServiceUnavailable: etcd$/);
    expect(seen).toHaveLength(4);
    expect(slept).toEqual([3.1875, 0.375, 0.75]);
    expect(await api.get(PODS)).toEqual({ items: [] });
  });

  it('sends a write again only where it was surely not carried out', async () => {
    const { api, seen } = await connected((_, response, nth) => {
      if (nth === 1) json(response, status(429, 'TooManyRequests', 'slow down'), 429);
      else if (nth === 2) response.socket!.destroy();
      else json(response, status(500, 'InternalError', 'oops'), 500);
    });
    expect(await failure(api.post(PODS, {}))).toMatchObject({ status: 0, reason: 'ConnectionLost' });
    expect(seen).toHaveLength(2);
    expect(await failure(api.delete(`${PODS}/a`))).toMatchObject({ status: 500 });
    expect(seen).toHaveLength(3);
  });

  it('says what the server said first of all: a query as long as one of Prometheus is left out', async () => {
    const { api, url } = await connected((_, response) => json(response, status(503, 'Busy', 'no endpoints'), 503));
    const path = '/api/v1/namespaces/monitoring/services/http:prometheus:80/proxy/api/v1/query_range';
    const { message } = await failure(api.get(path, { query: 'sum(rate(x[1m]))'.repeat(100) }));
    expect(message).toBe(`GET ${url}${path}?…: 503 Busy: no endpoints`);
  });

  it('is refused by a port where nobody listens, said so after several tries', async () => {
    const { api, close, slept } = await connected((_, response) => json(response, {}));
    await close();
    expect(await failure(api.patch(PODS, 'merge', {}))).toMatchObject({ status: 0, reason: 'ConnectionRefused' });
    expect(slept).toHaveLength(3);
  });

  it('reads the token again each minute, and at once after a 401', async () => {
    const { api, seen, pass } = await connected(
      ({ headers }, response) =>
        headers.authorization === 'Bearer old'
          ? json(response, status(401, 'Unauthorized', 'expired'), 401)
          : json(response, {}),
      {},
      ['old', 'new', 'newer'],
    );
    await api.get(PODS);
    pass(59);
    await api.get(PODS);
    pass(2);
    await api.get(PODS);
    const sent = seen.map(({ headers }) => headers.authorization);
    expect(sent).toEqual(['Bearer old', 'Bearer new', 'Bearer new', 'Bearer newer']);
  });

  it('waits for no server that is silent, and reads no endless answer', async () => {
    const silent = await connected(() => {}, { deadlineSeconds: 0.05, attempts: 1 });
    expect(await failure(silent.api.get(PODS))).toMatchObject({ status: 0, reason: 'Timeout' });
    const stuck = await connected((_, response) => response.writeHead(200).write('{'), {
      deadlineSeconds: 0.05,
      attempts: 1,
    });
    expect(await failure(stuck.api.get(PODS))).toMatchObject({ status: 0, reason: 'Timeout' });
    const endless = await connected((_, response) => json(response, 'x'.repeat(2000)), { bodyBytes: 1000 });
    expect(await failure(endless.api.get(PODS))).toMatchObject({ reason: 'TooLarge' });
  });

  it('follows no redirect, and takes a page for no answer', async () => {
    const moved = await connected((_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    );
    const error = await failure(moved.api.get(PODS));
    expect(error).toMatchObject({ status: 302, reason: 'Redirect' });
    expect(moved.seen).toHaveLength(1);
    const page = await connected((_, response) => response.writeHead(200).end('<html>Sign in</html>'));
    expect(await failure(page.api.get(PODS))).toMatchObject({ reason: 'NotJson' });
  });

  it('keeps to its rate, but lets leases pass', async () => {
    const { api, slept } = await connected((_, response) => json(response, {}), { requestsPerSecond: 10, burst: 2 });
    for (let i = 0; i < 4; i++) await api.get(PODS);
    expect(slept.map((seconds) => Number(seconds.toFixed(6)))).toEqual([0.1, 0.1]);
    await api.get('/apis/coordination.k8s.io/v1/namespaces/shop/leases/lead');
    expect(slept).toHaveLength(2);
  });
});

describe('a watch over HTTP', () => {
  const line = (type: string, name: string) => `${JSON.stringify({ type, object: { metadata: { name } } })}\n`;
  const collect = () => {
    const events: string[] = [];
    const onEvent = ({ type, object }: WatchEvent<{ metadata: { name: string } }>) =>
      void events.push(`${type} ${object.metadata.name}`);
    return { events, onEvent };
  };

  it('reads lines wherever the pieces end, and asks for bookmarks and an end', async () => {
    const bytes = Buffer.from(line('ADDED', 'größe') + line('BOOKMARK', 'b'));
    const { api, seen } = await connected(async (_, response) => {
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    const { events, onEvent } = collect();
    await api.watch(PODS, { resourceVersion: '7' }, onEvent, never, { metadataOnly: true });
    expect(events).toEqual(['ADDED größe', 'BOOKMARK b']);
    expect(seen[0]!.url).toBe(`${PODS}?allowWatchBookmarks=true&resourceVersion=7&watch=true&timeoutSeconds=40`);
    expect(seen[0]!.headers.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
  });

  it('throws what the server says: in the stream, or instead of one', async () => {
    const inside = await connected((_, response) =>
      response.end(
        `${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired', 'too old resource version: 1 (9)') })}\n`,
      ),
    );
    expect(await failure(inside.api.watch(PODS, {}, () => {}, never))).toMatchObject({
      status: 410,
      reason: 'Expired',
    });
    const instead = await connected((_, response) => json(response, status(403, 'Forbidden', 'no'), 403));
    expect(await failure(instead.api.watch(PODS, {}, () => {}, never))).toMatchObject({ status: 403 });
  });

  it('notices a server that has gone without a word', async () => {
    const { api } = await connected((_, response) => response.writeHead(200).write(line('ADDED', 'a')), {
      watchGraceSeconds: 0.05,
    });
    const { events, onEvent } = collect();
    const error = await failure(api.watch(PODS, { timeoutSeconds: 0.05 }, onEvent, never));
    expect(error).toMatchObject({ status: 0, reason: 'Silent' });
    expect(events).toEqual(['ADDED a']);
  });

  it('throws when the stream is cut, resolves when it is told to stop', async () => {
    const cut = await connected((_, response) => {
      response.write(line('ADDED', 'a'), () => response.socket!.destroy());
    });
    expect(await failure(cut.api.watch(PODS, {}, () => {}, never))).toMatchObject({ status: 0 });
    const stop = new AbortController();
    const endless = await connected((_, response) => response.writeHead(200).write(line('ADDED', 'a')));
    await endless.api.watch(PODS, {}, () => stop.abort(), stop.signal);
    expect(endless.api.requests()).toMatchObject([{ verb: 'watch', resource: 'pods', status: 200, count: 1 }]);
  });
});
