import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSlo, sloDigits } from './slo.ts';

describe('an SLO', () => {
  it.each([
    ['99.99%', 1],
    ['99.99 %', 1],
    [' 99.9% ', 10],
    ['99.995%', 0.5],
    ['99.98%', 2],
    ['90%', 1_000],
  ])('%s leaves %d basis points unmet', (text, unmetBp) => {
    expect(parseSlo(text)).toBe(unmetBp);
  });

  it.each([
    '100%',
    '100.0%',
    '89.9%',
    '101%',
    '0%',
    '99.99',
    '0.9999',
    '1bp',
    '-99%',
    '99,9%',
    '99.99%%',
    '%',
    '',
    '99.9999999999%',
  ])('%j is none', (text) => {
    expect(parseSlo(text)).toBeUndefined();
  });

  it('is written as it is read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), (n) => {
        expect(parseSlo(`${sloDigits(n / 1e6)}%`)).toBeCloseTo(n / 1e6, 6);
      }),
    );
  });
});
