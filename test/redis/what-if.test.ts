import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerWhatIf, replayByForecasters } from '../../cli/roles/what-if-role.ts';
import type { WhatIfAnswer } from '../../console/api/what-if.ts';
import { ReplayThread } from '../../console/thread/replay-thread.io.ts';
import { replayPast } from '../../console/what-if/replay-past.ts';
import { whatIfWork } from '../../console/what-if/what-if-task.ts';
import { connectRedis } from '../../redis/connection.io.ts';
import { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import { type AnswerWhatIf, SUPERSEDED, WhatIfJobs, type WhatIfTiming } from '../../redis/queue/what-if-jobs.io.ts';
import { ValueMac } from '../../redis/value-mac.ts';
import { exampleDemand, exampleWhatIfTask } from '../example-what-if.ts';
import { QueueWorld, until } from './queue-world.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { KeptLog, redisSettings, storeParts } from './redis-settings.ts';

/** The machine may have other things to do: what is lost is told later than a busy beat. */
const TIMING: Partial<WhatIfTiming> = { look: 5, beat: 50, silent: 3_000 };

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

const jobsOf = (timing: Partial<WhatIfTiming> = {}) => new WhatIfJobs(world.queue, monotonic, { ...TIMING, ...timing });
const never = new AbortController().signal;
const monotonic = () => performance.now() / 1000;

async function all(answers: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const one of answers) found.push(one);
  return found;
}

/** Goes on until it is told to end. */
const endless: AnswerWhatIf = async function* (_, signal) {
  yield 'first';
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
};
const echo: AnswerWhatIf = async function* (question) {
  yield `${question}?`;
  yield `${question}!`;
};

const work = (answer: AnswerWhatIf, options: object = {}) =>
  world.work(async () => {}, { whatIf: { jobs: jobsOf(), answer }, ...options });

