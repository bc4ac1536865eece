import { expect, it } from 'vitest';
import { boundsGrowthMb } from './bounds-thread.io.ts';

const MB = 2 ** 20;

it('reading other workloads takes no more memory than the container has left', () => {
  expect(boundsGrowthMb(4_000 * MB)).toBe(256);
  expect(boundsGrowthMb(200 * MB)).toBe(150);
  expect(boundsGrowthMb(64 * MB)).toBe(48);
  expect(() => boundsGrowthMb(63 * MB)).toThrow(
    'takes 64 MB of free memory at least, and 63 MB are free: raise the memory limit of the container',
  );
});
