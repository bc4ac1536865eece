/** Weight of the ridge: a thousandth of each feature's own energy, and a little for features that never move. */
const RELATIVE_RIDGE = 1e-3;
const ABSOLUTE_RIDGE = 1e-5;

/** Normal equations: the Gram matrix (lower triangle, row by row), one vector of moments a target, Σ weights. */
export interface RidgeState {
  readonly gram: Float64Array;
  readonly moments: readonly Float64Array[];
  readonly weight: number;
}

/**
 * Weighted least squares with an L2 penalty over a stream of rows; old rows fade by `fade`. Only the normal equations
 * are kept (n² numbers), so a refit costs the same after a day and after a year.
 */
export class FadingRidge {
  readonly size: number;
  private readonly gram: Float64Array;
  private readonly moments: readonly Float64Array[];
  private weight = 0;

  /** @param size features a row; @param targets values regressed on the same rows. */
  constructor(size: number, targets = 1) {
    this.size = size;
    this.gram = new Float64Array(size * size);
    this.moments = Array.from({ length: targets }, () => new Float64Array(size));
  }

  /** One row. @param rows features, the row starts at `offset`; @param target its value for the first target. */
  add(rows: Float64Array, offset: number, target: number, second = 0): void {
    const { size, gram } = this;
    const first = this.moments[0]!;
    const other = this.moments[1];
    for (let i = 0; i < size; i++) {
      const xi = rows[offset + i]!;
      if (xi === 0) continue;
      first[i]! += xi * target;
      if (other) other[i]! += xi * second;
      const row = i * size;
      for (let j = 0; j <= i; j++) gram[row + j]! += xi * rows[offset + j]!;
    }
    this.weight += 1;
  }

  /** The normal equations, to go on from. */
  state(): RidgeState {
    return { gram: this.gram.slice(), moments: this.moments.map((moments) => moments.slice()), weight: this.weight };
  }

  static resume({ gram, moments, weight }: RidgeState): FadingRidge {
    const ridge = new FadingRidge(moments[0]!.length, moments.length);
    ridge.gram.set(gram);
    ridge.moments.forEach((own, i) => {
      own.set(moments[i]!);
    });
    ridge.weight = weight;
    return ridge;
  }

  /** Multiplies the weight of all rows so far by `factor` < 1. */
  fade(factor: number): void {
    for (let i = 0; i < this.gram.length; i++) this.gram[i]! *= factor;
    for (const moments of this.moments) for (let i = 0; i < this.size; i++) moments[i]! *= factor;
    this.weight *= factor;
  }

  /** Coefficients, one array a target (Cholesky). */
  solve(): Float64Array[] {
    const factor = this.cholesky();
    return this.moments.map((moments) => this.substitute(factor, moments));
  }

  private cholesky(): Float64Array {
    const { size } = this;
    const factor = Float64Array.from(this.gram);
    for (let j = 0; j < size; j++) {
      const energy = factor[j * size + j]!;
      let diagonal = energy * (1 + RELATIVE_RIDGE) + this.weight * ABSOLUTE_RIDGE;
      for (let k = 0; k < j; k++) diagonal -= factor[j * size + k]! ** 2;
      const root = Math.sqrt(Math.max(diagonal, 1e-12));
      factor[j * size + j] = root;
      for (let i = j + 1; i < size; i++) {
        let sum = factor[i * size + j]!;
        for (let k = 0; k < j; k++) sum -= factor[i * size + k]! * factor[j * size + k]!;
        factor[i * size + j] = sum / root;
      }
    }
    return factor;
  }

  private substitute(factor: Float64Array, moments: Float64Array): Float64Array {
    const { size } = this;
    const x = Float64Array.from(moments);
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < i; k++) x[i]! -= factor[i * size + k]! * x[k]!;
      x[i]! /= factor[i * size + i]!;
    }
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) x[i]! -= factor[k * size + i]! * x[k]!;
      x[i]! /= factor[i * size + i]!;
    }
    return x;
  }
}

/** Σ coefficients · row. */
export function dot(coefficients: Float64Array, rows: Float64Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < coefficients.length; i++) sum += coefficients[i]! * rows[offset + i]!;
  return sum;
}
