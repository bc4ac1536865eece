import { expect, it } from 'vitest';
import { hashOf, shareOf } from './hash.ts';

it('is FNV-1a: the published values of 32 bits', () => {
  expect(['', 'a', 'foobar'].map(hashOf)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});

it('spreads ids over [0, 1), also a few short ones that are nearly the same', () => {
  const ninths = new Set(Array.from({ length: 100 }, (_, i) => Math.floor(shareOf(`job${i}`) * 9)));
  expect(ninths.size).toBe(9);
});

it('spreads many evenly', () => {
  const tenths = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) tenths[Math.floor(shareOf(`shop/Deployment/web-${i}#0`) * 10)]!++;
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(200);
});
