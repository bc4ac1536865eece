import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eciStartup } from '../core/startup.ts';
import { type Margins, PodPlan } from './plan.ts';
import { PredictiveScaler } from './scaler.ts';

/** The margins that a new workload begins with, so that a test names only what it is about. */
const { mode } = PredictiveScaler.beginning(
  { podCapacity: 10, unmetTargetBp: 1, min: 1, max: 99 },
  eciStartup(),
  1,
).calibration;
const DEFAULTS = (mode as { margins: Margins }).margins;

interface Moment {
  /** Expected peak of the lead time and its relative error. */
  readonly peak: number;
  readonly scale: number;
  readonly load: number;
  readonly newest: number;
  readonly low: boolean;
  readonly total: number;
  readonly ready: number;
}

/** A pod serves 10; a calm load of 50 on 5 pods where nothing else is said. */
function ask(plan: PodPlan, moment: Partial<Moment>, margins: Partial<Margins> = { errors: 0, headroom: 0 }): number {
  const m = { peak: 50, scale: 0, load: 50, newest: 50, low: false, total: 5, ready: 5, ...moment };
  const all = { ...DEFAULTS, ...margins };
  return plan.replicas(m.peak, m.scale, m.load, m.newest, m.low, all, m.total, m.ready);
}

const newPlan = () => new PodPlan(10, 0);

describe('capacity', () => {
  it('is the expected peak and so many of its errors', () => {
    const plan = newPlan();
    expect(ask(plan, { peak: 100, scale: 0.1 }, { errors: 2, headroom: 0 })).toBe(12);
    expect(plan.reasons()).toEqual(['forecast']);
  });

  it('is the load and its headroom where that is more', () => {
    const plan = newPlan();
    expect(ask(plan, { peak: 50, load: 100, newest: 50 }, { errors: 0, headroom: 0.3 })).toBe(13);
    expect(plan.reasons()).toEqual(['headroom']);
  });

  it('leaves out the floor by which peaks are shifted', () => {
    expect(new PodPlan(10, 3).replicas(93, 0, 50, 50, false, { ...DEFAULTS, errors: 0, headroom: 0 }, 5, 5)).toBe(9);
  });

  it('grows with the margins, never the other way', () => {
    const number = (max: number) => fc.double({ min: 0, max, noNaN: true });
    fc.assert(
      fc.property(
        number(1e4),
        number(2),
        number(1e4),
        number(5),
        number(2),
        number(5),
        (peak, scale, load, e, h, more) => {
          const moment = { peak, scale, load, newest: 0, total: 0, ready: 0 };
          const lean = ask(newPlan(), moment, { errors: e, headroom: h });
          expect(ask(newPlan(), moment, { errors: e + more, headroom: h })).toBeGreaterThanOrEqual(lean);
          expect(ask(newPlan(), moment, { errors: e, headroom: h + more })).toBeGreaterThanOrEqual(lean);
          expect(10 * lean).toBeGreaterThanOrEqual(load - 1e-6);
        },
      ),
    );
  });
});

describe('scaling down', () => {
  it('waits until the higher need is out of the window', () => {
    const plan = newPlan();
    const window = DEFAULTS.stabilizationTicks;
    expect(ask(plan, { peak: 80 })).toBe(8);
    for (let tick = 1; tick < window; tick++) {
      expect(ask(plan, { total: 8, ready: 8 })).toBe(8);
      expect(plan.reasons().at(-1)).toBe('stabilization');
    }
    expect(ask(plan, { total: 8, ready: 8 })).toBe(5);
    expect(plan.reasons().at(-1)).not.toBe('stabilization');
  });

  it('never adds: a need of the window above what exists is over', () => {
    const plan = newPlan();
    ask(plan, { peak: 200 });
    expect(ask(plan, { total: 7, ready: 7 })).toBe(7);
  });

  it('takes nothing away while the load is unusually low, and still adds', () => {
    const plan = newPlan();
    for (let tick = 0; tick < 100; tick++) {
      expect(ask(plan, { peak: 5, load: 5, newest: 5, low: true, total: 9, ready: 9 })).toBe(9);
    }
    expect(plan.reasons().at(-1)).toBe('unusually-low');
    expect(ask(plan, { peak: 120, low: true, total: 9, ready: 9 })).toBe(12);
  });
});

it('keeps the largest need of the window, however long that is at each tick', () => {
  const tick = fc.record({ planned: fc.integer({ min: 0, max: 9 }), window: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(fc.array(tick, { minLength: 1, maxLength: 300 }), (ticks) => {
      const plan = newPlan();
      const wrong = ticks.filter(({ planned, window }, t) => {
        const inside = ticks.slice(Math.max(0, t - window + 1), t + 1);
        return plan.follow(planned, 0, false, window, 9, 9) !== Math.max(...inside.map((one) => one.planned));
      });
      expect(wrong).toEqual([]);
    }),
  );
});

describe('catching up', () => {
  it('starts spares while demand fails: the first to be Ready serve', () => {
    const plan = newPlan();
    const wanted = ask(plan, { peak: 90, load: 70, newest: 85, total: 5, ready: 5 });
    expect(wanted).toBeGreaterThan(9);
    expect(plan.reasons().at(-1)).toBe('catch-up');
  });

  it('carries on no rise at its first decision: a load that was always there is not a surprise from 0', () => {
    // 0.3 of a pod too few: the missing one and its three spares, not the pods of a load four times as large.
    expect(ask(newPlan(), { peak: 20.3, load: 20.3, newest: 20.3, total: 2, ready: 2 })).toBe(6);
  });

  it('keeps no spare once the demand is served: they leave after the window', () => {
    const plan = newPlan();
    let total = ask(plan, { peak: 90, load: 90, newest: 90, total: 5, ready: 5 });
    for (let tick = 0; tick < 40; tick++) total = ask(plan, { peak: 90, load: 90, newest: 90, total, ready: total });
    expect(total).toBe(9);
  });

  it('does not start for what is only expected', () => {
    const plan = newPlan();
    expect(ask(plan, { peak: 90, load: 50, newest: 50, total: 5, ready: 5 })).toBe(9);
    expect(plan.reasons()).not.toContain('catch-up');
  });
});
