import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { messageOf } from '../../core/errors.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { madeFleet } from '../../test/console-fleet.ts';
import { ConsoleHost, type ConsoleHostParts } from './console-host.io.ts';

/* Real threads, of a few lines each. */

const NOW = 1_772_431_200;
const PORT = 4242;
const PATIENT = { timeout: 60_000 };

/** A thread's code: it is begun anew with the port that it had. */
function script(code: string): URL {
  const head = `
    const { parentPort, workerData } = require('node:worker_threads');
    const isFirst = workerData.listen.port === 0;
    const post = (message) => parentPort.postMessage(message);
    const say = (what) => post({ kind: 'log', level: 'warn', message: JSON.stringify(what), error: '' });
    const listening = () => post({ kind: 'listening', host: '127.0.0.1', port: ${PORT} });
  `;
  const whole = `import { createRequire } from 'node:module'; const require = createRequire('/');${head}${code}`;
  return new URL(`data:text/javascript,${encodeURIComponent(whole)}`);
}

let host: ConsoleHost | undefined;

afterEach(async () => {
  await host?.close();
  host = undefined;
});

async function begin(code: string, parts: Partial<ConsoleHostParts> = {}) {
  const fleet = madeFleet(2, NOW);
  const said: string[] = [];
  const failed: string[] = [];
  host = await ConsoleHost.start({
    script: script(code),
    settings: {
      listen: { host: '127.0.0.1', port: 0 },
      version: '1',
      token: undefined,
      replays: 'here',
      pageFolder: 'file:///',
    },
    log: {
      ...SILENT,
      warn: (message) => said.push(message.replace('console: ', '')),
      error: (message, fields) => failed.push(`${message} in ${fields?.inSeconds} s: ${messageOf(fields?.error)}`),
    },
    data: () => fleet.data,
    statuses: () => fleet.statuses,
    restartDelayMs: () => 0,
    ...parts,
  });
  return { host, fleet, said, failed };
}

describe('a thread that asks and ends', () => {
  it('takes its questions with it: the one after it gets the answers to its own', async () => {
    const { data } = madeFleet(2, NOW);
    const release: (() => void)[] = [];
    const series: typeof data.series = async (key) => {
      if (key === 'first') await new Promise<void>((resolve) => release.push(resolve));
      return { metrics: [], leadTimeSeconds: key === 'first' ? 1 : 2, replicas: [] };
    };
    const { said } = await begin(
      `
      listening();
      parentPort.on('message', (message) => say(message));
      post({ kind: 'ask', id: 1, what: 'series', args: [isFirst ? 'first' : 'second', 0, 0] });
      if (isFirst) setTimeout(() => { throw new Error('out of luck'); }, 10);
    `,
      { data: () => ({ ...data, series }) },
    );
    await vi.waitFor(() => expect(said).toHaveLength(1), PATIENT);
    // What the first one asked for comes now.
    release[0]!();
    await new Promise((resolve) => setImmediate(resolve));
    host!.show();
    await vi.waitFor(() => expect(said).toHaveLength(2), PATIENT);
    const [answer, fleet] = said.map((text) => JSON.parse(text));
    expect(answer).toEqual({ kind: 'answer', id: 1, value: { metrics: [], leadTimeSeconds: 2, replicas: [] } });
    expect(fleet.kind).toBe('fleet');
  });

  it('is told in words of what could not be answered', async () => {
    const { data } = madeFleet(2, NOW);
    const series: typeof data.series = () => Promise.reject(new Error('Redis does not answer'));
    const { said } = await begin(
      `
      listening();
      parentPort.on('message', (message) => say(message));
      post({ kind: 'ask', id: 7, what: 'series', args: ['a', 0, 0] });
    `,
      { data: () => ({ ...data, series }) },
    );
    await vi.waitFor(
      () => expect(said).toEqual(['{"kind":"refusal","id":7,"message":"Redis does not answer"}']),
      PATIENT,
    );
  });
});

function withFleet(count: number): Pick<ConsoleHostParts, 'data' | 'statuses'> {
  const { data, statuses } = madeFleet(count, NOW);
  return { data: () => data, statuses: () => statuses };
}