describe('a question of the console over Redis', () => {
  it('is answered by a forecaster, more and more completely, and leaves nothing that waits', async () => {
    const slow: AnswerWhatIf = async function* (question) {
      yield `${question}?`;
      await new Promise((resolve) => setTimeout(resolve, 200));
      yield `${question}!`;
    };
    await work(slow);
    expect(await all(jobsOf().ask('web', never))).toEqual(['web?', 'web!']);
    await until(async () => (await world.queue.counts()).running === 0);
    expect(await world.queue.counts()).toMatchObject({ waiting: 0, failed: 0, backingOff: 0 });
    expect(await world.queue.depth()).toBe(0);
    expect(world.faults).toEqual([]);
  });

  it('waits behind all refits that wait', async () => {
    const order: string[] = [];
    const answers = all(jobsOf().ask('web', never));
    await until(async () => (await world.queue.counts()).waiting === 1);
    for (const id of ['a', 'b', 'c']) await world.queue.submit(id, 0, 1_000_000);
    const answer: AnswerWhatIf = async function* () {
      order.push('what-if');
      yield 'all';
    };
    await world.work(async (id) => void order.push(id), { concurrency: 1, whatIf: { jobs: jobsOf(), answer } });
    await answers;
    expect(order).toEqual(['a', 'b', 'c', 'what-if']);
  });

  it('is replayed by a forecaster from what is recorded', async () => {
    const thread = new ReplayThread(new URL('../../dist/console/thread/replay-worker.io.js', import.meta.url));
    const recorded = new Map([['shop/Deployment/web#0', exampleDemand(9)]]);
    await work(answerWhatIf(thread, async (id) => recorded.get(id)));
    const replay = replayByForecasters(jobsOf());
    const found: WhatIfAnswer[] = [];
    for await (const one of replay(exampleWhatIfTask(), never)) found.push(one);
    // Of nine days a week and a day.
    const { startSeconds, values } = exampleDemand(9);
    const lately = { startSeconds: startSeconds + 86_400, stepSeconds: 60, values: values.subarray(1_440) };
    expect(found.at(-1)).toEqual([...replayPast(whatIfWork(exampleWhatIfTask(), () => lately))].at(-1));
    recorded.clear();
    await expect(replay(exampleWhatIfTask(), never)[Symbol.asyncIterator]().next()).rejects.toThrow(
      'no demand of http-requests is recorded yet',
    );
    thread.close();
  });

  it('gives way to a newer one, also of another replica: one is replayed at a time', async () => {
    const ended: string[] = [];
    const answer: AnswerWhatIf = async function* (question, signal) {
      if (question === 'new') return yield* echo(question, signal);
      signal.addEventListener('abort', () => ended.push((signal.reason as Error).message));
      yield* endless(question, signal);
    };
    await work(answer);
    const old = jobsOf().ask('old', never);
    expect((await old.next()).value).toBe('first');
    expect((await all(jobsOf().ask('new', never))).at(-1)).toBe('new!');
    await expect(old.next()).rejects.toThrow(SUPERSEDED);
    await until(() => ended.length === 1);
    expect(ended).toEqual([SUPERSEDED]);
  });

  it('that is called off ends what works on it, and is not begun where it waits', async () => {
    let ended = 0;
    const answer: AnswerWhatIf = async function* (question, signal) {
      signal.addEventListener('abort', () => ended++);
      yield* endless(question, signal);
    };
    await work(answer);
    const calledOff = new AbortController();
    const answers = jobsOf().ask('web', calledOff.signal);
    await answers.next();
    calledOff.abort();
    await expect(answers.next()).rejects.toThrow('it was called off');
    await until(() => ended === 1);

    await world.close();
    world = new QueueWorld(server);
    const waiting = new AbortController();
    const none = all(jobsOf().ask('web', waiting.signal));
    await until(async () => (await world.queue.counts()).waiting === 1);
    waiting.abort();
    await expect(none).rejects.toThrow('it was called off');
    expect((await world.queue.counts()).waiting).toBe(0);
  });

  it('that fails says why, and the next one is answered', async () => {
    const answer: AnswerWhatIf = async function* (question, signal) {
      if (question === 'bad') throw new Error('two days of demand have to be recorded');
      yield* echo(question, signal);
    };
    await work(answer);
    await expect(all(jobsOf().ask('bad', never))).rejects.toThrow('two days of demand have to be recorded');
    expect((await all(jobsOf().ask('good', never))).at(-1)).toBe('good!');
    expect((await world.queue.counts()).failed).toBe(0);
  });

  it('says that nobody took it, and takes it back', async () => {
    await expect(all(jobsOf({ taken: 50 }).ask('web', never))).rejects.toThrow(
      'no forecaster took it within 0.05 s: is one running?',
    );
    expect((await world.queue.counts()).waiting).toBe(0);
    for (const id of ['a', 'b']) await world.queue.submit(id, 0, 5);
    await expect(all(jobsOf({ taken: 50 }).ask('web', never))).rejects.toThrow('2 refits come first; ask again later');
  });

  it('says that the forecaster which replayed it was lost', async () => {
    const lost = new QueueWorld(server, undefined, world.keyPrefix);
    await lost.work(async () => {}, {
      name: 'forecaster-a',
      whatIf: { jobs: new WhatIfJobs(lost.queue, monotonic, TIMING), answer: endless },
    });
    const answers = jobsOf().ask('web', never);
    expect((await answers.next()).value).toBe('first');
    lost.cut();
    await expect(answers.next()).rejects.toThrow('the forecaster forecaster-a that replayed it was lost: ask again');
    // Where another one takes the job over, the question is nobody's any more.
    let begun = 0;
    const next: AnswerWhatIf = async function* (question) {
      begun += Number(question === 'web');
      yield 'all';
    };
    await work(next, { lockSeconds: 1 });
    expect(await all(jobsOf().ask('other', never))).toEqual(['all']);
    expect(begun).toBe(0);
    await lost.close().catch(() => undefined);
  });

  it('ends with its forecaster, and says so', async () => {
    const worker = await work(endless);
    const answers = jobsOf().ask('web', never);
    await answers.next();
    const closed = worker.close();
    await expect(answers.next()).rejects.toThrow('the forecaster was told to end: ask again');
    await closed;
  });

  it('says what Redis says where it is away', async () => {
    const own = await startRedis();
    const log = new KeptLog();
    const connection = connectRedis(redisSettings({ url: own.url }), {
      log,
      random: Math.random,
      name: 'prescale-test',
    });
    await connection.opened;
    const settings = { client: connection.client, keyPrefix: 'prescale', attempts: 1, backoffSeconds: 1 };
    const queue = new BullRefitQueue<never>({ ...settings, mac: storeParts().mac }, () => undefined);
    const jobs = new WhatIfJobs(queue, monotonic, TIMING);
    const answers = jobs.ask('web', never);
    const next = answers.next();
    await until(async () => (await queue.counts()).waiting === 1);
    const failed = expect(next).rejects.toThrow(/Redis/);
    await own.stop();
    await failed;
    await expect(jobs.ask('web', never).next()).rejects.toThrow(/Redis/);
    await queue.close().catch(() => undefined);
    connection.close();
  });

  it('whose answer somebody else wrote is refused', async () => {
    const mac = new ValueMac(Buffer.alloc(32, 7));
    const settings = { client: world.client, keyPrefix: world.keyPrefix, attempts: 1, backoffSeconds: 1, mac };
    const queue = new BullRefitQueue<never>(settings, () => undefined);
    // This worker has no key, and what it writes is signed by nobody.
    await work(echo);
    await expect(all(new WhatIfJobs(queue, monotonic, TIMING).ask('web', never))).rejects.toThrow(/found no MAC on/);
    await queue.close();
  });
});
