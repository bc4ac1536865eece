import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Counter } from '../../benchmarks/scraped-counter.ts';
import { LOADS, SCRAPES, scrapedErrors } from '../../benchmarks/scraped-demand.ts';
import { INSTANT, type Measurement, UNKNOWN } from '../../core/measurement.ts';
import { seededRandom } from '../../core/random.ts';
import { TICKS_PER_HOUR } from '../../core/tick.ts';
import { DemandFilter } from './demand-filter.ts';
import { kalmanGains } from './kalman-gains.ts';

const RATE: Measurement = { kind: 'rate', windowSeconds: 60 };

/** Feeds observations, NaN where there is none. @returns what it says after each */
function feed(filter: DemandFilter, observed: Iterable<number>) {
  let load = 0;
  return Array.from(observed, (value) => {
    if (!Number.isNaN(value)) load = value;
    filter.update(load, !Number.isNaN(value));
    return { load, estimate: filter.estimate, error: filter.error, supported: filter.supported(load) };
  });
}

/** The mean of the four ticks before each. */
function means(demand: (t: number) => number, from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => {
    const t = from + i;
    return (demand(t - 4) + demand(t - 3) + demand(t - 2) + demand(t - 1)) / 4;
  });
}

describe('the demand estimate of scraped counters', () => {
  const cells = Object.keys(SCRAPES).flatMap((scrapes) => Object.keys(LOADS).map((load) => [scrapes, load] as const));

  it.each(cells)('is never worse known than by the observation itself: %s, %s', (scrapes, load) => {
    const errors = scrapedErrors(SCRAPES[scrapes], load, 4);
    expect(errors.filtered).toBeLessThanOrEqual(1.02 * errors.observation + 0.1);
  });

  it.each(cells.filter(([, load]) => load !== 'steps'))(
    'never supports a demand that was not there by more than a fiftieth: %s, %s',
    (scrapes, load) => {
      expect(scrapedErrors(SCRAPES[scrapes], load, 5).mostUnsupported).toBeLessThan(4);
    },
  );

  it('a steady 200 that is scraped every 15 s is shown as no more than Prometheus says; undone it was 200 ± 80', () => {
    const errors = scrapedErrors(SCRAPES['every 15 s ± 1.5 s'], 'constant', 6);
    expect(errors.undone).toBeGreaterThan(60);
    expect(errors.filtered).toBeCloseTo(errors.observation, 1);
    expect(errors.mostUnsupported).toBe(0);
  });

  it('is recovered where the scrapes allow it: half of the error is gone', () => {
    const fine = scrapedErrors(SCRAPES['every 5 s'], 'random walk', 7);
    expect(fine.filtered).toBeLessThan(0.6 * fine.observation);
    const calm = scrapedErrors(SCRAPES['every 15 s'], 'waves', 7);
    expect(calm.filtered).toBeLessThan(0.5 * calm.observation);
  });

  it('a load of 0 stays one, whatever was before', () => {
    const fall = means((t) => (t < 300 ? 12 + (t % 3) : 0), 0, 400);
    for (const { estimate, supported } of feed(new DemandFilter(1, RATE), fall).slice(304)) {
      expect(estimate).toBe(0);
      expect(supported).toBe(0);
    }
  });

  it('after a night at exactly 0 a morning that begins at once is shown as what it is, never as half as much again', () => {
    const random = seededRandom(11);
    const [evening, dawn] = [2_800, 3_040];
    const demand = (t: number) => {
      if (t >= evening && t < dawn) return 0;
      // Waves, of which all is recovered; and a morning that begins within a tick.
      const level = t < evening ? 120 - 100 * Math.cos((2 * Math.PI * t) / 700) : t === dawn ? 76 : 225;
      return level * (0.998 + 0.004 * random());
    };
    const filter = new DemandFilter(1, RATE);
    const shown = feed(filter, means(demand, 4, dawn + 40)).slice(dawn - 4);
    expect(shown[0]!.load).toBe(0);
    for (const { estimate } of shown) expect(estimate).toBeLessThan(1.1 * 225);
    expect(Math.min(...shown.slice(6).map(({ estimate }) => estimate))).toBeGreaterThan(0.95 * 225);
  });

  it('at the end of a fall nothing is added to the observation', () => {
    const random = seededRandom(8);
    const fall = means((t) => (t < 400 ? 100 : Math.max(20, 100 - 4 * (t - 400))) * (0.98 + 0.04 * random()), 4, 500);
    const filter = new DemandFilter(1, RATE);
    for (const { supported, load } of feed(filter, fall).slice(400, 430)) expect(supported).toBeLessThan(1.05 * load);
  });
});

