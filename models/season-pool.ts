import type { Quantiles } from '../core/forecast.ts';
import { weightedQuantiles } from './weighted-quantile.ts';

/**
 * The past that resembles each future step: samples one, two, three … seasons earlier, within a window around the same phase.
 * Their weighted quantiles are a forecast (of load or of errors) whose spread follows the time of day by itself, and which
 * may be lopsided or have two humps, as a batch that starts between 02:00 and 03:00 has.
 */
export interface Pool {
  /** Oldest first; the next step is index `values.length`; NaN is a gap. */
  readonly values: Float64Array;
  /** Season length in steps; may be fractional. */
  readonly seasonSteps: number;
  /** Samples this many steps before and after the same phase count, with weights falling linearly. */
  readonly halfWindowSteps: number;
  /** Weight of the sample k seasons ago for a future step; k = 1 … cycles. */
  readonly weight: (cyclesAgo: number, step: number) => number;
  readonly cycles: number;
}

/** Offsets looked at within a window: 9 of 61 minutes say what 61 say, at a seventh of the time. */
const OFFSETS = 8;

/**
 * Quantiles of the next `horizon` steps, computed at every `anchorStep`-th and linear between. A season shorter than the
 * horizon repeats. Steps with an empty pool are NaN (the caller fills them).
 */
export function poolQuantiles(
  pool: Pool,
  horizon: number,
  anchorStep: number,
  levels: readonly number[],
): Float64Array[] {
  const distinct = Math.min(horizon, Math.ceil(pool.seasonSteps));
  const anchors = Math.floor((distinct - 1) / anchorStep) + 1;
  const atAnchors = levels.map(() => new Float64Array(anchors));
  const stride = Math.max(1, Math.ceil((2 * pool.halfWindowSteps) / OFFSETS));
  const reach = Math.floor(pool.halfWindowSteps / stride);
  const values = new Float64Array(pool.cycles * (2 * reach + 1));
  const weights = new Float64Array(values.length);
  for (let a = 0; a < anchors; a++) {
    const count = gather(pool, a * anchorStep, stride, reach, values, weights);
    if (count === 0) for (const level of atAnchors) level[a] = Number.NaN;
    else weightedQuantiles(values, weights, count, levels, atAnchors, a);
  }
  return atAnchors.map((level) => spread(level, horizon, anchorStep, pool.seasonSteps));
}

function gather(
  pool: Pool,
  step: number,
  stride: number,
  reach: number,
  values: Float64Array,
  weights: Float64Array,
): number {
  const n = pool.values.length;
  let count = 0;
  for (let k = 1; k <= pool.cycles; k++) {
    const centre = n + step - Math.round(k * pool.seasonSteps);
    const cycleWeight = pool.weight(k, step);
    if (centre + pool.halfWindowSteps < 0) break;
    if (!(cycleWeight > 0)) continue;
    for (let o = -reach; o <= reach; o++) {
      const i = centre + o * stride;
      if (i < 0 || i >= n) continue;
      const value = pool.values[i]!;
      if (Number.isNaN(value)) continue;
      values[count] = value;
      weights[count] = cycleWeight * (1 - Math.abs(o) / (reach + 1));
      count++;
    }
  }
  return count;
}

/** Anchors → every step: linear between anchors, repeating by season. */
function spread(atAnchors: Float64Array, horizon: number, anchorStep: number, seasonSteps: number): Float64Array {
  const out = new Float64Array(horizon);
  const anchors = atAnchors.length;
  const repeats = seasonSteps < horizon;
  const season = Math.min(horizon, Math.ceil(seasonSteps));
  for (let a = 0; a < anchors; a++) {
    const here = atAnchors[a]!;
    const slope = (atAnchors[a + 1 < anchors ? a + 1 : repeats ? 0 : a]! - here) / anchorStep;
    const to = Math.min(season, (a + 1) * anchorStep);
    for (let h = a * anchorStep, o = 0; h < to; h++, o++) out[h] = here + slope * o;
  }
  for (let h = season; h < horizon; h++) out[h] = out[Math.min(season - 1, Math.floor(h % seasonSteps))]!;
  return out;
}

/** NaN steps take the nearest finite neighbour's value, else `fallback`; then ≥ 0 and non-decreasing over levels. */
export function finishQuantiles(levels: readonly number[], values: Float64Array[], fallback: () => number): Quantiles {
  for (const level of values) fillHoles(level, fallback);
  for (let l = 0; l < values.length; l++) {
    const here = values[l]!;
    const below = l > 0 ? values[l - 1]! : undefined;
    for (let h = 0; h < here.length; h++) {
      const least = below ? below[h]! : 0;
      if (!(here[h]! >= least)) here[h] = least;
    }
  }
  return { levels, values };
}

function fillHoles(values: Float64Array, fallback: () => number): void {
  let last = Number.NaN;
  let holes = false;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) last = values[i]!;
    else if (Number.isFinite(last)) values[i] = last;
    else holes = true;
  }
  if (!holes) return;
  const first = values.find(Number.isFinite) ?? fallback();
  for (let i = 0; i < values.length && !Number.isFinite(values[i]!); i++) values[i] = first;
}
