import { medianStepSeconds, type Samples } from '../core/series.ts';
import { TICK_SECONDS } from '../core/tick.ts';
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
}

/** Every observation is the exact mean of its minute: for models that learn from recordings, not from scrapes. */
export const EXACT_GRID: GridSettings = { observation: EXACT_OBSERVATION, seed: 0 };

/** Lays samples on the tick grid: linear between two samples at most 2 × step apart, elsewhere no data. */
export function toGrid(samples: Samples, { observation, seed }: GridSettings): Grid {
  const { times, values } = samples;
  const stepSeconds = medianStepSeconds(times) ?? Number.NaN;
  const startSeconds = times[0]!;
  const ticks = Math.floor((times[times.length - 1]! - startSeconds) / TICK_SECONDS) + 1;
  const demand = new Float64Array(ticks).fill(Number.NaN);
  for (let s = 0; s + 1 < times.length; s++) {
    const from = times[s]!;
    const distance = times[s + 1]! - from;
    if (distance > 2 * stepSeconds) continue;
    const last = Math.min(ticks - 1, Math.floor((times[s + 1]! - startSeconds) / TICK_SECONDS));
    for (let i = Math.ceil((from - startSeconds) / TICK_SECONDS); i <= last; i++) {
      const share = (startSeconds + i * TICK_SECONDS - from) / distance;
      demand[i] = values[s]! + (values[s + 1]! - values[s]!) * share;
    }
  }
  return { startSeconds, stepSeconds, demand, observed: observeDemand(demand, observation, seed) };
}
