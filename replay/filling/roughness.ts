/** A random walk, until thirty samples say otherwise. */
const FIRST_HURST = 0.5;
const LEAST_SAMPLES = 30;
/** Kept to twentieths: what follows from the exponent is computed once. */
const HURST_STEPS = 20;
const MOST_HURST = 0.95;
/** What the exponent is measured on fades to 1/e in 500 samples; the size of the noise follows the last twelve. */
const HURST_FADE = Math.exp(-1 / 500);
const SIZE_FADE = Math.exp(-1 / 12);
/** An increment of more than so many typical ones is a jump, and what is over is no noise. */
const JUMP = 4;
/** A distance over two steps may be larger than one over one. */
const FAR = 1.5;
/** The typical increment follows the median by this share a sample. */
const MEDIAN_STEP = 0.05;
const LEAST_TYPICAL = 1e-9;

/**
 * How rough a trace is below its step, learned from its samples one after the other: how far each is from the middle of its
 * neighbours a step and two steps away. All in shares of the load: noise grows with it, and of a load of 0 there is none. Of a
 * sample that was not added yet nothing is known.
 */
export class Roughness {
  /** The last samples without a gap between them, the newest last; at most five. */
  readonly recent: number[] = [];
  private near = 0;
  private far = 0;
  private measured = 0;
  private size = 0;
  private sizeWeight = 0;
  private typical: number | undefined;

  /** The next sample. @param isNext false: it is not one step after the one before */
  add(value: number, isNext: boolean): void {
    const { recent } = this;
    if (!isNext) recent.length = 0;
    recent.push(value);
    if (recent.length > 5) recent.shift();
    const n = recent.length;
    if (n < 3) return;
    const [a, b, c] = [recent[n - 3]!, recent[n - 2]!, recent[n - 1]!];
    const level = (a + b + c) / 3;
    if (!(level > 0)) return;
    this.learnSize(Math.abs(b - (a + c) / 2) / level);
    this.learnTypical(Math.abs(surprise(a, b, c)) / level);
    if (n === 5) this.learnHurst();
  }

  /** How displacements shrink with distance d: as d^H. Near 0: each value is drawn anew; near 1: a smooth curve. */
  get hurst(): number {
    if (this.measured < LEAST_SAMPLES || !(this.near > 0)) return FIRST_HURST;
    const measured = Math.log2(this.far / this.near);
    return Math.round(HURST_STEPS * Math.min(MOST_HURST, Math.max(0, measured))) / HURST_STEPS;
  }

  /** The mean square increment over one step, as a share of the squared load: what noise of this exponent has whose midpoints err so. */
  get stepVariance(): number {
    return this.sizeWeight > 0 ? this.size / this.sizeWeight / (1 - 4 ** (this.hurst - 1)) : 0;
  }

  /** What of the increment from the newest sample to the next one is no noise, but happened at once. Signed. */
  jumpTo(next: number): number {
    const { recent, typical } = this;
    if (recent.length < 2 || typical === undefined) return 0;
    const [before, newest] = [recent.at(-2)!, recent.at(-1)!];
    const moved = next - newest;
    const over = surprise(before, newest, next) - (JUMP * typical * (newest + next)) / 2;
    return over > 0 ? Math.sign(moved) * over : 0;
  }

  private learnSize(residual: number): void {
    const square = this.withoutJump(residual, 1) ** 2;
    this.size = SIZE_FADE * this.size + square;
    this.sizeWeight = SIZE_FADE * this.sizeWeight + 1;
  }

  private learnTypical(increment: number): void {
    const { typical } = this;
    if (typical === undefined) {
      if (increment > 0) this.typical = increment;
    } else {
      this.typical = Math.max(LEAST_TYPICAL, typical * Math.exp(increment > typical ? MEDIAN_STEP : -MEDIAN_STEP));
    }
  }

  private learnHurst(): void {
    const [a, b, c, d, e] = this.recent as [number, number, number, number, number];
    const level = (a + b + c + d + e) / 5;
    if (!(level > 0)) return;
    this.near = HURST_FADE * this.near + this.withoutJump(Math.abs(c - (b + d) / 2) / level, FAR);
    this.far = HURST_FADE * this.far + this.withoutJump(Math.abs(c - (a + e) / 2) / level, FAR);
    this.measured++;
  }

  private withoutJump(residual: number, share: number): number {
    return this.typical === undefined ? residual : Math.min(residual, share * JUMP * this.typical);
  }
}

/**
 * By how much the last of three samples moved otherwise than the one before it: little along a slope, and little where the one before
 * moved alone. Negative where it slowed down.
 */
function surprise(a: number, b: number, c: number): number {
  const moved = c - b;
  const bent = moved - (b - a);
  return Math.sign(moved * bent) * Math.min(Math.abs(moved), Math.abs(bent));
}
