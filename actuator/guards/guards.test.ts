/* Over 350 lines: every guard in its order, in stories of one world. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../core/decision.ts';
import { ReactiveRule } from '../scaler/reactive.ts';
import { GuardMemory, MOST_REVERSALS_PER_HOUR } from './guard-memory.ts';
import { applyGuards, type GuardContext, zeroIsOurs } from './guards.ts';
import type { StartFailures } from './starting-pods.ts';

/** So many pods, all Ready. */
const startsWell = (total: number): StartFailures => ({
  ...{ total, starting: 0, stuck: 0, becameReady: 0, obstacle: undefined, delayed: 0, delay: undefined },
});

interface Situation extends Partial<Omit<GuardContext, 'memory' | 'current'>> {
  /** Observed demand in pods; NaN: none. */
  readonly demand?: number;
  readonly afterSeconds?: number;
  /** False in mode observe. */
  readonly writes?: boolean;
  /** The demand is what the pods use themselves. */
  readonly ownUsage?: boolean;
}

/** One workload over time: each tick sees, decides, is guarded and written. */
class Story {
  readonly memory: GuardMemory;
  now = 1_800_000_000;
  current: number;
  demand: number;
  last: Decision = { kind: 'hold', replicas: 0, reasons: [] };
  private readonly zeroIsOurs: boolean;

  /** Five calm minutes behind it. */
  constructor(current: number, demand = current * 0.8, zeroIsOurs = false) {
    this.memory = new GuardMemory(demand);
    this.current = current;
    this.demand = demand;
    this.zeroIsOurs = zeroIsOurs;
    for (let i = 0; i < 20; i++) this.tick(current);
  }

  /** The scaler proposes this many; @returns replicas written, or those that stay. */
  tick(
    proposal: number,
    { demand = this.demand, afterSeconds = 15, writes = true, ownUsage = false, ...facts }: Situation = {},
  ): number {
    this.now += afterSeconds;
    this.demand = demand;
    const { current, memory } = this;
    const ready = facts.ready ?? current;
    const { zeroIsOurs } = this;
    memory.see({ nowSeconds: this.now, demandPods: demand, current, ready, zeroIsOurs, writes, ownUsage });
    const none = Number.isNaN(demand);
    const decision: Decision = none
      ? { kind: 'no-data', replicas: proposal, reasons: ['no-data'] }
      : { kind: proposal === current ? 'hold' : 'scale', replicas: proposal, reasons: ['forecast'] };
    this.last = applyGuards(decision, {
      current,
      ready,
      asked: current,
      starting: startsWell(current),
      uncreated: 0,
      metrics: { asked: 1, known: none ? 0 : 1 },
      frozen: false,
      saturated: false,
      observedNeed: none ? undefined : Math.ceil(demand),
      metricFromPods: false,
      bounds: { min: 1, max: 1000 },
      maxReplicas: 1000,
      paused: 'no',
      memory,
      ...facts,
    });
    if (this.last.replicas !== current) memory.wrote(current, this.last.replicas);
    this.current = this.last.replicas;
    return this.current;
  }

  ticks(n: number, proposal: number, situation: Situation = {}): number {
    for (let i = 0; i < n; i++) this.tick(proposal, situation);
    return this.current;
  }

  get reason() {
    return this.last.reasons.at(-1);
  }
}

describe('a calm workload', () => {
  it('is scaled as decided, both ways, and the reasons are the decision’s own', () => {
    const story = new Story(10);
    expect(story.tick(12)).toBe(12);
    expect(story.tick(7)).toBe(7);
    expect(story.last).toEqual({ kind: 'scale', replicas: 7, reasons: ['forecast'] });
    expect(story.tick(7)).toBe(7);
    expect(story.last.kind).toBe('hold');
  });
});

