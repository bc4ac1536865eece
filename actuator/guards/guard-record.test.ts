/* Over 350 lines: all that a record may hold, and all that it may not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECALLED_TICKS } from './false-zero.ts';
import { GuardMemory, MOST_REVERSALS_PER_HOUR, type Moment } from './guard-memory.ts';
import { decodeFleetRecord, decodeGuardRecord, GUARD_RECORD_VERSION, type GuardRecord } from './guard-record.ts';

const T0 = 1_800_000_000;
const UID = '0b5b8b8e-7f4e-4b0a-9e6a-6c3f1f0d2a11';
const MINUTE = 4;

/** One process after another over the same workload. */
class Life {
  memory = new GuardMemory(10);
  now = T0;
  current = 12;

  tick(demandPods: number, over: Partial<Moment> = {}): void {
    this.now += 15;
    const { current } = this;
    this.memory.see({ nowSeconds: this.now, demandPods, current, ready: current, zeroIsOurs: false, ...over });
  }

  ticks(n: number, demandPods: number): void {
    for (let i = 0; i < n; i++) this.tick(demandPods);
  }

  write(to: number): void {
    this.memory.wrote(this.current, to);
    this.current = to;
  }

  /** A new process goes on from what is stored, so many ticks later. @param clockSeconds by which its clock is ahead */
  restart(afterTicks = 2, clockSeconds = 0): GuardRecord {
    const record = stored(this.memory, this.now);
    this.now += 15 * afterTicks + clockSeconds;
    this.memory = new GuardMemory();
    this.memory.predecessor = 'known';
    this.memory.restore(record, this.now);
    return record;
  }
}

function stored(memory: GuardMemory, nowSeconds: number): GuardRecord {
  const text = JSON.stringify(memory.record(UID));
  expect(text.length).toBeLessThan(1_000);
  const record = decodeGuardRecord(text, nowSeconds);
  if ('damage' in record) throw new Error(record.damage);
  return record;
}

describe('a false zero', () => {
  it('is held for the rest of its quarter of an hour by the process that comes next, and by the one after that', () => {
    const life = new Life();
    life.ticks(20, 10);
    life.ticks(5 * MINUTE, 0);
    expect(life.memory.falseZeroReplicas).toBe(12);
    life.restart();
    life.ticks(5 * MINUTE, 0);
    expect(life.memory.falseZeroReplicas).toBe(12);
    life.restart();
    life.ticks(4 * MINUTE, 0);
    expect(life.memory.falseZeroReplicas).toBe(12);
    life.ticks(MINUTE, 0);
    expect(life.memory.falseZeroReplicas).toBeUndefined();
  });

  it('of which nothing is stored is found in the history, by a process that only saw zeros itself', () => {
    const life = new Life();
    life.ticks(3, 0);
    const past = [...new Array<number>(8).fill(10), ...new Array<number>(6 * MINUTE).fill(0)];
    life.memory.recall(past, 12);
    expect(life.memory.falseZeroReplicas).toBe(12);
    life.ticks(9 * MINUTE - 1, 0);
    expect(life.memory.falseZeroReplicas).toBe(12);
    life.ticks(2, 0);
    expect(life.memory.falseZeroReplicas).toBeUndefined();
  });

  it('that was believed a while ago is not found again, nor one whose load came back', () => {
    const believed = new Life();
    believed.memory.recall([...new Array<number>(10).fill(10), ...new Array<number>(RECALLED_TICKS).fill(0)], 12);
    believed.tick(0);
    expect(believed.memory.falseZeroReplicas).toBeUndefined();
    const back = new Life();
    back.memory.recall([...new Array<number>(8).fill(10), 0, 0, 0, 5, 6, 7], 12);
    expect(back.memory.falseZeroReplicas).toBeUndefined();
  });
});

