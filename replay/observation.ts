import { EXACT, INSTANT, type Measurement } from '../core/measurement.ts';
import { MEASUREMENT, observedDemand, observedGauge } from '../core/scraping/observed-demand.ts';
import { OBSERVATION_TICKS, TICK_SECONDS } from '../core/tick.ts';

/**
 * What policies see of the demand, all of them the same.
 * `rate`: what `rate(counter[window])` of Prometheus says 15 s before the tick, of one counter that is scraped at a seeded phase with
 * jitter. `gauge`: the newest sample then of a gauge that shows the demand. `exact`: the very mean of the last minute, which
 * nothing measures.
 */
export type Observation =
  | { readonly kind: 'exact' }
  | ({ readonly kind: 'rate'; readonly windowSeconds: number } & Scrapes)
  | ({ readonly kind: 'gauge' } & Scrapes);

interface Scrapes {
  readonly scrapeSeconds: number;
  /** The share of scrapes that fail, each by itself. */
  readonly lossProbability: number;
}

/** An observation as report.json has it. */
export interface ObservationFacts {
  readonly kind: Observation['kind'];
  /** `exact`: how often the demand is looked at, a tick. */
  readonly scrapeSeconds: number;
  /** What was averaged; 0 for a gauge. */
  readonly windowSeconds: number;
  /** The share of scrapes that failed, where any did. */
  readonly lossProbability?: number;
}

/** A counter scraped every 15 s, `rate[1m]`. */
export const DEFAULT_OBSERVATION: Observation = {
  kind: 'rate',
  scrapeSeconds: MEASUREMENT.everySeconds,
  windowSeconds: MEASUREMENT.windowSeconds,
  lossProbability: 0,
};
export const EXACT_OBSERVATION: Observation = { kind: 'exact' };

/** Four scrapes, as Grafana's `$__rate_interval`, and a minute at least: two of them are in the window though one is lost. */
export function usualWindowSeconds(scrapeSeconds: number): number {
  return Math.max(MEASUREMENT.windowSeconds, 4 * scrapeSeconds);
}

/** The scrapes have dice of their own: those of the start-ups stay as they are. */
const SCRAPE_SEED = 0x5c8a9e;

/**
 * What is seen at each tick.
 * @param demand at each tick, NaN where there is no data. What is seen at a tick follows from the demand up to it.
 */
export function observeDemand(demand: Float64Array, observation: Observation, seed: number): Float64Array {
  if (observation.kind === 'exact') return observe(demand);
  const { scrapeSeconds, lossProbability } = observation;
  const scrapes = { seed: (seed ^ SCRAPE_SEED) >>> 0, everySeconds: scrapeSeconds, lossProbability };
  return observation.kind === 'gauge'
    ? observedGauge(demand, scrapes)
    : observedDemand(demand, { ...scrapes, windowSeconds: observation.windowSeconds });
}

/** The mean of the four ticks (i − 5, i − 1]; no data where any of them has none: a half-filled window is no number. */
export function observe(demand: Float64Array): Float64Array {
  const observed = new Float64Array(demand.length).fill(Number.NaN);
  for (let i = OBSERVATION_TICKS; i < demand.length; i++) {
    observed[i] = (demand[i - 4]! + demand[i - 3]! + demand[i - 2]! + demand[i - 1]!) / 4;
  }
  return observed;
}

/** What `predictive` is told of it: what live is told of such a query. */
export function measurementOf(observation: Observation): Measurement {
  switch (observation.kind) {
    case 'exact':
      return EXACT;
    case 'rate':
      return { kind: 'rate', windowSeconds: observation.windowSeconds };
    case 'gauge':
      return INSTANT;
  }
}

/** By how many ticks the middle of what was observed is older than the tick, less half a minute: where its minute begins. */
export function minuteLagTicks(observation: Observation): number {
  const { windowSeconds } = observationFacts(observation);
  return Math.round((TICK_SECONDS + windowSeconds / 2 + 30) / TICK_SECONDS);
}

export function observationFacts(observation: Observation): ObservationFacts {
  if (observation.kind === 'exact') {
    return { kind: 'exact', scrapeSeconds: TICK_SECONDS, windowSeconds: OBSERVATION_TICKS * TICK_SECONDS };
  }
  const { kind, scrapeSeconds, lossProbability } = observation;
  const windowSeconds = kind === 'rate' ? observation.windowSeconds : 0;
  return { kind, scrapeSeconds, windowSeconds, ...(lossProbability > 0 ? { lossProbability } : {}) };
}
