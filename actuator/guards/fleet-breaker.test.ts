import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FleetBreaker, type Lowering } from './fleet-breaker.ts';

const fleet = (n: number, from: number, to: number): Lowering[] =>
  Array.from({ length: n }, (_, i) => ({ key: `shop/Deployment/web-${i}`, from, to }));

describe('the breaker of a fleet', () => {
  it('lets an ordinary evening pass: a fifth lose more than half, the others less', () => {
    const breaker = new FleetBreaker();
    const wanted = [...fleet(40, 20, 5), ...fleet(200, 20, 12).slice(40)];
    expect(breaker.admit(wanted, 200, 0).size).toBe(200);
    expect(breaker.openSinceSeconds).toBeUndefined();
  });

  it('opens where 200 fall by 90 % at once: none in the first window, then a fifth a window, none twice', () => {
    const breaker = new FleetBreaker();
    const replicas = new Map(fleet(200, 100, 0).map(({ key }) => [key, 100]));
    const lowered: number[] = [];
    for (let seconds = 0; seconds < 2400; seconds += 15) {
      const wanted = [...replicas].filter(([, n]) => n > 10).map(([key, from]) => ({ key, from, to: 10 }));
      for (const key of breaker.admit(wanted, 200, seconds)) replicas.set(key, 10);
      if (seconds === 0) expect(breaker.openSinceSeconds).toBe(0);
      if (seconds % 300 === 285) lowered.push([...replicas.values()].filter((n) => n === 10).length);
    }
    expect(lowered).toEqual([0, 40, 80, 120, 160, 200, 200, 200]);
    expect(breaker.openSinceSeconds).toBeUndefined();
  });

  it('while open holds small removals too, and lets pass what a person asked for', () => {
    const breaker = new FleetBreaker();
    const small = { key: 'shop/Deployment/small', from: 10, to: 9 };
    const night = { key: 'shop/Deployment/night', from: 10, to: 0, asked: true };
    expect([...breaker.admit([...fleet(50, 10, 1), small, night], 100, 0)]).toEqual([night.key]);
    expect(breaker.admit([small], 100, 299).size).toBe(0);
    expect(breaker.admit([small], 100, 300).size).toBe(1);
    expect(breaker.openSinceSeconds).toBeUndefined();
  });

  it('adds up small removals: four of a quarter are one large', () => {
    const breaker = new FleetBreaker();
    const admitted = [
      [100, 75],
      [75, 56],
      [56, 42],
    ].map(([from, to], i) => breaker.admit(fleet(50, from!, to!), 50, 15 * i).size);
    expect(admitted).toEqual([50, 50, 0]);
  });

  it('forgets after five minutes, also where nothing was asked meanwhile', () => {
    const breaker = new FleetBreaker();
    expect(breaker.admit(fleet(20, 10, 1), 100, 0).size).toBe(20);
    const others = fleet(40, 10, 1).slice(20);
    expect(breaker.admit(others, 100, 300).size).toBe(20);
  });

  it('goes on from what another one stored: its removals count until their window is over, and it is open as long as that one was', () => {
    const before = new FleetBreaker();
    before.admit(fleet(15, 10, 1), 100, 1_000);
    before.admit(fleet(20, 10, 9).slice(15), 100, 1_100);
    const [first] = fleet(1, 10, 1);
    expect(before.passedOf(first!.key, 1_100)).toEqual({ seconds: 1_000, from: 10, to: 1 });
    const next = new FleetBreaker();
    for (const { key } of fleet(20, 10, 1)) next.restore(key, before.passedOf(key, 1_100)!, 1_115);
    const others = fleet(40, 10, 1).slice(20);
    expect(next.admit(others.slice(0, 5), 100, 1_120).size).toBe(5);
    expect(next.admit(others.slice(5), 100, 1_135).size).toBe(0);
    const last = new FleetBreaker();
    last.reopen(next.openSinceSeconds!, 1_200);
    expect(last.openSinceSeconds).toBe(1_135);
    expect(last.admit(others.slice(0, 1), 100, 1_434).size).toBe(0);
    expect(last.admit(others.slice(0, 1), 100, 1_435).size).toBe(1);
  });

  it('lets three of a small namespace go', () => {
    expect(new FleetBreaker().admit(fleet(3, 10, 1), 4, 0).size).toBe(3);
    expect(new FleetBreaker().admit(fleet(4, 10, 1), 4, 0).size).toBe(0);
  });

  it('never lets more than the budget lose over half of what they had within a window, whatever is wanted, and however often the clock goes back', () => {
    const tick = fc.record({
      afterSeconds: fc.integer({ min: -1000, max: 400 }),
      targets: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 30, maxLength: 30 }),
    });
    fc.assert(
      fc.property(fc.array(tick, { maxLength: 30 }), (ticks) => {
        const breaker = new FleetBreaker();
        const replicas = new Array<number>(30).fill(100);
        const history: { passed: number; i: number; from: number }[] = [];
        let seconds = 0;
        let passed = 0;
        for (const { afterSeconds, targets } of ticks) {
          seconds += afterSeconds;
          passed += Math.max(0, afterSeconds);
          const wanted = targets.map((to, i) => ({ key: `${i}`, from: replicas[i]!, to })).filter((w) => w.to < w.from);
          for (const key of breaker.admit(wanted, 30, seconds)) {
            history.push({ passed, i: Number(key), from: replicas[Number(key)]! });
            replicas[Number(key)] = targets[Number(key)]!;
          }
          const recent = history.filter((entry) => passed - entry.passed < 300);
          const large = new Set(recent.filter(({ i, from }) => 2 * replicas[i]! < from).map(({ i }) => i));
          expect(large.size).toBeLessThanOrEqual(6);
          targets.forEach((to, i) => {
            if (to > replicas[i]!) replicas[i] = to;
          });
        }
      }),
    );
  });
});
