import { expect, it } from 'vitest';
import { EarlyBounds } from './early-bounds.ts';
import type { Bounded } from './scheduled-bounds.ts';

/** 2026-06-01T00:00:00Z, a Monday. */
const MIDNIGHT = 1_780_272_000;
const at = (hour: number, minute: number, second = 0) => MIDNIGHT + 3_600 * hour + 60 * minute + second;
const rule = (cron: string, min: number) => ({
  cron,
  timeZone: 'UTC',
  durationSeconds: 600,
  min,
  max: undefined,
  except: [],
});

it('a minimum that was ordered early stays until its window begins, however short the lead time turns out to be', () => {
  const policy: Bounded = { minReplicas: 2, maxReplicas: 50, bounds: [rule('0 9 * * *', 10), rule('13 9 * * *', 20)] };
  const early = new EarlyBounds();
  const min = (when: number, leadTimeSeconds: number) => early.at(policy, when, leadTimeSeconds).min;
  expect(min(at(8, 56), 200)).toBe(2);
  expect(min(at(8, 57), 200)).toBe(10);
  expect(min(at(8, 57, 15), 20)).toBe(10);
  expect(min(at(8, 59, 45), 20)).toBe(10);
  expect(min(at(9, 0), 20)).toBe(10);
  // Once it began, the next one is ordered by the lead time of then.
  expect(min(at(9, 9, 45), 20)).toBe(10);
  expect(min(at(9, 10), 20)).toBe(2);
  expect(min(at(9, 12, 30), 20)).toBe(20);
});
