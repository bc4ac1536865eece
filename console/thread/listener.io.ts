import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ConsoleApp } from '../api/app.ts';
import { type ConsoleAnswer, type ConsoleRequest, jsonAnswer } from '../api/http.ts';
import { type UnderWay, WaitingAnswers } from './waiting-answers.ts';

/** 20 tabs have six connections each, and slow ones go. */
const MOST_CONNECTIONS = 512;
const MOST_HEAD_BYTES = 16_384;
const HEAD_MS = 5_000;
const REQUEST_MS = 10_000;
const IDLE_MS = 15_000;

export interface ListenerLimits {
  /** Whoever takes nothing of an answer for so long is cut. */
  readonly stalledMs: number;
  /** … and whoever has not taken all of it after so long, however it drips. */
  readonly answerMs: number;
  /** Of answers that were made and not taken yet, all together. */
  readonly waitingBytes: number;
  /** Answers to one connection at once: whoever asks on and on without taking any is cut. */
  readonly perConnection: number;
  /** Answers that are made at once, over all connections: who comes while there are so many is asked to come again. */
  readonly making: number;
}

const LIMITS: ListenerLimits = {
  stalledMs: 20_000,
  answerMs: 60_000,
  waitingBytes: 16e6,
  perConnection: 8,
  making: 128,
};
const BUSY = jsonAnswer({ error: 'too many questions at once: ask again in a second' }, 503, { 'retry-after': '1' });

export interface Listener {
  readonly host: string;
  readonly port: number;
  close(): void;
}

/** HTTP/1.1 on a thread of its own: whoever is slow here holds up others who read, and no tick. @throws what listening failed by */
export function listen(
  app: Pick<ConsoleApp, 'answer'>,
  { host, port }: { readonly host: string; readonly port: number },
  limits = LIMITS,
): Promise<Listener> {
  const waiting = new WaitingAnswers<Socket>(limits.waitingBytes, limits.perConnection);
  let making = 0;
  const make = async (request: ConsoleRequest): Promise<ConsoleAnswer> => {
    if (making >= limits.making) return BUSY;
    making++;
    try {
      return await app.answer(request);
    } finally {
      making--;
    }
  };
  const server = createServer(
    {
      maxHeaderSize: MOST_HEAD_BYTES,
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: 1_000,
    },
    (incoming, outgoing) => void answer(make, incoming, outgoing, waiting, limits),
  );
  server.maxConnections = MOST_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
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

async function answer(
  make: ConsoleApp['answer'],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  waiting: WaitingAnswers<Socket>,
  { stalledMs, answerMs }: ListenerLimits,
): Promise<void> {
  const { socket } = incoming;
  // Nothing is read of what a question brings along.
  incoming.resume();
  const one: UnderWay<Socket> = { connection: socket, bytes: 0 };
  const late: { timer?: NodeJS.Timeout } = {};
  outgoing.once('close', () => {
    clearTimeout(late.timer);
    waiting.done(one);
  });
  if (!waiting.begin(one)) return void socket.destroy();
  const { status, headers, body } = await make(requestOf(incoming));
  if (outgoing.destroyed) return;
  late.timer = setTimeout(() => socket.destroy(), answerMs);
  // Without a listener for it, a socket that stands still for so long is cut; the next request or the end of this one takes it back.
  socket.setTimeout(stalledMs);
  // Of a 304 it would be the length of what the other side has.
  outgoing.writeHead(status, { ...headers, ...(status !== 304 && { 'content-length': body.length }) });
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
  for (const cut of waiting.holds(one, body.length)) cut.destroy();
}

function requestOf({ method = '', url = '/', headers }: IncomingMessage): ConsoleRequest {
  return {
    method,
    target: url,
    header: (name) => {
      const value = headers[name];
      return typeof value === 'string' ? value : value?.join(', ');
    },
  };
}
