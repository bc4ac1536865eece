import type { FitContext, Model } from '../core/forecast.ts';
import { DAY_SECONDS, type Series } from '../core/series.ts';
import { residualQuantiles } from './residual-quantiles.ts';
import { describeSeconds } from './span-text.ts';

const DAY_HARMONICS = 8;
const OTHER_HARMONICS = 3;
const MAX_SEASONS = 3;
/** At most so many samples are fitted: harmonics are slow. */
const MAX_SAMPLES = 600;
const HALF_LIFE_SECONDS = 4 * DAY_SECONDS;
const RIDGE = 0.01;

/** Harmonic regression (Young et al. 1999): a constant and sines and cosines of each season, recent days weighing more, ridge. */
export function fourier(): Model {
  return {
    name: 'Fourier',
    unfit: (history) => (history.values.length * history.stepSeconds < DAY_SECONDS ? 'needs a day' : undefined),
    fit: (history, context) => {
      const frequencies = frequenciesOf(history, context);
      const coefficients = regress(history, frequencies);
      return {
        why: `${frequencies.length} harmonics of ${seasonsOf(context).map(describeSeconds).join(', ')}`,
        predict: (horizon, levels) => {
          const n = history.values.length;
          const path = evaluate(coefficients, frequencies, n + horizon);
          const errors = new Float64Array(n);
          for (let i = 0; i < n; i++) errors[i] = history.values[i]! - path[i]!;
          const point = path.subarray(n);
          return residualQuantiles(history, errors, point, levels);
        },
      };
    },
  };
}

function seasonsOf(context: FitContext): number[] {
  return [DAY_SECONDS, ...context.seasonSeconds.filter((s) => s !== DAY_SECONDS).slice(0, MAX_SEASONS - 1)];
}

/** Angular frequencies per step, below half a cycle in two steps. */
function frequenciesOf(history: Series, context: FitContext): number[] {
  const span = history.values.length * history.stepSeconds;
  const all = seasonsOf(context).flatMap((season) => {
    if (season > span) return [];
    const count = season === DAY_SECONDS ? DAY_HARMONICS : OTHER_HARMONICS;
    return Array.from({ length: count }, (_, k) => (2 * Math.PI * (k + 1) * history.stepSeconds) / season);
  });
  const distinct = all.filter((f, i) => all.findIndex((g) => Math.abs(f - g) < 1e-9) === i);
  return distinct.filter((f) => f < Math.PI / 2);
}

/** The fitted path of steps 0 … length − 1. Angles advance by rotation, which costs a hundredth of a sine and a cosine. */
function evaluate(coefficients: Float64Array, frequencies: readonly number[], length: number): Float64Array {
  const path = new Float64Array(length).fill(coefficients[0]!);
  for (const [f, frequency] of frequencies.entries()) {
    const turnCos = Math.cos(frequency);
    const turnSin = Math.sin(frequency);
    let a = coefficients[2 * f + 1]!;
    let b = coefficients[2 * f + 2]!;
    for (let i = 0; i < length; i++) {
      path[i]! += a;
      const next = a * turnCos + b * turnSin;
      b = b * turnCos - a * turnSin;
      a = next;
    }
  }
  return path;
}

/** Normal equations of weighted ridge regression, solved by Cholesky. */
function regress({ values, stepSeconds }: Series, frequencies: readonly number[]): Float64Array {
  const size = 1 + 2 * frequencies.length;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  const stride = Math.max(1, Math.floor(values.length / MAX_SAMPLES));
  const advance = harmonicsFrom(values.length - 1, -stride, frequencies);
  let total = 0;
  for (let i = values.length - 1; i >= 0; i -= stride) {
    const row = advance();
    const v = values[i]!;
    if (Number.isNaN(v)) continue;
    const weight = 0.5 ** (((values.length - i) * stepSeconds) / HALF_LIFE_SECONDS);
    for (let a = 0; a < size; a++) {
      const scaled = weight * row[a]!;
      right[a]! += scaled * v;
      for (let b = 0; b <= a; b++) matrix[a * size + b]! += scaled * row[b]!;
    }
    total += weight;
  }
  for (let a = 1; a < size; a++) matrix[a * size + a]! += RIDGE * total;
  matrix[0]! += 1e-9 * total + Number.MIN_VALUE;
  return solve(matrix, right, size);
}

/** Rows 1, cos, sin, cos, sin … at step `from`, `from + stride`, …, one a call, by rotation. The row is reused. */
function harmonicsFrom(from: number, stride: number, frequencies: readonly number[]): () => Float64Array {
  const row = Float64Array.of(1, ...frequencies.flatMap((f) => [Math.cos(f * from), Math.sin(f * from)]));
  const turn = Float64Array.from(frequencies.flatMap((f) => [Math.cos(f * stride), Math.sin(f * stride)]));
  let first = true;
  return () => {
    for (let f = 0; f < turn.length && !first; f += 2) {
      const cos = row[f + 1]!;
      const sin = row[f + 2]!;
      row[f + 1] = cos * turn[f]! - sin * turn[f + 1]!;
      row[f + 2] = sin * turn[f]! + cos * turn[f + 1]!;
    }
    first = false;
    return row;
  };
}

/** Solves a symmetric positive definite system in place (lower triangle given). */
function solve(matrix: Float64Array, right: Float64Array, size: number): Float64Array {
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = matrix[a * size + b]!;
      for (let k = 0; k < b; k++) sum -= matrix[a * size + k]! * matrix[b * size + k]!;
      matrix[a * size + b] = a === b ? Math.sqrt(Math.max(sum, 1e-300)) : sum / matrix[b * size + b]!;
    }
  }
  for (let a = 0; a < size; a++) {
    for (let k = 0; k < a; k++) right[a]! -= matrix[a * size + k]! * right[k]!;
    right[a]! /= matrix[a * size + a]!;
  }
  for (let a = size - 1; a >= 0; a--) {
    for (let k = a + 1; k < size; k++) right[a]! -= matrix[k * size + a]! * right[k]!;
    right[a]! /= matrix[a * size + a]!;
  }
  return right;
}