describe('what is not the mean of a minute', () => {
  const random = seededRandom(9);
  const noisy = Array.from({ length: 2 * TICKS_PER_HOUR }, () => 100 * random());

  it('an instant gauge is the demand itself', () => {
    for (const { estimate, load, error, supported } of feed(new DemandFilter(1, INSTANT), noisy)) {
      expect([estimate, error, supported]).toEqual([load, 0, load]);
    }
  });

  it.each([
    ['a rate over five minutes', { kind: 'rate', windowSeconds: 300 }],
    ['an average over five minutes', { kind: 'gauge', windowSeconds: 300 }],
    ['nobody knows what', UNKNOWN],
  ] as const)('%s is not undone, and its error is said', (_, measurement) => {
    const said = feed(new DemandFilter(1, measurement), noisy);
    for (const { estimate, load, supported } of said) expect([estimate, supported]).toEqual([load, load]);
    expect(said.reduce((sum, { error }) => sum + error, 0) / said.length).toBeGreaterThan(10);
  });
});

describe('a window that is not the one that was stated', () => {
  const cells = [15, 30, 150, 300].flatMap((seconds) =>
    ['constant', 'ramps', 'waves', 'noisy waves', 'random walk'].map((load) => [seconds, load] as const),
  );

  // metrics.k8s.io answers for 10 to 60 s; CPU of pods that are scraped once a minute is a rate over 150 s.
  it.each(cells)('shows no demand that was not there: %d s instead of 60, %s', (seconds, load) => {
    const counter = new Counter(LOADS[load]!(seededRandom(3)), 12 * TICKS_PER_HOUR * 15);
    const filter = new DemandFilter(3, RATE);
    const sums = { observed: 0, filtered: 0 };
    for (let t = 25; t < 12 * TICKS_PER_HOUR; t++) {
      const until = (t - 1) * 15;
      const observed = counter.mean(until - 7, seconds);
      filter.update(observed, true);
      if (t < 2 * TICKS_PER_HOUR) continue;
      const truth = counter.mean(until, 15);
      expect(filter.supported(observed)).toBeLessThan(1.03 * Math.max(observed, truth) + 1);
      sums.observed += (observed - truth) ** 2;
      sums.filtered += (filter.estimate - truth) ** 2;
    }
    const rms = (sum: number) => Math.sqrt(sum / (10 * TICKS_PER_HOUR));
    expect(rms(sums.filtered)).toBeLessThan(rms(sums.observed) + 1);
  });
});

