import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';

/** 20 tabs have six connections each, and slow ones go. */
const MOST_CONNECTIONS = 512;
const MOST_HEAD_BYTES = 16_384;
const HEAD_MS = 5_000;
const REQUEST_MS = 10_000;
const IDLE_MS = 15_000;
/** One that takes nothing of its answer for so long is cut. */
const STALLED_MS = 20_000;

/** HTTP/1.1 on a thread of its own: whoever is slow here holds up others who read, and no tick. @throws what listening failed by */
export function listen(
  app: Pick<Hono, 'fetch'>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly host: string; readonly port: number; close(): void }> {
  return new Promise((resolve, reject) => {
    const server = serve({
      fetch: app.fetch as (request: Request) => Response | Promise<Response>,
      hostname: host,
      port,
      overrideGlobalObjects: false,
      createServer,
      serverOptions: {
        maxHeaderSize: MOST_HEAD_BYTES,
        headersTimeout: HEAD_MS,
        requestTimeout: REQUEST_MS,
        keepAliveTimeout: IDLE_MS,
        connectionsCheckingInterval: 1_000,
      },
    }) as Server;
    server.maxConnections = MOST_CONNECTIONS;
    server.setTimeout(STALLED_MS, (socket) => socket.destroy());
    server.once('error', reject);
    server.once('listening', () => {
      const { address, port: taken } = server.address() as AddressInfo;
      resolve({
        host: address,
        port: taken,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
