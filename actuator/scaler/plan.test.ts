import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEPT_TICKS, type Margins, MOST_OVER_NEED, PodPlan } from './plan.ts';

/** So that a test names only what it is about. */
const DEFAULTS: Margins = { safetyMultiplier: 3, headroom: 0.09, keepMultiplier: 0, stabilizationTicks: 8 };

interface Moment {
  /** Expected peak of the lead time and its relative error. */
  readonly peak: number;
  readonly relativeError: number;
  /** Expected peak of the time in which a start pays; default: none. */
  readonly keepPeak: number;
  readonly load: number;
  readonly estimate: number;
  readonly low: boolean;
  readonly total: number;
  readonly ready: number;
}

/** A pod serves 10; a calm load of 50 on 5 pods where nothing else is said. */
function ask(
  plan: PodPlan,
  moment: Partial<Moment>,
  margins: Partial<Margins> = { safetyMultiplier: 0, headroom: 0 },
): number {
  const m = {
    peak: 50,
    relativeError: 0,
    keepPeak: 0,
    load: 50,
    estimate: 50,
    low: false,
    total: 5,
    ready: 5,
    ...moment,
  };
  const all = { ...DEFAULTS, ...margins };
  plan.observe(m.peak, m.load, m.estimate);
  return plan.replicas({ ...m, peakPlusFloor: m.peak, keepPeakPlusFloor: m.keepPeak, unusuallyLow: m.low }, all);
}

/** Pods need two ticks to be Ready. */
const LEAD = 2;
const newPlan = () => new PodPlan(10, 0, LEAD);
/** So much that nothing is too much of it. */
const seen = (plan: PodPlan, demand = 1e9) => {
  plan.see(demand);
  return plan;
};

describe('capacity', () => {
  it('is the expected peak and so many of its errors', () => {
    const plan = seen(newPlan());
    expect(ask(plan, { peak: 100, relativeError: 0.1 }, { safetyMultiplier: 2, headroom: 0 })).toBe(12);
    expect(plan.reasons()).toEqual(['forecast']);
  });

  it('is the load and its headroom where that is more', () => {
    const plan = newPlan();
    expect(ask(plan, { peak: 50, load: 100, estimate: 50 }, { safetyMultiplier: 0, headroom: 0.3 })).toBe(13);
    expect(plan.reasons()).toEqual(['headroom']);
  });

  it('leaves out the floor by which peaks are shifted', () => {
    expect(ask(seen(new PodPlan(10, 3, LEAD)), { peak: 93 })).toBe(9);
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
        (peak, relativeError, load, e, h, more) => {
          const moment = { peak, relativeError, load, estimate: 0, total: 0, ready: 0 };
          const lean = ask(newPlan(), moment, { safetyMultiplier: e, headroom: h });
          expect(ask(newPlan(), moment, { safetyMultiplier: e + more, headroom: h })).toBeGreaterThanOrEqual(lean);
          expect(ask(newPlan(), moment, { safetyMultiplier: e, headroom: h + more })).toBeGreaterThanOrEqual(lean);
          expect(10 * lean).toBeGreaterThanOrEqual(load - 1e-6);
        },
      ),
    );
  });
});

