import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A forward proxy on loopback, as a corporate network has one: CONNECT for tunnels, absolute-form for http. */
export interface ForwardProxyServer {
  readonly port: number;
  /** What it was asked, in order: `CONNECT api.corp.example:6443`, `GET http://prometheus.corp.example/api/v1/query`. */
  readonly asked: readonly string[];
  /** The Proxy-Authorization header of each. */
  readonly authorizations: readonly (string | undefined)[];
  close(): Promise<void>;
}

export interface ForwardProxySettings {
  /** The loopback port behind each host name that only the proxy knows. */
  readonly hosts: Readonly<Record<string, number>>;
  /** Answers all with this status instead. */
  readonly refuse?: number;
}

export async function forwardProxy({ hosts, refuse }: ForwardProxySettings): Promise<ForwardProxyServer> {
  const asked: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const sockets = new Set<Duplex>();
  const note = (message: IncomingMessage) => {
    asked.push(`${message.method} ${message.url!.split('?')[0]}`);
    authorizations.push(message.headers['proxy-authorization']);
  };
  const server = createServer((message, response) => {
    note(message);
    if (refuse !== undefined) return void response.writeHead(refuse).end('no');
    forward(message, response, hosts);
  });
  server.on('connect', (message: IncomingMessage, socket: Socket) => {
    note(message);
    const port = hosts[message.url!.split(':')[0]!];
    if (refuse !== undefined || port === undefined) {
      return void socket.end(`HTTP/1.1 ${refuse ?? 502} no\r\ncontent-length: 0\r\n\r\n`);
    }
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    for (const one of [socket, target]) one.on('error', () => [socket, target].map((each) => each.destroy()));
    sockets.add(socket).add(target);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    authorizations,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(message: IncomingMessage, response: ServerResponse, hosts: Readonly<Record<string, number>>): void {
  const url = new URL(message.url!);
  const port = hosts[url.hostname];
  if (port === undefined) return void response.writeHead(502).end(`no address of ${url.hostname}`);
  const { method, headers } = message;
  const sent = request({ port, host: '127.0.0.1', method, headers, path: url.pathname + url.search }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  });
  sent.on('error', () => response.destroy());
  message.pipe(sent);
}
