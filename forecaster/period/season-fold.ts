/**
 * Folding a series over a season length: how much of its variance every cycle shares. All lengths in samples.
 */

/** Keeps sample 9 of a season of 9 in phase 0, whatever 9 ÷ 9 × 9 rounds to. */
const ROUNDING = 1e-7;
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
  /** The same share of the variance of the phase means: 1 when every cycle draws the same picture, however noisy its samples. */
  readonly consistency: number;
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
      const b = Math.min(bins - 1, Math.floor(((i - c * season) / season) * bins + ROUNDING));
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
  let means = 0;
  let weight = 0;
  for (let b = 0; b < bins; b++) {
    if (seen[b]! < 2) continue;
    shared += (sum[b]! * sum[b]! - squares[b]!) / (seen[b]! - 1);
    means += squares[b]!;
    weight += seen[b]!;
  }
  if (count === 0 || variance <= 0 || weight === 0 || means <= 0) return { strength: 0, consistency: 0, cycles: 0 };
  const strength = Math.min(1, shared / weight / (variance / count));
  return { strength, consistency: Math.min(1, shared / means), cycles: n / season };
}

/** Subtracts the mean season in place (phase by phase, full resolution). */
export function removeSeason(values: Float64Array, detrended: Float64Array, season: number): void {
  const bins = Math.max(2, Math.round(season));
  const sums = new Float64Array(bins);
  const counts = new Float64Array(bins);
  const phase = (i: number): number => {
    const cycle = Math.floor(i / season + ROUNDING);
    return Math.min(bins - 1, Math.max(0, Math.floor(((i - cycle * season) / season) * bins + ROUNDING)));
  };
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

/**
 * Correlation of each cycle's phase means with the mean of the other cycles, the median over cycles: one or two bursts that happen
 * to share an hour impress a mean, but not the median cycle.
 */
export function medianLikeness(values: Float64Array, season: number): number {
  const bins = Math.max(2, Math.min(MAX_BINS, Math.floor(season)));
  const cycles = Math.floor(values.length / season + ROUNDING);
  const means = new Float64Array(cycles * bins);
  const total = new Float64Array(bins);
  for (let c = 0; c < cycles; c++) {
    binSums.fill(0);
    binCounts.fill(0);
    for (let i = Math.ceil(c * season); i < Math.min(values.length, (c + 1) * season); i++) {
      if (Number.isNaN(values[i]!)) continue;
      const b = Math.min(bins - 1, Math.floor(((i - c * season) / season) * bins + ROUNDING));
      binSums[b]! += values[i]!;
      binCounts[b]! += 1;
    }
    for (let b = 0; b < bins; b++) {
      const mean = binCounts[b]! > 0 ? binSums[b]! / binCounts[b]! : 0;
      means[c * bins + b] = mean;
      total[b]! += mean;
    }
  }
  const likeness = new Float64Array(cycles);
  for (let c = 0; c < cycles; c++) likeness[c] = correlationWithOthers(means.subarray(c * bins, (c + 1) * bins), total);
  likeness.sort();
  return cycles > 0 ? (likeness[(cycles - 1) >> 1]! + likeness[cycles >> 1]!) / 2 : 0;
}

function correlationWithOthers(own: Float64Array, total: Float64Array): number {
  let products = 0;
  let ownSquares = 0;
  let otherSquares = 0;
  for (let b = 0; b < own.length; b++) {
    const other = total[b]! - own[b]!;
    products += own[b]! * other;
    ownSquares += own[b]! * own[b]!;
    otherSquares += other * other;
  }
  const scale = Math.sqrt(ownSquares * otherSquares);
  return scale > 0 ? products / scale : 0;
}
