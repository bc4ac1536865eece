import { EXACT, type Measurement } from '../core/measurement.ts';
import { normalQuantile, type Random, seededRandom } from '../core/random.ts';
import { OBSERVATION_TICKS, TICK_SECONDS, TICKS_PER_HOUR } from '../core/tick.ts';
import { DemandFilter } from '../forecaster/lead-time/demand-filter.ts';
import type { BenchResult } from './bench.ts';
import { Counter, ScrapedCounter, type Scrapes } from './scraped-counter.ts';
import { forecastRows } from './scraped-forecast.ts';

const WINDOW_SECONDS = OBSERVATION_TICKS * TICK_SECONDS;
const TICKS = 12 * TICKS_PER_HOUR;
/** The filter measures its noise before it is measured itself. */
const WARM_UP_TICKS = 2 * TICKS_PER_HOUR;
/** Below this, differences of demand don't matter: a third of a pod. */
const FLOOR = 3;

/** Demand by second, requests a second. */
export const LOADS: Readonly<Record<string, (random: Random) => (second: number) => number>> = {
  constant: () => () => 200,
  ramps: () => (s) => 20 + 0.02 * (s % 9_000),
  waves: () => (s) => 100 + 60 * Math.sin((2 * Math.PI * s) / 3_600),
  'noisy waves': (random) => {
    const noise = Float64Array.from({ length: TICKS + 10 }, () => 8 * normalQuantile(random()));
    return (s) => 100 + 60 * Math.sin((2 * Math.PI * s) / 3_600) + noise[Math.floor(s / TICK_SECONDS)]!;
  },
  steps: () => (s) => (Math.floor(s / 1_500) % 2 ? 300 : 100),
  'random walk': (random) => {
    const level = new Float64Array((TICKS + 10) * TICK_SECONDS).fill(100);
    for (let s = 1; s < level.length; s++) {
      const kept = level[s - 1]! + 5e-4 * (100 - level[s - 1]!);
      level[s] = kept * Math.exp(0.004 * normalQuantile(random()));
    }
    return (s) => level[s]!;
  },
};

/** Undefined: no noise at all, but it isn't said that there is none. */
export const SCRAPES: Readonly<Record<string, Scrapes | undefined>> = {
  'no noise': undefined,
  'every 5 s': { everySeconds: 5, jitterSeconds: 0.05, delaySeconds: 0.02, lost: 0 },
  'every 15 s': { everySeconds: 15, jitterSeconds: 0.05, delaySeconds: 0.02, lost: 0 },
  'every 15 s ± 1.5 s': { everySeconds: 15, jitterSeconds: 1.5, delaySeconds: 0.2, lost: 0.01 },
  'every 15 s ± 2 s, late': { everySeconds: 15, jitterSeconds: 2, delaySeconds: 1, lost: 0.02 },
  'every 30 s ± 1.5 s': { everySeconds: 30, jitterSeconds: 1.5, delaySeconds: 0.2, lost: 0.01 },
};

/** Root mean square errors of the demand of the last tick, requests a second. */
export interface ScrapedErrors {
  readonly observation: number;
  readonly undone: number;
  readonly filtered: number;
  /** Where the demand that a scale-out may rest on is above both the demand and the observation: the largest excess. */
  readonly mostUnsupported: number;
  /** The error that the filter says it has: its root mean square. */
  readonly stated: number;
}

/** One counter's rate[1m], observed each tick for ten hours. */
export function scrapedErrors(scrapes: Scrapes | undefined, load: string, seed: number): ScrapedErrors {
  const random = seededRandom(seed);
  const counter = new Counter(LOADS[load]!(random), (TICKS + 5) * TICK_SECONDS);
  const series = scrapes && new ScrapedCounter(counter, scrapes, random);
  const filter = (measurement: Measurement) => new DemandFilter(FLOOR, measurement);
  const undone = filter(EXACT);
  const filtered = filter({ kind: 'rate', windowSeconds: WINDOW_SECONDS });
  const sums = { observation: 0, undone: 0, filtered: 0, stated: 0 };
  let count = 0;
  let before = 0;
  let mostUnsupported = 0;
  for (let t = OBSERVATION_TICKS + 2; t < TICKS; t++) {
    const until = (t - 1) * TICK_SECONDS;
    const observed = series ? series.rate(until, WINDOW_SECONDS) : counter.mean(until, WINDOW_SECONDS);
    const seen = !Number.isNaN(observed);
    if (seen) before = observed;
    undone.update(before, seen);
    filtered.update(before, seen);
    if (t < WARM_UP_TICKS) continue;
    const truth = counter.mean(until, TICK_SECONDS);
    count++;
    sums.observation += (before - truth) ** 2;
    sums.undone += (undone.estimate - truth) ** 2;
    sums.filtered += (filtered.estimate - truth) ** 2;
    sums.stated += filtered.error ** 2;
    mostUnsupported = Math.max(mostUnsupported, filtered.supported(before) - Math.max(before, truth));
  }
  const rms = (sum: number) => Math.sqrt(sum / count);
  return {
    observation: rms(sums.observation),
    undone: rms(sums.undone),
    filtered: rms(sums.filtered),
    stated: rms(sums.stated),
    mostUnsupported,
  };
}

const SEEDS = [1, 2, 3];

/** What is recovered of the demand estimate, against the observation itself and against its moving average undone. */
export async function run(): Promise<BenchResult> {
  const rows = Object.entries(SCRAPES).flatMap(([name, scrapes]) =>
    Object.keys(LOADS).map((load) => {
      const all = SEEDS.map((seed) => scrapedErrors(scrapes, load, seed));
      const mean = (value: keyof ScrapedErrors) => all.reduce((sum, one) => sum + one[value], 0) / all.length;
      return [
        name,
        load,
        mean('observation'),
        mean('undone'),
        mean('filtered'),
        mean('stated'),
        mean('mostUnsupported'),
      ];
    }),
  );
  return {
    title: 'scraped',
    columns: ['scrapes', 'demand', 'observation', 'average undone', 'filtered', 'its own error', 'most unsupported'],
    rows,
    more: [
      {
        title: 'forecast of the peak of the lead time, scraped',
        columns: ['scrapes', 'average undone: error %', 'bias %', 'filtered: error %', 'bias %'],
        rows: forecastRows(SCRAPES),
        notes: [
          'a daily wave of 100 to 500 req/s, four days of history by minute, 45 s of lead; 14 h live after two of warm-up',
        ],
      },
    ],
    notes: [
      'root mean square error of the demand of the last tick, req/s, after two hours; rate[1m] of one counter, observed every 15 s; means of three seeds',
      'most unsupported: by how much the demand that a scale-out may rest on was above both demand and observation',
    ],
  };
}
