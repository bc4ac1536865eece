/* Over 350 lines: the stories of one class, on readings that all of them share. */
import { describe, expect, it } from 'vitest';
import type { DemandReading } from '../../collector/demand/demand-source.ts';
import { EXACT, type Measurement, sameMeasurement, UNKNOWN } from '../../core/measurement.ts';
import { DAY_SECONDS, type Series } from '../../core/series.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { type Refitted, refit } from '../refits/refit.ts';
import { MetricScaler } from './metric-scaler.ts';
import { sameScaling } from './same-scaling.ts';

const WORKLOAD = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const POLICY = { podCapacity: 10, unmetTargetBp: 50, min: 1, max: 100 };
const BOUNDS = { min: 1, max: 100 };
/** The tick of the first live observation. */
const FIRST = (20 * DAY_SECONDS) / TICK_SECONDS;

function metric(measurement?: Measurement): MetricScaler {
  const ref = { kind: 'template', template: 'requests', args: {} } as const;
  return new MetricScaler(
    { id: 'shop/Deployment/web#0', workload: WORKLOAD, metric: ref },
    'requests',
    'req/s',
    measurement,
  );
}

/** Two days of 100 whose newest observation belongs to this tick. */
function learned(
  untilTick: number,
  over: { podCapacity?: number; days?: number; measurement?: Measurement; hourly?: boolean } = {},
): Refitted {
  const { podCapacity = 10, days = 2, measurement = EXACT, hourly = false } = over;
  const end = (untilTick - 1) * TICK_SECONDS;
  const points = days * 1_440;
  const history: Series = {
    startSeconds: end - (points - 1) * 60,
    stepSeconds: 60,
    values: Float64Array.from({ length: points }, (_, i) => (hourly ? 100 + 60 * Math.sin((i * Math.PI) / 30) : 100)),
  };
  const refitted = refit({
    history,
    policy: { ...POLICY, podCapacity, measurement },
    startup: { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 },
    leadTimeSeconds: 20,
    seed: 1,
    aimBp: hourly ? 5 : undefined,
    aheadTicks: 1_440,
    neural: 'shipped',
  });
  // As of one that carries on margins that were chosen just before.
  return { ...refitted, state: { ...refitted.state, sinceCalibration: 0 } };
}

const value = (demand: number): DemandReading => ({ kind: 'value', value: demand, timeSeconds: 0 });

/** As the object asks for just what it was made for. */
function adopted(scaler: MetricScaler, refitted: Refitted, refitTick: number): boolean {
  return scaler.adopt(refitted, refitted.policy, refitTick);
}

/** What is taken for the demand once a load of 30 has risen to 95 and its eight pods are at their limit. */
function takenAtTheLimit(period: NonNullable<Refitted['period']>): number[] {
  const scaler = metric();
  observe(scaler, FIRST, 20, 30);
  adopted(scaler, { ...learned(FIRST + 19, { hourly: true }), period }, FIRST + 10_000);
  for (const [i, demand] of [30, 45, 60, 75, 90].entries()) {
    scaler.decide({ total: 8, ready: 8 }, BOUNDS);
    scaler.observe(FIRST + 20 + i, value(demand), false);
  }
  return Array.from({ length: 12 }, (_, i) => {
    scaler.decide({ total: 8, ready: 8 }, BOUNDS);
    return scaler.observe(FIRST + 25 + i, value(95), true);
  });
}

function observe(scaler: MetricScaler, from: number, ticks: number, demand = 100): void {
  for (let tick = from; tick < from + ticks; tick++) scaler.observe(tick, value(demand), false);
}

