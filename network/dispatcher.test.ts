import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../collector/prometheus/http.io.ts';
import { prometheusSource } from '../collector/prometheus/range-source.io.ts';
import { WorldError } from '../core/errors.ts';
import type { ApiError } from '../kubernetes/api.ts';
import { kubeconfigCredentials } from '../kubernetes/client/credentials.io.ts';
import { connectKubernetes, type HttpKubernetesApi } from '../kubernetes/client/http-api.io.ts';
import { type ForwardProxySettings, forwardProxy } from '../test/forward-proxy.ts';
import { proxyFromEnvironment } from './proxy-choice.io.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const RANGE = { startSeconds: 60, endSeconds: 120, stepSeconds: 60 };
const ONE_SERIES = {
  status: 'success',
  data: { resultType: 'matrix', result: [{ metric: {}, values: [[60, '7'] as const, [120, '8'] as const] }] },
};

/** A Prometheus, and what it was asked by whom. */
async function prometheus(): Promise<{ port: number; hosts: (string | undefined)[] }> {
  const hosts: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    hosts.push(request.headers.host);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(ONE_SERIES));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close().closeAllConnections());
  return { port: (server.address() as AddressInfo).port, hosts };
}

async function proxied(settings: ForwardProxySettings) {
  const proxy = await forwardProxy(settings);
  open.push(() => proxy.close());
  return proxy;
}

/** The two samples, or the sentence of the failure. */
async function ask(url: string, env: Record<string, string>): Promise<unknown> {
  const proxy = proxyFromEnvironment(new URL(url), env);
  const limits = { ...DEFAULT_LIMITS, attempts: 2, backoffMs: 1 };
  const source = prometheusSource({ url, bearerToken: 't0ken', ...(proxy && { proxy }) }, limits);
  open.push(() => source.close());
  try {
    return [...(await source.history('load', RANGE)).values];
  } catch (error) {
    expect(error).toBeInstanceOf(WorldError);
    return (error as Error).message;
  }
}

describe('Prometheus behind a proxy', () => {
  it('is asked in absolute-form, by a name that only the proxy resolves', async () => {
    const { port, hosts } = await prometheus();
    const proxy = await proxied({ hosts: { 'prometheus.corp.test': port } });
    const url = 'http://prometheus.corp.test:9090/prom';
    expect(await ask(url, { HTTP_PROXY: `http://jo:pw@127.0.0.1:${proxy.port}` })).toEqual([7, 8]);
    expect(proxy.asked).toEqual(['GET http://prometheus.corp.test:9090/prom/api/v1/query_range']);
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('jo:pw').toString('base64')}`]);
    expect(hosts).toEqual(['prometheus.corp.test:9090']);
  });

  it('is asked directly where NO_PROXY names it', async () => {
    const { port } = await prometheus();
    const proxy = await proxied({ hosts: {} });
    const env = { http_proxy: `127.0.0.1:${proxy.port}`, no_proxy: '127.0.0.0/8' };
    expect(await ask(`http://127.0.0.1:${port}`, env)).toEqual([7, 8]);
    expect(proxy.asked).toEqual([]);
  });

  it('is named with its proxy where the proxy is down', async () => {
    const proxy = await proxied({ hosts: {} });
    await proxy.close();
    const words = `the proxy http://127.0.0.1:${proxy.port} (https_proxy) refuses connections: is it running, and is the port right?`;
    expect(await ask('https://prometheus.corp.test', { https_proxy: `http://jo:pw@127.0.0.1:${proxy.port}` })).toBe(
      `https://prometheus.corp.test: ${words}; NO_PROXY=prometheus.corp.test goes around it (tried 2 times)`,
    );
  });

  it.each([
    [
      407,
      'http',
      /: the proxy http:\S+ \(http_proxy\) wants to know who asks \(HTTP 407\); expected a user and password/,
    ],
    [
      407,
      'https',
      /: the proxy http:\S+ \(https_proxy\) wants to know who asks \(HTTP 407\); expected a user and password/,
    ],
    [
      403,
      'https',
      /: the proxy \S+ \(https_proxy\) opens no way to prometheus\.corp\.test \(HTTP 403\); NO_PROXY=\S+ goes around it$/,
    ],
    [403, 'http', / refused the credentials through the proxy http:\S+ \(HTTP 403\): no$/],
    [502, 'http', / failed through the proxy http:\S+ \(HTTP 502\): no \(tried 2 times\)$/],
  ])('says what the proxy refuses: %i for %s', async (refuse, scheme, words) => {
    const proxy = await proxied({ hosts: {}, refuse });
    const env = { [`${scheme}_proxy`]: `http://127.0.0.1:${proxy.port}` };
    const sentence = await ask(`${scheme}://prometheus.corp.test`, env);
    expect(sentence).toMatch(words);
    expect(sentence).not.toContain('t0ken');
  });
});