describe('a gap in the data', () => {
  it('of which the history knows nothing holds removals in the next process until five minutes after it', () => {
    const life = new Life();
    life.ticks(20, 10);
    life.ticks(3 * MINUTE, Number.NaN);
    life.ticks(2, 4);
    expect(life.memory.gap).toBe(true);
    life.restart(1);
    // The server was asked again for what was missed meanwhile, and makes numbers of it.
    life.memory.recall(new Array<number>(20).fill(4), 12);
    life.ticks(14, 4);
    expect(life.memory.gap).toBe(true);
    life.ticks(3, 4);
    expect(life.memory.gap).toBe(false);
  });

  it('in which a measurement that said nothing speaks again is a new one, for the next process too', () => {
    const life = new Life();
    life.ticks(20, 10);
    life.ticks(3 * MINUTE, Number.NaN);
    life.ticks(4, 0);
    const { revision } = life.memory;
    life.tick(0.5);
    expect(life.memory.revision).toBeGreaterThan(revision);
    life.restart(1);
    life.memory.recall(new Array<number>(20).fill(0.5), 12);
    life.ticks(14, 0.5);
    expect(life.memory.gap).toBe(true);
    life.ticks(3, 0.5);
    expect(life.memory.gap).toBe(false);
  });

  it('that is over is no gap for the next one', () => {
    const life = new Life();
    life.ticks(40, 10);
    life.restart();
    life.memory.recall(new Array<number>(20).fill(10), 12);
    expect(life.memory.gap).toBe(false);
  });
});

describe('what others did', () => {
  it('is respected for the rest of its ten minutes', () => {
    const life = new Life();
    life.ticks(20, 8);
    life.current = 20;
    life.ticks(4 * MINUTE, 8);
    life.restart();
    life.ticks(5 * MINUTE, 8);
    expect(life.memory.external.respected).toMatchObject({ replicas: 20, raised: true });
    life.ticks(2 * MINUTE, 8);
    expect(life.memory.external.respected).toBeUndefined();
  });

  it('while no process ran is seen by the next one', () => {
    const life = new Life();
    life.ticks(20, 8);
    life.restart(4);
    life.current = 30;
    life.tick(8);
    expect(life.memory.external.newest).toEqual({ from: 12, replicas: 30, tick: expect.any(Number) });
  });

  it('again and again is a conflict whose pause goes on, and whose next one is twice as long', () => {
    const life = new Life();
    life.ticks(20, 8);
    for (let i = 0; i < 5; i++) {
      life.write(20);
      life.current = 4;
      life.tick(8);
    }
    expect(life.memory.external.conflict).toMatchObject({ replicas: 4, ticksLeft: 5 * MINUTE });
    life.restart(4);
    life.tick(8);
    expect(life.memory.external.conflict).toMatchObject({ replicas: 4, ticksLeft: 4 * MINUTE - 1 });
    life.ticks(4 * MINUTE, 8);
    expect(life.memory.external.conflict).toBeUndefined();
    life.write(20);
    life.restart(1);
    life.current = 4;
    life.tick(8);
    expect(life.memory.external.conflict?.ticksLeft).toBe(10 * MINUTE);
  });

  it('to 0 stays switched off, also where the policy would let the 0 be ours', () => {
    const life = new Life();
    life.ticks(20, 8);
    life.current = 0;
    life.tick(8, { zeroIsOurs: true });
    life.restart();
    life.tick(0, { zeroIsOurs: true });
    expect(life.memory.external.switchedOff).toBe(true);
  });
});

describe('a leader that dies in the middle of its write', () => {
  it.each([
    ['and was carried out: it is ours, and the reversal counts', 9, false],
    ['and was not: nothing has happened', 14, false],
    ['and somebody else set another number: that is theirs', 11, true],
  ])('%s', (_, found, external) => {
    const life = new Life();
    life.ticks(20, 8);
    life.write(14);
    life.tick(8);
    life.memory.intend(14, 9);
    life.restart();
    life.current = found;
    life.tick(8);
    expect(life.memory.external.newest !== undefined).toBe(external);
    const { direction, reversals = [], expected, intent } = life.memory.record(UID);
    expect([direction, reversals.length]).toEqual(found === 9 ? ['in', 1] : ['out', 0]);
    expect(expected).toBe(found);
    if (found === 9) expect(intent).toBeUndefined();
  });

  it('a while ago does not make a number ours that somebody else sets now', () => {
    const life = new Life();
    life.ticks(20, 8);
    life.memory.intend(12, 9);
    life.restart(11 * MINUTE);
    life.current = 9;
    life.tick(8);
    expect(life.memory.external.newest).toMatchObject({ from: 12, replicas: 9 });
  });
});

