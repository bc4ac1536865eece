import { describe, expect, it } from 'vitest';
import { recoveryOf } from '../core/measurement.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../core/series.ts';
import { eciStartup } from '../core/startup.ts';
import { dailyLoad, SETTINGS, sampled } from '../test/generated-traces.ts';
import {
  DEFAULT_OBSERVATION,
  EXACT_OBSERVATION,
  measurementOf,
  minuteLagTicks,
  type Observation,
  observationFacts,
  observe,
  observeDemand,
  usualWindowSeconds,
} from './observation.ts';
import { replay } from './replay.ts';

const RATE_1M = { kind: 'rate', scrapeSeconds: 15, windowSeconds: 60, lossProbability: 0 } as const;
const RATE_2M: Observation = { kind: 'rate', scrapeSeconds: 30, windowSeconds: 120, lossProbability: 0 };
const GAUGE = { kind: 'gauge', scrapeSeconds: 15, lossProbability: 0 } as const;
const wave = Float64Array.from({ length: 2_000 }, (_, i) => 100 + 50 * Math.sin(i / 80) + (i % 7));

/** Mean and largest distance from the mean of the four ticks, in shares of it. */
function distance(observed: Float64Array, from = 100): { mean: number; most: number } {
  const exact = observe(wave);
  let [sum, most] = [0, 0];
  for (let i = from; i < wave.length; i++) {
    const off = Math.abs(observed[i]! / exact[i]! - 1);
    sum += off;
    most = Math.max(most, off);
  }
  return { mean: sum / (wave.length - from), most };
}

describe('what policies see', () => {
  it('by default is rate[1m] of a counter scraped every 15 s: near the mean of the minute, and never quite it', () => {
    expect(DEFAULT_OBSERVATION).toEqual(RATE_1M);
    const { mean, most } = distance(observeDemand(wave, DEFAULT_OBSERVATION, 1));
    expect(mean).toBeGreaterThan(0.001);
    expect(mean).toBeLessThan(0.02);
    expect(most).toBeLessThan(0.06);
  });

  it('through rate[2m] of 30 s scrapes is older, and as a gauge jumps with every tick', () => {
    expect(distance(observeDemand(wave, RATE_2M, 1)).mean).toBeGreaterThan(
      distance(observeDemand(wave, DEFAULT_OBSERVATION, 1)).mean,
    );
    const gauge = observeDemand(wave, GAUGE, 1);
    // Every sample is between the demands of the ticks around its scrape.
    for (let i = 10; i < wave.length; i++) {
      const around = wave.subarray(i - 3, i + 1);
      expect(gauge[i]).toBeGreaterThanOrEqual(Math.min(...around));
      expect(gauge[i]).toBeLessThanOrEqual(Math.max(...around));
    }
  });

  it('exact is the mean of four ticks, whatever the seed', () => {
    expect(observeDemand(wave, EXACT_OBSERVATION, 1)).toEqual(observe(wave));
    expect(observeDemand(wave, EXACT_OBSERVATION, 2)).toEqual(observe(wave));
  });

  it('is the same for the same seed, and another phase for another', () => {
    for (const observation of [DEFAULT_OBSERVATION, RATE_2M, GAUGE]) {
      const [a, b, c] = [1, 1, 2].map((seed) => observeDemand(wave, observation, seed));
      expect(a).toEqual(b);
      expect(a).not.toEqual(c);
    }
  });

  it('of a load that stays is that load within the slowness of the exporter, 0 for 0, and never negative', () => {
    for (const observation of [DEFAULT_OBSERVATION, RATE_2M, GAUGE]) {
      const steady = observeDemand(new Float64Array(400).fill(200), observation, 3);
      for (const value of steady.subarray(20)) expect(Math.abs(value - 200)).toBeLessThan(2);
      const zero = observeDemand(new Float64Array(400), observation, 3);
      expect([...zero.subarray(20)].every((value) => value === 0)).toBe(true);
    }
  });

  it('has no number where its window holds a tick without data', () => {
    const gap = wave.map((value, i) => (i >= 500 && i < 504 ? Number.NaN : value));
    const missing = (observation: Observation) => {
      const observed = observeDemand(gap, observation, 1);
      return [...observed.keys()].filter((i) => i > 20 && Number.isNaN(observed[i]!));
    };
    const ticks = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
    expect(missing(DEFAULT_OBSERVATION)).toEqual(ticks(501, 508));
    expect(missing(RATE_2M)).toEqual(ticks(501, 512));
    expect(missing(GAUGE)).toEqual(ticks(501, 506));
  });

  it('with scrapes that fail falls short of the load; a gauge has no number until the next scrape', () => {
    const steady = new Float64Array(4_000).fill(100);
    const rate = observeDemand(steady, { ...RATE_1M, lossProbability: 0.2 }, 1).subarray(20);
    const seen = [...rate].filter((value) => !Number.isNaN(value));
    expect(Math.max(...seen)).toBeLessThan(101);
    expect(Math.min(...seen)).toBeLessThan(80);
    const gauge = observeDemand(steady, { ...GAUGE, lossProbability: 0.2 }, 1).subarray(20);
    const lost = [...gauge].filter((value) => Number.isNaN(value)).length / gauge.length;
    expect(lost).toBeGreaterThan(0.15);
    expect(lost).toBeLessThan(0.25);
  });

  it('at a tick follows from the demand up to it', () => {
    for (const observation of [DEFAULT_OBSERVATION, RATE_2M, GAUGE, EXACT_OBSERVATION]) {
      const before = observeDemand(wave, observation, 4);
      for (const tick of [900, 1_333]) {
        const after = observeDemand(
          wave.map((value, i) => (i > tick ? 1e6 * value : value)),
          observation,
          4,
        );
        expect([...after.subarray(0, tick + 1)]).toEqual([...before.subarray(0, tick + 1)]);
      }
    }
  });
});

