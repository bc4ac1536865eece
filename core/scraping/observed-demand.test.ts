import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile, seededRandom } from '../random.ts';
import { TICK_SECONDS } from '../tick.ts';
import { type MeasurementModel, observedDemand } from './observed-demand.ts';

const TICKS = 480;
const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);
const steady = () => new Float64Array(TICKS).fill(100);
/** A tenth of its start more each minute. */
const ramp = () => Float64Array.from({ length: TICKS }, (_, k) => 100 + 2.5 * k);
const bursty = (seed: number) => {
  const random = seededRandom(seed + 999);
  return Float64Array.from({ length: TICKS }, () => 100 * Math.exp(0.5 * normalQuantile(random()) - 0.125));
};

/** Errors relative to the true mean over the window. */
function errors(demandOf: (seed: number) => Float64Array, model: Partial<MeasurementModel> = {}) {
  const ticks = (model.windowSeconds ?? 60) / TICK_SECONDS;
  const found: number[] = [];
  let missing = 0;
  for (const seed of SEEDS) {
    const demand = demandOf(seed);
    const observed = observedDemand(demand, { ...model, seed });
    for (let tick = 2 * ticks; tick < TICKS; tick++) {
      let mean = 0;
      for (let k = tick - ticks; k < tick; k++) mean += demand[k]! / ticks;
      if (Number.isNaN(observed[tick]!)) missing++;
      else found.push(observed[tick]! / mean - 1);
    }
  }
  const bias = found.reduce((sum, error) => sum + error, 0) / found.length;
  const std = Math.sqrt(found.reduce((sum, error) => sum + (error - bias) ** 2, 0) / found.length);
  const largest = found.reduce((most, error) => Math.max(most, Math.abs(error)), 0);
  const highest = found.reduce((most, error) => Math.max(most, error), -1);
  return { bias, std, largest, highest, missing: missing / (found.length + missing) };
}

describe('the observed demand', () => {
  it('of a steady demand errs by the time between a sample and its value only: r / √6 / 45 s', () => {
    expect(errors(steady, { readSeconds: 0 }).largest).toBeLessThan(1e-6);
    const { bias, std, largest } = errors(steady);
    expect(Math.abs(bias)).toBeLessThan(2e-4);
    expect(std).toBeGreaterThan(0.8 * (0.25 / Math.sqrt(6) / 45));
    expect(std).toBeLessThan(1.2 * (0.25 / Math.sqrt(6) / 45));
    // Where jitter leaves three scrapes in the window they are 30 s apart.
    expect(largest).toBeLessThan(0.25 / 29);
  });

  it('of a ramp is off by its phase: g · s / √12 and at most g · s / 2, on average nothing', () => {
    const demand = ramp();
    const growth = 2.5 / TICK_SECONDS;
    const off: number[] = [];
    for (const seed of SEEDS) {
      const observed = observedDemand(demand, { seed, readSeconds: 0, jitterSeconds: 0 });
      for (let tick = 10; tick < TICKS; tick++) off.push(observed[tick]! - (demand[tick - 4]! + demand[tick - 1]!) / 2);
    }
    const std = Math.sqrt(off.reduce((sum, error) => sum + error ** 2, 0) / off.length);
    expect(std).toBeGreaterThan(0.8 * ((growth * 15) / Math.sqrt(12)));
    expect(std).toBeLessThan(1.2 * ((growth * 15) / Math.sqrt(12)));
    for (const error of off) expect(Math.abs(error)).toBeLessThan(1.01 * ((growth * 15) / 2));
  });

  it('of bursts misses what no two scrapes of the window enclose', () => {
    const figures = [15, 30].map((everySeconds) => errors(bursty, { everySeconds }).std);
    expect(figures[0]).toBeGreaterThan(0.08);
    expect(figures[0]).toBeLessThan(0.13);
    expect(figures[1]).toBeGreaterThan(0.16);
    expect(errors(bursty, { windowSeconds: 300 }).std).toBeLessThan(0.03);
  });

  it('falls short where a scrape at the window’s edge was lost, and is never too high', () => {
    const { bias, largest, highest } = errors(steady, { lossProbability: 0.05, readSeconds: 0 });
    expect(bias).toBeLessThan(-0.015);
    expect(largest).toBeGreaterThan(0.3);
    expect(largest).toBeLessThan(0.64);
    expect(highest).toBeLessThan(1e-6);
  });

  it('is missing where a minute holds no two scrapes', () => {
    expect(errors(steady, { everySeconds: 60 }).missing).toBeGreaterThan(0.95);
    expect(errors(steady, { everySeconds: 60, windowSeconds: 120 }).missing).toBeLessThan(0.02);
  });

  it('knows nothing of a tick from whose window a part is missing, nor of the first minute', () => {
    const demand = steady();
    demand[100] = Number.NaN;
    const observed = observedDemand(demand, { seed: 1 });
    const missing = [...observed.keys()].filter((tick) => Number.isNaN(observed[tick]!));
    expect(missing).toEqual([0, 1, 2, 3, 101, 102, 103, 104]);
  });

  it('knows nothing of what comes after the window, whatever the demand', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.integer({ min: 5, max: 19 }), fc.nat(1000), (demand, tick, seed) => {
        const other = demand.map((value, k) => (k < tick ? value : 7));
        const model = { seed, readSeconds: 0 };
        const [a, b] = [demand, other].map((one) => observedDemand(Float64Array.from(one), model)[tick]!);
        expect(Math.abs(a! - b!)).toBeLessThanOrEqual(1e-6 * Math.max(...demand, 7));
        expect(a).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('is the same for the same seed, and another for another', () => {
    const [a, b, c] = [3, 3, 4].map((seed) => observedDemand(bursty(1), { seed }));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });
});