describe('scaling down', () => {
  it('waits until the higher need is out of the window', () => {
    const plan = seen(newPlan());
    const window = 40;
    const asked = { safetyMultiplier: 0, headroom: 0, keepMultiplier: 0, stabilizationTicks: window };
    expect(ask(plan, { peak: 80 }, asked)).toBe(8);
    for (let tick = 1; tick < window; tick++) {
      expect(ask(plan, { total: 8, ready: 8 }, asked)).toBe(8);
      expect(plan.reasons().at(-1)).toBe('stabilization');
    }
    expect(ask(plan, { total: 8, ready: 8 }, asked)).toBe(5);
    expect(plan.reasons().at(-1)).not.toBe('stabilization');
  });

  it('never takes what the load itself needed within five minutes, however short the calibrated window is', () => {
    const plan = newPlan();
    const none = { safetyMultiplier: 0, headroom: 0, keepMultiplier: 0, stabilizationTicks: 1 };
    expect(ask(plan, { peak: 80, load: 80, estimate: 80, total: 8, ready: 8 }, none)).toBe(8);
    for (let tick = 1; tick < KEPT_TICKS; tick++) expect(ask(plan, { total: 8, ready: 8 }, none)).toBe(8);
    expect(ask(plan, { total: 8, ready: 8 }, none)).toBe(5);
  });

  it('takes nothing that was ordered before it can have been of use', () => {
    const plan = seen(newPlan());
    const none = { safetyMultiplier: 0, headroom: 0, keepMultiplier: 0, stabilizationTicks: 1 };
    expect(ask(plan, { peak: 70 }, none)).toBe(7);
    // Two ticks until they are Ready, four more.
    for (let tick = 0; tick < LEAD + 3; tick++) expect(ask(plan, { total: 7, ready: 5 }, none)).toBe(7);
    for (let tick = 0; tick < 2; tick++) ask(plan, { total: 7, ready: 7 }, none);
    expect(ask(plan, { total: 7, ready: 7 }, none)).toBe(5);
  });

  it('never adds: a need of the window above what exists is over', () => {
    const plan = seen(newPlan());
    ask(plan, { peak: 200 });
    expect(ask(plan, { total: 7, ready: 7 })).toBe(7);
  });

  it('takes nothing away while the load is unusually low, and still adds', () => {
    const plan = newPlan();
    for (let tick = 0; tick < 100; tick++) {
      expect(ask(plan, { peak: 5, load: 5, estimate: 5, low: true, total: 9, ready: 9 })).toBe(9);
    }
    expect(plan.reasons().at(-1)).toBe('unusually-low');
    expect(ask(seen(plan), { peak: 120, low: true, total: 9, ready: 9 })).toBe(12);
  });
});

it('keeps the largest need of the window, however long that is at each tick', () => {
  const tick = fc.record({ planned: fc.integer({ min: 0, max: 9 }), window: fc.integer({ min: 1, max: 40 }) });
  const calm = { neededAgain: 0, keep: 0, limit: 99, estimate: 0, unusuallyLow: false, total: 9, ready: 9 };
  fc.assert(
    fc.property(fc.array(tick, { minLength: 1, maxLength: 300 }), (ticks) => {
      const plan = newPlan();
      const wrong = ticks.filter(({ planned, window }, t) => {
        const inside = ticks.slice(Math.max(0, t - window + 1), t + 1);
        return (
          plan.follow({ ...calm, planned, stabilizationTicks: window }) !==
          Math.max(...inside.map((one) => one.planned))
        );
      });
      expect(wrong).toEqual([]);
    }),
  );
});

