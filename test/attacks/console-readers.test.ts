import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ConsoleHost } from '../../console/thread/console-host.io.ts';
import { eachTick } from '../../core/clock.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { startBuiltConsole } from '../built-console.ts';

/* The console as it is built, on its thread, beside the loop that the addon ticks in. */

const WORKLOADS = 5_000;
const TABS = 20;
const SLOW = 100;
const TICKS = 6;
/** The wall clock of the ticks runs so many times as fast. */
const SPEED = 3;
const PATIENT = { timeout: 60_000 };

interface Readers {
  readonly answered: number;
  readonly failed: number;
  readonly standing: number;
}

let host: ConsoleHost;
let readers: Worker | undefined;

afterEach(async () => {
  await Promise.all([readers?.terminate(), host.close()]);
  readers = undefined;
});

async function begin(): Promise<void> {
  ({ host } = await startBuiltConsole(WORKLOADS));
}

/** The addon's loop, showing the fleet at each tick. @returns the ticks that it left out, as the one before took too long */
async function missedTicks(): Promise<number> {
  const stop = new AbortController();
  const ticks: number[] = [];
  const sleep = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, (1_000 * seconds) / SPEED));
  await eachTick(
    { sleep },
    () => (Date.now() / 1_000) * SPEED,
    stop.signal,
    async (tick) => {
      ticks.push(tick);
      host.show();
      if (ticks.length === TICKS) stop.abort();
    },
  );
  return (ticks.at(-1)! - ticks[0]!) / TICK_SECONDS - (TICKS - 1);
}

function read(): Worker {
  return new Worker(new URL('console-readers.mjs', import.meta.url), {
    workerData: { port: host.address.port, tabs: TABS, slow: SLOW },
  });
}

function countsOf(worker: Worker): Promise<Readers> {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.postMessage('counts');
  });
}

describe('a hundred slow readers and twenty tabs', () => {
  it('make no tick late, and the tabs are answered', async () => {
    await begin();
    // The first one says all of every workload.
    host.show();
    const quiet = await missedTicks();
    const all = read();
    readers = all;
    await vi.waitFor(async () => expect((await countsOf(all)).standing).toBeGreaterThan(SLOW / 2), PATIENT);
    const before = await countsOf(all);
    expect(await missedTicks()).toBeLessThanOrEqual(quiet);
    const after = await countsOf(all);
    expect(after.answered - before.answered).toBeGreaterThan(TABS);
    expect(after.failed).toBe(0);
    expect(host.failures).toBe(0);
  });
});

describe('whoever reaches the listener by another name', () => {
  it('is answered 421 and learns nothing', async () => {
    await begin();
    host.show();
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(host.address.port, '127.0.0.1', () => {
        socket.write('GET /api/v1/fleet HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n');
      });
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.once('close', () => resolve(text)).once('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(answer).not.toContain('shop');
  });
});
