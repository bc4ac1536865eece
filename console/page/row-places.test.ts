import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placesOf } from './row-places.ts';

it('rows that stay keep their places, and those that come take the places of those that went', () => {
  const before = placesOf(['a', 'b', 'c'], new Map());
  expect([...before.values()]).toEqual([0, 1, 2]);
  const after = placesOf(['c', 'd', 'a'], before);
  expect(Object.fromEntries(after)).toEqual({ c: 2, d: 1, a: 0 });
});

it('no two rows have one place, and there are no more places than rows were shown at once', () => {
  const keys = fc.uniqueArray(fc.constantFrom(...'abcdefghijklmnop'), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(keys), (windows) => {
      let places: ReadonlyMap<string, number> = new Map();
      for (const shown of windows) {
        places = placesOf(shown, places);
        expect([...places.keys()]).toEqual(shown);
        expect(new Set(places.values()).size).toBe(shown.length);
        for (const place of places.values()) expect(place).toBeLessThan(12);
      }
    }),
  );
});
