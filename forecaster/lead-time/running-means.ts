/** The long window, values: four hours of minutes. */
export const MEANS_VALUES = 240;

/** Sums and counts of known values, in this order. */
const SHORT_SUM = 0;
const SHORT_COUNT = 1;
const LONG_SUM = 2;
const LONG_COUNT = 3;
const SUMS = 4;

/** Where means go on from: the values in their ring, how many there were, and their running sums. */
export interface RunningMeansState {
  readonly values: Float32Array;
  readonly length: number;
  readonly sums: Float64Array;
}

/** Means over the last values of a stream: over a short window and over 240. Values are kept in single precision. */
export class RunningMeans {
  /** Mean of what is known over the short window and over four hours; NaN: nothing is. */
  short = Number.NaN;
  long = Number.NaN;
  private readonly shortWindow: number;
  private readonly values: Float32Array;
  private readonly sums: Float64Array;
  private length: number;

  /** @param shortWindow values, at most 239. @param state to go on from; it is taken over. */
  constructor(shortWindow: number, state?: RunningMeansState) {
    this.shortWindow = shortWindow;
    this.values = state?.values ?? new Float32Array(MEANS_VALUES).fill(Number.NaN);
    this.sums = state?.sums ?? new Float64Array(SUMS);
    this.length = state?.length ?? 0;
    this.update();
  }

  /** @param value NaN: not known. */
  push(value: number): void {
    const { values, sums } = this;
    const at = this.length % MEANS_VALUES;
    const oldest = values[at]!;
    const leaving = values[(this.length + MEANS_VALUES - this.shortWindow) % MEANS_VALUES]!;
    this.length++;
    values[at] = value;
    // As it is kept, so that what was added is taken away again to the bit.
    const newest = values[at]!;
    if (!Number.isNaN(leaving)) {
      sums[SHORT_SUM]! -= leaving;
      sums[SHORT_COUNT]! -= 1;
    }
    if (!Number.isNaN(oldest)) {
      sums[LONG_SUM]! -= oldest;
      sums[LONG_COUNT]! -= 1;
    }
    if (!Number.isNaN(newest)) {
      sums[SHORT_SUM]! += newest;
      sums[SHORT_COUNT]! += 1;
      sums[LONG_SUM]! += newest;
      sums[LONG_COUNT]! += 1;
    }
    this.update();
  }

  /** As it is: not copied. */
  state(): RunningMeansState {
    return { values: this.values, length: this.length, sums: this.sums };
  }

  private update(): void {
    const { sums } = this;
    this.short = sums[SHORT_COUNT]! > 0 ? sums[SHORT_SUM]! / sums[SHORT_COUNT]! : Number.NaN;
    this.long = sums[LONG_COUNT]! > 0 ? sums[LONG_SUM]! / sums[LONG_COUNT]! : Number.NaN;
  }
}
