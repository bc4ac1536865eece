/** Noise and changes of demand begin on this grid (demand.ts). */
const STEP_SECONDS = 15;

/** Work done since an instant, as a counter at the clients counts it: the integral of what is asked. */
export class WorkIntegral {
  private readonly workAt: (seconds: number) => number;
  private readonly fromSeconds: number;
  /** At each step since then. */
  private readonly totals: number[];

  /** @param fromSeconds on the grid. @param start the counter then: it has run for long */
  constructor(workAt: (seconds: number) => number, fromSeconds: number, start: number) {
    this.workAt = workAt;
    this.fromSeconds = fromSeconds;
    this.totals = [start];
  }

  at(seconds: number): number {
    const steps = Math.max(0, (seconds - this.fromSeconds) / STEP_SECONDS);
    const before = Math.floor(steps);
    for (let last = this.totals.length - 1; last <= before; last++) {
      const middle = this.fromSeconds + STEP_SECONDS * (last + 0.5);
      this.totals.push(this.totals[last]! + STEP_SECONDS * this.workAt(middle));
    }
    const value = this.totals[before]!;
    return value + (steps - before) * (this.totals[before + 1]! - value);
  }
}
