import type { FitContext, Model } from '../core/forecast.ts';
import { DAY_SECONDS, type Series } from '../core/series.ts';
import { residualQuantiles } from './residual-quantiles.ts';
import { describeSeconds } from './words.ts';

const DAY_HARMONICS = 8;
const OTHER_HARMONICS = 3;
const MAX_SEASONS = 3;
/** At most so many samples are fitted: harmonics are slow. */
const MAX_SAMPLES = 1_500;
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
      const at = (i: number): number => evaluate(coefficients, frequencies, i);
      return {
        why: `${frequencies.length} harmonics of ${seasonsOf(context).map(describeSeconds).join(', ')}`,
        predict: (horizon, levels) => {
          const n = history.values.length;
          const errors = history.values.map((v, i) => (Number.isNaN(v) ? v : v - at(i)));
          const point = Float64Array.from({ length: horizon }, (_, h) => at(n + h));
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

function evaluate(coefficients: Float64Array, frequencies: readonly number[], i: number): number {
  let sum = coefficients[0]!;
  for (let f = 0; f < frequencies.length; f++) {
    const angle = frequencies[f]! * i;
    sum += coefficients[2 * f + 1]! * Math.cos(angle) + coefficients[2 * f + 2]! * Math.sin(angle);
  }
  return sum;
}

/** Normal equations of weighted ridge regression, solved by Cholesky. */
function regress({ values, stepSeconds }: Series, frequencies: readonly number[]): Float64Array {
  const size = 1 + 2 * frequencies.length;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  const row = new Float64Array(size);
  const stride = Math.max(1, Math.floor(values.length / MAX_SAMPLES));
  let total = 0;
  for (let i = values.length - 1; i >= 0; i -= stride) {
    const v = values[i]!;
    if (Number.isNaN(v)) continue;
    const weight = 0.5 ** (((values.length - i) * stepSeconds) / HALF_LIFE_SECONDS);
    row[0] = 1;
    for (let f = 0; f < frequencies.length; f++) {
      row[2 * f + 1] = Math.cos(frequencies[f]! * i);
      row[2 * f + 2] = Math.sin(frequencies[f]! * i);
    }
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
