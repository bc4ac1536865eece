/* Over 350 lines: the stories of one class, on loads that all of them share. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../core/decision.ts';
import { seededRandom } from '../../core/random.ts';
import { eciStartup, logNormalStartup, type StartupLatency } from '../../core/startup.ts';
import { TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import type { LeadTimeModel } from '../../forecaster/lead-time/neural/neural-model.ts';
import { shippedModel } from '../../forecaster/lead-time/neural/shipped-model.ts';
import type { Calibration, ScalingMode } from './calibrate.ts';
import { PredictiveScaler, type ScalerState } from './scaler.ts';
import type { ScalingPolicy } from './scaling-policy.ts';

const POLICY: ScalingPolicy = { podCapacity: 5, unmetTargetBp: 1, min: 1, max: 1_000 };
const SLOW = logNormalStartup(90, 180);

/** A workload whose pods are Ready a tick after their creation; time goes on from call to call. */
class Workload {
  readonly scaler: PredictiveScaler;
  readonly decisions: Decision[] = [];
  total: number;
  private ready: number;
  private t = 0;
  private readonly load: (t: number) => number;

  constructor(
    load: (t: number) => number,
    policy: Partial<ScalingPolicy> = {},
    startup: StartupLatency = eciStartup(),
  ) {
    this.scaler = PredictiveScaler.beginning({ ...POLICY, ...policy }, startup, 1);
    this.load = load;
    this.total = policy.min ?? 1;
    this.ready = this.total;
  }

  /** Reads history in without deciding. */
  learn(ticks: number): this {
    for (let i = 0; i < ticks; i++) this.scaler.observe(this.observed(this.t++));
    this.total = this.ready = Math.max(1, Math.ceil(this.load(this.t) / POLICY.podCapacity));
    return this;
  }

  run(ticks: number): this {
    for (let i = 0; i < ticks; i++) {
      const decision = this.scaler.tick(this.observed(this.t++), { total: this.total, ready: this.ready });
      this.decisions.push(decision);
      this.ready = Math.min(this.total, decision.replicas);
      this.total = decision.replicas;
    }
    return this;
  }

  get last(): Decision {
    return this.decisions.at(-1)!;
  }

  get podTicks(): number {
    return this.decisions.reduce((sum, { replicas }) => sum + replicas, 0);
  }

  private observed(t: number): number {
    return (this.load(t - 4) + this.load(t - 3) + this.load(t - 2) + this.load(t - 1)) / 4;
  }
}

/** A day's wave between 20 and 100 with noise of ± 4 %. */
function wave(seed: number): (t: number) => number {
  const random = seededRandom(seed);
  const noise = Array.from({ length: 1_000 }, () => 1 + 0.08 * (random() - 0.5));
  return (t) => (60 - 40 * Math.cos((2 * Math.PI * t) / TICKS_PER_DAY)) * noise[((t % 1_000) + 1_000) % 1_000]!;
}

describe('no data', () => {
  it('holds before anything was ever seen', () => {
    const { last } = new Workload(() => Number.NaN, { min: 3 }).run(1);
    expect(last).toEqual({ kind: 'no-data', replicas: 3, reasons: ['no-data'] });
  });

  it('holds whatever exists, for as long as it lasts, and goes on afterwards', () => {
    const gap = (t: number) => t > TICKS_PER_DAY && t <= TICKS_PER_DAY + 200;
    const load = wave(1);
    const workload = new Workload((t) => (gap(t) ? Number.NaN : load(t))).learn(TICKS_PER_DAY).run(2);
    const before = workload.total;
    workload.run(180);
    expect(new Set(workload.decisions.slice(-180).map(({ kind }) => kind))).toEqual(new Set(['no-data']));
    expect(workload.total).toBe(before);
    expect(workload.run(60).last.kind).not.toBe('no-data');
  });
});

