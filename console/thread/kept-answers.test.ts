import { expect, it } from 'vitest';
import { KeptAnswers } from './kept-answers.ts';

it('twenty who ask at once are one question, and a failure is nobody’s answer later', async () => {
  let now = 0;
  let asked = 0;
  let fails = false;
  const kept = new KeptAnswers<number>(2, 15, () => now);
  const ask = (key: string) =>
    kept.of(key, async () => {
      asked++;
      if (fails) throw new Error('away');
      return asked;
    });
  expect(await Promise.all(Array.from({ length: 20 }, () => ask('a')))).toEqual(Array.from({ length: 20 }, () => 1));
  expect(kept.has('a')).toBe(true);
  now = 15;
  expect(kept.has('a')).toBe(false);
  expect(await ask('a')).toBe(2);
  fails = true;
  await expect(ask('b')).rejects.toThrow('away');
  fails = false;
  expect(await ask('b')).toBe(4);
  await ask('c');
  // Two are kept: the one asked for longest ago went.
  expect(await ask('a')).toBe(6);
});
