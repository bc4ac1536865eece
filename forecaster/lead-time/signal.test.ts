import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../core/measurement.ts';
import { seededRandom } from '../../core/random.ts';
import { TICKS_PER_DAY } from '../../core/tick.ts';
import { PastDays } from './past-days.ts';
import { DemandSignal } from './signal.ts';

/** What a policy observes of the demand: the mean of the four ticks before. */
function observed(demand: (t: number) => number, t: number): number {
  return t < 4 ? Number.NaN : (demand(t - 4) + demand(t - 3) + demand(t - 2) + demand(t - 1)) / 4;
}

/** Feeds ticks from…to and gives the demand estimate recovered at each. */
function feed(signal: DemandSignal, demand: (t: number) => number, from: number, to: number): number[] {
  const estimate: number[] = [];
  for (let t = from; t < to; t++) {
    signal.append(observed(demand, t), 0);
    estimate.push(signal.estimate);
  }
  return estimate;
}

/** A signal with the days before, fed one tick. */
function appendWithDays(signal: DemandSignal, days: PastDays, load: number): void {
  signal.append(load, days.usualLow(signal.length));
  days.observe();
}

describe('the demand estimate', () => {
  it('is recovered from behind the moving average: a jump shows at the next tick, not a minute later', () => {
    const signal = new DemandSignal(1);
    const jump = (t: number) => (t < 100 ? 10 : 50);
    const estimate = feed(signal, jump, 0, 102);
    // At tick 101 the average has seen one tick of the jump: 20; the demand of tick 100 was 50.
    expect(signal.load).toBe(20);
    expect(estimate[101]!).toBeGreaterThan(45);
    for (const demand of feed(signal, jump, 102, 110)) expect(demand / 50).toBeCloseTo(1, 0);
  });

  it('follows noisy demand within a few percent once its start has died out', () => {
    const random = seededRandom(3);
    const noise = Float64Array.from({ length: 400 }, () => 80 + 40 * random());
    const estimate = feed(new DemandSignal(1), (t) => noise[t]!, 0, 400);
    let error = 0;
    for (let t = 200; t < 400; t++) error += Math.abs(estimate[t]! - noise[t - 1]!) / 200;
    expect(error).toBeLessThan(5);
  });

  it('is never negative', () => {
    const random = seededRandom(4);
    const noise = Float64Array.from({ length: 400 }, () => Math.max(0, random() - 0.8) * 1_000);
    const estimate = feed(new DemandSignal(1), (t) => noise[t]!, 0, 400);
    expect(estimate.every((demand) => demand >= 0)).toBe(true);
  });
});

