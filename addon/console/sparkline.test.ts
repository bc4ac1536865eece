import { expect, it } from 'vitest';
import { sparkline, sparklineStart } from './sparkline.ts';

const NOW = 1_772_442_000 + 700;

it('is the last day by the half hour, of what is known, and nothing of what is not', () => {
  const fromSeconds = sparklineStart(NOW);
  expect((NOW - fromSeconds) / 3_600).toBeCloseTo(24.19, 2);
  // Recorded since ten hours after the day began, rising by 1 a minute; for twenty minutes nobody measured.
  const values = Float64Array.from({ length: 15 * 60 }, (_, i) => i);
  values.fill(Number.NaN, 0, 20);
  const line = sparkline({ startSeconds: fromSeconds + 36_000, stepSeconds: 60, values }, fromSeconds);
  expect(line).toHaveLength(48);
  expect([...line.subarray(0, 20)].every(Number.isNaN)).toBe(true);
  expect(line[20]).toBe(24.5);
  expect(line[21]).toBe(44.5);
  expect(line[47]).toBe(14 * 60 - 15 - 0.5);
});
