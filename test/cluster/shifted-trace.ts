import { MINUTE_SECONDS, type Samples, WEEK_SECONDS } from '../../core/series.ts';

/** A load that has a past for Prometheus and goes on for the exporter. */
export interface Load {
  /** At an instant, epoch seconds; NaN where it is not known. The same whenever it is asked. */
  at(epochSeconds: number): number;
  /** The seven days up to `endSeconds`, a value a minute, the last at `endSeconds`. */
  past(endSeconds: number): Float64Array;
}

/**
 * A recorded load, moved in time: what happened at `traceSeconds` happens at `epochSeconds`. Between two samples it is
 * interpolated; within a gap of more than five minutes, and before and after the trace, it is NaN.
 */
export function shiftedTrace(samples: Samples, traceSeconds: number, epochSeconds: number): Load {
  const shift = traceSeconds - epochSeconds;
  return loadOf((now) => valueAt(samples, now + shift));
}

export function loadOf(at: Load['at']): Load {
  const minutes = WEEK_SECONDS / MINUTE_SECONDS;
  const past = (endSeconds: number) =>
    Float64Array.from({ length: minutes }, (_, i) => at(endSeconds - (minutes - 1 - i) * MINUTE_SECONDS));
  return { at, past };
}

const MOST_GAP_SECONDS = 300;

function valueAt({ times, values }: Samples, seconds: number): number {
  // The last sample that is not later.
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= seconds) low = middle + 1;
    else high = middle;
  }
  const i = low - 1;
  if (i >= 0 && times[i] === seconds) return values[i]!;
  if (i < 0 || i + 1 >= times.length || times[i + 1]! - times[i]! > MOST_GAP_SECONDS) return Number.NaN;
  const share = (seconds - times[i]!) / (times[i + 1]! - times[i]!);
  return values[i]! + share * (values[i + 1]! - values[i]!);
}

/**
 * When the largest rise begins, in the trace's time: the sample after which the load grows most within `riseSeconds`, among
 * those that have a week before them.
 */
export function largestRise(samples: Samples, riseSeconds: number): number {
  const { times, values } = samples;
  let found = { seconds: Number.NaN, rise: Number.NEGATIVE_INFINITY };
  for (let i = 0; i < times.length; i++) {
    const rise = valueAt(samples, times[i]! + riseSeconds) - values[i]!;
    if (times[i]! - times[0]! >= WEEK_SECONDS && rise > found.rise) found = { seconds: times[i]!, rise };
  }
  if (Number.isNaN(found.seconds)) throw new Error('the trace is not longer than a week');
  return found.seconds;
}
