import { expect, it } from 'vitest';
import { atMost } from './at-most.ts';

it('runs at most so many at a time, in order, and goes on after one that failed', async () => {
  const slot = atMost(2);
  const started: number[] = [];
  const finish: (() => void)[] = [];
  const tasks = [0, 1, 2, 3].map((i) =>
    slot(async () => {
      started.push(i);
      await new Promise<void>((resolve) => finish.push(resolve));
      if (i === 0) throw new Error('first');
      return i;
    }).catch((error: Error) => error.message),
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await turn();
  expect(started).toEqual([0, 1]);
  finish[0]!();
  await turn();
  expect(started).toEqual([0, 1, 2]);
  finish[1]!();
  await turn();
  for (const end of finish) end();
  await turn();
  for (const end of finish) end();
  expect(await Promise.all(tasks)).toEqual(['first', 1, 2, 3]);
});
