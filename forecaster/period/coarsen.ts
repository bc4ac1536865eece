import type { Series } from '../../core/series.ts';

/**
 * The series at a coarser step. Halves of the new step are averaged first and combined as ¼, ½, ¼: plain means of whole steps would
 * let a 45-minute season's fourth harmonic show up as a 90-minute one.
 */
export function coarsened(series: Series, factor: number): Series {
  if (factor < 2) return { ...series, values: clip(Float64Array.from(series.values)) };
  const half = factor / 2;
  const length = Math.floor(series.values.length / factor);
  const halves = new Float64Array(2 * length);
  for (let b = 0; b < halves.length; b++) {
    halves[b] = trimmedMean(
      series.values.slice(Math.round(b * half), Math.round((b + 1) * half)).filter(Number.isFinite),
    );
  }
  const values = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    let weight = 0;
    for (const [b, w] of [
      [2 * i - 1, 1],
      [2 * i, 2],
      [2 * i + 1, 1],
    ] as const) {
      const v = halves[b] ?? Number.NaN;
      if (Number.isNaN(v)) continue;
      sum += w * v;
      weight += w;
    }
    values[i] = weight > 0 ? sum / weight : Number.NaN;
  }
  return { startSeconds: series.startSeconds, stepSeconds: series.stepSeconds * factor, values: clip(values) };
}

/** The mean without the highest and lowest fifth; NaN of nothing. Sorts its input. */
function trimmedMean(values: Float64Array): number {
  const drop = Math.floor(values.length / 5);
  if (drop > 0) values.sort();
  let sum = 0;
  for (let i = drop; i < values.length - drop; i++) sum += values[i]!;
  return sum / (values.length - 2 * drop);
}

/** Limits outliers to one and a half times the 5–95 % range beyond it. Changes its input. */
export function clip(values: Float64Array): Float64Array {
  const sorted = values.filter(Number.isFinite).sort();
  if (sorted.length === 0) return values;
  const low = sorted[Math.floor(0.05 * (sorted.length - 1))]!;
  const high = sorted[Math.ceil(0.95 * (sorted.length - 1))]!;
  const reach = 1.5 * (high - low);
  if (!(reach > 0)) return values;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (v > high + reach) values[i] = high + reach;
    else if (v < low - reach) values[i] = low - reach;
  }
  return values;
}