describe('a fleet that is told bit by bit', () => {
  it('is told in whole to a thread that began meanwhile', async () => {
    let isPaused = false;
    let goOn = () => {};
    const { host, said } = await begin(
      `
      listening();
      parentPort.on('message', (message) => {
        if (message.kind !== 'fleet') return;
        say({ isFirst, rows: message.rows, texts: message.texts.length });
        post({ kind: 'taken' });
      });
      if (isFirst) setTimeout(() => process.exit(1), 50);
    `,
      {
        ...withFleet(600),
        pause: async () => {
          if (isPaused) return;
          isPaused = true;
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
        },
      },
    );
    host.show();
    await vi.waitFor(() => expect(said).toHaveLength(1), PATIENT);
    goOn();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(said.map((text) => JSON.parse(text))).toEqual([{ isFirst: false, rows: 600, texts: 600 }]);
  });

  it('is told at the next tick where it could not be', async () => {
    let fails = true;
    const { host, said } = await begin(
      `listening(); parentPort.on('message', ({ rows, texts }) => say({ rows, texts: texts.length }));`,
      {
        ...withFleet(300),
        pause: async () => {
          if (fails) throw new Error('out of luck');
        },
      },
    );
    host.show();
    await new Promise((resolve) => setTimeout(resolve, 20));
    fails = false;
    host.show();
    await vi.waitFor(() => expect(said.map((text) => JSON.parse(text))).toEqual([{ rows: 300, texts: 300 }]), PATIENT);
  });
});

describe('a thread that ends', () => {
  it('is begun anew, ever later where it ends at once again, which is said and counted', async () => {
    const ends: number[] = [];
    const { host, failed } = await begin(`listening(); setTimeout(() => { throw new Error('out of luck'); }, 1);`, {
      restartDelayMs: (count) => {
        ends.push(count);
        return count < 4 ? 0 : 86_400_000;
      },
    });
    await vi.waitFor(() => expect(host.failures).toBe(4), PATIENT);
    expect(ends).toEqual([1, 2, 3, 4]);
    expect(failed[0]).toBe('the console failed and is begun anew in 0 s: out of luck');
    expect(failed[3]).toBe('the console failed and is begun anew in 86400 s: out of luck');
  });

  it('also where it did not throw, or can no longer listen', async () => {
    let count = 0;
    const { host, failed } = await begin(
      `
      if (isFirst) { listening(); process.exit(3); }
      else post({ kind: 'not-listening', code: 'EADDRINUSE', message: 'address in use' });
    `,
      { restartDelayMs: () => (++count < 2 ? 0 : 86_400_000) },
    );
    await vi.waitFor(() => expect(host.failures).toBe(2), PATIENT);
    expect(failed[0]).toMatch(/its thread ended with code 3$/);
    expect(failed[1]).toMatch(/console\.listen/);
  });

  it('is begun anew where it listened and ended before the addon’s thread, which was busy, saw either', async () => {
    const starting = begin(`listening(); if (isFirst) process.exit(1); say('again'); setInterval(() => {}, 1_000);`);
    // Long enough for a thread to begin and end; where it is not, nothing here fails for that.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    const { host, said } = await starting;
    await vi.waitFor(() => expect(said).toEqual(['"again"']), PATIENT);
    expect(host.failures).toBe(1);
  });

  it('before the first tick is shown nothing when it begins again', async () => {
    const { host, said } = await begin(`
      if (isFirst) { listening(); setTimeout(() => process.exit(1), 1); }
      else {
        parentPort.on('message', (message) => say(message.kind));
        listening();
        say('again');
      }
    `);
    await vi.waitFor(() => expect(said).toEqual(['"again"']), PATIENT);
    host.show();
    await vi.waitFor(() => expect(said).toEqual(['"again"', '"fleet"']), PATIENT);
  });

  it('is ended with its host also while it begins again, and does not listen yet', async () => {
    const threads: Worker[] = [];
    const seeThread = (message: unknown) => threads.push((message as { readonly worker: Worker }).worker);
    subscribe('worker_threads', seeThread);
    await begin(`
      if (isFirst) { listening(); setTimeout(() => process.exit(1), 1); }
      else setInterval(() => {}, 1_000);
    `);
    await vi.waitFor(() => expect(threads).toHaveLength(2), PATIENT);
    unsubscribe('worker_threads', seeThread);
    await host!.close();
    // An ended thread has no other id.
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  });
});
