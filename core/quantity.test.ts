import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCores,
  formatPercent,
  formatSeconds,
  parsePercent,
  parseQuantity,
  parseSeconds,
} from './quantity.ts';

describe('a Kubernetes quantity', () => {
  it.each([
    ['500m', 0.5],
    ['100m', 0.1],
    ['2', 2],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['100k', 100_000],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1E', 1e18],
    ['1Ei', 2 ** 60],
    ['.5', 0.5],
    ['5.', 5],
    ['250u', 0.00025],
    ['1n', 1e-9],
    ['+3', 3],
    ['-1', -1],
    ['0', 0],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });

  it.each(['', ' 1', '1 ', '1gb', '1K', '1ki', 'm', '0x10', 'NaN', 'Infinity', '1e', '1e999', '.', '1,5', '٣', '--1'])(
    '%j is none',
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
    },
  );

  it('is the same number however it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (n) => {
        expect(parseQuantity(`${n}m`)).toBe(n / 1000);
        expect(parseQuantity(`${n}Ki`)).toBe(n * 1024);
        expect(parseQuantity(`${n}e0`)).toBe(n);
      }),
    );
  });

  it('is printed so that it can be read back: cores exactly by the thousandth, bytes within 1 %', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.double({ min: 1, max: 1e18, noNaN: true }),
        (m, bytes) => {
          expect(parseQuantity(formatCores(m / 1000))).toBe(m / 1000);
          const back = parseQuantity(formatBytes(bytes))!;
          expect(Math.abs(back - bytes)).toBeLessThanOrEqual(bytes / 100);
        },
      ),
    );
  });

  it('is printed short', () => {
    expect([formatCores(0.5), formatCores(2), formatCores(1.25)]).toEqual(['500m', '2', '1250m']);
    expect([formatBytes(1.5 * 2 ** 30), formatBytes(512), formatBytes(2 ** 20 - 1)]).toEqual(['1.5Gi', '512', '1Mi']);
  });
});

describe('a percentage', () => {
  it.each([
    ['70%', 0.7],
    ['0.5%', 0.005],
    ['100%', 1],
    ['70', undefined],
    ['%', undefined],
    ['-5%', undefined],
    ['7 0%', undefined],
  ])('%s is %d', (text, fraction) => {
    expect(parsePercent(text)).toBe(fraction);
  });

  it('is printed as a person writes it', () => {
    expect([formatPercent(0.7), formatPercent(0.0001), formatPercent(1)]).toEqual(['70%', '0.01%', '100%']);
  });
});

describe('a duration', () => {
  it.each([
    ['180s', 180],
    ['5m', 300],
    ['1h30m', 5400],
    ['7d', 604_800],
    ['90m', 5400],
    ['0s', 0],
    ['', undefined],
    ['5', undefined],
    ['30m1h', undefined],
    ['1.5h', undefined],
    ['5 m', undefined],
    ['-5m', undefined],
    ['5min', undefined],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseSeconds(text)).toBe(seconds);
  });

  it('is printed so that it is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (s) => {
        expect(parseSeconds(formatSeconds(s))).toBe(s);
      }),
    );
  });
});
