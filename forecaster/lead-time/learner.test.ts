import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { TICKS_PER_DAY } from '../../core/tick.ts';
import { LeadTimeLearner } from './learner.ts';

const LEAD_TIME_SECONDS = 60;
const CAPACITY = 5;

/** Demand of a day's wave between 20 and 100 with noise of ± 3 % that changes each minute. */
function days(count: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  let noise = 1;
  return Float64Array.from({ length: count * TICKS_PER_DAY }, (_, t) => {
    if (t % 4 === 0) noise = 1 + 0.06 * (random() - 0.5);
    return (60 - 40 * Math.cos((2 * Math.PI * t) / TICKS_PER_DAY)) * noise;
  });
}

/** The mean of the four ticks before. */
function observe(demand: Float64Array, t: number): number {
  return t < 4 ? Number.NaN : (demand[t - 4]! + demand[t - 3]! + demand[t - 2]! + demand[t - 1]!) / 4;
}

describe('twenty days', () => {
  const demand = days(20, 1);
  const learner = new LeadTimeLearner(LEAD_TIME_SECONDS, CAPACITY);
  const peaks = new Float64Array(demand.length);
  const medians = new Float64Array(demand.length);
  const uppers = new Float64Array(demand.length);
  const past = learner.days!;
  const drops: number[] = [];
  for (let t = 0; t < demand.length; t++) {
    const before = past.from;
    learner.observe(observe(demand, t));
    const forecast = learner.forecast!;
    if (past.from > before) drops.push(t);
    peaks[t] = forecast.peakPlusFloor - forecast.floor;
    medians[t] = forecast.median;
    uppers[t] = forecast.upper;
  }

  /** Mean |forecast ÷ largest demand of the lead time − 1| from tick to tick. */
  function error(from: number, to: number): number {
    let sum = 0;
    for (let t = from; t < to; t++) {
      let peak = 0;
      for (let i = t + 1; i <= Math.min(demand.length - 1, t + learner.leadTimeTicks); i++)
        peak = Math.max(peak, demand[i]!);
      sum += Math.abs(peaks[t]! / peak - 1);
    }
    return sum / (to - from);
  }

  const DAY = TICKS_PER_DAY;

  it('are learned: the third day is forecast within the noise', () => {
    expect(error(2 * DAY, 3 * DAY)).toBeLessThan(0.05);
  });

  it('drop their oldest, and the forecasts go on as before', () => {
    expect(drops.length).toBeGreaterThan(0);
    const hour = DAY / 24;
    const usual = error(drops[0]! - DAY, drops[0]! - DAY + hour);
    for (const drop of drops) {
      expect(error(drop, drop + hour)).toBeLessThan(1.5 * usual + 0.005);
      const jump = Math.abs(peaks[drop]! / peaks[drop - 1]! - 1);
      expect(jump).toBeLessThan(0.15);
    }
    expect(error(18 * DAY, 19 * DAY)).toBeLessThan(1.2 * error(5 * DAY, 6 * DAY) + 0.002);
  });

  it('have past forecasts in step with the signal, for the policy backtest', () => {
    const last = learner.signal.length - 1 - past.from;
    for (const back of [0, 1, 500, 3 * DAY]) {
      const { floor } = learner.signal;
      expect(past.peaks[last - back]! - floor).toBeCloseTo(peaks[demand.length - 1 - back]!, 4);
    }
    expect(learner.learnedFrom).toBeLessThan(past.from);
  });

  it('are half over the median and a twentieth over the upper quantile, one lead time ahead', () => {
    let overMedian = 0;
    let overUpper = 0;
    const [from, to] = [5 * DAY, 19 * DAY];
    for (let t = from; t < to; t++) {
      const came = demand[t + learner.leadTimeTicks]!;
      if (came > medians[t]!) overMedian++;
      if (came > uppers[t]!) overUpper++;
    }
    expect(overMedian / (to - from)).toBeGreaterThan(0.3);
    expect(overMedian / (to - from)).toBeLessThan(0.7);
    expect(overUpper / (to - from)).toBeGreaterThan(0.02);
    expect(overUpper / (to - from)).toBeLessThan(0.08);
  });
});

