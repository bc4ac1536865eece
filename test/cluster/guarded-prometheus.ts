import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server was asked. */
export interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
  /** Of a form. */
  readonly body: string;
}

/** A server on loopback that writes down whatever it is asked. */
export interface AskedServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** A Prometheus behind a door: lets in who has the token. @param upstream its own address */
export function guardedPrometheus(upstream: () => string, token: string): Promise<AskedServer> {
  return askedServer(async ({ url, authorization, body }, request) => {
    if (authorization !== `Bearer ${token}`) return { status: 401, text: 'no token' };
    const { method = 'GET', headers } = request;
    const form = { 'content-type': headers['content-type'] ?? 'application/x-www-form-urlencoded' };
    const sent = body === '' ? { method } : { method, headers: form, body };
    const answer = await fetch(upstream() + url, sent);
    return { status: answer.status, text: await answer.text() };
  });
}

/** Where a tenant waits for what somebody sends. */
export function listeningTenant(): Promise<AskedServer> {
  return askedServer(async () => ({
    status: 200,
    text: '{"status":"success","data":{"resultType":"vector","result":[]}}',
  }));
}

type Answer = (asked: Asked, request: IncomingMessage) => Promise<{ readonly status: number; readonly text: string }>;

async function askedServer(answer: Answer): Promise<AskedServer> {
  const all: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { url = '', headers } = request;
    const asked = { url, authorization: headers.authorization, body: Buffer.concat(chunks).toString() };
    all.push(asked);
    try {
      const { status, text } = await answer(asked, request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    } catch (error) {
      response.writeHead(502).end(String(error));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: all,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
