import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, type Series } from '../../core/series.ts';
import { PathFeatures } from './path-features.ts';
import { PATH_INPUTS } from './path-inputs.ts';

const STEP_SECONDS = 300;
const PER_DAY = DAY_SECONDS / STEP_SECONDS;
const AHEAD = [1, 2, 12, 100, PER_DAY, PER_DAY + 1, 2 * PER_DAY];

function seriesOf(values: ArrayLike<number>): Series {
  return { startSeconds: 1_700_006_400, stepSeconds: STEP_SECONDS, values: Float64Array.from(values) };
}

/** A daily wave with noise, quieter on two days of the week. */
function wave(days: number, at: (value: number, step: number) => number = (value) => value): Series {
  const random = seededRandom(5);
  return seriesOf(
    Array.from({ length: Math.round(days * PER_DAY) }, (_, i) => {
      const day = Math.floor(i / PER_DAY) % 7 >= 5 ? 40 : 100;
      return at(day * (1 + 0.5 * Math.sin((2 * Math.PI * i) / PER_DAY)) + 3 * normalQuantile(random()), i);
    }),
  );
}

function rowsOf(history: Series): number[][] {
  const features = new PathFeatures(history);
  return AHEAD.map((steps) => {
    const row = new Float32Array(PATH_INPUTS);
    const anchor = features.write(steps, row, 0);
    return [anchor - features.meanLog, features.scale, ...row];
  });
}

describe('the inputs of the path neural model', () => {
  it('are the same for a load a thousand or a trillion times as large', () => {
    for (const factor of [1e-3, 1e3, 1e12, 1e300]) {
      const scaled = rowsOf(wave(7, (value) => factor * value));
      for (const [r, row] of rowsOf(wave(7)).entries()) {
        for (const [i, value] of row.entries()) expect(scaled[r]![i]).toBeCloseTo(value, 4);
      }
    }
  });

  it('look seven days back and no further', () => {
    const long = wave(20);
    const week = { ...long, values: long.values.subarray(13 * PER_DAY) };
    expect(rowsOf(long)).toEqual(rowsOf(week));
  });

  it('tell nothing of what came after the origin', () => {
    const known = wave(7);
    const whole = Float64Array.of(...known.values, ...new Float64Array(PER_DAY).fill(1e9));
    expect(rowsOf({ ...known, values: whole.subarray(0, known.values.length) })).toEqual(rowsOf(known));
  });

  it('fill all of a row and nothing beside it', () => {
    const features = new PathFeatures(wave(7));
    const rows = new Float32Array(3 * PATH_INPUTS).fill(Number.NaN);
    features.write(10, rows, PATH_INPUTS);
    expect([...rows.subarray(PATH_INPUTS, 2 * PATH_INPUTS)].every(Number.isFinite)).toBe(true);
    expect([...rows.subarray(0, PATH_INPUTS), ...rows.subarray(2 * PATH_INPUTS)].every(Number.isNaN)).toBe(true);
  });

  it('begin at the season of the target: a Saturday after a Friday is expected to be as last Saturday', () => {
    // Seven days that begin on a Saturday; the weekend is days 5 and 6 of the wave.
    const week = wave(14).values.subarray(5 * PER_DAY, 12 * PER_DAY);
    const features = new PathFeatures(seriesOf(week));
    const row = new Float32Array(PATH_INPUTS);
    const noon = features.loadOf(features.write(PER_DAY / 2 + 50, row, 0));
    const lastSaturday = week[PER_DAY / 2 + 49]!;
    expect(noon / lastSaturday).toBeGreaterThan(0.8);
    expect(noon / lastSaturday).toBeLessThan(1.5);
  });

  it('begin at the newest load where that is what the next minutes are', () => {
    const jumped = wave(7, (value, i) => (i >= 7 * PER_DAY - 6 ? 3 * value : value));
    const features = new PathFeatures(jumped);
    const next = features.loadOf(features.write(1, new Float32Array(PATH_INPUTS), 0));
    expect(next / jumped.values.at(-1)!).toBeCloseTo(1, 0);
  });

  it('turn a load into a logarithm and back', () => {
    const features = new PathFeatures(wave(3));
    for (const load of [0, 1, 100, 1e6]) expect(features.loadOf(features.logOf(load))).toBeCloseTo(load, 6);
  });

  it('are finite for any history: gaps, zeros, one point, enormous and tiny loads', () => {
    const value = fc.oneof(
      fc.constant(Number.NaN),
      fc.constant(0),
      fc.double({ min: 0, max: 1e300, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(60, 300, 420, 1_800, 3_600),
        (values, times, stepSeconds) => {
          const repeated = Float64Array.from({ length: values.length * times }, (_, i) => values[i % values.length]!);
          const features = new PathFeatures({ startSeconds: 0, stepSeconds, values: repeated });
          fc.pre(features.largest > 0);
          for (const steps of [1, 7, 50, 2_000]) {
            const row = new Float32Array(PATH_INPUTS);
            expect(Number.isFinite(features.write(steps, row, 0))).toBe(true);
            expect(row.every(Number.isFinite)).toBe(true);
            expect(features.scale).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