describe('a refit that arrives', () => {
  it('first: decides from then on, by what was observed meanwhile too', () => {
    const scaler = metric();
    observe(scaler, FIRST, 8);
    expect(scaler.decide({ total: 5, ready: 5 }, BOUNDS)).toBeUndefined();
    expect(scaler.refitWanted(FIRST + 7)).toBe('first');
    expect(adopted(scaler, learned(FIRST - 1), FIRST + 1_000)).toBe(true);
    expect(scaler.decide({ total: 5, ready: 5 }, BOUNDS)!.replicas).toBeGreaterThanOrEqual(10);
    expect(scaler.learnedDays).toBe(2);
    expect(scaler.refitWanted(FIRST + 8)).toBeUndefined();
    expect(scaler.refitWanted(FIRST + 1_000)).toBe('routine');
  });

  it.each([
    ['an hour late, still up to date', 240, true],
    ['later than an hour', 241, false],
    ['from the future, as after a clock set back', -1, false],
  ])('%s', (_, ago, used) => {
    const scaler = metric();
    observe(scaler, FIRST, 1);
    adopted(scaler, learned(FIRST), FIRST + 10_000);
    observe(scaler, FIRST + 1, 400);
    const before = scaler.refitWanted(FIRST + 400);
    expect(adopted(scaler, learned(FIRST + 400 - ago), FIRST + 20_000)).toBe(used);
    expect(scaler.decide({ total: 10, ready: 10 }, BOUNDS)!.replicas).toBeGreaterThanOrEqual(10);
    expect(before).toBeUndefined();
    expect(scaler.status().learnedSeconds).toBe((used ? FIRST + 400 - ago : FIRST) * TICK_SECONDS);
  });

  it('older than the scaler in use begins a new one instead of failing', () => {
    const scaler = metric();
    observe(scaler, FIRST, 100);
    // Nothing could be learned at first; what arrives reaches further back than that.
    adopted(scaler, learned(FIRST + 99, { days: 0 }), FIRST + 10_000);
    expect(scaler.status().learnedSeconds).toBeUndefined();
    observe(scaler, FIRST + 100, 3);
    expect(adopted(scaler, learned(FIRST + 50), FIRST + 10_000)).toBe(true);
    expect(scaler.learnedDays).toBe(2);
    expect(scaler.scaler!.ticksLeft).toBeGreaterThan(1_000);
  });

  it('for another target replaces the scaler: half the capacity, twice the pods', () => {
    const scaler = metric();
    observe(scaler, FIRST, 4);
    adopted(scaler, learned(FIRST), FIRST + 10_000);
    const before = scaler.decide({ total: 10, ready: 10 }, BOUNDS)!.replicas;
    adopted(scaler, learned(FIRST, { podCapacity: 5 }), FIRST + 10_000);
    expect(scaler.decide({ total: 10, ready: 10 }, BOUNDS)!.replicas).toBeGreaterThanOrEqual(2 * before - 2);
    expect(scaler.demandPods).toBe(20);
  });
});

