import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { TICKS_PER_DAY } from '../../core/tick.ts';
import { DemandSignal } from './signal.ts';

/** What a policy observes of the demand: the mean of the four ticks before. */
function observed(demand: (t: number) => number, t: number): number {
  return t < 4 ? Number.NaN : (demand(t - 4) + demand(t - 3) + demand(t - 2) + demand(t - 1)) / 4;
}

function feed(signal: DemandSignal, demand: (t: number) => number, from: number, to: number): void {
  for (let t = from; t < to; t++) signal.append(observed(demand, t));
}

describe('the newest demand', () => {
  it('is recovered from behind the moving average: a jump shows at the next tick, not a minute later', () => {
    const signal = new DemandSignal(1);
    const jump = (t: number) => (t < 100 ? 10 : 50);
    feed(signal, jump, 0, 102);
    // At tick 101 the average has seen one tick of the jump: 20; the demand of tick 100 was 50.
    expect(signal.load[101]).toBe(20);
    expect(signal.newest[101]!).toBeGreaterThan(45);
    feed(signal, jump, 102, 110);
    for (let t = 102; t < 110; t++) expect(signal.newest[t]! / 50).toBeCloseTo(1, 0);
  });

  it('follows noisy demand within a few percent once its start has died out', () => {
    const random = seededRandom(3);
    const noise = Float64Array.from({ length: 400 }, () => 80 + 40 * random());
    const signal = new DemandSignal(1);
    feed(signal, (t) => noise[t]!, 0, 400);
    let error = 0;
    for (let t = 200; t < 400; t++) error += Math.abs(signal.newest[t]! - noise[t - 1]!) / 200;
    expect(error).toBeLessThan(5);
  });

  it('is never negative', () => {
    const random = seededRandom(4);
    const noise = Float64Array.from({ length: 400 }, () => Math.max(0, random() - 0.8) * 1_000);
    const signal = new DemandSignal(1);
    feed(signal, (t) => noise[t]!, 0, 400);
    expect(signal.newest.every((demand) => demand >= 0)).toBe(true);
  });
});

describe('gaps', () => {
  it('keep the last load, are marked, and begin anew afterwards', () => {
    const signal = new DemandSignal(1);
    for (const value of [7, 7, 7, 7, 7, 7, Number.NaN, Number.NaN, 90]) signal.append(value);
    expect([...signal.load.slice(0, 9)]).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 90]);
    expect([...signal.seen.slice(0, 9)]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 1]);
    expect(signal.lastGap).toBe(7);
    expect(signal.newest[8]).toBe(90);
  });

  it('before the first load say that the service was not born', () => {
    const signal = new DemandSignal(1);
    for (const value of [Number.NaN, 0, 0]) signal.append(value);
    expect(signal.born).toBe(Number.POSITIVE_INFINITY);
    signal.append(3);
    expect(signal.born).toBe(3);
  });
});

describe('an unusual low', () => {
  const usual = 100;
  const fed = () => {
    const signal = new DemandSignal(1);
    for (let t = 0; t < 3 * TICKS_PER_DAY; t++) signal.append(usual);
    return signal;
  };
  const isLow = (signal: DemandSignal) => signal.unusuallyLow[signal.length - 1] === 1;

  it('is a load far below all that this time of day had', () => {
    const signal = fed();
    expect(isLow(signal)).toBe(false);
    signal.append(10);
    expect(isLow(signal)).toBe(true);
    signal.append(95);
    expect(isLow(signal)).toBe(false);
  });

  it('that lasts for half a day is the new normal', () => {
    const signal = fed();
    for (let t = 0; t < TICKS_PER_DAY / 2; t++) signal.append(10);
    expect(isLow(signal)).toBe(false);
  });

  it('is not known before two days', () => {
    const signal = new DemandSignal(1);
    for (let t = 0; t < TICKS_PER_DAY; t++) signal.append(usual);
    signal.append(1);
    expect(isLow(signal)).toBe(false);
  });
});

it('when the buffers are full, the oldest days leave and the rest reads as before', () => {
  const day = (t: number) => 60 + 40 * Math.sin((2 * Math.PI * t) / TICKS_PER_DAY);
  const signal = new DemandSignal(1);
  let drops = 0;
  let moves = 0;
  let length = 0;
  for (let t = 0; t < 20 * TICKS_PER_DAY; t++) {
    const dropped = signal.append(day(t));
    if (dropped > 0) drops++;
    // Indices move by what was dropped, and only by that.
    if (signal.length !== length + 1 - dropped) moves++;
    length = signal.length;
  }
  expect(drops).toBeGreaterThan(0);
  expect(moves).toBe(0);
  expect(signal.length).toBeGreaterThanOrEqual(7 * TICKS_PER_DAY);
  const last = 20 * TICKS_PER_DAY - 1;
  for (const back of [0, 1, 100, TICKS_PER_DAY, 7 * TICKS_PER_DAY - 1]) {
    expect(signal.load[length - 1 - back]).toBe(day(last - back));
    expect(signal.newest[length - 1 - back]! / day(last - back)).toBeCloseTo(1, 2);
  }
  expect(signal.mean(length - TICKS_PER_DAY, length - 1)).toBeCloseTo(60, 3);
  expect(signal.born).toBeLessThanOrEqual(0);
});
