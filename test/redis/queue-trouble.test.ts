/* Over 350 lines: what may go wrong with a queue, each on the same server and world. */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listJobs, viewJob } from '../../redis/queue/job-view.io.ts';
import { jobIdOf } from '../../redis/queue/refit-queue.io.ts';
import { QueueWorld, until } from './queue-world.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

let server: RedisServer;
let world: QueueWorld;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(() => {
  world = new QueueWorld(server);
});
afterEach(() => world.close());

const forever = () => new Promise<void>(() => undefined);

describe('a bad job', () => {
  it('that takes too long is told so, has failed, and holds no place', async () => {
    const reasons: unknown[] = [];
    const done: string[] = [];
    await world.work(
      async (id, _, signal) => {
        if (id !== 'slow') return void done.push(id);
        signal.addEventListener('abort', () => reasons.push((signal.reason as Error).message));
        await forever();
      },
      { concurrency: 1, jobSeconds: 0.1 },
    );
    await world.queue.submit('slow', 0, 0);
    for (let i = 0; i < 10; i++) await world.queue.submit(`good${i}`, 0, 5);
    await world.idle();
    expect(done).toHaveLength(10);
    const error = 'it took longer than 0.1 s and was ended';
    expect(reasons).toEqual([error, error, error]);
    expect(await world.queue.failed()).toEqual([{ id: 'slow', attempts: 3, error }]);
  });

  it('of a newer version waits for a worker that knows it, and is said', async () => {
    const said: string[] = [];
    await world.work(async () => {}, { onError: (id, error) => void said.push(`${id}: ${(error as Error).message}`) });
    await world.queue.wanted.submit('odd', 0, '{"version":2,"payload":1}');
    await world.queue.addAnew('odd', 0);
    await until(async () => (await world.queue.counts()).backingOff === 1);
    expect(said).toEqual(['odd: a job of version 2, and this worker knows up to 1: it waits for a newer worker']);
    // A minute, not the few milliseconds of this queue's backoff.
    const job = await world.queue.jobs.getJob(jobIdOf('odd'));
    expect(job!.delay).toBe(60_000);
    expect(await world.queue.failed()).toEqual([]);
  });

  it.each([
    ['cut off', '{"version":1,"pay'],
    ['of no version', '{"payload":1}'],
    ['empty', ''],
  ])('that is %s fails at once, with what was found', async (_, text) => {
    await world.work(async () => {});
    await world.queue.wanted.submit('broken', 0, text);
    await world.queue.addAnew('broken', 0);
    await world.idle();
    const failed = await world.queue.failed();
    expect(failed).toMatchObject([{ id: 'broken', attempts: 1, error: expect.stringContaining('expected') }]);
    expect(failed[0]!.error).toContain(JSON.stringify(text));
  });

  it('is refused where JSON would lose a number', async () => {
    await expect(world.queue.submit('a', Number.POSITIVE_INFINITY, 1)).rejects.toThrow('found Infinity');
    expect(await world.queue.depth()).toBe(0);
  });
});