describe('catching up', () => {
  it('starts spares while demand fails: the first to be Ready serve, a quarter of the need at most', () => {
    const plan = newPlan();
    const wanted = ask(plan, { peak: 90, load: 70, estimate: 85, total: 5, ready: 5 });
    expect(wanted).toBeGreaterThan(9);
    expect(wanted).toBeLessThanOrEqual(9 + 3);
    expect(plan.reasons()).toContain('catch-up');
  });

  it('a shortage of a tenth of a pod orders one', () => {
    expect(ask(newPlan(), { peak: 20.3, load: 20.3, estimate: 20.3, total: 2, ready: 2 })).toBe(3);
  });

  it('what was ordered is supply that is coming: pods that merely start are no failure to answer', () => {
    const plan = newPlan();
    // Four pods for a load of four, just created; and again, tick by tick, until they are Ready.
    for (let tick = 0; tick < 8; tick++)
      expect(ask(plan, { peak: 40, load: 40, estimate: 40, total: 4, ready: 0 })).toBe(4);
    expect(ask(plan, { peak: 40, load: 40, estimate: 40, total: 4, ready: 4 })).toBe(4);
  });

  it('an order that is still starting is not ordered again', () => {
    const plan = newPlan();
    let total = ask(plan, { peak: 120, load: 120, estimate: 120, total: 4, ready: 4 });
    const first = total;
    for (let tick = 0; tick < 10; tick++) {
      total = ask(plan, { peak: 120, load: 120, estimate: 120, total, ready: 4 });
      expect(total).toBe(first);
    }
    expect(first).toBeLessThanOrEqual(1.5 * 12 + 2);
  });

  it('keeps no spare once the demand is served: they leave after the window', () => {
    const plan = newPlan();
    let total = ask(plan, { peak: 90, load: 90, estimate: 90, total: 5, ready: 5 });
    for (let tick = 0; tick < 40; tick++) total = ask(plan, { peak: 90, load: 90, estimate: 90, total, ready: total });
    expect(total).toBe(9);
  });

  it('does not start for what is only expected', () => {
    const plan = seen(newPlan());
    expect(ask(plan, { peak: 90, load: 50, estimate: 50, total: 5, ready: 5 })).toBe(9);
    expect(plan.reasons()).not.toContain('catch-up');
  });
});

describe('pods over the need', () => {
  const lean = { safetyMultiplier: 0, headroom: 0, keepMultiplier: 0, stabilizationTicks: 1 };
  const settle = (plan: PodPlan, ticks = KEPT_TICKS, moment: Partial<Moment> = {}) => {
    for (let t = 0; t < ticks; t++) ask(plan, moment, lean);
    return plan;
  };

  it('stay while the peak that is expected before a start would pay needs them, and say so', () => {
    const plan = settle(seen(newPlan(), 100));
    // 50 is served by five pods; 60 is expected within the next minutes.
    expect(ask(plan, { keepPeak: 60, total: 8, ready: 8 }, lean)).toBe(6);
    expect(plan.reasons()).toEqual(['headroom', 'needed-again']);
    expect(ask(plan, { keepPeak: 50, total: 8, ready: 8 }, lean)).toBe(5);
    expect(plan.reasons()).not.toContain('needed-again');
  });

  it('stay with the more certainty, the more errors the calibration found worth it', () => {
    const plan = settle(seen(newPlan(), 100));
    const moment = { keepPeak: 50, relativeError: 0.1, total: 9, ready: 9 };
    expect([0, 1, 2].map((keepMultiplier) => ask(plan, moment, { ...lean, keepMultiplier }))).toEqual([5, 6, 6]);
  });

  it('start none, whatever is expected', () => {
    const plan = settle(seen(newPlan(), 100));
    expect(ask(plan, { keepPeak: 90, total: 5, ready: 5 }, { ...lean, keepMultiplier: 3 })).toBe(5);
  });

  it('go once ten minutes needed less, whatever is expected: constant demand comes to rest', () => {
    const plan = settle(seen(newPlan(), 1_000));
    let total = 40;
    for (let t = 0; t < 60; t++) {
      total = ask(plan, { keepPeak: 400, relativeError: 1, total, ready: total }, { ...lean, keepMultiplier: 9 });
    }
    expect(total).toBeLessThanOrEqual(MOST_OVER_NEED * 5 + 1);
  });

  it('of more than was ever seen are not expected to be needed again', () => {
    const plan = settle(seen(newPlan(), 60));
    expect(ask(plan, { keepPeak: 1e6, total: 9, ready: 9 }, lean)).toBe(7);
  });
});

