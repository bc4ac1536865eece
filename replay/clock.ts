import { medianStepSeconds, type Samples } from '../core/series.ts';
import { OBSERVATION_TICKS, TICK_SECONDS } from '../core/tick.ts';

/**
 * Demand and observations on the tick grid. Tick 0 is the trace's first sample; tick i is at
 * `startSeconds + 15 i`; the last tick is not after the trace's last sample. NaN is no data.
 */
export interface Grid {
  readonly startSeconds: number;
  readonly stepSeconds: number;
  /** Demand at the tick. */
  readonly demand: Float64Array;
  /** What a policy sees at the tick: nothing newer than 15 s before it. */
  readonly observed: Float64Array;
}

/** Lays samples on the tick grid: linear between two samples at most 2 × step apart, elsewhere no data. */
export function toGrid(samples: Samples): Grid {
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
  return { startSeconds, stepSeconds, demand, observed: observe(demand) };
}

/** The mean of the four ticks (i − 5, i − 1]; no data where any of them has none: a half-filled window is no number. */
export function observe(demand: Float64Array): Float64Array {
  const observed = new Float64Array(demand.length).fill(Number.NaN);
  for (let i = OBSERVATION_TICKS; i < demand.length; i++) {
    observed[i] = (demand[i - 4]! + demand[i - 3]! + demand[i - 2]! + demand[i - 1]!) / 4;
  }
  return observed;
}
