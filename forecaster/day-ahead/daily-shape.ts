import { DAY_SECONDS, type Series } from '../../core/series.ts';

/**
 * For every step of a history and so many after it the mean of the loads at the same time of all earlier days, to the step: where a minute
 * of the hour always jumps, quantiles pooled over ten minutes don't know it. NaN where no earlier day is known.
 *
 * What comes after the history is the mean of as many days as its last step has: a step that suddenly had one weekday more would look as
 * if the load had changed.
 */
export function dailyShape({ startSeconds, stepSeconds, values }: Series, stepsAfter: number): Series {
  const day = Math.max(1, Math.round(DAY_SECONDS / stepSeconds));
  const daysBack = Math.floor((values.length - 1) / day);
  const sums = new Float64Array(day);
  const counts = new Float64Array(day);
  const means = new Float64Array(values.length + Math.min(day, stepsAfter));
  for (let i = 0; i < means.length; i++) {
    const phase = i % day;
    if (i >= values.length) {
      const tooOld = values[i - (daysBack + 1) * day] ?? Number.NaN;
      if (!Number.isNaN(tooOld) && counts[phase]! > 1) {
        sums[phase]! -= tooOld;
        counts[phase]! -= 1;
      }
    }
    means[i] = sums[phase]! / counts[phase]!;
    const v = values[i] ?? Number.NaN;
    if (Number.isNaN(v)) continue;
    sums[phase]! += v;
    counts[phase]! += 1;
  }
  return { startSeconds, stepSeconds, values: means };
}
