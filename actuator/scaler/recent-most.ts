/** The largest of the last values, a value a tick: looked for anew only when the largest one has left the window, or the window grew. */
export class RecentMost {
  private readonly values: Int32Array;
  private tick = 0;
  private largestTick = 0;
  /** The largest value since this tick is the one at `largestTick`. */
  private largestSince = 0;

  /** @param mostTicks the longest window that will be asked for */
  constructor(mostTicks: number) {
    this.values = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(1, mostTicks))));
  }

  /** The value of the next tick. */
  push(value: number): void {
    const { values } = this;
    const mask = values.length - 1;
    const tick = ++this.tick;
    values[tick & mask] = value;
    if (tick - this.largestTick > mask) {
      this.largestTick = tick;
      this.largestSince = tick;
    } else if (value >= values[this.largestTick & mask]!) this.largestTick = tick;
  }

  /** The largest of the last `ticks` values, the newest included; 0 before the first. */
  most(ticks: number): number {
    const first = Math.max(0, this.tick - ticks + 1);
    if (this.largestTick < first || this.largestSince > first) this.lookForLargest(first);
    return this.values[this.largestTick & (this.values.length - 1)]!;
  }

  private lookForLargest(first: number): void {
    const { values, tick } = this;
    const mask = values.length - 1;
    let at = tick;
    for (let i = tick - 1; i >= first; i--) if (values[i & mask]! > values[at & mask]!) at = i;
    this.largestTick = at;
    this.largestSince = first;
  }
}
