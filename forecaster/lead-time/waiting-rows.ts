/** Rows of a regression that wait for their outcome, in a ring addressed by tick. */
export class WaitingRows {
  readonly values: Float64Array;
  private readonly width: number;
  private readonly slots: number;

  /** @param width values a row; @param slots rows that wait at once. */
  constructor(width: number, slots: number) {
    this.width = width;
    this.slots = slots;
    this.values = new Float64Array(width * slots);
  }

  /** Where the row of `tick` begins. */
  offset(tick: number): number {
    return (tick % this.slots) * this.width;
  }

  /** All ticks move down by `ticks`: each row goes to where its new tick looks for it. */
  drop(ticks: number): void {
    const shift = ticks % this.slots;
    if (shift === 0) return;
    const copy = this.values.slice();
    for (let slot = 0; slot < this.slots; slot++) {
      const from = ((slot + shift) % this.slots) * this.width;
      this.values.set(copy.subarray(from, from + this.width), slot * this.width);
    }
  }

  /** The rows as they look to ticks that have moved down by `ticks`. */
  moved(ticks: number): Float64Array {
    const copy = new WaitingRows(this.width, this.slots);
    copy.values.set(this.values);
    copy.drop(ticks);
    return copy.values;
  }
}