describe('reversals', () => {
  const swinging = () => {
    const life = new Life();
    life.ticks(20, 8);
    for (let i = 0; i < MOST_REVERSALS_PER_HOUR; i++) {
      life.write(i % 2 ? 8 : 12);
      life.ticks(2 * MINUTE, 8);
    }
    life.write(12);
    return life;
  };

  it('of the last hour still count in the next process, and no more after it', () => {
    const life = swinging();
    life.tick(8);
    expect(life.memory.tooManyReversals).toBe(true);
    life.restart();
    expect(life.memory.tooManyReversals).toBe(true);
    life.ticks(25 * MINUTE, 8);
    expect(life.memory.tooManyReversals).toBe(false);
  });

  it('that one process knows of itself don’t count twice where it reads them again', () => {
    const life = swinging();
    life.tick(8);
    const count = () => life.memory.record(UID).reversals?.length;
    const before = count();
    life.memory.restore(stored(life.memory, life.now), life.now);
    expect(count()).toBe(before);
  });
});

describe('clocks that differ', () => {
  it('by up to a minute change nothing; one that is an hour ahead forgets what is over by it', () => {
    const hold = (clockSeconds: number) => {
      const life = new Life();
      life.ticks(20, 10);
      life.ticks(MINUTE, 0);
      life.restart(2, clockSeconds);
      life.tick(0);
      return life.memory.falseZeroReplicas;
    };
    expect([hold(-50), hold(50), hold(3_600)]).toEqual([12, 12, undefined]);
  });

  it('by more than a minute into the past find what is stored in the future: damage', () => {
    const life = new Life();
    life.ticks(20, 10);
    life.ticks(MINUTE, 0);
    const text = JSON.stringify(life.memory.record(UID));
    expect(decodeGuardRecord(text, life.now - 300)).toEqual({ damage: expect.stringMatching(/in the future/) });
  });

  it('a clock that jumps is a change to be stored: the dates are of the new one', () => {
    const life = new Life();
    life.ticks(20, 10);
    life.ticks(MINUTE, 0);
    const { revision } = life.memory;
    life.now += 3_600;
    life.tick(0);
    expect(life.memory.revision).toBeGreaterThan(revision);
    life.restart();
    life.tick(0);
    expect(life.memory.falseZeroReplicas).toBe(12);
  });
});

