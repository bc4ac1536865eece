import { afterAll, describe, expect, it } from 'vitest';
import { exampleWhatIfWork } from '../../test/example-what-if.ts';
import type { WhatIfAnswer } from '../api/what-if.ts';
import { replayPast } from '../what-if/replay-past.ts';
import { ReplayThread } from './replay-thread.io.ts';

const SCRIPT = new URL('../../dist/console/thread/replay-worker.io.js', import.meta.url);
const thread = new ReplayThread(SCRIPT);

afterAll(() => thread.close());

async function all(answers: AsyncIterable<WhatIfAnswer>): Promise<WhatIfAnswer[]> {
  const found: WhatIfAnswer[] = [];
  for await (const one of answers) found.push(one);
  return found;
}

const never = new AbortController().signal;

describe('the thread of replays', () => {
  it('answers as this one would, again and again', async () => {
    for (const max of [40, 6]) {
      const work = exampleWhatIfWork(3, { max });
      expect(await all(thread.replay(work, never))).toEqual([...replayPast(work)]);
    }
  });

  it('lets go of a replay that is called off, and plays the next one', async () => {
    const calledOff = new AbortController();
    const long = all(thread.replay(exampleWhatIfWork(60), calledOff.signal));
    const ended = expect(long).rejects.toThrow('the replay failed: it was called off');
    await new Promise((resolve) => setTimeout(resolve, 100));
    calledOff.abort();
    const short = exampleWhatIfWork(3);
    expect((await all(thread.replay(short, never))).at(-1)?.pending).toEqual([]);
    await ended;
    expect(await all(thread.replay(short, AbortSignal.abort()))).toEqual([]);
  });

  it('says what went wrong, and goes on', async () => {
    const work = exampleWhatIfWork(3);
    const broken = { ...work, task: { ...work.task, startupRatio: 7 } };
    await expect(all(thread.replay(broken, never))).rejects.toThrow(
      'the replay failed: start-up latency needs 0 < p50 ≤ p90',
    );
    expect(await all(thread.replay(work, never))).toHaveLength(2);
  });

  it('that was begun before the question answers it, also where nobody asked for anything yet', async () => {
    const own = new ReplayThread(SCRIPT);
    own.begin();
    own.begin();
    const work = exampleWhatIfWork(3);
    expect(await all(own.replay(work, never))).toEqual([...replayPast(work)]);
    own.close();
    new ReplayThread(new URL('./none.js', import.meta.url)).begin();
  });

  it('that compiles before the question ends that as soon as one comes', async () => {
    const own = new ReplayThread(SCRIPT);
    own.begin();
    // Time enough to begin with it, and not to end it.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const work = exampleWhatIfWork(3);
    expect(await all(own.replay(work, never))).toEqual([...replayPast(work)]);
    own.begin();
    expect(await all(own.replay(work, never))).toHaveLength(2);
    own.close();
  });

  it('says that its thread ended', async () => {
    const own = new ReplayThread(SCRIPT);
    const answers = all(own.replay(exampleWhatIfWork(60), never));
    const ended = expect(answers).rejects.toThrow('the replay failed: the process ends');
    await new Promise((resolve) => setTimeout(resolve, 100));
    own.close();
    await ended;
    const none = new ReplayThread(new URL('./none.js', import.meta.url));
    await expect(all(none.replay(exampleWhatIfWork(3), never))).rejects.toThrow(
      /the replay failed: Cannot find module/,
    );
  });
});
