import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ApiError, type KubernetesApi } from '../../kubernetes/api.ts';

/** What stands behind the API server's proxy to Services answered. */
export interface BehindAnswer {
  readonly status: number;
  readonly body: string;
}

/** An API server on loopback, and a kubeconfig that leads to it. */
export interface ApiFront {
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** kube-apiserver keeps an idle connection so long (k8s.io/apiserver/pkg/server/secure_serving.go); Node would end it after 5 s. */
const IDLE_MS = 90_000;
const PROXY = /\/services\/http:prometheus:9090\/proxy(\/.*)$/;

/**
 * An API server in memory behind HTTP, whose proxy leads to a Prometheus.
 * @param behind asked for what goes to Prometheus, by its URL there
 * @param folder gets the kubeconfig
 */
export async function serveApi(
  api: KubernetesApi,
  behind: (url: URL) => Promise<BehindAnswer>,
  folder: string,
): Promise<ApiFront> {
  const answer = async (url: URL): Promise<BehindAnswer> => {
    const [, path] = PROXY.exec(url.pathname) ?? [];
    if (path !== undefined) return behind(new URL(`${path}${url.search}`, url));
    const body = await api.get(url.pathname, Object.fromEntries(url.searchParams));
    return { status: 200, body: JSON.stringify(body) };
  };
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(new URL(request.url!, 'http://api')).catch(failed);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  server.keepAliveTimeout = IDLE_MS;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeconfig = join(folder, 'kubeconfig');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server: address } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    users: [{ name: 'a', user: {} }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return {
    kubeconfig,
    stop: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}

function failed(error: unknown): BehindAnswer {
  const { status, message, reason } =
    error instanceof ApiError ? error : new ApiError(String(error), 502, 'BadGateway');
  return { status, body: JSON.stringify({ kind: 'Status', message, reason, code: status }) };
}

/** Asks a server as the proxy does. */
export async function askBehind(serverUrl: string, { pathname, search }: URL): Promise<BehindAnswer> {
  const answer = await fetch(`${serverUrl}${pathname}${search}`);
  return { status: answer.status, body: await answer.text() };
}
