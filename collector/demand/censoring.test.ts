import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodRecord } from '../../core/pod-record.ts';
import { censoring, learnedDemand, mostUsable, type PodLoad } from './censoring.ts';

const pods = (...usages: number[]): PodLoad[] => usages.map((usage) => ({ usage, capacity: 1 }));

describe('a load that fills its pods is a lower bound', () => {
  const cases: [name: string, loads: PodLoad[], censored: boolean][] = [
    ['all at their limit', pods(1, 0.97, 0.96), true],
    ['one hot pod of three: an uneven balance, not a cut-off', pods(1, 0.4, 0.5), false],
    ['two of three', pods(0.96, 0.99, 0.5), true],
    ['half of them', pods(1, 1, 0.2, 0.2), false],
    ['busy, with room', pods(0.94, 0.93), false],
    ['throttled below their limit', [{ usage: 0.6, capacity: 1, throttledFraction: 0.4 }], true],
    ['throttled now and then', [{ usage: 0.6, capacity: 1, throttledFraction: 0.1 }], false],
    ['no limit known', [{ usage: 7, capacity: undefined }], false],
    ['no pods', [], false],
  ];
  it.each(cases)('%s', (_, loads, censored) => expect(censoring(loads).censored).toBe(censored));
});

describe('what is learned', () => {
  it('a cut-off measurement teaches at least what was expected, any other what it is', () => {
    expect(learnedDemand(6, true, 9)).toBe(9);
    expect(learnedDemand(6, false, 9)).toBe(6);
    expect(learnedDemand(6, true, 4)).toBe(6);
    expect(learnedDemand(6, true, Number.NaN)).toBe(6);
  });

  it('property: never less than was measured', () => {
    const amount = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(amount, fc.boolean(), fc.double(), (measured, censored, expected) => {
        expect(learnedDemand(measured, censored, expected)).toBeGreaterThanOrEqual(measured);
      }),
    );
  });
});

describe('what pods can use at most', () => {
  const cpu = { kind: 'resource', resource: 'cpu' } as const;
  const reading = (counted: number) =>
    ({ kind: 'value', value: 40, timeSeconds: 0, pods: { counted, unmeasured: 0, starting: 0 } }) as const;
  const limited = (...limits: (number | undefined)[]) =>
    limits.map(
      (limit) =>
        ({
          requests: { cpuCores: 1, memoryBytes: 0, gpus: 0, ...(limit !== undefined && { cpuLimitCores: limit }) },
        }) as PodRecord,
    );

  it('is the largest limit of each that is measured; of memory, and beside a pod without a limit, it is not known', () => {
    expect(mostUsable(reading(3), cpu, limited(2, 2, 4))).toBe(12);
    expect(mostUsable(reading(3), cpu, limited(2, undefined, 4))).toBeUndefined();
    expect(mostUsable(reading(3), { kind: 'resource', resource: 'memory' }, limited(2, 2))).toBeUndefined();
    expect(mostUsable(reading(0), cpu, limited(2))).toBeUndefined();
    expect(mostUsable({ kind: 'missing', why: 'away' }, cpu, limited(2))).toBeUndefined();
  });
});
