import { DAY_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';

/** The last day in steps of half an hour. */
export const SPARKLINE_STEP_SECONDS = 1_800;
const STEPS = DAY_SECONDS / SPARKLINE_STEP_SECONDS;
const MINUTES = SPARKLINE_STEP_SECONDS / MINUTE_SECONDS;

/** When the day begins whose last whole step ends at or before now. */
export function sparklineStart(nowSeconds: number): number {
  return Math.floor(nowSeconds / SPARKLINE_STEP_SECONDS) * SPARKLINE_STEP_SECONDS - DAY_SECONDS;
}

/** The mean of what is known of each step, oldest first; NaN: nothing of it is known. @param series by minute */
export function sparkline({ startSeconds, values }: Series, fromSeconds: number): Float32Array {
  const first = Math.round((fromSeconds - startSeconds) / MINUTE_SECONDS);
  return Float32Array.from({ length: STEPS }, (_, step) => {
    let [sum, known] = [0, 0];
    for (let minute = first + step * MINUTES; minute < first + (step + 1) * MINUTES; minute++) {
      const value = values[minute];
      if (value === undefined || Number.isNaN(value)) continue;
      sum += value;
      known++;
    }
    return known > 0 ? sum / known : Number.NaN;
  });
}
