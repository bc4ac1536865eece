import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimumChargeHours } from './cost.ts';

const run = (total: readonly number[], started: readonly number[]) => ({
  total: Int32Array.from(total),
  started: Int32Array.from(started),
});
const seconds = (total: readonly number[], started: readonly number[], minimum = 60) =>
  minimumChargeHours(run(total, started), minimum) * 3_600;

describe('the minimum charge of a pod', () => {
  it('is what a pod that lived half a minute is billed for beyond it', () => {
    expect(seconds([1, 2, 2, 1], [0, 1, 0, 0])).toBeCloseTo(30, 9);
  });

  it('is nothing for a pod that lived a minute, was there before, or is there still', () => {
    expect(seconds([1, 2, 2, 2, 2, 1], [0, 1, 0, 0, 0, 0])).toBe(0);
    expect(seconds([3, 3, 1], [0, 0, 0])).toBe(0);
    expect(seconds([1, 1, 2], [0, 0, 1])).toBe(0);
  });

  it('takes the newest first: an old pod stays where a young one can go', () => {
    // Started at ticks 0 and 3; at tick 4 one goes, which is 15 s old, and at tick 5 the other one, 75 s old.
    expect(seconds([1, 1, 1, 2, 1, 0], [1, 0, 0, 1, 0, 0])).toBeCloseTo(45, 9);
  });

  it('is nothing where the provider has none, or one of no more than a tick', () => {
    expect(seconds([1, 2, 1], [0, 1, 0], 0)).toBe(0);
    expect(seconds([1, 2, 1], [0, 1, 0], 15)).toBe(0);
  });

  it('is the sum over the pods of a pod-by-pod account, and no order of removal is billed for more', () => {
    const pods = fc.array(fc.nat(6), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(pods, fc.constantFrom(30, 60, 300), fc.infiniteStream(fc.nat(1_000)), (wanted, minimum, random) => {
        const started = wanted.map((pods, i) => Math.max(0, pods - (wanted[i - 1] ?? 2)));
        const billed = seconds(wanted, started, minimum);
        const newestFirst = account(wanted, minimum, (lives) => lives.length - 1);
        const anyOrder = account(wanted, minimum, (lives) => random.next().value! % lives.length);
        expect(billed).toBeCloseTo(newestFirst, 6);
        expect(anyOrder).toBeLessThanOrEqual(billed + 1e-6);
      }),
    );
  });
});

/** Keeps a list of pods by their tick of birth, oldest first; two were there before the first tick. */
function account(wanted: readonly number[], minimum: number, choose: (births: number[]) => number): number {
  const births = [-1e9, -1e9];
  let billed = 0;
  wanted.forEach((pods, tick) => {
    while (births.length < pods) births.push(tick);
    while (births.length > pods) {
      const [born] = births.splice(choose(births), 1);
      billed += Math.max(0, minimum - (tick - born!) * 15);
    }
  });
  return billed;
}
