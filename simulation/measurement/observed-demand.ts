import { seededRandom } from '../../core/random.ts';
import { OBSERVATION_TICKS, TICK_SECONDS } from '../../core/tick.ts';
import { rate } from './range-functions.ts';
import { SCRAPES } from './scraping.ts';

/** How a demand is measured. */
export interface MeasurementModel {
  /** Decides the phase of the scrapes, their jitter and their losses. */
  readonly seed: number;
  /** Between two scrapes. */
  readonly everySeconds: number;
  /** `rate(…[window])`. */
  readonly windowSeconds: number;
  readonly jitterSeconds: number;
  readonly readSeconds: number;
  readonly lossProbability: number;
}

/** Scraped every 15 s, `rate[1m]`, as {@link SCRAPES}. */
export const MEASUREMENT: Omit<MeasurementModel, 'seed'> = { ...SCRAPES, windowSeconds: 60 };

/**
 * What is observed at each tick of a demand that is known exactly, by one counter that a Prometheus scrapes.
 * @param demand per tick, in its unit a second: demand[k] holds over the 15 s that end at tick k; NaN is no data
 * @returns per tick t what `rate` gives over the window that ends at t − 15 s; NaN where the window holds a tick without
 * data, or fewer than two scrapes
 */
export function observedDemand(
  demand: Float64Array,
  model: Partial<MeasurementModel> & Pick<MeasurementModel, 'seed'>,
): Float64Array {
  const { windowSeconds } = { ...MEASUREMENT, ...model };
  const { times, values, count } = scrapedCounter(demand, { ...MEASUREMENT, ...model });
  const observed = new Float64Array(demand.length).fill(Number.NaN);
  const windowTicks = Math.max(OBSERVATION_TICKS, Math.ceil(windowSeconds / TICK_SECONDS));
  let from = 0;
  let end = 0;
  let lastGap = -1;
  for (let tick = 1; tick < demand.length; tick++) {
    if (Number.isNaN(demand[tick - 1]!)) lastGap = tick - 1;
    const endMs = (tick - 1) * TICK_SECONDS * 1000;
    const startMs = endMs - windowSeconds * 1000;
    while (end < count && times[end]! <= endMs) end++;
    while (from < end && times[from]! < startMs) from++;
    if (tick < windowTicks || lastGap >= tick - windowTicks) continue;
    observed[tick] = rate({ times, values, from, end }, { startMs, endMs }) ?? Number.NaN;
  }
  return observed;
}

interface Scraped {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly count: number;
}

/** The samples of a counter that grows as the demand says; milliseconds after tick 0. */
function scrapedCounter(
  demand: Float64Array,
  { seed, everySeconds, jitterSeconds, readSeconds, lossProbability }: MeasurementModel,
): Scraped {
  const random = seededRandom(seed);
  const total = counted(demand);
  const at = (seconds: number): number => {
    const tick = Math.min(Math.max(seconds / TICK_SECONDS, -1), demand.length - 1);
    const before = Math.floor(tick);
    return total[before + 1]! + (tick - before) * ((total[before + 2] ?? total[before + 1]!) - total[before + 1]!);
  };
  const spanSeconds = demand.length * TICK_SECONDS;
  const times = new Float64Array(Math.ceil(spanSeconds / everySeconds) + 1);
  const values = new Float64Array(times.length);
  let count = 0;
  for (let turn = random() * everySeconds - TICK_SECONDS; turn < spanSeconds - TICK_SECONDS; turn += everySeconds) {
    const startMs = Math.round((turn + (2 * random() - 1) * jitterSeconds) * 1000);
    const read = startMs / 1000 + random() * readSeconds;
    const lost = lossProbability > 0 && random() < lossProbability;
    if (lost || (count > 0 && startMs <= times[count - 1]!)) continue;
    times[count] = startMs;
    values[count++] = at(read);
  }
  return { times, values, count };
}

/** total[k + 1] is the counter at tick k. It has run for long: nothing is cut off at its zero. */
function counted(demand: Float64Array): Float64Array {
  const total = new Float64Array(demand.length + 1);
  let highest = 0;
  for (const value of demand) if (value > highest) highest = value;
  total[0] = highest * 3600;
  for (let k = 0; k < demand.length; k++) {
    total[k + 1] = total[k]! + (Number.isNaN(demand[k]!) ? 0 : demand[k]! * TICK_SECONDS);
  }
  return total;
}