describe('no data', () => {
  it('for an hour takes nothing away, whatever is proposed', () => {
    const story = new Story(10);
    expect(story.ticks(240, 3, { demand: Number.NaN })).toBe(10);
    expect(story.last.kind).toBe('no-data');
  });

  it('back after 30 minutes: nothing is taken away until four and a half of the last five minutes are there', () => {
    const story = new Story(10);
    story.ticks(120, 3, { demand: Number.NaN });
    expect(story.ticks(17, 3, { demand: 8 })).toBe(10);
    expect(story.reason).toBe('data-gap');
    expect(story.tick(3)).toBe(3);
  });

  it('of half of the ticks after a gap never makes the window whole', () => {
    const story = new Story(10);
    story.ticks(8, 10, { demand: Number.NaN });
    for (let i = 0; i < 100; i++) story.tick(3, { demand: i % 2 ? 8 : Number.NaN });
    expect(story.current).toBe(10);
  });

  it('a lost scrape is no gap', () => {
    const story = new Story(10);
    story.tick(10, { demand: Number.NaN });
    expect(story.tick(6, { demand: 8 })).toBe(6);
  });

  it('yet the user’s minimum is kept: replicas that a manifest dropped come back', () => {
    const story = new Story(60);
    story.current = 1;
    expect(story.tick(1, { demand: Number.NaN, bounds: { min: 20, max: 100 } })).toBe(20);
    expect(story.reason).toBe('min');
  });

  it('a process that just began takes nothing away before it has seen five minutes, unless they are read in', () => {
    const fresh = new GuardMemory();
    const moment = { demandPods: 8, current: 10, ready: 10, zeroIsOurs: false, writes: true };
    fresh.see({ ...moment, nowSeconds: 1000 });
    expect(fresh.gap).toBe(true);
    const fed = new GuardMemory();
    for (let i = 0; i < 20; i++) fed.see({ ...moment, nowSeconds: 700 + 15 * i });
    expect(fed.gap).toBe(false);
  });
});

describe('one of two metrics is missing', () => {
  const metrics = { asked: 2, known: 1 };
  it('down is held, up passes', () => {
    const story = new Story(10);
    expect(story.tick(4, { metrics })).toBe(10);
    expect(story.reason).toBe('metric-missing');
    expect(story.tick(14, { metrics })).toBe(14);
  });
});

describe('a false zero', () => {
  it('keeps the pods for a quarter of an hour, then is believed', () => {
    const story = new Story(10);
    expect(story.tick(1, { demand: 0 })).toBe(10);
    expect(story.reason).toBe('false-zero');
    expect(story.ticks(59, 1, { demand: 0 })).toBe(10);
    expect(story.tick(1, { demand: 0 })).toBe(1);
  });

  it('that comes in by a mean of a minute takes nothing on the way down, as the need of five minutes is kept', () => {
    const story = new Story(10, 9.5);
    const rule = new ReactiveRule(1);
    const tick = (demand: number) => story.tick(rule.replicas(demand, 1, story.current, story.current), { demand });
    for (let i = 0; i < 20; i++) tick(9.5);
    expect([7.5, 5, 2.5, 0, 0].map(tick)).toEqual([10, 10, 10, 10, 10]);
    expect(story.last.reasons).toContain('false-zero');
  });

  it('adds nothing: what another writer left when the load broke off stays, also after its ten minutes', () => {
    const story = new Story(17, 15.85);
    story.current = 4;
    expect(story.ticks(60, 1, { demand: 0 })).toBe(4);
    expect(story.reason).toBe('false-zero');
    expect(story.tick(1, { demand: 0 })).toBe(1);
  });

  it('adds nothing: what was taken away because an older need is over is not ordered anew', () => {
    const story = new Story(34, 18);
    expect(story.ticks(8, 34, { demand: 15 })).toBe(34);
    expect(story.tick(19, { demand: 2 })).toBe(19);
    expect(story.tick(1, { demand: 0 })).toBe(19);
    expect(story.reason).toBe('false-zero');
  });

  it('of a server whose clock is not ours takes nothing away, and lets pods be added', () => {
    const story = new Story(10);
    expect(story.tick(4, { demand: 4, clockOff: true })).toBe(10);
    expect(story.last.reasons.at(-1)).toBe('clock-jump');
    expect(story.tick(12, { demand: 12, clockOff: true })).toBe(12);
  });

  it('that ends while there is hardly any load left: five minutes are to be whole again, as what fell meanwhile fell unseen', () => {
    const story = new Story(10);
    story.ticks(48, 1, { demand: 0 });
    expect(story.ticks(16, 1, { demand: 0.8 })).toBe(10);
    expect(story.reason).toBe('data-gap');
    expect(story.ticks(4, 1, { demand: 0.8 })).toBe(1);
  });

  it('is over when the load is back: what was measured meanwhile counts for nothing, and five minutes are to be whole again', () => {
    const story = new Story(10);
    story.ticks(4, 1, { demand: 0 });
    // The first value after it may be the low point of a load that needed more within these minutes.
    expect(story.ticks(17, 6, { demand: 5 })).toBe(10);
    expect(story.last.reasons.at(-1)).toBe('data-gap');
    expect(story.ticks(2, 6, { demand: 5 })).toBe(6);
  });

  it('that comes again and again keeps the pods for an hour in all, and not anew with each break', () => {
    const story = new Story(10);
    const cycles = Array.from({ length: 8 }, () => {
      let held = 0;
      for (let i = 0; i < 40; i++) if (story.tick(1, { demand: 0 }) > 1) held++;
      story.ticks(20, 10, { demand: 8 });
      return held;
    });
    // Each with the five minutes after it that must be whole again.
    expect(cycles).toEqual([40, 40, 40, 40, 0, 0, 0, 0]);
  });

  it('is none where idle pods went and took their baselines along, however long what is measured still counts them', () => {
    for (const late of [0, 1, 5]) {
      const story = new Story(29, 2.9);
      story.tick(3, { demand: 2.9, ownUsage: true });
      expect(story.ticks(late, 3, { demand: 2.9, ownUsage: true })).toBe(3);
      for (let tick = 0; tick < 20; tick++) {
        story.tick(3, { demand: tick === 0 ? 0.3 : 0.28, ownUsage: true });
        expect(story.last.reasons, `${late} ticks late, tick ${tick}`).not.toContain('false-zero');
      }
    }
  });

  it('of pods’ own usage is seen in what is left of them', () => {
    const story = new Story(20, 16);
    story.ticks(4, 10, { demand: 8, ownUsage: true });
    expect(story.tick(1, { demand: 0.3, ownUsage: true })).toBe(10);
    expect(story.last.reasons).toContain('false-zero');
  });

  it('is seen after a gap too', () => {
    const story = new Story(10);
    story.ticks(40, 10, { demand: Number.NaN });
    expect(story.ticks(40, 1, { demand: 0 })).toBe(10);
    expect(story.last.reasons).toContain('false-zero');
  });

  it('is none where the load was under half of a pod’s worth, falls slowly, or nothing is Ready', () => {
    const small = new Story(3, 0.4);
    expect(small.tick(1, { demand: 0 })).toBe(1);
    const larger = new Story(2, 0.8);
    expect(larger.tick(1, { demand: 0 })).toBe(2);
    const slow = new Story(20, 10);
    for (let demand = 9.8; demand > 0.5; demand -= 0.2) slow.tick(Math.ceil(demand), { demand });
    expect(slow.current).toBe(1);
    expect(new Story(10).tick(1, { demand: 0, ready: 0 })).toBe(1);
  });
});

