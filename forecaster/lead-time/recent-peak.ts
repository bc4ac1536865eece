/** The largest of the newest values of a ring, tick by tick: looked for anew only when the last one has left the window. */
export class RecentPeak {
  private readonly ring: Float32Array;
  private readonly mask: number;
  private readonly ticks: number;
  private at = -1;

  /** @param ring by tick, its length a power of two; @param ticks length of the window. */
  constructor(ring: Float32Array, ticks: number) {
    this.ring = ring;
    this.mask = ring.length - 1;
    this.ticks = ticks;
  }

  /** Over the window that ends with tick t; to be called at every tick. */
  upTo(t: number): number {
    const { ring, mask } = this;
    if (this.at < 0 || this.at <= t - this.ticks) this.look(t);
    else if (ring[t & mask]! >= ring[this.at & mask]!) this.at = t;
    return ring[this.at & mask]!;
  }

  private look(t: number): void {
    const { ring, mask } = this;
    const first = Math.max(0, t - this.ticks + 1);
    let at = t;
    for (let i = t - 1; i >= first; i--) if (ring[i & mask]! > ring[at & mask]!) at = i;
    this.at = at;
  }
}
