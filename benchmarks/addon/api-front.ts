import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError, type PatchType } from '../../kubernetes/api.ts';
import type { MemoryKubernetesApi } from '../../kubernetes/fake/memory-api.ts';

/** An API server in memory behind plain HTTP on loopback, and how often it was asked. */
export interface ApiFront {
  readonly url: string;
  /** Requests so far by what they were: `get pods`, `watch pods`, `patch deployments`. */
  readonly counts: Map<string, number>;
  close(): Promise<void>;
}

const PATCHES: Readonly<Record<string, PatchType>> = {
  'application/merge-patch+json': 'merge',
  'application/json-patch+json': 'json',
};

export async function serveApi(api: MemoryKubernetesApi): Promise<ApiFront> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    answer(api, counts, request, response).catch((error) => refuse(response, error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close: () => closed(server),
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function answer(
  api: MemoryKubernetesApi,
  counts: Map<string, number>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, 'http://api');
  const query = Object.fromEntries(searchParams);
  const metadataOnly = /PartialObjectMetadata/.test(request.headers.accept ?? '');
  const watch = query.watch === 'true';
  const what = `${watch ? 'watch' : request.method!.toLowerCase()} ${pathname.split('/').slice(-1)[0]}`;
  counts.set(what, (counts.get(what) ?? 0) + 1);
  if (watch) return stream(api, pathname, query, metadataOnly, request, response);
  const body = await read(request);
  const done = (value: unknown) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  };
  switch (request.method) {
    case 'GET':
      return done(await api.get(pathname, query, { metadataOnly }));
    case 'POST':
      return done(await api.post(pathname, JSON.parse(body), query));
    case 'PUT':
      return done(await api.put(pathname, JSON.parse(body), query));
    case 'PATCH':
      return done(await api.patch(pathname, PATCHES[request.headers['content-type']!]!, JSON.parse(body), query));
    default:
      response.writeHead(405).end();
  }
}

async function stream(
  api: MemoryKubernetesApi,
  path: string,
  query: Record<string, string>,
  metadataOnly: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const ended = new AbortController();
  request.on('close', () => ended.abort());
  response.on('close', () => ended.abort());
  setTimeout(() => ended.abort(), Number(query.timeoutSeconds ?? 45) * 1000).unref();
  response.setHeader('content-type', 'application/json');
  response.flushHeaders();
  const { watch: _, timeoutSeconds: __, ...rest } = query;
  await api.watch(path, rest, (event) => response.write(`${JSON.stringify(event)}\n`), ended.signal, { metadataOnly });
  response.end();
}

async function read(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status = 500, reason = 'InternalError' } = error instanceof ApiError ? error : {};
  if (!response.headersSent) response.writeHead(status === 0 ? 500 : status, { 'content-type': 'application/json' });
  const message = error instanceof Error ? error.message : String(error);
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code: status }));
}