describe('saturated pods', () => {
  it('show less than what is asked of them: none is taken away, more are added', () => {
    const story = new Story(10);
    expect(story.tick(6, { saturated: true })).toBe(10);
    expect(story.reason).toBe('saturated');
    expect(story.tick(15, { saturated: true })).toBe(15);
  });
});

describe('growth', () => {
  it('of 3 → 500 that the history knows is one write', () => {
    const story = new Story(3);
    story.memory.mostPods = 400;
    expect(story.tick(500)).toBe(500);
  });

  it('by a thousandfold spike goes no faster than the HPA, and stops at the maximum', () => {
    const story = new Story(3, 2);
    const seen = [1, 2, 3, 4, 5].map(() => story.tick(3000, { demand: 3000, bounds: { min: 1, max: 90 } }));
    expect(seen).toEqual([13, 26, 52, 90, 90]);
    expect(story.last.reasons).toContain('max');
  });

  it('a spike of the last five minutes is not history yet', () => {
    const story = new Story(3, 2);
    story.tick(3, { demand: 3000 });
    story.tick(3, { demand: 2 });
    expect(story.tick(3000)).toBe(13);
    expect(story.reason).toBe('step-limit');
  });
});

describe('pods that never become Ready', () => {
  const stuck = (total: number, count: number, rest: Partial<StartFailures> = {}) => ({
    starting: { ...startsWell(total), stuck: count, ...rest },
  });

  it('are not followed by ever more', () => {
    const story = new Story(4);
    for (let i = 0; i < 20; i++) story.tick(story.current + 12, { ready: 2, ...stuck(4, 2) });
    expect(story.current).toBe(4);
    expect(story.reason).toBe('never-ready');
  });

  it('but as many that came up beside them lift it, and what is there stays', () => {
    const story = new Story(40);
    expect(story.tick(60, { ready: 2, ...stuck(40, 3) })).toBe(40);
    expect(story.tick(60, { ready: 2, ...stuck(40, 3, { becameReady: 2 }) })).toBe(40);
    expect(story.tick(60, { ready: 3, ...stuck(40, 3, { becameReady: 3 }) })).toBe(60);
  });

  it('one of a hundred that hangs keeps nobody from growing: one more is tried at a time', () => {
    const story = new Story(101);
    expect(story.tick(120, { ready: 100, ...stuck(101, 1) })).toBe(102);
    expect(story.tick(120, { ready: 100, ...stuck(102, 1, { starting: 1 }) })).toBe(102);
    expect(story.tick(120, { ready: 101, ...stuck(102, 1, { becameReady: 1 }) })).toBe(120);
  });

  it('of a stuck rollout are a surge beside the pods that are asked for: no more is asked for because of them', () => {
    const story = new Story(11);
    for (let i = 0; i < 20; i++) expect(story.tick(23, { ready: 9, ...stuck(20, 11, { becameReady: 9 }) })).toBe(11);
    expect(story.reason).toBe('never-ready');
  });

  it('are not more than an HPA already asks for, whose floor may come up to that', () => {
    const story = new Story(3);
    expect(story.tick(30, { ready: 9, asked: 18, ...stuck(22, 9) })).toBe(18);
  });

  it('more may be removed at any time', () => {
    const story = new Story(40);
    expect(story.tick(9, { ready: 11, ...stuck(40, 29) })).toBe(9);
  });
});

