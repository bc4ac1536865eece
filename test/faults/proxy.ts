import { connect, createServer, type Socket } from 'node:net';

/** A way from one part to another that a test can cut. */
export interface TcpProxy {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Connections that are open. */
  readonly open: number;
  /** Resets what is open, and each new connection as soon as it comes. */
  cut(): void;
  /** Forwards nothing more, on what is open and what comes: a network that drops packets without a word. */
  hang(): void;
  /** New connections are forwarded. Those that hung were lost with their packets: they are reset. */
  restore(): void;
  close(): Promise<void>;
}

type State = 'open' | 'cut' | 'hanging';

/** Forwards each connection to 127.0.0.1:`port`. */
export async function startProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<readonly Socket[]>();
  let state: State = 'open';
  const reset = () => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
  };
  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (state === 'cut') return void client.resetAndDestroy();
    if (state === 'hanging') {
      keep([client]);
      client.pause();
      return;
    }
    const target = connect(port, '127.0.0.1');
    target.on('error', () => undefined);
    const pair = [client, target] as const;
    keep(pair);
    client.pipe(target).pipe(client);
    for (const socket of pair) {
      socket.setNoDelay(true);
      // Whoever ends while nothing is forwarded is not heard at the other end.
      socket.on('close', () => {
        if (state !== 'hanging') for (const other of pair) other.destroy();
      });
    }
  });
  const keep = (pair: readonly Socket[]) => {
    pairs.add(pair);
    for (const socket of pair) socket.on('close', () => pair.every(({ destroyed }) => destroyed) && pairs.delete(pair));
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    get open() {
      return pairs.size;
    },
    cut: () => {
      state = 'cut';
      reset();
    },
    hang: () => {
      state = 'hanging';
      for (const pair of pairs) {
        for (const socket of pair) {
          socket.unpipe();
          socket.pause();
        }
      }
    },
    restore: () => {
      if (state === 'hanging') reset();
      state = 'open';
    },
    close: () => {
      reset();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
