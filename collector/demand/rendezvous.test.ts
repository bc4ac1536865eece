import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownerOf } from './rendezvous.ts';

const KEYS = Array.from({ length: 10_000 }, (_, i) => `team-${i % 50}/Deployment/app-${i}`);
const names = (count: number) => Array.from({ length: count }, (_, i) => `prescale-collector-5d8f7c9b4-x${i}`);

describe('rendezvous hashing', () => {
  it('gives each collector its fair share of 10,000 workloads, within a tenth', () => {
    for (const count of [2, 3, 5, 10]) {
      const shares = new Map<string, number>();
      for (const key of KEYS) {
        const owner = ownerOf(key, names(count))!;
        shares.set(owner, (shares.get(owner) ?? 0) + 1);
      }
      expect(shares.size).toBe(count);
      for (const share of shares.values()) expect(Math.abs((share * count) / KEYS.length - 1)).toBeLessThan(0.1);
    }
  });

  it('moves nothing but the share of who comes or goes', () => {
    const before = names(4);
    const [gone, ...after] = before;
    for (const key of KEYS) {
      const owner = ownerOf(key, before)!;
      if (owner === gone) expect(after).toContain(ownerOf(key, after));
      else expect(ownerOf(key, after)).toBe(owner);
    }
  });

  it('knows no order of the collectors', () => {
    const collectors = fc.uniqueArray(fc.string(), { maxLength: 8 });
    fc.assert(
      fc.property(fc.string(), collectors, (key, some) => {
        const owner = ownerOf(key, some);
        expect(ownerOf(key, [...some].reverse())).toBe(owner);
        expect(owner === undefined).toBe(some.length === 0);
      }),
    );
  });
});
