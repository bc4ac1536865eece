const FIRST_CAPACITY = 64;

/** An append-only list of numbers, 8 bytes each; doubles its room as it grows. */
export class GrowingNumbers {
  private room = new Float64Array(FIRST_CAPACITY);
  private used = 0;

  get length(): number {
    return this.used;
  }

  /** NaN when empty. */
  get first(): number {
    return this.used === 0 ? Number.NaN : this.room[0]!;
  }

  /** NaN when empty. */
  get last(): number {
    return this.used === 0 ? Number.NaN : this.room[this.used - 1]!;
  }

  push(value: number): void {
    if (this.used === this.room.length) {
      const room = new Float64Array(this.room.length * 2);
      room.set(this.room);
      this.room = room;
    }
    this.room[this.used++] = value;
  }

  /** A copy without the spare room. */
  toArray(): Float64Array {
    return this.room.slice(0, this.used);
  }
}
