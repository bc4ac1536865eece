import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../core/measurement.ts';
import { seededRandom } from '../../core/random.ts';
import { TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import { LeadTimeLearner } from './learner.ts';

const CAPACITY = 5;

/** Observations of a day's wave with noise, now and then a gap of some minutes or a burst. */
function observations(ticks: number, seed: number, gaps: boolean): Float64Array {
  const random = seededRandom(seed);
  let gap = 0;
  let burst = 0;
  return Float64Array.from({ length: ticks }, (_, t) => {
    if (gaps && random() < 0.0005) gap = Math.ceil(40 * random());
    if (random() < 0.0003) burst = Math.ceil(60 * random());
    if (gap-- > 0) return Number.NaN;
    const wave = 60 - 40 * Math.cos((2 * Math.PI * t) / TICKS_PER_DAY);
    return wave * (1 + 0.1 * (random() - 0.5)) * (burst-- > 0 ? 1.8 : 1);
  });
}

/** Reads `history` ticks with a learner of days, hands on, and feeds both `ahead` more. @returns ticks that differ. */
function differences(
  observed: Float64Array,
  history: number,
  ahead: number,
  leadTimeSeconds: number,
  measurement?: Measurement,
): number[] {
  const days = new LeadTimeLearner(leadTimeSeconds, CAPACITY, undefined, undefined, undefined, measurement);
  for (let t = 0; t < history; t++) days.observe(observed[t]!);
  const sent = structuredClone(days.state(ahead));
  const short = new LeadTimeLearner(leadTimeSeconds, CAPACITY, sent, undefined, undefined, measurement);
  const differ: number[] = [];
  for (let t = history; t < history + ahead; t++) {
    days.observe(observed[t]!);
    short.observe(observed[t]!);
    if (JSON.stringify(days.forecast) !== JSON.stringify(short.forecast)) differ.push(t - history);
  }
  return differ;
}

describe('a learner of short memory', () => {
  it.each([
    ['a young service', 5 * TICKS_PER_HOUR + 7],
    ['three days', 3 * TICKS_PER_DAY + 1_234],
    ['nine days', 9 * TICKS_PER_DAY + 17],
    ['buffers that were full once', 16 * TICKS_PER_DAY + 401],
  ])('forecasts for six hours exactly what the one with all the days does: %s', (_, history) => {
    const observed = observations(history + 6 * TICKS_PER_HOUR, 11, true);
    expect(differences(observed, history, 6 * TICKS_PER_HOUR, 60)).toEqual([]);
  });

  it('does so where the demand estimate is filtered: the noise that was measured is handed on', () => {
    const observed = observations(TICKS_PER_DAY, 12, true);
    const rate = { kind: 'rate', windowSeconds: 60 } as const;
    expect(differences(observed, TICKS_PER_DAY / 2, TICKS_PER_HOUR, 60, rate)).toEqual([]);
  });

  it('does so whatever the lead time and the moment of the handover', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 6 * 3_600 }),
        fc.integer({ min: 1, max: 2 * TICKS_PER_DAY }),
        fc.integer(),
        (leadTimeSeconds, history, seed) => {
          const ahead = 300;
          const observed = observations(history + ahead, seed, true);
          expect(differences(observed, history, ahead, leadTimeSeconds)).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('knows when what it was told of the days before ends, and forecasts on from the present alone', () => {
    const observed = observations(3 * TICKS_PER_DAY, 3, false);
    const days = new LeadTimeLearner(60, CAPACITY);
    for (const value of observed) days.observe(value);
    expect(days.ticksLeft).toBe(Number.POSITIVE_INFINITY);
    const short = new LeadTimeLearner(60, CAPACITY, days.state(TICKS_PER_HOUR));
    expect(short.ticksLeft).toBe(TICKS_PER_HOUR);
    for (let t = 0; t < 2 * TICKS_PER_HOUR; t++) {
      short.observe(60);
      const { peakPlusFloor, relativeError } = short.forecast!;
      expect(peakPlusFloor).toBeGreaterThan(20);
      expect(peakPlusFloor).toBeLessThan(200);
      expect(relativeError).toBeGreaterThan(0);
    }
    expect(short.ticksLeft).toBe(0);
  });

  it('takes 17 kB for two hours, as plain data', () => {
    const days = new LeadTimeLearner(45, CAPACITY);
    for (const value of observations(3 * TICKS_PER_DAY, 3, false)) days.observe(value);
    const state = days.state(2 * TICKS_PER_HOUR);
    let bytes = 0;
    JSON.stringify(state, (_, value) => {
      if (!ArrayBuffer.isView(value)) return value;
      bytes += value.byteLength;
      return undefined;
    });
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(17_000);
  });

  it('has nothing to hand on itself', () => {
    const days = new LeadTimeLearner(45, CAPACITY);
    days.observe(3);
    const short = new LeadTimeLearner(45, CAPACITY, days.state(10));
    expect(() => short.state(10)).toThrow('short memory');
  });
});
