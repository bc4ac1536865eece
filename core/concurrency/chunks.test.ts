import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunks } from './chunks.ts';

it('cuts five by two: two, two and the one that is left', () => {
  expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(chunks([], 2)).toEqual([]);
});

it('holds all, in their order; every chunk but the last is full', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 12 }), (all, size) => {
      const cut = chunks(all, size);
      expect(cut.flat()).toEqual(all);
      for (const [i, some] of cut.entries()) {
        if (i < cut.length - 1) expect(some.length).toBe(size);
        else expect(some.length).toBeGreaterThan(0);
      }
    }),
  );
});
