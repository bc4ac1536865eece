/**
 * Folding a series over a season length: how much of its variance every cycle shares. All lengths in samples.
 */

/** Phases are grouped into at most so many bins: finer ones only add noise. */
const MAX_BINS = 48;

/** Subtracts the centred moving average over one season, which removes trend, level shifts and slower seasons. NaN is skipped. */
export function detrendBy(values: Float64Array, season: number): Float64Array {
  const n = values.length;
  const sums = new Float64Array(n + 1);
  const counts = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const v = values[i]!;
    const known = !Number.isNaN(v);
    sums[i + 1] = sums[i]! + (known ? v : 0);
    counts[i + 1] = counts[i]! + (known ? 1 : 0);
  }
  const width = Math.max(2, Math.min(n, Math.round(season)));
  const half = width >> 1;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const from = Math.min(Math.max(0, i - half), n - width);
    const count = counts[from + width]! - counts[from]!;
    out[i] = count > 0 ? values[i]! - (sums[from + width]! - sums[from]!) / count : Number.NaN;
  }
  return out;
}

/** What a fold found. */
export interface Fold {
  /** Unbiased share of the variance that all cycles have in common; about 0 (and possibly below) for noise. */
  readonly strength: number;
  readonly cycles: number;
}

/** Scratch space: a fold is made hundreds of times a forecast. */
const binSums = new Float64Array(MAX_BINS);
const binCounts = new Float64Array(MAX_BINS);

/**
 * The season's share of variance, from products of different cycles: for a phase bin with cycle means m₁ … m_C,
 * ((Σ m)² − Σ m²) ÷ (C (C − 1)) estimates the square of the season there without the noise's own square, so that noise folds to 0.
 * @param values detrended; NaN is skipped
 */
export function foldStrength(values: Float64Array, season: number): Fold {
  const n = values.length;
  const bins = Math.max(2, Math.min(MAX_BINS, Math.floor(season)));
  const cycles = Math.ceil(n / season - 1e-9);
  const sum = new Float64Array(bins);
  const squares = new Float64Array(bins);
  const seen = new Float64Array(bins);
  let variance = 0;
  let count = 0;
  for (let c = 0; c < cycles; c++) {
    binSums.fill(0);
    binCounts.fill(0);
    const from = Math.ceil(c * season);
    const to = Math.min(n, Math.ceil((c + 1) * season));
    for (let i = from; i < to; i++) {
      const v = values[i]!;
      if (Number.isNaN(v)) continue;
      const b = Math.min(bins - 1, Math.floor(((i - c * season) / season) * bins));
      binSums[b]! += v;
      binCounts[b]! += 1;
      variance += v * v;
      count++;
    }
    for (let b = 0; b < bins; b++) {
      if (binCounts[b] === 0) continue;
      const mean = binSums[b]! / binCounts[b]!;
      sum[b]! += mean;
      squares[b]! += mean * mean;
      seen[b]! += 1;
    }
  }
  let shared = 0;
  let weight = 0;
  for (let b = 0; b < bins; b++) {
    if (seen[b]! < 2) continue;
    shared += (sum[b]! * sum[b]! - squares[b]!) / (seen[b]! - 1);
    weight += seen[b]!;
  }
  if (count === 0 || variance <= 0 || weight === 0) return { strength: 0, cycles: 0 };
  return { strength: Math.min(1, shared / weight / (variance / count)), cycles: n / season };
}

/** Subtracts the mean season in place (phase by phase, full resolution). */
export function removeSeason(values: Float64Array, detrended: Float64Array, season: number): void {
  const bins = Math.max(2, Math.round(season));
  const sums = new Float64Array(bins);
  const counts = new Float64Array(bins);
  const phase = (i: number): number => Math.min(bins - 1, Math.floor(((i / season) % 1) * bins));
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(detrended[i]!)) continue;
    sums[phase(i)]! += detrended[i]!;
    counts[phase(i)]! += 1;
  }
  for (let i = 0; i < values.length; i++) {
    const b = phase(i);
    if (counts[b]! > 0) values[i]! -= sums[b]! / counts[b]!;
  }
}

/** The season within ±`reach` (a share) of `guess` that folds best. */
export function refineSeason(values: Float64Array, guess: number, reach: number): { season: number } & Fold {
  let best = { season: guess, ...foldStrength(detrendBy(values, guess), guess) };
  let width = reach;
  for (let round = 0; round < 3; round++, width /= 2.5) {
    const centre = best.season;
    for (const shift of [-1, -0.5, 0.5, 1]) {
      const season = centre * (1 + shift * width);
      const fold = foldStrength(detrendBy(values, season), season);
      if (fold.strength > best.strength) best = { season, ...fold };
    }
  }
  return best;
}