describe('how the demand is measured', () => {
  const RATE: Measurement = { kind: 'rate', windowSeconds: 60 };
  /** Means of minutes of a load that rises and falls within ten minutes. */
  const wave = (tick: number) => 100 + 40 * Math.sin((2 * Math.PI * tick) / 40);
  const observeWave = (scaler: MetricScaler, from: number, to: number) => {
    for (let tick = from; tick < to; tick++) scaler.observe(tick, value(wave(tick)), false);
  };

  it('is known to be noisy or not after half an hour, and stays known to every refit that arrives', () => {
    const scaler = metric(RATE);
    observeWave(scaler, FIRST, FIRST + 1);
    adopted(scaler, learned(FIRST, { measurement: RATE }), FIRST + 10_000);
    observeWave(scaler, FIRST + 1, FIRST + 60);
    const { load, estimate } = scaler.scaler!.forecast!;
    expect(estimate).toBe(load);
    observeWave(scaler, FIRST + 60, FIRST + 225);
    const known = scaler.scaler!.forecast!;
    expect(known.estimate).not.toBe(known.load);
    for (const until of [FIRST + 200, FIRST + 220]) {
      adopted(scaler, learned(until, { measurement: RATE }), FIRST + 10_000);
      const after = scaler.scaler!.forecast!;
      expect(after.estimate).not.toBe(after.load);
      expect(after.estimate).toBeCloseTo(known.estimate, -1);
      expect(after.supported).toBeLessThanOrEqual(Math.max(after.load, after.estimate));
    }
  });

  it('over another window, as metrics.k8s.io says of its own: nothing is recovered, also after a refit, until minutes come again', () => {
    const scaler = metric(RATE);
    const observeShort = (tick: number, demand: number) => {
      scaler.observe(tick, { ...value(demand), windowSeconds: 15 } as DemandReading, false);
      return scaler.scaler!.forecast!;
    };
    observeWave(scaler, FIRST, FIRST + 1);
    adopted(scaler, learned(FIRST, { measurement: RATE }), FIRST + 10_000);
    // As it has learned from two hours of slow waves, it would take a step of half for one of four times that.
    observeWave(scaler, FIRST + 1, FIRST + 225);
    for (let tick = FIRST + 225; tick < FIRST + 236; tick++) observeShort(tick, wave(tick));
    const step = observeShort(FIRST + 236, 210);
    expect([step.load, step.estimate]).toEqual([210, 210]);
    adopted(scaler, learned(FIRST + 230, { measurement: RATE }), FIRST + 10_000);
    expect(scaler.scaler!.forecast!.estimate).toBe(210);
    expect(observeShort(FIRST + 237, 214).estimate).toBe(214);
    observeWave(scaler, FIRST + 238, FIRST + 290);
    const again = scaler.scaler!.forecast!;
    expect(again.estimate).not.toBe(again.load);
  });

  it('is part of what a scaler is made for: another one asks for a refit', () => {
    const [exact, rate, gauge] = [EXACT, RATE, { kind: 'gauge', windowSeconds: 60 } as const].map((measurement) => ({
      ...POLICY,
      measurement,
    }));
    expect(sameScaling(POLICY, exact!)).toBe(true);
    expect(sameScaling(rate!, { ...rate! })).toBe(true);
    for (const other of [exact!, gauge!, { ...POLICY, measurement: UNKNOWN }, { ...rate!, startCostSeconds: 900 }])
      expect(sameScaling(rate!, other)).toBe(false);
    const berlin = { ...POLICY, calendarNames: { timeZone: 'Europe/Berlin' } };
    expect(sameScaling(berlin, { ...berlin, calendarNames: { timeZone: 'Europe/Berlin' } })).toBe(true);
    expect(sameScaling(POLICY, berlin)).toBe(false);
    const holidays = { ...berlin, calendarNames: { timeZone: 'Europe/Berlin', holidays: 'DE' } };
    expect(sameScaling(berlin, holidays)).toBe(false);
    expect(sameMeasurement(RATE, { kind: 'rate', windowSeconds: 300 })).toBe(false);
  });
});

