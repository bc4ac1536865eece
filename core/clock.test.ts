import { expect, it } from 'vitest';
import { eachTick } from './clock.ts';

/** Ticks from second 7 on, each task so long; a sleep wakes so much too early. */
async function ticks(count: number, taskSeconds: readonly number[], earlySeconds = 0): Promise<number[]> {
  const stop = new AbortController();
  const done: number[] = [];
  let now = 7;
  const sleep = async (seconds: number) => {
    now += seconds - earlySeconds;
  };
  await eachTick(
    { sleep },
    () => now,
    stop.signal,
    async (tickSeconds) => {
      now += taskSeconds[done.length] ?? 0;
      if (done.push(tickSeconds) === count) stop.abort();
    },
  );
  return done;
}

it('comes at whole ticks of the wall clock', async () => {
  expect(await ticks(3, [])).toEqual([15, 30, 45]);
});

it('leaves out the ticks that pass while one is under way', async () => {
  expect(await ticks(3, [1, 40, 1])).toEqual([15, 30, 75]);
});

it('does no tick twice where a timer wakes a millisecond early', async () => {
  expect(await ticks(3, [], 0.001)).toEqual([15, 30, 45]);
});

it('ends in its sleep without one more', async () => {
  const stop = new AbortController();
  let ticked = 0;
  const sleep = async () => stop.abort();
  await eachTick(
    { sleep },
    () => 7,
    stop.signal,
    async () => {
      ticked++;
    },
  );
  expect(ticked).toBe(0);
});
