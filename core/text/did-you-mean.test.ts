import { describe, expect, it } from 'vitest';
import { nearest, oneOf } from './did-you-mean.ts';

describe('the nearest word', () => {
  it.each([
    ['atuo', 'auto'],
    ['AUTO', 'auto'],
    ['reactiv', 'reactive'],
    ['predicitve', 'predictive'],
    ['xyz', undefined],
    ['', undefined],
    ['a'.repeat(10_000), undefined],
  ])('of %.12s is %s', (written, meant) => {
    expect(nearest(written, ['auto', 'predictive', 'reactive'])).toBe(meant);
  });
});

it('a list is read aloud, and cut after ten', () => {
  expect([oneOf([]), oneOf(['a']), oneOf(['a', 'b']), oneOf(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a or b',
    'a, b or c',
  ]);
  expect(oneOf([...'abcdefghijkl'])).toBe('a, b, c, d, e, f, g, h, i, j, …');
});
