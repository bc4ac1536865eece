import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plain } from './plain.ts';

it('makes null of what is not known, seven digits of single precision, and leaves all else', () => {
  const found = plain({
    a: undefined,
    b: [Number.NaN, 1, undefined, 'x'],
    c: Float32Array.of(0.1, Number.NaN),
    d: { e: null },
  });
  expect(found).toEqual({ a: null, b: [null, 1, null, 'x'], c: [0.1, null], d: { e: null } });
});

it('is the same object where all of it is plain, and a copy of no more than what is not', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json: unknown = JSON.parse(JSON.stringify(value));
      expect(plain(json)).toBe(json);
      const around = { json, odd: Number.NaN };
      const found = plain(around) as { readonly json: unknown; readonly odd: unknown };
      expect(found).toEqual({ json, odd: null });
      expect(found.json).toBe(json);
      expect(around.odd).toBeNaN();
    }),
  );
});

it('keeps a name that a prototype has as a name like any other', () => {
  const hostile: unknown = JSON.parse('{"__proto__": {"x": 1}, "y": 2}');
  const found = plain({ hostile, odd: [undefined] });
  expect(JSON.stringify(found)).toBe('{"hostile":{"__proto__":{"x":1},"y":2},"odd":[null]}');
  const odd = Object.defineProperty({}, '__proto__', { value: undefined, enumerable: true });
  expect(JSON.stringify(plain(odd))).toBe('{"__proto__":null}');
});
