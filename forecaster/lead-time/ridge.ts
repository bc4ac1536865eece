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
 * are kept (n² ÷ 2 numbers), so a refit costs the same after a day and after a year.
 */
export class FadingRidge {
  readonly size: number;
  /** Lower triangle, row by row: (i, j ≤ i) at i (i + 1) ÷ 2 + j. */
  private readonly gram: Float64Array;
  private readonly moments: readonly Float64Array[];
  private weight: number;
  /** Rows that wait to be added together: each number of the Gram matrix is then loaded and stored once for all of them. */
  private readonly batch: Float64Array | undefined;
  private waiting = 0;

  /**
   * @param size features a row. @param targets values regressed on the same rows.
   * @param atOnce rows added together, 1 or 4: faster, and bit for bit the same, as each sum is taken in the same order.
   * @param state to go on from; it is taken over.
   */
  constructor(size: number, targets = 1, atOnce: 1 | 4 = 1, state?: RidgeState) {
    this.size = size;
    this.batch = atOnce === 1 ? undefined : new Float64Array(atOnce * size);
    this.gram = state?.gram ?? new Float64Array(triangle(size));
    this.weight = state?.weight ?? 0;
    this.moments = state?.moments ?? Array.from({ length: targets }, () => new Float64Array(size));
  }

  /** One row. @param rows features, the row starts at `offset`; @param target its value for the first target, `others` for those after it. */
  add(rows: Float32Array, offset: number, target: number, ...others: readonly number[]): void {
    const { size, gram } = this;
    for (let k = 0; k < this.moments.length; k++) {
      const moments = this.moments[k]!;
      const value = k === 0 ? target : (others[k - 1] ?? 0);
      for (let i = 0; i < size; i++) moments[i]! += rows[offset + i]! * value;
    }
    this.weight += 1;
    const { batch } = this;
    if (batch) {
      const at = this.waiting * size;
      for (let i = 0; i < size; i++) batch[at + i] = rows[offset + i]!;
      if (++this.waiting * size === batch.length) this.addBatch(batch);
      return;
    }
    for (let i = 0, row = 0; i < size; row += ++i) {
      const xi = rows[offset + i]!;
      if (xi !== 0) for (let j = 0; j <= i; j++) gram[row + j]! += xi * rows[offset + j]!;
    }
  }

  /** Rows that are missing count as zeros, which change nothing. */
  private addBatch(batch: Float64Array): void {
    const { size, gram } = this;
    batch.fill(0, this.waiting * size);
    this.waiting = 0;
    for (let i = 0, row = 0; i < size; row += ++i) {
      const a = batch[i]!;
      const b = batch[size + i]!;
      const c = batch[2 * size + i]!;
      const d = batch[3 * size + i]!;
      if (a === 0 && b === 0 && c === 0 && d === 0) continue;
      for (let j = 0; j <= i; j++) {
        let sum = gram[row + j]! + a * batch[j]!;
        sum += b * batch[size + j]!;
        sum += c * batch[2 * size + j]!;
        gram[row + j] = sum + d * batch[3 * size + j]!;
      }
    }
  }

  private addWaiting(): void {
    if (this.batch && this.waiting > 0) this.addBatch(this.batch);
  }

  /** The normal equations as they are: not copied. */
  state(): RidgeState {
    this.addWaiting();
    return { gram: this.gram, moments: this.moments, weight: this.weight };
  }

  /** Multiplies the weight of all rows so far by `factor` < 1. */
  fade(factor: number): void {
    this.addWaiting();
    for (let i = 0; i < this.gram.length; i++) this.gram[i]! *= factor;
    for (const moments of this.moments) for (let i = 0; i < this.size; i++) moments[i]! *= factor;
    this.weight *= factor;
  }

  /** Coefficients, one array a target (Cholesky). */
  solve(): Float64Array[] {
    this.addWaiting();
    const factor = this.cholesky();
    return this.moments.map((moments) => this.substitute(factor, moments));
  }

  /** The lower triangle of the factor, as the Gram matrix stands. */
  private cholesky(): Float64Array {
    const { size } = this;
    const factor = Float64Array.from(this.gram);
    for (let i = 0, row = 0; i < size; row += ++i) {
      for (let j = 0, other = 0; j < i; other += ++j) {
        let sum = factor[row + j]!;
        for (let k = 0; k < j; k++) sum -= factor[row + k]! * factor[other + k]!;
        factor[row + j] = sum / factor[other + j]!;
      }
      const energy = factor[row + i]!;
      let diagonal = energy * (1 + RELATIVE_RIDGE) + this.weight * ABSOLUTE_RIDGE;
      for (let k = 0; k < i; k++) diagonal -= factor[row + k]! ** 2;
      factor[row + i] = Math.sqrt(Math.max(diagonal, 1e-12));
    }
    return factor;
  }

  private substitute(factor: Float64Array, moments: Float64Array): Float64Array {
    const { size } = this;
    const x = Float64Array.from(moments);
    for (let i = 0, row = 0; i < size; row += ++i) {
      for (let k = 0; k < i; k++) x[i]! -= factor[row + k]! * x[k]!;
      x[i]! /= factor[row + i]!;
    }
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) x[i]! -= factor[triangle(k) + i]! * x[k]!;
      x[i]! /= factor[triangle(i) + i]!;
    }
    return x;
  }
}

/** Numbers of a lower triangle. */
export function triangle(size: number): number {
  return (size * (size + 1)) / 2;
}

/** Σ coefficients · row. */
export function dot(coefficients: Float64Array, rows: Float32Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < coefficients.length; i++) sum += coefficients[i]! * rows[offset + i]!;
  return sum;
}
