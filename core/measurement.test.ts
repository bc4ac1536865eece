import { describe, expect, it } from 'vitest';
import { EXACT, INSTANT, middleTicksOf, UNKNOWN, windowTicksOf } from './measurement.ts';

describe('an observation', () => {
  it('of a window that can be undone stands for the tick before it', () => {
    expect(middleTicksOf(EXACT)).toBe(0);
    expect(middleTicksOf({ kind: 'rate', windowSeconds: 60 })).toBe(0);
  });

  it('of another window stands for the demand amid it', () => {
    // rate[2m] at tick t is the mean of the ticks t − 8 … t − 1.
    expect(windowTicksOf({ kind: 'rate', windowSeconds: 120 })).toBe(8);
    expect(middleTicksOf({ kind: 'rate', windowSeconds: 120 })).toBe(5);
    expect(middleTicksOf({ kind: 'gauge', windowSeconds: 300 })).toBe(11);
    expect(middleTicksOf(INSTANT)).toBe(1);
  });

  it('of an unknown window is taken for the mean of a minute', () => {
    expect(windowTicksOf(UNKNOWN)).toBe(4);
    expect(middleTicksOf(UNKNOWN)).toBe(3);
  });
});
