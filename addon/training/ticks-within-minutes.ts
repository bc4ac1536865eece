import { normalQuantile, type Random } from '../../core/random.ts';
import { OBSERVATION_TICKS } from '../../core/tick.ts';

/** Ticks of a minute. */
const TICKS = 4;
/** The median of |second difference| of white noise of deviation 1: 0.6745 · √6. */
const MEDIAN_SECOND_DIFFERENCE = 0.6745 * Math.sqrt(6);
/** A load wilder than this from minute to minute is no noise that could be drawn. */
const MOST_DEVIATION = 0.5;

/**
 * Observations at each tick that would have been recorded as these minutes: within a minute demand follows its neighbours and
 * scatters, four ticks by twice what four-tick means do, and the mean over the minute is what was recorded. Straight lines between
 * minutes would teach that the first tick of a minute tells the last one, which no real load does.
 * @param minutes one mean a minute, NaN where there is none
 * @returns four observations a minute, each the mean demand of four ticks
 */
export function ticksWithinMinutes(minutes: Float64Array, random: Random): Float64Array {
  const deviation = 2 * scatterOf(minutes);
  const demand = new Float64Array(TICKS * minutes.length);
  const drawn = new Float64Array(TICKS);
  for (let i = 0; i < minutes.length; i++) {
    const mean = minutes[i]!;
    const slope = ((minutes[i + 1] ?? mean) - (minutes[i - 1] ?? mean)) / 2;
    let sum = 0;
    for (let j = 0; j < TICKS; j++) {
      const trend = mean + (Number.isNaN(slope) ? 0 : slope) * ((j + 0.5) / TICKS - 0.5);
      drawn[j] = Math.max(0, trend) * Math.exp(deviation * normalQuantile(random()));
      sum += drawn[j]!;
    }
    for (let j = 0; j < TICKS; j++) demand[TICKS * i + j] = sum > 0 ? (drawn[j]! * TICKS * mean) / sum : mean;
  }
  return demand.map((_, t) => {
    let sum = 0;
    for (let back = 0; back < OBSERVATION_TICKS; back++) sum += demand[t - back] ?? Number.NaN;
    return sum / OBSERVATION_TICKS;
  });
}

/** Deviation of the logarithm from minute to minute that is no trend; 0 where too little is known. */
function scatterOf(minutes: Float64Array): number {
  const logs = minutes.map((value) => (value > 0 ? Math.log(value) : Number.NaN));
  const bends: number[] = [];
  for (let i = 2; i < logs.length; i++) {
    const bend = Math.abs(logs[i]! - 2 * logs[i - 1]! + logs[i - 2]!);
    if (!Number.isNaN(bend)) bends.push(bend);
  }
  if (bends.length < TICKS) return 0;
  const sorted = Float64Array.from(bends).sort();
  return Math.min(MOST_DEVIATION, sorted[sorted.length >> 1]! / MEDIAN_SECOND_DIFFERENCE);
}
