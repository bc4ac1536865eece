import { describe, expect, it } from 'vitest';
import { isRow, rowsBefore, rowsFor, rowUpTo, WaitingRows } from './pending-examples.ts';

describe('the ticks that are learned from', () => {
  it('are counted, and found, as they come', () => {
    let rows = 0;
    let last = -1;
    for (let t = 0; t < 500; t++) {
      expect(rowsBefore(t)).toBe(rows);
      if (isRow(t)) {
        rows++;
        expect(t - last).toBeLessThanOrEqual(5);
        last = t;
      }
      expect(rowUpTo(t)).toBe(last);
    }
  });

  it.each([4, 20, 40])('meet every tick of a period of %i ticks', (period) => {
    const met = new Set<number>();
    for (let t = 0; t < 40 * 21; t++) if (isRow(t)) met.add(t % period);
    expect(met.size).toBe(period);
  });

  it.each([3, 4, 5, 8, 17, 1_442])('wait for %i ticks without being overwritten', (settleTicks) => {
    const waiting = new WaitingRows(new Float64Array(rowsFor(settleTicks)), 1);
    for (let t = 0; t < 4 * settleTicks; t++) {
      const settled = t - settleTicks;
      if (settled >= 0 && isRow(settled)) expect(waiting.values[waiting.offset(settled)]).toBe(settled);
      waiting.values[waiting.offset(t)] = t;
      expect(waiting.values[waiting.offset(t)]).toBe(t);
    }
  });
});