describe('what is wanted', () => {
  it('is as many jobs as ids, however often they are submitted', async () => {
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => world.queue.submit(`job${i}`, round, 1)));
    }
    expect(await world.queue.counts()).toMatchObject({ waiting: 500, running: 0, backingOff: 0, failed: 0 });
    const payloads: number[] = [];
    await world.work(async (_, payload) => void payloads.push(payload));
    await world.idle();
    expect(payloads).toEqual(new Array(500).fill(4));
  });

  it('leaves nothing behind when it was done', async () => {
    await world.work(async () => {});
    for (let i = 0; i < 50; i++) await world.queue.submit(`job${i}`, i, 1);
    await world.idle();
    await until(async () => (await world.queue.counts()).running === 0);
    const prefix = `${world.keyPrefix}:{jobs}:`;
    const left = await world.client.keys(`*${world.keyPrefix}*`);
    const own = left.map((key) => (key.startsWith(prefix) ? key.slice(prefix.length) : key));
    // Counters, settings, the capped stream of events, the stall check's and the sweep's turn.
    const few = /^refit(-due)?(:(meta|id|events|pc|marker|stalled-check|stalled)|-sequence|-turn-sweep)$/;
    expect(own.filter((key) => !few.test(key))).toEqual([]);
  });

  it('is found again where the submitter or a worker died between two steps', async () => {
    const done: string[] = [];
    // Written, and then died before the job was there.
    await world.queue.wanted.submit('orphan', 0, '{"version":1,"payload":1}');
    await world.queue.submit('fine', 1, 1);
    expect(await world.queue.sweep(async () => {})).toBe(1);
    expect(await world.queue.sweep(async () => {})).toBe(0);
    await world.work(async (id) => void done.push(id));
    await world.idle();
    expect(done.sort()).toEqual(['fine', 'orphan']);
  });

  it('is found again where a worker died as it gave the job up', async () => {
    const done: number[] = [];
    await world.work(async (_, payload) => {
      if (payload === 7) throw new Error('a poisoned history');
      done.push(payload);
    });
    await world.queue.submit('bad', 7, 1);
    await world.idle();
    // A newer one, written by somebody who then died.
    await world.queue.wanted.submit('bad', 1, '{"version":1,"payload":8}');
    expect(await world.queue.sweep(async () => {})).toBe(1);
    await world.idle();
    expect(done).toEqual([8]);
    expect(await world.queue.failed()).toEqual([]);
  });

  it('is done by the worker that sweeps by itself', async () => {
    const done: string[] = [];
    await world.queue.wanted.submit('orphan', 0, '{"version":1,"payload":1}');
    await world.work(async (id) => void done.push(id), { lockSeconds: 1 });
    await world.idle();
    expect(done).toEqual(['orphan']);
  });

  it('survives a Redis that is killed and started again from its file', async () => {
    const counts = new Map<string, number>();
    const ids = Array.from({ length: 200 }, (_, i) => `job${i}`);
    await Promise.all(ids.map((id) => world.queue.submit(id, 0, 1)));
    await world.work(
      async (id) => {
        counts.set(id, (counts.get(id) ?? 0) + 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
      { lockSeconds: 2 },
    );
    await until(() => counts.size > 20);
    await server.restart();
    await world.idle();
    expect([...counts.keys()].sort()).toEqual([...ids].sort());
    // What was being done and had been done in the last second may come twice.
    expect([...counts.values()].filter((count) => count > 2)).toEqual([]);
  });
});

it('works as soon as Redis lets it, though its first words were refused', async () => {
  await server.cli('acl', 'setuser', 'late', 'on', '>secret', '~*', '&*', '+@all', '-info');
  const late = new QueueWorld(server, { username: 'late', password: 'secret' });
  await expect(late.queue.submit('a', 1, 1)).rejects.toThrow('NOPERM');
  await server.cli('acl', 'setuser', 'late', '+@all');
  await until(() =>
    late.queue.submit('a', 2, 1).then(
      () => true,
      () => false,
    ),
  );
  const payloads: number[] = [];
  await late.work(async (_, payload) => void payloads.push(payload));
  await late.idle();
  expect(payloads).toEqual([2]);
  await late.close();
});

it('has workers that work as soon as Redis lets them', async () => {
  await server.cli('acl', 'setuser', 'later', 'on', '>secret', '~*', '&*', '+@all', '-info');
  const user = { username: 'later', password: 'secret' };
  const connection = new Redis(server.url, { ...user, maxRetriesPerRequest: null });
  const done: string[] = [];
  const working = world.work(async (id) => void done.push(id), { connection });
  await world.queue.submit('a', 1, 1);
  await until(() => world.faults.length >= 2);
  expect(world.faults[0]!.message).toContain('NOPERM');
  expect(done).toEqual([]);
  await server.cli('acl', 'setuser', 'later', '+@all');
  await working;
  await world.idle();
  expect(done).toEqual(['a']);
  await world.close();
  connection.disconnect();
});