describe('what is stored', () => {
  it('changes with what happens, and not with each tick', () => {
    const life = new Life();
    life.ticks(20, 8);
    const { revision } = life.memory;
    for (let i = 0; i < 240; i++) life.tick(8 + (i % 3) / 10);
    expect(life.memory.revision).toBe(revision);
    life.write(14);
    expect(life.memory.revision).toBeGreaterThan(revision);
  });

  const whole: GuardRecord = {
    uid: UID,
    expected: 4,
    switchedOff: false,
    changes: [[T0 - 60, 4]],
    latest: { from: 21, to: 4, seconds: T0 - 60 },
    conflict: { replicas: 4, anyNumber: false, pauseSeconds: 600, pausedSeconds: T0 - 60, attemptSeconds: T0 - 30 },
    mostPods: 21.5,
    intent: { from: 4, to: 21, seconds: T0 - 15 },
    brokenOff: { pods: 10, replicas: 12, seconds: T0 - 30 },
    held: { beforeTicks: 80, fromSeconds: T0 - 30, forTicks: 60 },
    doubts: [
      { metric: 2 ** 32 - 1, implausible: { seconds: T0 - 60, largest: 120.5, minute: 90 } },
      { metric: 7, still: { seconds: T0 - 45, value: 3.25 } },
    ],
    baselines: [{ metric: 7, perPod: [0.065, 0, 0.07] }],
    gapSeconds: T0,
    direction: 'in',
    reversals: [T0 - 600, T0 - 300],
    lowered: { seconds: T0 - 15, from: 21, to: 4 },
  };

  it('whole is understood', () => {
    expect(decodeGuardRecord(JSON.stringify(whole), T0)).toEqual(whole);
  });

  it.each<[string, unknown]>([
    ['another type', { ...whole, expected: '4' }],
    ['a negative number', { ...whole, expected: -1 }],
    ['a fraction of a replica', { ...whole, expected: 1.5 }],
    ['a number that no workload has', { ...whole, mostPods: 2 ** 48 }],
    ['a doubt that begins tomorrow', { ...whole, doubts: [{ metric: 7, still: { seconds: T0 + 86_400, value: 4 } }] }],
    ['a doubt about less than nothing', { ...whole, doubts: [{ metric: 7, still: { seconds: T0, value: -4 } }] }],
    ['doubts about a thousand metrics', { ...whole, doubts: new Array(1_000).fill({ metric: 7 }) }],
    ['a pod that uses less than nothing', { ...whole, baselines: [{ metric: 7, perPod: [-0.1] }] }],
    [
      'what a thousand changes of pods told',
      { ...whole, baselines: [{ metric: 7, perPod: new Array(1_000).fill(1) }] },
    ],
    ['a load that was held for a year', { ...whole, held: { beforeTicks: 2_102_400, fromSeconds: T0, forTicks: 60 } }],
    ['a hold that begins tomorrow', { ...whole, held: { beforeTicks: 0, fromSeconds: T0 + 86_400, forTicks: 60 } }],
    ['a hold of a negative length', { ...whole, held: { beforeTicks: 0, fromSeconds: T0, forTicks: -60 } }],
    ['a pause of a year', { ...whole, conflict: { ...whole.conflict, pauseSeconds: 31_536_000 } }],
    ['a pause that begins tomorrow', { ...whole, conflict: { ...whole.conflict, pausedSeconds: T0 + 86_400 } }],
    ['a reversal in the future', { ...whole, reversals: [T0 + 61] }],
    ['a change in the future', { ...whole, changes: [[T0 + 3_600, 4]] }],
    ['ten thousand reversals', { ...whole, reversals: new Array(10_000).fill(T0) }],
    ['a field of another version', { ...whole, other: 1 }],
    ['no object', [1, 2]],
    ['nothing', null],
  ])('with %s is damaged', (_, json) => {
    expect(decodeGuardRecord(JSON.stringify(json), T0)).toEqual({ damage: expect.any(String) });
  });

  it('cut off anywhere, or with a byte changed, is damaged or says nothing that a guard can’t bear', () => {
    const text = JSON.stringify(whole);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (at, other) => {
        const record = decodeGuardRecord(text.slice(0, at) + other + text.slice(at + 1), T0);
        // What is damaged has been said; whatever else is decoded has to be bearable.
        fc.pre(!('damage' in record));
        const memory = new GuardMemory();
        memory.restore(record, T0);
        memory.see({ nowSeconds: T0, demandPods: 3, current: 4, ready: 4, zeroIsOurs: false });
        expect(memory.falseZeroReplicas ?? 0).toBeLessThanOrEqual(1_000_000_000);
      }),
    );
    fc.assert(fc.property(fc.string(), (any) => 'damage' in decodeGuardRecord(any, T0)));
  });

  it('of the fleet knows its version, and refuses a newer one', () => {
    expect(decodeFleetRecord('{"version":1,"seconds":1800000000}', T0)).toEqual({ version: 1, seconds: T0 });
    const newer = { version: GUARD_RECORD_VERSION + 1, whatever: [] };
    expect(decodeFleetRecord(JSON.stringify(newer), T0)).toBe('newer');
    expect(decodeFleetRecord('{"version":1,"seconds":1800000061}', T0)).toEqual({ damage: expect.any(String) });
    expect(decodeFleetRecord('nonsense', T0)).toEqual({ damage: expect.any(String) });
  });
});

it('property: whatever happened, the next process holds what the last one held, and stores the same again', () => {
  const event = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        demand: fc.constantFrom(0, 0.5, 5, 10, 40, Number.NaN),
        ticks: fc.integer({ min: 1, max: 30 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ external: fc.integer({ min: 0, max: 40 }) }) },
    { weight: 4, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 1, arbitrary: fc.record({ intend: fc.integer({ min: 1, max: 40 }) }) },
  );
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (events) => {
      const life = new Life();
      life.ticks(20, 10);
      for (const one of events) {
        if ('demand' in one) life.ticks(one.ticks, one.demand);
        else if ('external' in one) {
          life.current = one.external;
          life.tick(10);
        } else if ('write' in one) {
          life.write(one.write);
          life.tick(10);
        } else life.memory.intend(life.current, one.intend);
      }
      const before = life.memory;
      const record = life.restart(0);
      const { memory: after } = life;
      expect(after.falseZeroReplicas).toBe(before.falseZeroReplicas);
      expect(after.tooManyReversals).toBe(before.tooManyReversals);
      expect(after.external.respected?.replicas).toBe(before.external.respected?.replicas);
      expect(after.external.conflict).toEqual(before.external.conflict);
      expect(after.external.switchedOff).toBe(before.external.switchedOff);
      life.tick(10);
      before.see({
        nowSeconds: life.now,
        demandPods: 10,
        current: life.current,
        ready: life.current,
        zeroIsOurs: false,
      });
      const { gapSeconds: _, mostPods: __, ...again } = after.record(UID);
      const { gapSeconds: ___, mostPods: ____, ...kept } = before.record(UID);
      expect(again).toEqual(kept);
      expect(record.uid).toBe(UID);
    }),
  );
});