describe('after a gap', () => {
  const walk = (seed: number) => {
    const random = seededRandom(seed);
    let level = 100;
    return Array.from({ length: 3 * TICKS_PER_HOUR }, () => {
      level += 0.02 * (100 - level) + 4 * (random() - 0.5);
      return level;
    });
  };

  it.each([
    ['scraped', RATE],
    ['exact', undefined],
  ] as const)('nothing is recovered before a whole window was observed: %s', (_, measurement) => {
    const demand = walk(10);
    const filter = new DemandFilter(1, measurement);
    const before = feed(
      filter,
      means((t) => demand[t]!, 4, demand.length),
    );
    expect(before.slice(-200).some(({ estimate, load }) => estimate !== load)).toBe(true);
    // Three minutes without data in a ramp, from 100 to 400: what came meanwhile did not come within a tick.
    const after = feed(filter, [...new Array<number>(12).fill(Number.NaN), 400, 410, 420, 430]);
    for (const { estimate, load } of after) expect(estimate).toBe(load);
    expect(filter.slope).toBe(10);
    const [next] = feed(filter, [440]);
    // The demand is 15 over its mean; the filter has not yet forgotten that it began at the mean.
    const later = [next!, ...feed(filter, [450, 460, 470, 480, 490])];
    for (const { estimate, load } of later) {
      expect(estimate - load).toBeGreaterThanOrEqual(0);
      expect(estimate - load).toBeLessThanOrEqual(35);
    }
  });

  it('a value that stands still is no evidence of what comes after it', () => {
    const demand = walk(11);
    const filter = new DemandFilter(1, RATE);
    feed(
      filter,
      means((t) => demand[t]!, 4, demand.length),
    );
    for (const { estimate, load } of feed(filter, [90, 90, 90, 90, 90, 90, 190, 195, 200])) {
      if (load >= 190) expect(estimate).toBe(load);
    }
  });

  it('what was measured of the noise is known to the one that goes on', () => {
    const demand = walk(12);
    const observed = means((t) => demand[t]!, 4, demand.length);
    const before = new DemandFilter(1, RATE);
    feed(before, observed);
    const heir = new DemandFilter(1, RATE);
    heir.keepNoise(before);
    const knows = feed(heir, observed.slice(-20)).filter(({ estimate, load }) => estimate !== load);
    const stranger = feed(new DemandFilter(1, RATE), observed.slice(-20));
    expect(knows.length).toBeGreaterThan(10);
    expect(stranger.every(({ estimate, load }) => estimate === load)).toBe(true);
  });
});

describe('property:', () => {
  const values = fc.array(fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constant(Number.NaN)), {
    maxLength: 400,
  });

  it('the demand estimate is as near to the observation as what it moved within a window allows, whatever is observed', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 1 }), (observed, warm) => {
        const filter = new DemandFilter(1, RATE);
        if (warm)
          feed(
            filter,
            means((t) => 100 + 30 * Math.sin(t / 20), 4, 1_000),
          );
        const past: number[] = [];
        for (const { load, estimate, supported } of feed(filter, observed)) {
          const window = past.slice(-4);
          const rise = Math.max(0, ...window.map((then) => load - then));
          const fall = Math.max(0, ...window.map((then) => then - load));
          if (window.length === 4) {
            expect(estimate).toBeLessThanOrEqual(load + 3 * rise + 1e-6);
            expect(estimate).toBeGreaterThanOrEqual(Math.max(0, load - 3 * fall) - 1e-6);
          }
          expect(supported).toBeGreaterThanOrEqual(load);
          expect(supported).toBeLessThanOrEqual(Math.max(load, estimate));
          past.push(load);
        }
      }),
    );
  });

  it('an exact mean of demands that are not negative holds none that is over four times itself', () => {
    fc.assert(
      fc.property(values, (observed) => {
        for (const { load, estimate } of feed(new DemandFilter(1), observed)) {
          expect(estimate).toBeGreaterThanOrEqual(0);
          expect(estimate).toBeLessThanOrEqual(4 * load);
        }
      }),
    );
  });
});

it('no error of the state rings for long: after half an hour it is under a hundredth, for every ratio of noise', () => {
  for (let power = -12; power <= 4; power++) {
    const gains = kalmanGains(2 ** power);
    for (let i = 0; i < 4; i++) {
      const state = [0, 0, 0, 0];
      state[i] = 1;
      for (let t = 0; t < 120; t++) {
        state.unshift(state[0]!);
        state.pop();
        const mean = (state[0]! + state[1]! + state[2]! + state[3]!) / 4;
        for (let k = 0; k < 4; k++) state[k]! -= gains[k]! * mean;
      }
      for (const left of state) expect(Math.abs(left)).toBeLessThan(0.01);
    }
  }
});