describe('a job whose worker was silent', () => {
  /** As a worker that was killed leaves it: taken, and nobody renews its lock. */
  async function takeAndDie(stalls: number): Promise<void> {
    await world.queue.submit('a', 1, 1);
    const connection = new Redis(server.url, { maxRetriesPerRequest: null });
    const { prefix, jobs } = world.queue;
    const dead = new Worker(jobs.name, null, { connection, prefix, autorun: false, lockDuration: 100 });
    const job = await dead.getNextJob('token');
    await world.client.hset(jobs.toKey(job!.id!), 'stc', stalls);
    await dead.close(true);
    connection.disconnect();
  }

  it('is done by another, also after many such deaths', async () => {
    await takeAndDie(15);
    const done: string[] = [];
    const stalled: string[] = [];
    await world.work(async (id) => void done.push(id), { lockSeconds: 1, onStalled: (id) => void stalled.push(id) });
    await world.idle();
    expect({ done, stalled }).toEqual({ done: ['a'], stalled: ['a'] });
    expect(world.faults).toEqual([]);
  });

  it('fails where it seems to kill each worker', async () => {
    await takeAndDie(20);
    const done: string[] = [];
    await world.work(async (id) => void done.push(id), { lockSeconds: 1 });
    await world.idle();
    expect(done).toEqual([]);
    expect(await world.queue.failed()).toMatchObject([
      { id: 'a', error: expect.stringContaining('stalled more than allowable limit') },
    ]);
    expect(await world.queue.retry('a')).toBe(true);
    await world.idle();
    expect(done).toEqual(['a']);
  });
});

describe('what comes again', () => {
  it('comes each so often, at a moment of its own that stays, until it is cancelled', async () => {
    const ids = Array.from({ length: 100 }, (_, i) => `job${i}`);
    const next = async () => {
      const found = await world.queue.due.getJobSchedulers(0, -1);
      return new Map(found.map((scheduler) => [scheduler.key, scheduler.next!]));
    };
    const day = 86_400;
    await Promise.all(ids.map((id) => world.queue.repeat(id, 1, 5, day)));
    const first = await next();
    expect(first.size).toBe(100);
    const now = Date.now();
    // Spread over the whole day: 100 random moments leave no ninth of it empty but once in 10,000 times, and these are always the same.
    const ninths = new Set([...first.values()].map((at) => Math.floor(((at - now) / (day * 1000)) * 9)));
    expect(ninths.size).toBe(9);
    // Asked again, also with another payload: the same moments, and nothing comes at once.
    await Promise.all(ids.map((id) => world.queue.repeat(id, 2, 5, day)));
    expect(await next()).toEqual(first);
    expect(await world.queue.depth()).toBe(0);
    for (const id of ids) await world.queue.cancel(id);
    expect(await world.queue.counts()).toMatchObject({ repeating: 0, waiting: 0 });
    expect(await world.queue.due.getJobCounts()).toMatchObject({ delayed: 0, waiting: 0 });
  });

  it('is the newest that was asked, also where the interval changes', async () => {
    const done: number[] = [];
    await world.work(async (_, payload) => void done.push(payload));
    await world.queue.repeat('a', 1, 5, 3600);
    await world.queue.repeat('a', 2, 5, 0.2);
    await until(() => done.length >= 3);
    expect(new Set(done)).toEqual(new Set([2]));
    await world.queue.repeat('a', 3, 5, 0.2);
    await until(() => done.includes(3));
    await world.queue.cancel('a');
    await world.idle();
    const soFar = done.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    // One may have been under way between its moment and its submission.
    expect(done.length).toBeLessThanOrEqual(soFar + 1);
  });
});

