import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { medianStepSeconds } from '../core/series.ts';
import { EXACT_GRID, toGrid } from './clock.ts';
import { observe } from './observation.ts';

const samples = (rows: readonly (readonly [number, number])[]) => ({
  times: Float64Array.from(rows, ([time]) => time),
  values: Float64Array.from(rows, ([, value]) => value),
});
const _ = Number.NaN;

describe('the step of a trace', () => {
  it('is the median distance of its samples, so that a gap does not change it', () => {
    expect(medianStepSeconds(Float64Array.of(0, 60, 120, 3_600, 3_660))).toBe(60);
  });

  it('is between the two middle distances where their number is even', () => {
    expect(medianStepSeconds(Float64Array.of(0, 60, 180))).toBe(90);
  });

  it('is that of the first 2,000 distances: what comes later has no say', () => {
    const times = Float64Array.from({ length: 10_000 }, (_none, i) =>
      i <= 2_000 ? 60 * i : 120_000 + 300 * (i - 2_000),
    );
    expect(medianStepSeconds(times)).toBe(60);
  });

  it('is unknown for one sample', () => {
    expect(medianStepSeconds(Float64Array.of(5))).toBeUndefined();
  });
});

describe('demand on the tick grid', () => {
  const demandOf = (...rows: (readonly [number, number])[]) => [...toGrid(samples(rows), EXACT_GRID).demand];

  it('is linear between two samples', () => {
    expect(demandOf([600, 10], [660, 50])).toEqual([10, 20, 30, 40, 50]);
  });

  it('is linear over one lost sample: a distance of 2 × step still counts', () => {
    const ramp = Array.from({ length: 17 }, (_none, i) => 15 * i);
    expect(demandOf([0, 0], [60, 60], [180, 180], [240, 240])).toEqual(ramp);
  });

  it('is no data inside a longer gap, though the samples at its ends count', () => {
    const demand = demandOf([0, 1], [60, 1], [181, 1], [241, 1], [301, 1]);
    expect(demand.slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
    // 75 s … 180 s: between two samples 121 s apart.
    expect(demand.slice(5, 13)).toEqual([_, _, _, _, _, _, _, _]);
    expect(demand.slice(13)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('of a trace that is not aligned to ticks starts at its first sample and ends at or before its last', () => {
    expect(demandOf([7, 0], [77, 70], [147, 140])).toEqual([0, 15, 30, 45, 60, 75, 90, 105, 120, 135]);
  });

  it('of samples closer than a tick takes those around each tick', () => {
    const rows = Array.from({ length: 10 }, (_none, i) => [4 * i, i % 2] as const);
    // At 15 s: between 12 s (1) and 16 s (0); at 30 s: between 28 s (1) and 32 s (0).
    expect(demandOf(...rows)).toEqual([0, 0.25, 0.5]);
  });

  it('lies between the two samples around it, and is no data where they are further apart than 2 × step', () => {
    const distance = fc.integer({ min: 1, max: 200 });
    const value = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(distance, value), { minLength: 2, maxLength: 40 }), (steps) => {
        let time = 0;
        const trace = samples(
          steps.map(([d, v]) => {
            time += d;
            return [time, v];
          }),
        );
        const { demand, startSeconds, stepSeconds } = toGrid(trace, EXACT_GRID);
        const wrong = demand.findIndex((d, i) => {
          const after = trace.times.findIndex((t) => t > startSeconds + 15 * i);
          if (after < 0 || trace.times[after - 1] === startSeconds + 15 * i) return false;
          if (trace.times[after]! - trace.times[after - 1]! > 2 * stepSeconds) return !Number.isNaN(d);
          const [a, b] = [trace.values[after - 1]!, trace.values[after]!];
          return !(d >= Math.min(a, b) - 1e-6 && d <= Math.max(a, b) + 1e-6);
        });
        expect(wrong).toBe(-1);
      }),
    );
  });
});

describe('an observation', () => {
  it('is the mean demand over (t − 75 s, t − 15 s]: four ticks, the newest of them one tick old', () => {
    expect([...observe(Float64Array.of(1, 2, 3, 4, 100, 200))]).toEqual([_, _, _, _, 2.5, 27.25]);
  });

  it('is no data where any of the four ticks has none', () => {
    expect([...observe(Float64Array.of(1, 1, _, 1, 1, 1, 1, 1))]).toEqual([_, _, _, _, _, _, _, 1]);
  });

  it('of a trace shorter than its window is no data at all', () => {
    expect([...observe(Float64Array.of(1, 1))]).toEqual([_, _]);
  });
});
