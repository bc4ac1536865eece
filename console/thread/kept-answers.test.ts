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
  now = 15;
  expect(await ask('a')).toBe(2);
  fails = true;
  await expect(ask('b')).rejects.toThrow('away');
  fails = false;
  expect(await ask('b')).toBe(4);
  await ask('c');
  // Two are kept: the one asked for longest ago went.
  expect(await ask('a')).toBe(6);
});

it('many are asked for in one go, but those that are kept, which nobody who comes drives out meanwhile', async () => {
  const asked: string[][] = [];
  const kept = new KeptAnswers<string>(2, 15, () => 0);
  const ask = (...keys: string[]) =>
    kept.ofAll(keys, async (missing) => {
      asked.push([...missing]);
      return new Map(missing.map((key) => [key, `line of ${key}`])) as { get(key: string): string };
    });
  await ask('a', 'b');
  // `a` was asked for longest ago, and would be the one to go.
  expect(await ask('c', 'a')).toEqual(
    new Map([
      ['a', 'line of a'],
      ['c', 'line of c'],
    ]),
  );
  expect(asked).toEqual([['a', 'b'], ['c']]);
});