describe('a decision', () => {
  it('says that it holds where nothing changes, and which rule said so', () => {
    const { last, total } = new Workload(() => 42).learn(TICKS_PER_DAY).run(100);
    expect(last.kind).toBe('hold');
    expect(last.replicas).toBe(total);
    expect(last.reasons.length).toBeGreaterThan(0);
  });

  it('stays inside the bounds and names the one that it met', () => {
    const capped = new Workload(() => 500, { max: 30 }).learn(600).run(10);
    expect(capped.last).toMatchObject({ replicas: 30 });
    expect(capped.last.reasons.at(-1)).toBe('max');
    const idle = new Workload(() => 0, { min: 4 }).run(100);
    expect(idle.last).toMatchObject({ replicas: 4 });
    expect(idle.last.reasons.at(-1)).toBe('min');
  });

  it('is a whole number of pods inside the bounds, whatever was observed', () => {
    const observed = fc.oneof(
      fc.constant(Number.NaN),
      fc.constant(0),
      fc.double({ min: 0, max: 1e12, noNaN: true }),
      fc.double({ min: 0, max: 1e-6, noNaN: true }),
    );
    const runs = fc.array(fc.tuple(observed, fc.integer({ min: 1, max: 900 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 50 }), (pieces, min, more) => {
        const values = pieces.flatMap(([value, ticks]) => new Array<number>(ticks).fill(value));
        const workload = new Workload((t) => values[Math.max(0, t)] ?? 0, { min, max: min + more });
        workload.run(values.length);
        const wrong = workload.decisions.filter(
          ({ replicas }) => !(Number.isInteger(replicas) && replicas >= min && replicas <= min + more),
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });
});

describe('what was learned', () => {
  const noon = TICKS_PER_DAY / 2;
  /** From 20 to 100 within three minutes at noon, back at midnight. */
  const ramp = (t: number) => Math.min(100, 20 + (80 * Math.max(0, (t % TICKS_PER_DAY) - noon)) / 12);

  it('brings pods before the daily ramp: they are asked for while the load is still low', () => {
    const workload = new Workload(ramp, {}, SLOW).learn(3 * TICKS_PER_DAY + noon - TICKS_PER_HOUR).run(TICKS_PER_HOUR);
    // 20 needs 4 pods; half of the ramp's 20 are asked for while nobody has seen it.
    expect(workload.total).toBeGreaterThan(10);
    expect(workload.decisions[0]!.replicas).toBeLessThan(10);
  });

  it('keeps the pods at an unusual low: an outage in front of the service is no reason to be small after it', () => {
    const from = 3 * TICKS_PER_DAY;
    const workload = new Workload((t) => (t >= from ? 0 : 80)).learn(from).run(100);
    expect(workload.total).toBeGreaterThanOrEqual(16);
    expect(workload.last.reasons.at(-1)).toBe('unusually-low');
    // Half a day later it is what the load is now.
    workload.run(12 * TICKS_PER_HOUR);
    expect(workload.total).toBe(1);
  });

  it('is backtested: after five days the margins are no longer the default ones', () => {
    const workload = new Workload(wave(2)).learn(5 * TICKS_PER_DAY).run(1);
    const { unmetBp, costRatio } = workload.scaler.calibration;
    expect(unmetBp).toBeLessThanOrEqual(POLICY.unmetTargetBp);
    expect(costRatio).toBeLessThan(1.3);
  });

  it('costs more where more was promised, never less', () => {
    // Now and then the load is a quarter larger for ten minutes: spare capacity is all that helps, and within what is ever asked for.
    const base = wave(3);
    const load = (t: number) => base(t) * (t % 700 < 40 ? 1.25 : 1);
    const day = (unmetTargetBp: number) =>
      new Workload(load, { unmetTargetBp }, SLOW).learn(5 * TICKS_PER_DAY).run(TICKS_PER_DAY / 2).podTicks;
    const [strict, usual, loose] = [0.2, 5, 100].map(day);
    // Demand that may fail is caught up with, which costs something too.
    expect(strict).toBeGreaterThanOrEqual(usual! * 0.995);
    expect(usual).toBeGreaterThanOrEqual(loose! * 0.97);
    expect(strict).toBeGreaterThan(loose!);
  });

  it('is the same for the same observations', () => {
    const twice = [1, 2].map(() => new Workload(wave(4)).learn(TICKS_PER_DAY).run(500).decisions);
    expect(twice[0]).toEqual(twice[1]);
  });
});

describe('the upper quantile of the forecast', () => {
  it('is at most twice all that was ever seen, however wild the errors were', () => {
    // Each half day begins from nothing, at another time each day.
    const load = (t: number) =>
      (t + 977 * Math.floor(t / TICKS_PER_DAY)) % TICKS_PER_DAY < TICKS_PER_DAY / 2 ? 200 : 0;
    const { scaler } = new Workload(load);
    let most = 0;
    for (let t = 0; t < 4 * TICKS_PER_DAY; t++) {
      scaler.observe((load(t - 1) + load(t - 2) + load(t - 3) + load(t - 4)) / 4);
      most = Math.max(most, scaler.forecast!.upper);
    }
    expect(most).toBeGreaterThan(200);
    expect(most).toBeLessThanOrEqual(400);
  });
});

describe('a surprise', () => {
  it('is caught up with spares, which leave when it is served', () => {
    const from = 3 * TICKS_PER_DAY + 20;
    const workload = new Workload((t) => (t >= from ? 200 : 20)).learn(3 * TICKS_PER_DAY).run(40);
    expect(workload.decisions.some(({ reasons }) => reasons.includes('catch-up'))).toBe(true);
    expect(workload.total).toBeGreaterThanOrEqual(40);
    workload.run(TICKS_PER_HOUR);
    expect(workload.total).toBeLessThan(120);
    expect(workload.last.reasons).not.toContain('catch-up');
  });

  it('asks for what demand needs within two ticks of its observation', () => {
    const from = TICKS_PER_DAY;
    const workload = new Workload((t) => (t >= from ? 100 : 50)).learn(from).run(6);
    // Tick 0 sees nothing of it yet; at tick 4 the whole minute is over.
    expect(workload.decisions[2]!.replicas).toBeGreaterThan(10);
    expect(workload.decisions[5]!.replicas).toBeGreaterThanOrEqual(20);
  });
});

describe('a live scaler, refitted elsewhere', () => {
  const AHEAD = 6 * TICKS_PER_HOUR;
  const noise = seededRandom(8);
  const noises = Float64Array.from({ length: 6 * TICKS_PER_DAY }, () => 0.9 + 0.2 * noise());
  const observed = (t: number) => (60 - 40 * Math.cos((2 * Math.PI * t) / TICKS_PER_DAY)) * noises[t]!;

  /** A refit as a worker does it: the whole history from the start to tick `end`. */
  function refit(end: number, aimBp: number | undefined, neural?: LeadTimeModel): PredictiveScaler {
    const scaler = PredictiveScaler.beginning(POLICY, eciStartup(), 1, undefined, undefined, neural);
    for (let t = 0; t < end; t++) scaler.observe(observed(t));
    if (aimBp !== undefined) scaler.calibrate(aimBp);
    return scaler;
  }

  /** Refits without a calibration, each later than the one before: the history is read once. */
  function routineRefits(neural?: LeadTimeModel): (end: number) => PredictiveScaler {
    const scaler = PredictiveScaler.beginning(POLICY, eciStartup(), 1, undefined, undefined, neural);
    let t = 0;
    return (end) => {
      for (; t < end; t++) scaler.observe(observed(t));
      return scaler;
    };
  }

  const threeDays = new Map<number | undefined, PredictiveScaler>();
  /** The state after three days, which are read once for each aim. */
  function stateOfThreeDays(aheadTicks: number, aimBp?: number): ScalerState {
    const scaler = threeDays.get(aimBp) ?? refit(3 * TICKS_PER_DAY, aimBp);
    threeDays.set(aimBp, scaler);
    return structuredClone(scaler.state(aheadTicks));
  }

  it.each([
    ['its own regression', undefined],
    ['the neural model', shippedModel()],
  ])(
    'on %s decides for two days what one with all the days in memory decides, whenever its refits arrive',
    (_, neural) => {
      const first = 3 * TICKS_PER_DAY;
      const whole = PredictiveScaler.beginning(POLICY, eciStartup(), 1, undefined, undefined, neural);
      for (let t = 0; t < first; t++) whole.observe(observed(t));
      const routine = routineRefits(neural);
      const live = PredictiveScaler.resume(POLICY, structuredClone(routine(first).state(AHEAD)), neural);
      let pods = { total: 5, ready: 5 };
      let refits = 0;
      for (let t = first; t < first + 2 * TICKS_PER_DAY; t++) {
        const expected = whole.tick(observed(t), pods);
        live.observe(observed(t));
        // The first tick calibrates too; later the daily one, and a refit every four hours, seven ticks late.
        const due = live.calibrationDue || t === first;
        if (due) live.adopt(...sent(refit(t + 1, live.aimBp, neural), true), [], neural);
        else if (t % (4 * TICKS_PER_HOUR) === 7) {
          live.adopt(
            ...sent(routine(t - 6), false),
            [6, 5, 4, 3, 2, 1, 0].map((ago) => observed(t - ago)),
          );
          refits++;
        }
        const decision = live.decide(pods);
        expect(decision, `tick ${t}`).toEqual(expected);
        pods = { total: decision.replicas, ready: Math.min(pods.total, decision.replicas) };
      }
      expect(refits).toBeGreaterThan(8);
    },
  );

  it.each(['reactive', 'auto'] as const)('%s, asked before its first tick, keeps what its history needed', (mode) => {
    // A load that falls by a fifth a minute: five minutes ago it needed three times the pods of now.
    const falling = (t: number) => observed(t) * 0.95 ** Math.max(0, t - 3 * TICKS_PER_DAY);
    const learned = PredictiveScaler.beginning(POLICY, eciStartup(), 1);
    const end = 3 * TICKS_PER_DAY + 20;
    for (let t = 0; t < end; t++) learned.observe(falling(t));
    if (mode === 'auto') learned.calibrate(1);
    const live = PredictiveScaler.resume({ ...POLICY, mode }, structuredClone(learned.state(AHEAD)));
    const needed = Math.ceil(falling(end - 18) / POLICY.podCapacity);
    expect(live.decide({ total: 60, ready: 60 }).replicas).toBeGreaterThanOrEqual(needed);
  });

  it('without the neural model of its calibration does what holds without it', () => {
    const state = stateOfThreeDays(AHEAD);
    const margins = (headroom: number) => ({ safetyMultiplier: 1, headroom, keepMultiplier: 0, stabilizationTicks: 1 });
    const mode = { kind: 'predictive', margins: margins(0.1), neural: shippedModel().id } as const;
    const withoutNeural = { kind: 'predictive', margins: margins(0.5) } as const;
    const calibrated = { ...state, calibration: { ...state.calibration, mode, withoutNeural } };
    const at = (neural?: LeadTimeModel) => PredictiveScaler.resume(POLICY, calibrated, neural);
    expect(at(shippedModel()).mode).toEqual(mode);
    expect(at(shippedModel()).activeForecast).not.toEqual(at(shippedModel()).forecast);
    expect(at().mode).toEqual(withoutNeural);
    expect(at().activeForecast).toEqual(at().forecast);
    // Half over the load of some 100, in pods of 5.
    expect(at().tick(100, { total: 24, ready: 24 }).replicas).toBeGreaterThanOrEqual(24);
  });

  /** Demand rises from 20 to 100 at once: so the mean of four ticks sees it. */
  const risen = (i: number) => Math.min(100, 40 + 20 * i);

  function sent(scaler: PredictiveScaler, calibrated: boolean) {
    const { learner, calibration } = structuredClone(scaler.state(AHEAD));
    return [learner, calibrated ? calibration : undefined] as const;
  }

  it('without a refit in time falls back to the reactive floor, and says so', () => {
    const state = stateOfThreeDays(10, 1);
    const margins = { safetyMultiplier: 1, headroom: 0, keepMultiplier: 1, stabilizationTicks: 1 };
    const calibration: Calibration = { ...state.calibration, mode: { kind: 'predictive', margins } };
    const live = PredictiveScaler.resume(POLICY, { ...state, calibration });
    let last: Decision | undefined;
    for (let i = 0; i < 80; i++) last = live.tick(risen(i), { total: 24, ready: 24 });
    expect(last!.reasons[0]).toBe('forecast-expired');
    // 100 ÷ 5 and the default headroom of 2 % × √20 s: 21.8 pods, give or take what the demand estimate still swings.
    expect(last!.replicas).toBeGreaterThanOrEqual(22);
    expect(last!.replicas).toBeLessThanOrEqual(24);
  });

  it('asked for the reactive rule, fills its pods; for the forecast alone, has no floor', () => {
    const state = stateOfThreeDays(AHEAD);
    const reactive = PredictiveScaler.resume({ ...POLICY, mode: 'reactive' }, state);
    expect(reactive.tick(100, { total: 10, ready: 10 })).toEqual({
      kind: 'scale',
      replicas: 20,
      reasons: ['reactive'],
    });
    // Before it is calibrated there is no forecast whose errors are known: the HPA's rule, whatever was asked for.
    const early = PredictiveScaler.resume({ ...POLICY, mode: 'predictive' }, state);
    expect(early.tick(20, { total: 4, ready: 4 }).reasons[0]).toBe('reactive');
    const calibrated = stateOfThreeDays(AHEAD, 1);
    const predictive = PredictiveScaler.resume({ ...POLICY, mode: 'predictive' }, calibrated);
    expect(predictive.tick(20, { total: 4, ready: 4 }).reasons[0]).toBe('forecast');
  });

  it('keeps a need for as long as was asked at least', () => {
    const state = stateOfThreeDays(AHEAD);
    const live = PredictiveScaler.resume({ ...POLICY, leastStabilizationTicks: 60 }, state);
    for (let i = 0; i < 80; i++) live.tick(risen(i), { total: 24, ready: 24 });
    const fallen = (i: number) => Math.max(25, 81.25 - 18.75 * i);
    let total = 24;
    for (let i = 0; i < 55; i++) total = live.tick(fallen(i), { total, ready: total }).replicas;
    expect(total).toBeGreaterThanOrEqual(20);
    for (let i = 0; i < 240; i++) total = live.tick(25, { total, ready: total }).replicas;
    expect(total).toBeLessThan(20);
  });

  describe('whose calibration changes the rule', () => {
    const LEAD_AND_MINUTE = 7;
    // Its forecast expires at once: margins are all that the plan knows.
    const state = stateOfThreeDays(10);
    const calibrated = (mode: ScalingMode): Calibration => ({ ...state.calibration, mode, costRatio: 1.2 });
    const lean: ScalingMode = {
      kind: 'predictive',
      margins: { safetyMultiplier: 0, headroom: 0, keepMultiplier: 0, stabilizationTicks: 1 },
    };
    const wide: ScalingMode = {
      kind: 'predictive',
      margins: { safetyMultiplier: 0, headroom: 0.25, keepMultiplier: 0, stabilizationTicks: 1 },
    };

    it.each([
      // A load of 100 in pods of 5 is 20 of them; filled to 80 % they are 25, and with a quarter more as well.
      ['from that of the HPA to the forecast', calibrated({ kind: 'reactive', target: 0.8 }), calibrated(lean)],
      ['from the forecast to that of the HPA', calibrated(wide), calibrated({ kind: 'reactive', target: 1 })],
    ])('%s: what was just ordered stays until it can have been of use', (_, before, after) => {
      const live = PredictiveScaler.resume(POLICY, { ...structuredClone(state), calibration: before });
      for (let i = 0; i < 40; i++) live.observe(risen(i));
      const ordered = live.tick(100, { total: 20, ready: 20 }).replicas;
      expect(ordered).toBeGreaterThanOrEqual(25);
      const { learner } = structuredClone(state);
      live.adopt(
        learner,
        after,
        Array.from({ length: 41 }, (_, i) => risen(i)),
      );
      for (let i = 1; i < LEAD_AND_MINUTE; i++) {
        expect(live.tick(100, { total: ordered, ready: ordered }).replicas, `tick ${i}`).toBe(ordered);
      }
      let total = ordered;
      for (let i = 0; i < 40; i++) total = live.tick(100, { total, ready: total }).replicas;
      expect(total).toBeLessThan(ordered);
    });

    it('to a target of its own keeps spare room for work, none for what idle pods use: fourteen for a need of eight come down', () => {
      const live = PredictiveScaler.resume(POLICY, {
        ...structuredClone(state),
        calibration: calibrated({ kind: 'reactive', target: 0.8 }),
      });
      // Each uses 3 of its 5 whatever it serves; the work is that of 7.4 pods.
      let total = 14;
      const seen: number[] = [];
      for (let i = 0; i < 120; i++) {
        const measured = { counted: total, unmeasured: 0, starting: 0 };
        total = live.tick(3 * total + 14.8, { total, ready: total, baseline: 3, measured }).replicas;
        seen.push(total);
      }
      expect(Math.max(...seen)).toBe(14);
      expect(total).toBe(10);
      expect(new Set(seen.slice(-40)).size).toBe(1);
    });

    it('that of the HPA begins with what the last five minutes needed, not with what it recommended hours ago', () => {
      const live = PredictiveScaler.resume(POLICY, {
        ...structuredClone(state),
        calibration: calibrated({ kind: 'reactive', target: 1 }),
      });
      for (let i = 0; i < 30; i++) live.tick(20, { total: 4, ready: 4 });
      live.adopt(structuredClone(state).learner, calibrated(lean), new Array<number>(30).fill(20));
      for (let i = 0; i < 30; i++) live.tick(100, { total: 30, ready: 30 });
      live.adopt(
        structuredClone(state).learner,
        calibrated({ kind: 'reactive', target: 1 }),
        new Array<number>(30).fill(100),
      );
      // It falls to 40 at once; 100 were needed a minute ago.
      expect(live.tick(40, { total: 20, ready: 20 }).replicas).toBe(20);
    });
  });

  it('obeys the bounds of the tick', () => {
    const live = PredictiveScaler.resume(POLICY, stateOfThreeDays(AHEAD));
    live.observe(100);
    expect(live.decide({ total: 5, ready: 5 }, { min: 1, max: 7 })).toEqual(
      expect.objectContaining({ replicas: 7, reasons: expect.arrayContaining(['max']) }),
    );
    live.observe(22);
    expect(live.decide({ total: 40, ready: 40 }, { min: 1, max: 30 }).replicas).toBeLessThanOrEqual(30);
    for (let i = 0; i < 40; i++) live.observe(22);
    expect(live.decide({ total: 5, ready: 5 }, { min: 40, max: 70 })).toEqual({
      kind: 'scale',
      replicas: 40,
      reasons: expect.arrayContaining(['min']),
    });
  });
});
