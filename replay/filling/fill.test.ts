import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import type { Samples } from '../../core/series.ts';
import { MONDAY_SECONDS } from '../../test/generated-traces.ts';
import { FILLINGS, type Filling, fillToMinutes } from './fill.ts';

const STEP = 300;
/** A sample every five minutes. */
function coarse(values: readonly number[]): Samples {
  return {
    times: Float64Array.from(values, (_, i) => MONDAY_SECONDS + i * STEP),
    values: Float64Array.from(values),
  };
}
const fill = (values: readonly number[], filling: Filling = 'displacement', seed = 1) =>
  fillToMinutes(coarse(values), STEP, filling, seed);
/** The mean square of what a series moves over so many minutes. */
function meanSquareIncrement(values: ArrayLike<number>, minutes: number, from = 5_000): number {
  let sum = 0;
  for (let i = from; i + minutes < values.length; i++) sum += (values[i + minutes]! - values[i]!) ** 2;
  return sum / (values.length - minutes - from);
}

/** By minute: thinned to every fifth and filled again. */
function refilled(minutes: Float64Array): Float64Array {
  return fill([...minutes].filter((_, i) => i % 5 === 0)).values;
}

describe('the filling of a coarse trace', () => {
  const loads = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })), {
    minLength: 2,
    maxLength: 60,
  });

  it('has a value each minute, passes through every sample and is never below 0', () => {
    fc.assert(
      fc.property(loads, fc.nat(100), fc.constantFrom(...FILLINGS), (values, seed, filling) => {
        const filled = fill(values, filling, seed);
        const every = filling === 'linear' ? STEP : 60;
        for (const [i, time] of filled.times.entries()) {
          expect(time).toBe(MONDAY_SECONDS + i * every);
          expect(filled.values[i]).toBeGreaterThanOrEqual(0);
          if ((i * every) % STEP === 0) expect(filled.values[i]).toBe(values[(i * every) / STEP]);
        }
        expect(filled.times.at(-1)).toBe(MONDAY_SECONDS + (values.length - 1) * STEP);
      }),
    );
  });

  it('between two samples follows from them, from samples before them and from the seed', () => {
    fc.assert(
      fc.property(loads, loads, fc.nat(100), (values, others, seed) => {
        const before = fill(values, 'displacement', seed);
        // From the sample after `kept` on all is different: another load, another end.
        const kept = Math.floor(values.length / 2);
        const after = fill([...values.slice(0, kept + 1), ...others], 'displacement', seed);
        const same = kept * 5 + 1;
        expect([...after.values.subarray(0, same)]).toEqual([...before.values.subarray(0, same)]);
      }),
    );
  });

  it('is the same for the same seed, and another for another', () => {
    const random = seededRandom(3);
    const noisy = Array.from({ length: 200 }, () => 50 + 20 * random());
    expect(fill(noisy, 'displacement', 1)).toEqual(fill(noisy, 'displacement', 1));
    expect(fill(noisy, 'displacement', 1)).not.toEqual(fill(noisy, 'displacement', 2));
  });

  it('leaves a gap where samples are more than two steps apart, and fills over one lost sample', () => {
    const samples = {
      times: Float64Array.of(0, 300, 900, 1_501, 1_801),
      values: Float64Array.of(10, 10, 10, 10, 10),
    };
    const { times } = fillToMinutes(samples, STEP, 'displacement', 1);
    const minutes = (from: number, to: number) => Array.from({ length: (to - from) / 60 + 1 }, (_, i) => from + 60 * i);
    expect([...times]).toEqual([...minutes(0, 900), ...minutes(1_501, 1_801)]);
  });

  it('step holds the last sample until the next one; linear adds nothing', () => {
    expect([...fill([10, 20, 5], 'step').values]).toEqual([10, 10, 10, 10, 10, 20, 20, 20, 20, 20, 5]);
    expect(fill([10, 20, 5], 'linear')).toEqual(coarse([10, 20, 5]));
  });

  it('of a load that stays, and of none, is that load', () => {
    for (const load of [0, 42]) {
      const { values } = fill(new Array<number>(300).fill(load));
      for (const value of values) expect(value).toBeCloseTo(load, 9);
    }
  });

  it('of noise that each minute draws anew is as noisy as it was', () => {
    const random = seededRandom(5);
    const noise = Float64Array.from({ length: 30_001 }, () => 100 + 8 * normalQuantile(random()));
    const filled = refilled(noise);
    for (const minutes of [1, 2, 5, 15]) {
      const ratio = meanSquareIncrement(filled, minutes) / meanSquareIncrement(noise, minutes);
      expect(ratio, `${minutes} min`).toBeGreaterThan(0.7);
      expect(ratio, `${minutes} min`).toBeLessThan(1.3);
    }
  });

  it('of a random walk is a random walk: a fifth of the step has a fifth of the mean square', () => {
    const random = seededRandom(6);
    const walk = new Float64Array(30_001).fill(100);
    for (let i = 1; i < walk.length; i++) {
      walk[i] = walk[i - 1]! + 0.3 * normalQuantile(random()) + 0.002 * (100 - walk[i - 1]!);
    }
    const filled = refilled(walk);
    for (const minutes of [1, 2, 5, 15]) {
      const ratio = meanSquareIncrement(filled, minutes) / meanSquareIncrement(walk, minutes);
      expect(ratio, `${minutes} min`).toBeGreaterThan(0.7);
      expect(ratio, `${minutes} min`).toBeLessThan(1.3);
    }
  });

  it('of a smooth daily wave is that wave within half a percent', () => {
    const wave = Float64Array.from({ length: 20_001 }, (_, i) => 100 + 60 * Math.sin((2 * Math.PI * i) / 1_440));
    const filled = refilled(wave);
    let most = 0;
    for (let i = 3_000; i < wave.length; i++) most = Math.max(most, Math.abs(filled[i]! / wave[i]! - 1));
    expect(most).toBeLessThan(0.005);
  });

  it('has a jump at some minute of its step, not a ramp over it', () => {
    const calm = Array.from({ length: 120 }, (_, i) => 100 + (i % 3));
    const firstHigh = [...new Array(40).keys()].map((seed) => {
      const { values } = fill([...calm, 500, 501], 'displacement', seed);
      const segment = values.subarray(119 * 5, 120 * 5 + 1);
      // Nothing is on its way for minutes.
      expect([...segment].filter((value) => value > 150 && value < 450)).toEqual([]);
      return segment.findIndex((value) => value > 300);
    });
    expect(new Set(firstHigh)).toEqual(new Set([1, 2, 3, 4, 5]));
  });
});