describe('what predictive is told of it', () => {
  it('is what live is told of such a query: only a minute is undone by a filter, a longer window is not', () => {
    expect(measurementOf(EXACT_OBSERVATION)).toEqual({ kind: 'exact' });
    expect(recoveryOf(measurementOf(DEFAULT_OBSERVATION))).toBe('filtered');
    expect(recoveryOf(measurementOf(RATE_2M))).toBe('none');
    expect(measurementOf(GAUGE)).toEqual({ kind: 'gauge', windowSeconds: 0 });
  });

  it('decides: the same load seen otherwise is served otherwise', () => {
    const samples = sampled(DAY_SECONDS + 30 * HOUR_SECONDS, dailyLoad(4));
    const replicas = (observation: Observation) => {
      const settings = {
        ...SETTINGS,
        historySeconds: DAY_SECONDS,
        policies: ['predictive', 'hpa'],
        observation,
      } as const;
      return replay(samples, eciStartup(), settings).timeline.runs.map(({ total }) => total.join());
    };
    const [exact, rate, gauge] = [EXACT_OBSERVATION, DEFAULT_OBSERVATION, GAUGE].map(replicas);
    for (const policy of [0, 1]) expect(new Set([exact![policy], rate![policy], gauge![policy]]).size).toBe(3);
  });
});

it('a window of four scrapes is usual, and a minute at least', () => {
  expect([5, 15, 30, 60].map(usualWindowSeconds)).toEqual([60, 60, 120, 240]);
});

it('the minute that an observation stands for begins before it by its age', () => {
  expect([DEFAULT_OBSERVATION, RATE_2M, GAUGE, EXACT_OBSERVATION].map(minuteLagTicks)).toEqual([5, 7, 3, 5]);
});

it('the report says which', () => {
  expect(observationFacts(RATE_2M)).toEqual({ kind: 'rate', scrapeSeconds: 30, windowSeconds: 120 });
  expect(observationFacts(EXACT_OBSERVATION)).toEqual({ kind: 'exact', scrapeSeconds: 15, windowSeconds: 60 });
  expect(observationFacts({ ...GAUGE, lossProbability: 0.02 })).toEqual({
    kind: 'gauge',
    scrapeSeconds: 15,
    windowSeconds: 0,
    lossProbability: 0.02,
  });
});