it('what comes later changes no forecast before it', () => {
  const demand = days(2, 2);
  const run = (later: (t: number) => number) => {
    const learner = new LeadTimeLearner(LEAD_TIME_SECONDS, CAPACITY);
    return Array.from({ length: demand.length }, (_, t) => {
      learner.observe(t < 9_000 ? observe(demand, t) : later(t));
      const { peakPlusFloor, relativeError, median, upper } = learner.forecast!;
      return [peakPlusFloor, relativeError, median, upper].join();
    });
  };
  const plain = run((t) => observe(demand, t));
  const other = run((t) => (t % 3 === 0 ? Number.NaN : 1e5));
  expect(plain.findIndex((forecast, t) => forecast !== other[t])).toBeGreaterThanOrEqual(9_000);
});

it('sees the daily ramp coming before the load moves', () => {
  const learner = new LeadTimeLearner(180, CAPACITY);
  // From 20 to 100 within three minutes at noon, down again at midnight.
  const ramp = (t: number) => {
    const since = (t % TICKS_PER_DAY) - TICKS_PER_DAY / 2;
    return since < 0 ? 20 : Math.min(100, 20 + (80 * since) / 12);
  };
  const demand = Float64Array.from({ length: 5 * TICKS_PER_DAY }, (_, t) => ramp(t));
  for (let t = 0; t < 4.5 * TICKS_PER_DAY; t++) learner.observe(observe(demand, t));
  const forecast = learner.forecast!;
  expect(forecast.load).toBe(20);
  expect(forecast.peakPlusFloor).toBeGreaterThan(2 * (20 + forecast.floor));
});

it('a load unlike that of all days before is not expected far beyond what it reached: after half an hour of nothing, 70 % more than usual', () => {
  const random = seededRandom(1);
  const gauge = { kind: 'gauge', windowSeconds: 0 } as const;
  const learner = new LeadTimeLearner(180, CAPACITY, undefined, undefined, undefined, gauge);
  // A queue of 66 jobs, an hour's wave of ± 20 %, read once a minute.
  const usual = (t: number) => 66 * (1 + 0.2 * Math.sin((2 * Math.PI * t) / 240));
  let t = 0;
  let jobs = 0;
  const pass = (ticks: number, times: number, look: () => void = () => {}) => {
    for (const end = t + ticks; t < end; t++) {
      if (t % 4 === 0) jobs = times * usual(t) * (1 + 0.1 * (random() - 0.5));
      learner.observe(jobs);
      look();
    }
  };
  pass(2 * TICKS_PER_DAY, 1);
  pass(120, 0);
  // In the first lead time, that the rise goes on is as much as is known.
  pass(16, 1.7);
  let most = 0;
  pass(150, 1.7, () => {
    const { peakPlusFloor, floor, median } = learner.forecast!;
    most = Math.max(most, peakPlusFloor - floor, median);
  });
  const reached = 1.7 * 66 * 1.2 * 1.05;
  expect(most).toBeGreaterThan(0.9 * reached);
  expect(most).toBeLessThan(1.2 * reached);
});

it('no observation, whatever it is, makes a forecast NaN or negative', () => {
  const piece = fc.record({
    ticks: fc.integer({ min: 1, max: 400 }),
    load: fc.oneof(
      fc.constant(Number.NaN),
      fc.constant(0),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.double({ min: 1e-9, max: 1, noNaN: true }),
    ),
  });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 4, maxLength: 24 }), (pieces) => {
      const learner = new LeadTimeLearner(LEAD_TIME_SECONDS, CAPACITY);
      let wrong = 0;
      for (const { ticks, load } of pieces) {
        for (let t = 0; t < ticks; t++) {
          learner.observe(load);
          const f = learner.forecast!;
          const numbers = [f.load, f.peakPlusFloor, f.relativeError, f.estimate, f.median, f.upper];
          if (!numbers.every((n) => n >= 0)) wrong++;
        }
      }
      expect(wrong).toBe(0);
    }),
    { numRuns: 15 },
  );
});