describe('nothing absurd', () => {
  it('is asked for, whatever forecast and margins say: at most 1.3 times what the last ten minutes needed, and one', () => {
    const demand = fc.double({ min: 0, max: 5_000, noNaN: true });
    const moment = fc.record({
      peak: fc.double({ min: 0, max: 1e9, noNaN: true }),
      relativeError: fc.double({ min: 0, max: 50, noNaN: true }),
      keepPeak: fc.double({ min: 0, max: 1e9, noNaN: true }),
      load: demand,
      estimate: demand,
      total: fc.integer({ min: 0, max: 600 }),
    });
    const margins = fc.record({
      safetyMultiplier: fc.double({ min: 0, max: 20, noNaN: true }),
      headroom: fc.double({ min: 0, max: 2, noNaN: true }),
      keepMultiplier: fc.double({ min: 0, max: 22, noNaN: true }),
      stabilizationTicks: fc.integer({ min: 1, max: 240 }),
    });
    fc.assert(
      fc.property(fc.array(moment, { minLength: 1, maxLength: 60 }), margins, (moments, asked) => {
        const plan = newPlan();
        let most = 0;
        for (const { peak, relativeError, keepPeak, load, estimate, total } of moments) {
          const wanted = ask(plan, { peak, relativeError, keepPeak, load, estimate, total, ready: total }, asked);
          most = Math.max(most, load, estimate);
          if (wanted > total) expect(wanted).toBeLessThanOrEqual(MOST_OVER_NEED * Math.ceil(most / 10) + 1);
        }
      }),
    );
  });

  it('a peak far over all that was ever seen is not expected; said as a bound', () => {
    const plan = newPlan();
    for (let tick = 0; tick < 50; tick++) ask(plan, { peak: 50 });
    expect(ask(plan, { peak: 5_000 })).toBe(7);
    expect(plan.reasons()).toEqual(['forecast', 'need-limit']);
  });

  it('margins on a peak that is only expected add a tenth to the most ever seen; on what is there, three tenths', () => {
    const plan = seen(newPlan(), 500);
    ask(plan, { peak: 20, load: 20 });
    const unsure = { peak: 500, relativeError: 5, total: 2, ready: 2 };
    expect(ask(plan, { ...unsure, load: 20 }, { safetyMultiplier: 1 })).toBe(56);
    expect(ask(plan, { ...unsure, load: 500 }, { safetyMultiplier: 1 })).toBe(66);
  });

  it('and of a mean over four minutes three minutes sooner: it shows the need of ten minutes ago for so much longer', () => {
    const asked = (windowTicks: number, later: number) => {
      const plan = new PodPlan(10, 5, 4, undefined, windowTicks);
      ask(plan, { peak: 400, load: 400 });
      for (let tick = 1; tick < later; tick++) ask(plan, { peak: 100, load: 100 });
      return ask(plan, { peak: 100, load: 100, relativeError: 5 }, { safetyMultiplier: 1 });
    };
    expect([asked(4, 39), asked(4, 40)]).toEqual([53, 14]);
    expect([asked(16, 27), asked(16, 28)]).toEqual([53, 14]);
    // What the last five minutes needed is kept all the same, and counts.
    expect([asked(80, 19), asked(80, 20)]).toEqual([53, 14]);
  });

  it('a step is answered by what it needs and a bounded lead, not by four times that', () => {
    const plan = newPlan();
    ask(plan, { peak: 50 });
    expect(ask(plan, { peak: 50, load: 100, estimate: 200, total: 5, ready: 5 })).toBeLessThanOrEqual(1.3 * 20 + 1);
  });
});

it('pods that add load of their own: what the work needs, in one step and never more than it', () => {
  const plan = newPlan();
  // 16 pods use 8 of 10 each, 5 of it whatever they serve; twice the work needs 19.2 ÷ 5 … of 48: 19.2.
  const moment = {
    peakPlusFloor: 256,
    keepPeakPlusFloor: 0,
    relativeError: 0,
    load: 128,
    estimate: 128,
    unusuallyLow: false,
    total: 16,
    ready: 16,
  };
  plan.see(1e9);
  plan.observe(256, 128, 128);
  const factor = (10 * (1 - (16 * 5) / 128)) / (10 - 5);
  const margins = { safetyMultiplier: 0, headroom: 0, keepMultiplier: 0, stabilizationTicks: 1 };
  expect(plan.replicas({ ...moment, workFactor: factor }, margins)).toBe(20);
});