describe('a lost scrape', () => {
  const rate = { kind: 'rate', windowSeconds: 120 } as const;
  const levels = (signal: DemandSignal, ticks: number) =>
    Array.from({ length: ticks }, (_, i) => Math.exp(signal.logLoad(signal.length - ticks + i)) - 1);

  it('leaves a dip of one or two ticks in a rate: it is filled as soon as it is over, and no rise is left of it', () => {
    const signal = new DemandSignal(1, 128, undefined, rate);
    for (const load of [100, 101, 102, 75, 76, 104]) signal.append(load, 0);
    expect(levels(signal, 6).map(Math.round)).toEqual([100, 101, 102, 102, 102, 104]);
    expect(Math.exp(signal.average(0)) - 1).toBeCloseTo(101.8, 0);
    expect(signal.slope).toBeCloseTo(2, 0);
  });

  it('of which two in a row leave a third of the rate', () => {
    const signal = new DemandSignal(1, 128, undefined, rate);
    for (const load of [142, 142, 114, 96, 79, 61, 155]) signal.append(load, 0);
    expect(levels(signal, 5).map(Math.round)).toEqual([142, 142, 142, 142, 155]);
  });

  it('is filled alike by a signal that goes on from a state in the middle of the dip', () => {
    const loads = [100, 101, 102, 75, 76, 104, 103];
    for (let at = 1; at < loads.length; at++) {
      const signal = new DemandSignal(1, 128, undefined, rate);
      for (const load of loads.slice(0, at)) signal.append(load, 0);
      const other = DemandSignal.resume(structuredClone(signal.state()), rate);
      for (const one of [signal, other]) for (const load of loads.slice(at)) one.append(load, 0);
      expect(other.state()).toEqual(signal.state());
      expect([...other.recent(7)]).toEqual([...signal.recent(7)]);
    }
  });

  it('is not what lasts, what is noise, or a dip of a gauge', () => {
    const kept = (loads: readonly number[], measurement?: Measurement) => {
      const signal = new DemandSignal(1, 128, undefined, measurement);
      for (const load of loads) signal.append(load, 0);
      return levels(signal, loads.length).map(Math.round);
    };
    const fall = [100, 101, 75, 74, 73, 72, 71, 100];
    expect(kept(fall, rate)).toEqual(fall);
    const noise = [100, 94, 101, 95, 100];
    expect(kept(noise, rate)).toEqual(noise);
    const gauge = [100, 60, 100];
    expect(kept(gauge, { kind: 'gauge', windowSeconds: 60 })).toEqual(gauge);
    expect(kept(gauge)).toEqual(gauge);
  });

  it('property: nothing is raised above what was seen before and after it, and nothing is lowered', () => {
    const loads = fc.array(fc.oneof(fc.constantFrom(0, 70, 100, 1_000), fc.integer({ min: 0, max: 200 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(loads, fc.constantFrom(60, 90, 120, 300), (observations, windowSeconds) => {
        const signal = new DemandSignal(1, 128, undefined, { kind: 'rate', windowSeconds });
        for (const load of observations) signal.append(load, 0);
        for (const [t, level] of levels(signal, observations.length).entries()) {
          const own = observations[t]!;
          const around = (from: number, to: number) => Math.max(0, ...observations.slice(Math.max(0, from), to));
          const most = Math.max(own, Math.min(around(t - 4, t), around(t + 1, t + 5)));
          expect(level).toBeGreaterThan(own - 0.01);
          expect(level).toBeLessThan(most + 0.01);
        }
      }),
    );
  });
});

describe('averages and peaks', () => {
  it('are those of log(load + floor) over the last ticks and whole minutes, as far as there are any', () => {
    const random = seededRandom(5);
    const loads = Float64Array.from({ length: 3_000 }, () => Math.fround(100 * random()));
    const signal = new DemandSignal(2);
    const mean = (from: number, to: number) => {
      const values = [...loads.subarray(Math.max(0, from), to)].map((load) => Math.log(load + 2));
      return values.reduce((a, b) => a + b, 0) / values.length;
    };
    for (let t = 0; t < loads.length; t++) {
      signal.append(loads[t]!, 0);
      if (t !== 5 && t !== 100 && t < 2_990) continue;
      for (const [i, ticks] of [8, 20, 60].entries()) {
        expect(signal.average(i)).toBeCloseTo(mean(t + 1 - ticks, t + 1), 5);
      }
      const whole = t + 1 - ((t + 1) % 4);
      expect(signal.hours.short).toBeCloseTo(mean(whole - 240, whole), 5);
      expect(signal.hours.long).toBeCloseTo(mean(whole - 960, whole), 5);
      const peak = (ticks: number) => Math.log(Math.max(...loads.subarray(Math.max(0, t + 1 - ticks), t + 1)) + 2);
      expect(signal.shortPeak).toBeCloseTo(peak(9), 5);
      expect(signal.longPeak).toBeCloseTo(peak(41), 5);
    }
  });

  it('recover from a load that no workload has', () => {
    const signal = new DemandSignal(1);
    for (let t = 0; t < 1_000; t++) signal.append(t < 10 ? Number.MAX_VALUE : 5, 0);
    for (let t = 0; t < 1_000; t++) signal.append(5, 0);
    expect(signal.average(2)).toBeCloseTo(Math.log(6), 5);
    expect(signal.hours.long).toBeCloseTo(Math.log(6), 5);
  });
});

describe('gaps', () => {
  it('keep the last load, are marked, and begin anew afterwards', () => {
    const signal = new DemandSignal(1);
    const loads: number[] = [];
    const seen: boolean[] = [];
    for (const value of [7, 7, 7, 7, 7, 7, Number.NaN, Number.NaN, 90]) {
      signal.append(value, 0);
      loads.push(signal.load);
      seen.push(signal.seen);
    }
    expect(loads).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 90]);
    expect(seen).toEqual([true, true, true, true, true, true, false, false, true]);
    expect(signal.lastGap).toBe(7);
    expect(signal.estimate).toBe(90);
  });

  it('before the first load say that the service was not born', () => {
    const signal = new DemandSignal(1);
    for (const value of [Number.NaN, 0, 0]) signal.append(value, 0);
    expect(signal.born).toBe(Number.POSITIVE_INFINITY);
    signal.append(3, 0);
    expect(signal.born).toBe(3);
  });
});

describe('an unusual low', () => {
  const usual = 100;
  const fed = (ticks = 3 * TICKS_PER_DAY) => {
    const signal = new DemandSignal(1);
    const days = new PastDays(signal, { kept: 4 * TICKS_PER_DAY, capacity: 8 * TICKS_PER_DAY });
    for (let t = 0; t < ticks; t++) appendWithDays(signal, days, usual);
    return { signal, days };
  };

  it('is a load far below all that this time of day had', () => {
    const { signal, days } = fed();
    expect(signal.unusuallyLow).toBe(false);
    appendWithDays(signal, days, 10);
    expect(signal.unusuallyLow).toBe(true);
    appendWithDays(signal, days, 95);
    expect(signal.unusuallyLow).toBe(false);
  });

  it('that lasts for half a day is the new normal', () => {
    const { signal, days } = fed();
    for (let t = 0; t < TICKS_PER_DAY / 2; t++) appendWithDays(signal, days, 10);
    expect(signal.unusuallyLow).toBe(false);
  });

  it('is none where each night is without load', () => {
    const signal = new DemandSignal(10.7 / 3);
    const days = new PastDays(signal, { kept: 4 * TICKS_PER_DAY, capacity: 8 * TICKS_PER_DAY });
    let lows = 0;
    for (let t = 0; t < 5 * TICKS_PER_DAY; t++) {
      appendWithDays(signal, days, t % TICKS_PER_DAY < TICKS_PER_DAY / 2 ? 150 : 0);
      if (t > 3 * TICKS_PER_DAY && signal.unusuallyLow) lows++;
    }
    expect(lows).toBe(0);
  });

  it('is not known before two days', () => {
    const { signal, days } = fed(TICKS_PER_DAY);
    appendWithDays(signal, days, 1);
    expect(signal.unusuallyLow).toBe(false);
  });
});

it('when the buffers are full, the oldest days leave and the rest reads as before', () => {
  const day = (t: number) => 60 + 40 * Math.sin((2 * Math.PI * t) / TICKS_PER_DAY);
  const signal = new DemandSignal(1);
  const days = new PastDays(signal, { kept: 8 * TICKS_PER_DAY, capacity: 16 * TICKS_PER_DAY });
  const dropped = new Set<number>();
  for (let t = 0; t < 20 * TICKS_PER_DAY; t++) {
    appendWithDays(signal, days, day(t));
    dropped.add(days.from);
  }
  expect([...dropped]).toEqual([0, 8 * TICKS_PER_DAY]);
  const last = 20 * TICKS_PER_DAY - 1;
  for (const back of [0, 1, 100, TICKS_PER_DAY, 7 * TICKS_PER_DAY - 1]) {
    const at = last - back - days.from;
    expect(days.load[at]).toBe(Math.fround(day(last - back)));
    expect(days.estimate[at]! / day(last - back)).toBeCloseTo(1, 2);
  }
  expect(signal.length).toBe(20 * TICKS_PER_DAY);
  expect(signal.born).toBe(0);
  // The least of the half hour about the time of day.
  expect(days.usualLow(signal.length)).toBeCloseTo(day(-3.5 * 40), -1);
});