const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!HAS_OPENSSL)('an API server behind a proxy (needs openssl)', () => {
  it('is reached through a tunnel with its own authority: lists, writes and watches', async () => {
    const { port, folder } = await apiServer();
    const proxy = await proxied({ hosts: { 'api.corp.test': port } });
    const api = await connected(folder, { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    expect(await api.get('/api/v1/namespaces/shop/pods')).toEqual({ items: [] });
    expect(await api.patch('/api/v1/namespaces/shop/pods/a', 'merge', {})).toEqual({ patched: true });
    const seen: unknown[] = [];
    await api.watch('/api/v1/namespaces/shop/pods', {}, (event) => seen.push(event), new AbortController().signal);
    expect(seen).toEqual([{ type: 'ADDED', object: { metadata: { name: 'a' } } }]);
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT api.corp.test:6443']));
  });

  it("goes through the kubeconfig's proxy-url, whatever the environment says", async () => {
    const { port, folder } = await apiServer();
    const proxy = await proxied({ hosts: { 'api.corp.test': port } });
    const api = await connected(folder, { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '*' }, proxy.port);
    expect(await api.get('/api/v1/namespaces/shop/pods')).toEqual({ items: [] });
    expect(proxy.asked).toEqual(['CONNECT api.corp.test:6443']);
  });

  it('names the proxy where it is down or refuses, for requests and watches', async () => {
    const { folder } = await apiServer();
    const proxy = await proxied({ hosts: {}, refuse: 403 });
    const refused = await connected(folder, {}, proxy.port);
    const path = '/api/v1/namespaces/shop/pods';
    const words = `GET https://api.corp.test:6443${path}: the proxy http://127.0.0.1:${proxy.port} (proxy-url of the cluster corp) `;
    expect(await failure(refused.get(path))).toMatchObject({
      message: `${words}opens no way to api.corp.test (HTTP 403)`,
      reason: 'ProxyRefused',
    });
    await proxy.close();
    expect(await failure(refused.get(path))).toMatchObject({
      message: `${words}refuses connections: is it running, and is the port right?`,
      reason: 'ProxyUnreachable',
    });
    const watch = refused.watch(path, {}, () => {}, new AbortController().signal);
    expect((await failure(watch)).message).toMatch(/: the proxy http:\S+ \(proxy-url of the cluster corp\) refuses/);
  });
});

function failure(promise: Promise<unknown>): Promise<ApiError> {
  return promise.then(
    () => {
      throw new Error('expected an ApiError');
    },
    (error: ApiError) => error,
  );
}

/** An API server whose certificate is for api.corp.test, signed by an authority of its own. */
async function apiServer(): Promise<{ port: number; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-proxy-'));
  open.push(() => rmSync(folder, { recursive: true }));
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem'];
  const subject = ['-subj', '/CN=api.corp.test', '-addext', 'subjectAltName=DNS:api.corp.test', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', 'ca.pem', ...subject], { cwd: folder, stdio: 'ignore' });
  const answer: RequestListener = (request, response) => {
    const isWatch = request.url!.includes('watch=true');
    const event = { type: 'ADDED', object: { metadata: { name: 'a' } } };
    const body = isWatch ? event : request.method === 'PATCH' ? { patched: true } : { items: [] };
    response.setHeader('content-type', 'application/json').end(`${JSON.stringify(body)}\n`);
  };
  const [cert, own] = ['ca.pem', 'key.pem'].map((name) => readFileSync(join(folder, name)));
  const server = createSecureServer({ cert: cert!, key: own! }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close().closeAllConnections());
  return { port: (server.address() as AddressInfo).port, folder };
}

/** A client by a kubeconfig for `https://api.corp.test:6443`. */
async function connected(folder: string, env: Record<string, string>, proxyUrl?: number): Promise<HttpKubernetesApi> {
  const config = {
    'current-context': 'corp',
    clusters: [
      {
        name: 'corp',
        cluster: {
          server: 'https://api.corp.test:6443',
          'certificate-authority': 'ca.pem',
          ...(proxyUrl === undefined ? {} : { 'proxy-url': `http://127.0.0.1:${proxyUrl}` }),
        },
      },
    ],
    users: [{ name: 'me', user: { token: 't0ken' } }],
    contexts: [{ name: 'corp', context: { cluster: 'corp', user: 'me' } }],
  };
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, JSON.stringify(config));
  const api = await connectKubernetes({
    credentials: await kubeconfigCredentials(file),
    env,
    userAgent: 'prescale/test',
    limits: { attempts: 1 },
    random: () => 0.5,
    nowSeconds: () => 0,
    sleep: async () => {},
  });
  open.push(() => api.close());
  return api;
}
