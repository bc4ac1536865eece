import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GuardMemory } from './guard-memory.ts';
import { decodeGuardRecord } from './guard-record.ts';

/** A workload of ten pods over time, and the leaders that watch it. */
class Watched {
  private memory = new GuardMemory(10);
  private now = 1_800_000_000;

  /** @returns ticks in which pods were kept because the load broke off */
  ticks(n: number, demandPods: number): number {
    let held = 0;
    for (let i = 0; i < n; i++) {
      this.now += 15;
      this.memory.see({ nowSeconds: this.now, demandPods, current: 10, ready: 10, zeroIsOurs: false });
      if (this.memory.falseZeroReplicas !== undefined) held++;
    }
    return held;
  }

  /** Ten minutes without load, and five with so much. */
  cycle(demandPods = 8): number {
    const held = this.ticks(40, 0);
    this.ticks(20, demandPods);
    return held;
  }

  nextLeader(): void {
    const record = decodeGuardRecord(JSON.stringify(this.memory.record('u')), this.now);
    if ('damage' in record) throw new Error(record.damage);
    this.memory = new GuardMemory();
    this.memory.restore(record, this.now);
  }
}

describe('a load that breaks off again and again', () => {
  it('with a quarter of its peak in between keeps the pods of the peak for an hour in all, too', () => {
    const watched = new Watched();
    watched.ticks(20, 8);
    expect(Array.from({ length: 6 }, () => watched.cycle(2.5))).toEqual([40, 40, 40, 40, 0, 0]);
  });

  it('for a day is held in its first hour alone, as it never stays for an hour', () => {
    const watched = new Watched();
    watched.ticks(20, 8);
    const day = Array.from({ length: 96 }, () => watched.cycle());
    expect(day.reduce((sum, held) => sum + held)).toBe(160);
  });

  it('and then stays for an hour may be a false zero once more', () => {
    const watched = new Watched();
    watched.ticks(20, 8);
    for (let i = 0; i < 6; i++) watched.cycle();
    // The last break, which was believed, is not an hour ago.
    watched.ticks(180, 8);
    expect(watched.cycle()).toBe(0);
    watched.ticks(240, 8);
    expect(watched.cycle()).toBe(40);
  });

  it('once a day is held for a quarter of an hour each time', () => {
    const watched = new Watched();
    for (let day = 0; day < 6; day++) {
      watched.ticks(120, 8);
      expect(watched.ticks(360, 0)).toBe(60);
    }
  });

  it('is held no longer because leaders change: each knows for how long those before it held it', () => {
    const watched = new Watched();
    watched.ticks(20, 8);
    const cycles = Array.from({ length: 6 }, () => {
      const first = watched.ticks(13, 0);
      watched.nextLeader();
      const rest = watched.ticks(27, 0);
      watched.ticks(7, 8);
      watched.nextLeader();
      watched.ticks(13, 8);
      return first + rest;
    });
    expect(cycles).toEqual([40, 40, 40, 40, 0, 0]);
  });
});

it('property: whatever the load does, and however often leaders change, it is held for no more than an hour, until it stays for one', () => {
  const event = fc.record({
    demand: fc.constantFrom(0, 0, 0.05, 0.5, 2.5, 8, Number.NaN),
    ticks: fc.integer({ min: 1, max: 70 }),
    next: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(event, { minLength: 20, maxLength: 80 }), (events) => {
      const watched = new Watched();
      watched.ticks(20, 8);
      let held = 0;
      let since = 0;
      for (const { demand, ticks, next } of events) {
        for (let i = 0; i < ticks; i++) {
          const isHeld = watched.ticks(1, demand) > 0;
          since = isHeld ? 0 : since + 1;
          // From here on the next break may be a first one.
          if (since > 235) held = 0;
          if (isHeld) held++;
        }
        expect(held).toBeLessThanOrEqual(240);
        if (next) watched.nextLeader();
      }
    }),
  );
});