describe('pods that nobody creates', () => {
  it('of 13 under a quota are not asked for beyond what stands in the field, or one more than there are', () => {
    const story = new Story(13);
    const refused = (total: number, uncreated: number) => ({
      ...{ ready: total, starting: startsWell(total), uncreated },
    });
    expect(story.tick(22, { ready: 13 })).toBe(22);
    for (let i = 0; i < 20; i++) expect(story.tick(45, refused(13, 9))).toBe(22);
    expect(story.reason).toBe('not-created');
    expect(story.tick(11, refused(13, 9))).toBe(11);
    story.current = 14;
    expect(story.tick(45, refused(14, 0))).toBe(28);
  });

  it('are asked for by another number now and then, so that their controller tries', () => {
    const story = new Story(16);
    const refused = { ready: 13, starting: startsWell(13), uncreated: 3 };
    const steps = ([1, 0, 0, -1, 0, 1] as const).map((tryAnew) => story.tick(45, { ...refused, tryAnew }));
    expect(steps).toEqual([17, 17, 17, 16, 16, 17]);
    // Not where fewer are needed.
    expect(story.tick(14, { ...refused, tryAnew: 1 })).toBe(14);
  });
});

describe('another writer', () => {
  it('raised it: for ten minutes nothing is taken away, more may be added', () => {
    const story = new Story(10);
    story.current = 20;
    expect(story.ticks(40, 8)).toBe(20);
    expect(story.reason).toBe('external-change');
    expect(story.tick(8)).toBe(8);
  });

  it('raised it, and a third one took some of that: what is left of the raise is kept until the ten minutes are over', () => {
    const story = new Story(3);
    story.current = 18;
    expect(story.ticks(20, 3)).toBe(18);
    story.current = 8;
    expect(story.ticks(20, 3)).toBe(8);
    expect(story.tick(3)).toBe(3);
  });

  it('lowered it: for ten minutes only what the observed load needs is added', () => {
    const story = new Story(10, 6);
    story.current = 4;
    expect(story.tick(12)).toBe(6);
    expect(story.ticks(39, 12)).toBe(6);
    expect(story.tick(12)).toBe(12);
  });

  it('lowered 60 → 1 under full load: all that the load needs is back at once', () => {
    const story = new Story(60, 50);
    story.current = 1;
    expect(story.tick(60)).toBe(50);
  });

  it('set 0: switched off until somebody sets another number', () => {
    const story = new Story(10);
    story.current = 0;
    expect(story.ticks(500, 10, { demand: 0 })).toBe(0);
    expect(story.reason).toBe('switched-off');
    story.current = 1;
    expect(story.tick(3, { demand: 3 })).toBe(3);
  });

  it('a 0 of our own, at night, is no switch', () => {
    const story = new Story(10, 0.5, true);
    expect(story.tick(0, { bounds: { min: 0, max: 20 } })).toBe(0);
    expect(story.tick(5, { bounds: { min: 0, max: 20 } })).toBe(5);
  });

  it('a 0 found at the start is ours wherever the policy ever allows one', () => {
    const night = { cron: '0 22 * * *', timeZone: 'UTC', durationSeconds: 28_800, min: undefined, max: 0, except: [] };
    expect(zeroIsOurs({ minReplicas: 2, bounds: [] })).toBe(false);
    expect(zeroIsOurs({ minReplicas: 0, bounds: [] })).toBe(true);
    expect(zeroIsOurs({ minReplicas: 2, bounds: [night] })).toBe(true);
    const found = (ours: boolean) => {
      const memory = new GuardMemory();
      memory.see({ nowSeconds: 0, demandPods: 0, current: 0, ready: 0, zeroIsOurs: ours });
      return memory.external.switchedOff;
    };
    expect([found(true), found(false)]).toEqual([false, true]);
  });

  it('GitOps puts 3 back each time: five times, then one write an ever longer while, no loop', () => {
    const story = new Story(10, 9);
    const writes: number[] = [];
    for (let tick = 0; tick < 4 * 240; tick++) {
      story.current = 3;
      if (story.tick(10) !== 3) writes.push(tick);
      else expect(story.memory.external.conflict?.replicas).toBe(3);
      expect(story.last.replicas).toBeGreaterThanOrEqual(3);
    }
    const pauses = writes.slice(4).map((tick, i) => (writes[i + 5] ?? tick) - tick);
    expect(writes.slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(pauses.slice(0, 4)).toEqual([41, 81, 161, 241]);
    expect(writes.length).toBeLessThan(12);
    expect(story.last.reasons).toContain('conflict');
  });

  it('that gives up ends the conflict: after ten minutes that our number stands, five more are needed', () => {
    const story = new Story(10, 9);
    for (let tick = 0; tick < 5; tick++) {
      story.current = 3;
      story.tick(10);
    }
    expect(story.reason).toBe('conflict');
    story.ticks(20 + 41, 10);
    expect(story.current).toBe(10);
    story.current = 3;
    expect(story.tick(10)).toBe(9);
    expect(story.memory.external.conflict).toBeUndefined();
  });
});

describe('an autoscaler that nobody told of', () => {
  it('sets ever other numbers: after ten changes it is left to it, as long as it goes on so', () => {
    const story = new Story(20, 15);
    const writes: number[] = [];
    for (let tick = 0; tick < 480; tick++) {
      story.current = 30 + (tick % 7);
      story.tick(50);
      if (story.last.kind === 'scale') writes.push(tick);
    }
    // Every second one: a number that it lowered is respected, as the load needs no more.
    expect(writes).toEqual([0, 2, 4, 6, 8]);
    expect(story.reason).toBe('conflict');
  });

  it('is none of our business in mode observe: what would be done is shown as it is', () => {
    const story = new Story(20, 15);
    for (let tick = 0; tick < 100; tick++) {
      story.current = 10 + (tick % 7);
      expect(story.tick(30, { writes: false })).toBe(30);
    }
  });
});

describe('the clock', () => {
  it.each([
    ['goes back a minute', -60],
    ['jumps an hour', 3600],
  ])('%s: nothing is taken away then, nor before five whole minutes; additions pass', (_, afterSeconds) => {
    const story = new Story(10);
    expect(story.tick(4, { afterSeconds })).toBe(10);
    expect(story.last.reasons).toContain('clock-jump');
    expect(story.tick(4)).toBe(10);
    expect(story.reason).toBe('data-gap');
    expect(story.tick(12)).toBe(12);
    expect(story.ticks(20, 4)).toBe(4);
  });

  it('jumping does not end a hold early', () => {
    const story = new Story(10);
    story.current = 20;
    story.tick(8);
    story.tick(8, { afterSeconds: 3600 });
    expect(story.ticks(30, 8)).toBe(20);
  });
});

describe('bounds and pauses', () => {
  it('a metric of the pods keeps the last pod, unless the maximum itself is 0', () => {
    const bounds = { min: 0, max: 5 };
    const story = new Story(2, 0.5, true);
    expect(story.tick(0, { bounds, metricFromPods: true })).toBe(1);
    expect(story.reason).toBe('last-pod');
    expect(story.tick(1, { bounds: { min: 0, max: 0 }, metricFromPods: true })).toBe(0);
  });

  it('pausing holds at once, and unpausing moves at once', () => {
    const story = new Story(10);
    expect([story.tick(14, { paused: 'all' }), story.tick(6, { paused: 'all' })]).toEqual([10, 10]);
    expect(story.reason).toBe('paused');
    expect([story.tick(6, { paused: 'scale-in' }), story.tick(12, { paused: 'scale-in' })]).toEqual([10, 12]);
    expect([story.tick(14, { paused: 'scale-out' }), story.tick(8, { paused: 'scale-out' })]).toEqual([12, 8]);
    expect(story.tick(11)).toBe(11);
  });

  it('what can’t be trusted takes nothing away, but what the bounds forbid', () => {
    const doubt = fc.constantFrom<Situation>(
      { demand: Number.NaN },
      { afterSeconds: -30 },
      { afterSeconds: 500 },
      { metrics: { asked: 2, known: 1 } },
      { saturated: true },
      { demand: 0 },
    );
    const count = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(count, count, doubt, count, fc.integer({ min: 1, max: 50 }), (n, proposal, what, max, ticks) => {
        const story = new Story(10 + n);
        const bounds = { min: 0, max };
        expect(story.ticks(ticks, proposal, { ...what, bounds })).toBeGreaterThanOrEqual(Math.min(10 + n, max));
      }),
    );
  });

  it('what is written is never over the user’s maximum or the administrator’s cap, nor under a minimum that both allow', () => {
    const count = fc.integer({ min: 0, max: 2000 });
    const step = fc.record({
      proposal: count,
      external: fc.option(count, { freq: 10 }),
      demand: fc.oneof(fc.double({ min: 0, max: 2000, noNaN: true }), fc.constant(Number.NaN)),
      saturated: fc.boolean(),
      known: fc.integer({ min: 0, max: 2 }),
      afterSeconds: fc.integer({ min: -100, max: 200 }),
    });
    let changes = 0;
    fc.assert(
      fc.property(count, count, count, fc.array(step, { maxLength: 60 }), (a, b, cap, steps) => {
        const bounds = { min: Math.min(a, b), max: Math.max(a, b) };
        const story = new Story(5, 4);
        for (const { proposal, external, known, ...rest } of steps) {
          if (external !== null) story.current = external;
          const before = story.current;
          const after = story.tick(proposal, { ...rest, bounds, maxReplicas: cap, metrics: { asked: 2, known } });
          if (after === before) continue;
          changes++;
          expect(after).toBeLessThanOrEqual(Math.min(bounds.max, cap));
          expect(after).toBeGreaterThanOrEqual(Math.min(bounds.min, cap));
        }
      }),
    );
    expect(changes).toBeGreaterThan(100);
  });
});

