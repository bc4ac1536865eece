import { expect, it } from 'vitest';
import { parseKind } from './trace-options.ts';

it('a series is a counter or a gauge or what it looks like, never both', () => {
  expect(parseKind({})).toBeUndefined();
  expect(parseKind({ counter: true })).toBe('counter');
  expect(parseKind({ gauge: true })).toBe('gauge');
  expect(() => parseKind({ counter: true, gauge: true })).toThrow(/^--counter conflicts with --gauge/);
});
