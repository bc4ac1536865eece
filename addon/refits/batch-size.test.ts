import { describe, expect, it } from 'vitest';
import { largestBatch } from './batch-size.ts';

const series = (...values: number[]) => ({ startSeconds: 0, stepSeconds: 60, values: Float64Array.from(values) });

describe('the batch to be ready for', () => {
  it('is the largest rise within one lead time, in pods', () => {
    expect(largestBatch(series(10, 12, 40, 41, 20, 30), 2, 20)).toBe(14);
    expect(largestBatch(series(10, 20, 30, 40), 2, 120)).toBe(10);
  });

  it('is one pod where nothing rises, and skips what is not known', () => {
    expect(largestBatch(series(10, 10, 9), 2, 20)).toBe(1);
    expect(largestBatch(series(), 2, 20)).toBe(1);
    expect(largestBatch(series(1, Number.NaN, 100), 2, 20)).toBe(1);
  });
});
