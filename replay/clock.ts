import { MINUTE_SECONDS, medianStepSeconds, type Samples } from '../core/series.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { DEFAULT_FILLING, type Filling, fillToMinutes, isCoarse, MAX_STEPS_APART } from './filling/fill.ts';
import { EXACT_OBSERVATION, type Observation, observeDemand } from './observation.ts';

/**
 * Demand and observations on the tick grid. Tick 0 is the trace's first sample; tick i is at
 * `startSeconds + 15 i`; the last tick is not after the trace's last sample. NaN is no data.
 */
export interface Grid {
  readonly startSeconds: number;
  readonly stepSeconds: number;
  /** Demand at the tick. */
  readonly demand: Float64Array;
  /** What a policy sees at the tick; nothing of it comes after the tick. */
  readonly observed: Float64Array;
}

/** How demand becomes what policies see. */
export interface GridSettings {
  readonly observation: Observation;
  readonly seed: number;
  /** Of what lies between samples over a minute apart. */
  readonly filling?: Filling;
}

/** Every observation is the exact mean of its minute, linear between samples: for models that learn from recordings, not from scrapes. */
export const EXACT_GRID: GridSettings = { observation: EXACT_OBSERVATION, seed: 0, filling: 'linear' };

/**
 * Lays samples on the tick grid: between two samples at most 2 × step apart linear, or where they are over a minute apart filled
 * to the minute; elsewhere no data.
 */
export function toGrid(samples: Samples, { observation, seed, filling = DEFAULT_FILLING }: GridSettings): Grid {
  const stepSeconds = medianStepSeconds(samples.times) ?? Number.NaN;
  const isFilled = isCoarse(stepSeconds) && filling !== 'linear';
  const dense = isFilled ? fillToMinutes(samples, stepSeconds, filling, seed) : samples;
  const reach = MAX_STEPS_APART * (isFilled ? MINUTE_SECONDS : stepSeconds);
  const demand = demandByTick(dense, reach);
  return { startSeconds: samples.times[0]!, stepSeconds, demand, observed: observeDemand(demand, observation, seed) };
}

/** Linear between two samples at most so far apart, elsewhere no data. */
function demandByTick({ times, values }: Samples, reachSeconds: number): Float64Array {
  const startSeconds = times[0]!;
  const ticks = Math.floor((times[times.length - 1]! - startSeconds) / TICK_SECONDS) + 1;
  const demand = new Float64Array(ticks).fill(Number.NaN);
  for (let s = 0; s + 1 < times.length; s++) {
    const from = times[s]!;
    const distance = times[s + 1]! - from;
    if (distance > reachSeconds) continue;
    const last = Math.min(ticks - 1, Math.floor((times[s + 1]! - startSeconds) / TICK_SECONDS));
    for (let i = Math.ceil((from - startSeconds) / TICK_SECONDS); i <= last; i++) {
      const share = (startSeconds + i * TICK_SECONDS - from) / distance;
      demand[i] = values[s]! + (values[s + 1]! - values[s]!) * share;
    }
  }
  return demand;
}