describe('a reading', () => {
  it('that is missing decides nothing and says why; ticks that were skipped are gaps', () => {
    const scaler = metric();
    observe(scaler, FIRST, 4);
    adopted(scaler, learned(FIRST), FIRST + 10_000);
    scaler.observe(FIRST + 4, { kind: 'missing', why: 'no series' }, false);
    expect(scaler.decide({ total: 10, ready: 10 }, BOUNDS)).toBeUndefined();
    expect(scaler.status()).toMatchObject({ load: undefined, forecastMedian: undefined, missing: 'no series' });
    expect(scaler.reactivePods).toBeUndefined();
    scaler.observe(FIRST + 1_000, undefined, false);
    expect(scaler.missing).toBe('not asked for');
    scaler.observe(FIRST + 1_001, value(100), false);
    expect(scaler.decide({ total: 10, ready: 10 }, BOUNDS)!.replicas).toBeGreaterThanOrEqual(10);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('of %d is none, and is not recorded', (wrong) => {
    const scaler = metric();
    expect(scaler.observe(FIRST, value(wrong), false)).toBeNaN();
    expect(scaler.missing).toMatch(/is no demand/);
  });

  it('cut off by the limits of its pods teaches no less than was expected', () => {
    const scaler = metric();
    observe(scaler, FIRST, 4);
    adopted(scaler, learned(FIRST), FIRST + 10_000);
    expect(scaler.observe(FIRST + 4, value(40), true)).toBeGreaterThan(90);
    expect(scaler.observe(FIRST + 5, value(40), false)).toBe(40);
  });
});

it('knows how far its forecasts were off, once some became known', () => {
  const scaler = metric();
  observe(scaler, FIRST, 1);
  adopted(scaler, learned(FIRST), FIRST + 10_000);
  expect(scaler.status().wape).toBeUndefined();
  observe(scaler, FIRST + 1, 40);
  const calm = scaler.status().wape!;
  expect(calm).toBeLessThan(0.01);
  observe(scaler, FIRST + 41, 40, 150);
  expect(scaler.status().wape).toBeGreaterThan(calm + 0.01);
});

describe('a value that is no measurement of the load', () => {
  /** A load that moves a little at each tick. */
  const moving = (tick: number) => 100 + (tick % 7) + 0.1 * (tick % 3);

  function moved(ticks = 100): MetricScaler {
    const scaler = metric();
    for (let tick = FIRST; tick < FIRST + ticks; tick++) scaler.observe(tick, value(moving(tick)), false);
    return scaler;
  }

  it('as it stands still to the last digit for a minute in a load that moved: held for a quarter of an hour, then believed', () => {
    const scaler = moved();
    const frozen: boolean[] = [];
    for (let i = 0; i < 70; i++) {
      scaler.observe(FIRST + 100 + i, value(63.5), false);
      frozen.push(scaler.frozen);
    }
    expect(frozen.slice(0, 3)).toEqual([false, false, false]);
    expect(frozen.slice(3, 58).every(Boolean)).toBe(true);
    expect(frozen.at(-1)).toBe(false);
  });

  it('stands still again: one time that it did is no reason to take the next for its way, two are', () => {
    const scaler = moved();
    let tick = FIRST + 100;
    const moves = (ticks: number) => {
      for (const end = tick + ticks; tick < end; tick++) scaler.observe(tick, value(moving(tick)), false);
    };
    const stands = (ticks: number, still: number) => {
      let frozen = 0;
      for (const end = tick + ticks; tick < end; tick++) {
        scaler.observe(tick, value(still), false);
        if (scaler.frozen) frozen++;
      }
      return frozen;
    };
    expect(stands(12, 63.5)).toBe(9);
    moves(10);
    expect(stands(8, 71.5)).toBe(5);
    moves(4);
    expect(stands(8, 80.5)).toBe(0);
  });

  it('is not one that was steady for most of ten minutes, and takes a step to another level', () => {
    const scaler = metric();
    observe(scaler, FIRST, 100, 60);
    [90, 80, 70, 60].forEach((load, i) => {
      observe(scaler, FIRST + 60 + i, load);
    });
    for (let i = 0; i < 40; i++) {
      observe(scaler, FIRST + 64 + i, 50);
      expect(scaler.frozen).toBe(false);
    }
  });

  it('minutes without a value are none that stood still', () => {
    const scaler = metric();
    scaler.observe(FIRST, value(moving(FIRST)), false);
    for (let tick = FIRST + 30; tick < FIRST + 60; tick++) scaler.observe(tick, value(moving(tick)), false);
    for (let tick = FIRST + 60; tick < FIRST + 64; tick++) scaler.observe(tick, value(63.5), false);
    expect(scaler.frozen).toBe(true);
  });

  it('scraped each minute, each value stands for a minute: only what stands for longer is frozen', () => {
    const scaler = metric();
    for (let tick = FIRST; tick < FIRST + 100; tick++) scaler.observe(tick, value(moving(tick - (tick % 4))), false);
    const since = FIRST + 100;
    const frozen = Array.from({ length: 14 }, (_, i) => {
      scaler.observe(since + i, value(63.5), false);
      return scaler.frozen;
    });
    expect(frozen.slice(0, 9).some(Boolean)).toBe(false);
    expect(frozen[9]).toBe(true);
  });

  it('is not one that never moved, nor 0: an idle queue is constant', () => {
    const constant = metric();
    observe(constant, FIRST, 100, 40);
    expect(constant.frozen).toBe(false);
    const idle = moved();
    for (let i = 0; i < 20; i++) idle.observe(FIRST + 100 + i, value(0), false);
    expect(idle.frozen).toBe(false);
  });

  it('of pods of which some are not measured yet, after a step, is no more than all of them had: the forecast does not feed on itself', () => {
    const scaler = metric();
    const reading = (demand: number, unmeasured: number): DemandReading => ({
      kind: 'value',
      value: demand,
      timeSeconds: 0,
      pods: { counted: 8, starting: 0, unmeasured },
    });
    observe(scaler, FIRST, 20, 30);
    adopted(scaler, learned(FIRST + 19, { hourly: true }), FIRST + 10_000);
    const taken = Array.from({ length: 12 }, (_, i) => {
      scaler.decide({ total: 8, ready: 8 }, BOUNDS);
      return scaler.observe(FIRST + 20 + i, reading(i < 3 ? 60 + 15 * i : 80, i < 3 ? 0 : 4), false);
    });
    expect(taken.slice(0, 3)).toEqual([60, 75, 90]);
    for (const demand of taken.slice(3)) expect(demand).toBeLessThanOrEqual(90);
    expect(Math.max(...taken.slice(3))).toBeGreaterThan(80);
  });

  it('of pods at their limit, in a step without a period, is no more than was expected before: neither does the forecast feed on itself', () => {
    const taken = takenAtTheLimit({ found: false, seconds: [], reason: 'none' });
    // Fed with itself it would be taken for three times what is measured.
    expect(Math.max(...taken)).toBeLessThanOrEqual(130);
  });

  it('pods without a measurement may hide the need once the rule has held for two minutes, not while it adds pods', () => {
    const hiding = (demand: number) => {
      const scaler = metric();
      scaler.fallBack(POLICY, 20);
      const pods = { counted: 10, unmeasured: 5, starting: 0 };
      return Array.from({ length: 10 }, (_, i) => {
        scaler.observe(FIRST + i, { kind: 'value', value: demand, timeSeconds: 0, pods }, false);
        scaler.decide({ total: 15, ready: 15 }, BOUNDS);
        return scaler.hiding !== undefined;
      });
    };
    // 13 pods' worth on ten pods: as the HPA, the others taken for idle, 15 are enough.
    expect(hiding(130)).toEqual([false, false, false, false, false, false, false, true, true, true]);
    expect(hiding(200)).not.toContain(true);
    expect(hiding(100)).not.toContain(true);
  });

  it('of pods at their limit, in a rise as each day has, is no more than was ever seen: nor does that forecast feed on itself', () => {
    const taken = takenAtTheLimit({ found: true, seconds: [3_600], reason: 'each hour' });
    // Each hour rises from 40 to 160, in which the recovered demand is a few percent more.
    expect(Math.max(...taken)).toBeLessThanOrEqual(180);
    for (const demand of taken) expect(demand).toBeGreaterThanOrEqual(95);
  });

  it('fifty times the largest of the last hour, as of another unit: no data and said so, believed after a quarter of an hour', () => {
    const scaler = moved();
    for (let i = 0; i < 60; i++) {
      scaler.observe(FIRST + 100 + i, value(100_000), false);
      expect(scaler.observed).toBeNaN();
      expect(scaler.missing).toMatch(/over 50 times the largest of the last hour .* Has its unit changed\?/);
    }
    scaler.observe(FIRST + 160, value(100_000), false);
    expect(scaler.observed).toBe(100_000);
  });

  it('over twice what the limits of the pods allow is no usage of theirs, from the first value on', () => {
    const scaler = moved();
    scaler.observe(FIRST + 100, value(190), false, 100);
    expect(scaler.observed).toBe(190);
    scaler.observe(FIRST + 101, value(210), false, 100);
    expect(scaler.observed).toBeNaN();
    expect(scaler.missing).toMatch(/found 210, over 2 times what the limits of its pods allow \(100\)/);
  });

  it('a thousand times the last minute is of another unit, whatever burst the hour had: no data for a quarter of an hour', () => {
    const scaler = moved();
    // Twenty times the usual load within the hour: what is a thousand times that load is under fifty times the burst.
    for (let i = 0; i < 12; i++) scaler.observe(FIRST + 100 + i, value(2_200 + i), false);
    for (let i = 0; i < 40; i++) scaler.observe(FIRST + 112 + i, value(moving(FIRST + 112 + i)), false);
    for (let i = 0; i < 60; i++) {
      scaler.observe(FIRST + 152 + i, value(1_000 * moving(FIRST + i)), false);
      expect(scaler.observed).toBeNaN();
      expect(scaler.missing).toMatch(/over 500 times the largest of the last minute .* Has its unit changed\?/);
    }
    scaler.observe(FIRST + 212, value(100_000), false);
    expect(scaler.observed).toBe(100_000);
  });

  it('a batch is no other unit: from nothing, or as large as one of the last hour', () => {
    const idle = moved();
    for (let i = 0; i < 40; i++) idle.observe(FIRST + 100 + i, value(0), false);
    idle.observe(FIRST + 140, value(3_000), false);
    expect(idle.observed).toBe(3_000);
    const calm = metric();
    const batches = (tick: number) => value(tick % 50 === 0 ? 3_000 + tick - FIRST : 1 + 0.1 * (tick % 7));
    for (let tick = FIRST - (FIRST % 50); tick < FIRST + 160; tick++) {
      calm.observe(tick, batches(tick), false);
      expect(calm.missing).toBeUndefined();
    }
  });

  it('a burst of twenty times is one: it is acted on at once', () => {
    const scaler = moved();
    scaler.observe(FIRST + 100, value(2_000), false);
    expect(scaler.observed).toBe(2_000);
  });

  it('a history that is not of the load that is observed teaches nothing, and it is said', () => {
    const scaler = metric();
    observe(scaler, FIRST, 100, 2);
    // For the same minutes the history has 100.
    expect(adopted(scaler, learned(FIRST + 90), FIRST + 10_000)).toBe(false);
    expect(scaler.refused).toMatch(/not of the load that is observed/);
    expect(scaler.learned).toBe(false);
    const right = metric();
    observe(right, FIRST, 100, 101);
    expect(adopted(right, learned(FIRST + 90), FIRST + 10_000)).toBe(true);
    expect(right.refused).toBeUndefined();
  });
});

describe('what idle pods use', () => {
  const resource = (name: 'cpu' | 'memory') => {
    const ref = { kind: 'resource', resource: name } as const;
    return new MetricScaler({ id: 'shop/Deployment/web#0', workload: WORKLOAD, metric: ref }, name, 'cores');
  };
  /** Each uses 0.3 whatever it serves. */
  const changing = (scaler: MetricScaler) => {
    for (let i = 0; i < 60; i++) {
      const counted = i < 30 ? 4 : 8;
      const pods = { counted, unmeasured: 0, starting: 0 };
      scaler.observe(FIRST + i, { kind: 'value', value: counted * 0.3 + 2, timeSeconds: 0, pods }, false);
    }
  };

  it('is known to the next process at once, of the same metric alone', () => {
    const before = resource('cpu');
    changing(before);
    const { baselineRecord } = before;
    expect(baselineRecord!.perPod[0]).toBeCloseTo(0.3, 5);
    const next = resource('cpu');
    expect(next.baselineRecord).toBeUndefined();
    next.restore({ baselines: [baselineRecord!] }, 0);
    expect(next.baselineRecord).toEqual(baselineRecord);
    const other = resource('memory');
    other.restore({ baselines: [baselineRecord!] }, 0);
    expect(other.baselineRecord).toBeUndefined();
  });
});