describe('thrash', () => {
  it('a sine with noise over 24 h reverses at most so often in any hour, and never goes short for it', () => {
    const story = new Story(20, 20);
    const reversals: number[] = [];
    let direction = 0;
    let random = 1;
    for (let tick = 0; tick < 5760; tick++) {
      random = (random * 48_271) % 2_147_483_647;
      const demand = 20 + 8 * Math.sin((2 * Math.PI * tick) / 24) + (6 * random) / 2_147_483_647;
      const before = story.current;
      const change = Math.sign(story.tick(Math.ceil(demand), { demand }) - before);
      expect(story.current).toBeGreaterThanOrEqual(Math.ceil(demand));
      if (change !== 0 && change === -direction) reversals.push(tick);
      if (change !== 0) direction = change;
    }
    for (const tick of reversals) {
      expect(reversals.filter((other) => other > tick - 240 && other <= tick).length).toBeLessThanOrEqual(
        MOST_REVERSALS_PER_HOUR,
      );
    }
    expect(reversals.length).toBeGreaterThan(24);
  });
});

describe('a window that is recalled from the history', () => {
  const moment = (nowSeconds: number, demandPods: number) => {
    return { nowSeconds, demandPods, current: 10, ready: 10, zeroIsOurs: false, writes: true };
  };

  it('is whole at once; what was seen itself stays', () => {
    const memory = new GuardMemory();
    for (let tick = 0; tick < 3; tick++) memory.see(moment(1_000 + 15 * tick, 8));
    expect(memory.gap).toBe(true);
    memory.recall([...new Array<number>(17).fill(7), 1, 1, 1]);
    expect(memory.gap).toBe(false);
    memory.see(moment(1_045, 8));
    expect(memory.gap).toBe(false);
  });

  it('stays partial where the history knows too little, or nothing of late', () => {
    const little = new GuardMemory();
    little.recall(new Array<number>(10).fill(7));
    expect(little.gap).toBe(true);
    const old = new GuardMemory();
    old.recall([...new Array<number>(10).fill(7), ...new Array<number>(10).fill(Number.NaN)]);
    expect(old.gap).toBe(true);
  });
});
