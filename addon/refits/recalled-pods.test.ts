import { expect, it } from 'vitest';
import { RECALLED_TICKS } from '../../actuator/guards/false-zero.ts';
import { recalledPods } from './recalled-pods.ts';

const DEMAND = Float64Array.from({ length: 100 }, (_, i) => 10 * i);

it('what was known before a leader began is recalled in pods, as far back as a guard looks', () => {
  const pods = recalledPods(DEMAND, 10, 0);
  expect(pods.length).toBe(Math.min(100, RECALLED_TICKS));
  expect(pods.at(-1)).toBe(99);
  expect(recalledPods(DEMAND, 10, 3).slice(-5)).toEqual([98, 99, Number.NaN, Number.NaN, Number.NaN]);
});

it('a history that ended fifty years ago recalls nothing, and takes no memory for each tick since', () => {
  const pods = recalledPods(DEMAND, 10, 1.1784e8);
  expect(pods.length).toBe(RECALLED_TICKS);
  expect(pods.every(Number.isNaN)).toBe(true);
});