describe('several workers', () => {
  it('share a limit of jobs a second', async () => {
    const starts: number[] = [];
    const handler = async () => void starts.push(performance.now());
    await world.work(handler, { perSecond: 10 });
    await world.work(handler, { perSecond: 10 });
    for (let i = 0; i < 30; i++) await world.queue.submit(`job${i}`, 0, 1);
    await world.idle();
    // Ten in each of three seconds.
    expect(starts.at(-1)! - starts[0]!).toBeGreaterThan(1000);
  });

  it('never run one id at once, whatever is submitted and cancelled meanwhile', async () => {
    const running = new Set<string>();
    const newest = new Map<string, number>();
    const last = new Map<string, number>();
    let doubled = 0;
    const handler = async (id: string, payload: number) => {
      if (running.has(id)) doubled++;
      running.add(id);
      await new Promise((resolve) => setTimeout(resolve, payload % 3));
      running.delete(id);
      if (payload % 7 === 0) throw new Error('now and then');
      last.set(id, payload);
    };
    await world.work(handler, { concurrency: 4 });
    await world.work(handler, { concurrency: 4 });
    for (let i = 1; i <= 1000; i++) {
      const id = `job${(i * 7919) % 13}`;
      if (i % 10 === 0) {
        await world.queue.cancel(id);
        newest.delete(id);
      } else {
        await world.queue.submit(id, i, i % 3);
        newest.set(id, i);
      }
    }
    await world.idle();
    expect(doubled).toBe(0);
    for (const [id, payload] of newest) if (payload % 7 !== 0) expect(last.get(id), id).toBe(payload);
    expect(world.faults).toEqual([]);
  });

  it('finish what they run when they are closed, and the rest waits for others', async () => {
    const started: string[] = [];
    const ended: string[] = [];
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const worker = await world.work(async (id) => {
      started.push(id);
      await released;
      ended.push(id);
    });
    for (let i = 0; i < 5; i++) await world.queue.submit(`job${i}`, 0, 1);
    await until(() => started.length === 2);
    const closed = worker.close();
    release();
    await closed;
    expect(ended).toEqual(started);
    expect(await world.queue.depth()).toBe(3);
    await world.work(async (id) => void ended.push(id));
    await world.idle();
    expect(ended.sort()).toEqual(['job0', 'job1', 'job2', 'job3', 'job4']);
  });
});

it('shows an operator what waits, what runs and what was given up', async () => {
  const runs: string[] = [];
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await world.work(
    async (id) => {
      if (id === 'bad') throw new Error('a poisoned history');
      await released;
    },
    { concurrency: 1, onRun: (id, seconds, outcome) => void (seconds >= 0 && runs.push(`${id} ${outcome}`)) },
  );
  await world.queue.submit('bad', 7, 0);
  await world.idle();
  await world.queue.submit('runs', 1, 0);
  await until(async () => (await world.queue.counts()).running === 1);
  await world.queue.submit('later', 2, 9);
  await world.queue.submit('next', 3, 5);
  await world.queue.repeat('later', 2, 9, 86_400);
  const { oldestSeconds, ...counts } = await world.queue.counts();
  expect(counts).toEqual({ waiting: 2, running: 1, backingOff: 0, failed: 1, repeating: 1 });
  expect(oldestSeconds).toBeGreaterThanOrEqual(0);
  expect(oldestSeconds).toBeLessThan(60);
  const waiting = await listJobs(world.queue, 'waiting', 10);
  expect(waiting.map(({ id, state, priority }) => `${id} ${state} ${priority}`)).toEqual([
    'runs running 0',
    'next waiting 5',
    'later waiting 9',
  ]);
  expect(await listJobs(world.queue, 'waiting', 2)).toHaveLength(2);
  expect(await listJobs(world.queue, 'failed', 10)).toMatchObject([
    { id: 'bad', state: 'failed', priority: 0, attempts: 3, error: 'a poisoned history' },
  ]);
  const shown = await viewJob(world.queue, 'bad');
  expect(shown).toMatchObject({ id: 'bad', state: 'failed', asked: { version: 1, payload: 7 } });
  expect(shown!.stack.join()).toContain('a poisoned history');
  expect(await viewJob(world.queue, 'nobody')).toBeUndefined();
  release();
  await world.idle();
  expect(runs).toEqual(['bad failed', 'bad failed', 'bad failed', 'runs done', 'next done', 'later done']);
});
