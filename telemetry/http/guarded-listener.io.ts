import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConnectionLimits, ConnectionTable } from './connection-table.ts';
import { answerHead, failure, type HttpAnswer, textAnswer } from './http-answer.io.ts';
import { type ListenOn, listenError } from './listen-error.ts';
import { type HttpRequest, RequestHead } from './request-head.ts';
import { WaitingByAddress } from './waiting-by-address.ts';

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Answers what was asked, takes nothing new, and is gone after two seconds at most. */
  close(): Promise<void>;
}

type AnswerTo = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/**
 * Prometheus twice, the kubelet and a person or two have use for ten. The rest is for those who drip: one that is held costs 10 KB, one
 * that is cut comes again at once, and of those who come the event loop accepts one a turn. Five seconds to ask, ten to take the answer.
 */
const LIMITS: ConnectionLimits = { total: 2_048, perAddress: 1_024, askSweeps: 5, answerSweeps: 10 };
/** Of answers over LARGE_BYTES: each may have megabytes in the kernel, which count as the container's memory. */
const LARGE_LIMITS: ConnectionLimits = { total: 8, perAddress: 4, askSweeps: 1, answerSweeps: 1 };
/** Somebody else's answer is cut for one that has waited for so long. */
const WAIT_SWEEPS = 3;
const LARGE_BYTES = 16_384;
const PIECE_BYTES = 65_536;
/** Of what comes after the request and is thrown away. */
const MOST_DISCARDED_BYTES = 65_536;
const SWEEP_MS = 1_000;
/** Linux' usual net.core.somaxconn: beyond it the kernel drops whoever comes, and he tries again after a second. */
const BACKLOG = 4_096;
const CLOSE_MS = 2_000;

/**
 * An HTTP listener that strangers can't fill: one request a connection, a few seconds for it and for taking the answer, and where there
 * are too many connections the oldest goes (ConnectionTable). Not on node:http, which parses all that a read brings: 1,000 requests
 * in 35 KB hold up everything else for 70 ms, on every connection.
 * @param setting its name in messages: `http.listen`
 * @throws WorldError, InputError: what holds the port where that is known, and what to set
 */
export async function guardedListener(setting: string, listen: ListenOn, answerTo: AnswerTo): Promise<Listener> {
  const connections = new Connections(answerTo);
  // Who ends his half after the request still gets the answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => connections.take(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => void listenError(setting, listen, error).then(reject));
    server.listen({ ...listen, backlog: BACKLOG }, resolve);
  });
  // One that could not be accepted: whoever it was comes again.
  server.on('error', () => {});
  const sweeper = setInterval(() => connections.sweep(), SWEEP_MS);
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    close: () =>
      new Promise((resolve) => {
        const late = setTimeout(() => connections.cutAll(), CLOSE_MS);
        server.close(() => {
          clearTimeout(late);
          clearInterval(sweeper);
          resolve();
        });
        connections.cutAsking();
      }),
  };
}

class Connections {
  private readonly all = new ConnectionTable<Socket>(LIMITS);
  private readonly large = new ConnectionTable<Socket>(LARGE_LIMITS);
  private readonly waiting = new WaitingByAddress(WAIT_SWEEPS);
  private readonly answerTo: AnswerTo;

  constructor(answerTo: AnswerTo) {
    this.answerTo = answerTo;
  }

  /** Reads one request, and nothing that comes after it; answers it, and ends the connection. */
  take(socket: Socket): void {
    const head = new RequestHead();
    const leave = () => socket.destroy();
    const read = (piece: Buffer) => {
      const request = head.read(piece);
      if (request === undefined) return;
      socket.pause().off('data', read).off('end', leave);
      this.all.asked(socket);
      if ('status' in request) void this.send(socket, textAnswer(request.status, `${request.why}\n`));
      else void this.answer(socket, request);
    };
    this.all.opened(socket, addressOf(socket));
    socket.once('close', () => this.all.closed(socket));
    // Whoever is gone needs no answer; `close` follows.
    socket
      .on('error', () => {})
      .on('data', read)
      .on('end', leave);
    // A request that came along is read in the event loop's next turn: until then nobody is cut, however many come at once.
    setImmediate(() => setImmediate(() => cut(this.all.settle(socket))));
  }

  sweep(): void {
    cut(this.all.sweep());
    if (!this.waiting.any) return;
    // Who takes nothing of a large answer while others wait for one.
    cut(this.large.sweep());
    this.waiting.sweep();
  }

  cutAsking(): void {
    cut(this.all.asking());
  }

  cutAll(): void {
    cut(this.all.all());
  }

  private async answer(socket: Socket, request: HttpRequest): Promise<void> {
    let answer: HttpAnswer;
    try {
      answer = await this.answerTo(request);
    } catch (error) {
      answer = failure(error);
    }
    await this.send(socket, answer, request.method);
  }

  private async send(socket: Socket, answer: HttpAnswer, method = 'GET'): Promise<void> {
    const bytes = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
    socket.write(answerHead(answer, bytes.length));
    if (method !== 'HEAD') {
      if (bytes.length > LARGE_BYTES) await this.writeLarge(socket, bytes);
      else socket.write(bytes);
    }
    finish(socket);
  }

  /** In pieces, each in a turn of its own: a connection is accepted in each turn, and others are read and answered. */
  private async writeLarge(socket: Socket, bytes: Buffer): Promise<void> {
    const address = addressOf(socket);
    if (this.large.isFull(address)) await this.waiting.turn(address);
    if (socket.destroyed) return this.waiting.done(address);
    this.large.opened(socket, address);
    socket.once('close', () => {
      this.large.closed(socket);
      this.waiting.done(address);
    });
    cut(this.large.settle(socket));
    for (let at = 0; at < bytes.length && !socket.destroyed; at += PIECE_BYTES) {
      await new Promise((resolve) => socket.write(bytes.subarray(at, at + PIECE_BYTES), resolve));
      this.all.progressed(socket);
      this.large.progressed(socket);
      await nextTurn();
    }
  }
}

/** Ends our half. The other side ends the other when it has the answer, or is cut: closed here, what it does not take stays in the kernel. */
function finish(socket: Socket): void {
  let discarded = 0;
  socket.on('data', (piece: Buffer) => {
    discarded += piece.length;
    if (discarded > MOST_DISCARDED_BYTES) cut([socket]);
  });
  socket.end();
  socket.resume();
}

/** With a reset: what was sent and is not taken would stay in the kernel for minutes. */
function cut(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.resetAndDestroy();
}

function addressOf(socket: Socket): string {
  return socket.remoteAddress ?? '';
}
