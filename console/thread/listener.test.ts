import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { ConsoleApp } from '../api/app.ts';
import { type Listener, type ListenerLimits, listen } from './listener.io.ts';

/* Real sockets on loopback. What has to happen is waited for; no test says how long it takes. */

const LIMITS: ListenerLimits = { stalledMs: 400, answerMs: 60_000, waitingBytes: 64e6, perConnection: 8, making: 128 };
/** No kernel takes so much for somebody who reads nothing. */
const LARGE = new Uint8Array(12e6);
const LOOPBACK = { host: '127.0.0.1', port: 0 };

let listener: Listener;
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  listener.close();
});

async function serve(answer: ConsoleApp['answer'], limits: Partial<ListenerLimits> = {}): Promise<void> {
  listener = await listen({ answer }, LOOPBACK, { ...LIMITS, ...limits });
}

const answers = (body: Uint8Array<ArrayBuffer>) => async () => ({ status: 200, headers: {}, body });

const REQUEST = 'GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** The server's own ends, by the port of the other one. */
const ends = new Map<number, Socket>();
const seeEnd = (message: unknown) => {
  const { socket } = message as { readonly socket: Socket };
  ends.set(socket.remotePort!, socket);
};
subscribe('net.server.socket', seeEnd);
afterAll(() => unsubscribe('net.server.socket', seeEnd));

/** One that asks and reads nothing. */
async function stalls(requests = 1): Promise<Socket> {
  const socket = connect(listener.port, '127.0.0.1');
  sockets.push(socket.pause().on('error', () => {}));
  socket.write(REQUEST.repeat(requests));
  await vi.waitFor(() => expect(ends.has(socket.localPort ?? 0)).toBe(true), { timeout: 60_000 });
  return socket;
}

/** That the server cut it: whoever doesn't read doesn't notice. */
async function cut(socket: Socket): Promise<void> {
  const end = ends.get(socket.localPort!)!;
  if (!end.destroyed) await new Promise((resolve) => end.once('close', resolve));
}

async function small(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${listener.port}/small`);
  return answer.text();
}

const byPath: ConsoleApp['answer'] = async ({ target }) =>
  answers(target === '/small' ? new TextEncoder().encode('ok') : LARGE)();

describe('a reader', () => {
  it('that takes nothing of its answer is cut, and others are answered meanwhile', async () => {
    await serve(byPath);
    const gone = Array.from({ length: 20 }, async () => cut(await stalls()));
    expect(await small()).toBe('ok');
    await Promise.all(gone);
    expect(await small()).toBe('ok');
  });

  it('that takes its answer drop by drop has its time, and no more', async () => {
    await serve(byPath, { stalledMs: 60_000, answerMs: 500 });
    const socket = await stalls();
    let bytes = 0;
    const drips = setInterval(() => {
      bytes += (socket.read(1_000) as Buffer | null)?.length ?? 0;
    }, 20);
    await cut(socket);
    clearInterval(drips);
    expect(bytes).toBeGreaterThan(0);
  });

  it('that waits for an answer which takes longer to be made than a stall may last is not cut', async () => {
    await serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 3 * LIMITS.stalledMs));
      return answers(new TextEncoder().encode('at last'))();
    });
    expect(await small()).toBe('at last');
  });

  it('that asks on and on without taking any answer is cut', async () => {
    let asked = 0;
    await serve(async () => {
      asked++;
      return answers(LARGE)();
    });
    await cut(await stalls(1_000));
    expect(asked).toBeLessThanOrEqual(LIMITS.perConnection);
  });
});

describe('what readers leave waiting', () => {
  it('is bounded: who has waited longest goes first, and the newest is answered', async () => {
    await serve(byPath, { stalledMs: 60_000, waitingBytes: 3 * LARGE.length + 1_000 });
    const first = await stalls();
    const later = [await stalls(), await stalls(), await stalls()];
    await cut(first);
    expect(await small()).toBe('ok');
    expect(later.filter(({ localPort }) => ends.get(localPort!)!.destroyed)).toEqual([]);
  });

  it('is not made while too much is made already: who comes then is told to come again', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await serve(
      async () => {
        await held;
        return answers(new TextEncoder().encode('ok'))();
      },
      { making: 2 },
    );
    const made = [small(), small()];
    let busy: Response;
    do busy = await fetch(`http://127.0.0.1:${listener.port}/small`, { signal: AbortSignal.timeout(1_000) });
    while (busy.status !== 503);
    expect([busy.headers.get('retry-after'), await busy.text()]).toEqual([
      '1',
      '{"error":"too many questions at once: ask again in a second"}\n',
    ]);
    release();
    expect(await Promise.all(made)).toEqual(['ok', 'ok']);
  });
});
