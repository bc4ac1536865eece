import type { Clock } from '../../core/clock.ts';

/**
 * A token bucket and a bound on what is under way: at most `burst` at once after a rest, `perSecond` in the long run,
 * `concurrency` at a time; first come, first served.
 */
export class RequestGate {
  private readonly clock: Clock;
  private readonly perSecond: number;
  private readonly burst: number;
  private readonly concurrency: number;
  /** The instant at which the bucket will be full; each request puts it off by 1/perSecond (GCRA: no timer refills). */
  private fullAtSeconds = Number.NEGATIVE_INFINITY;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(clock: Clock, limits: { perSecond: number; burst: number; concurrency: number }) {
    this.clock = clock;
    this.perSecond = limits.perSecond;
    this.burst = limits.burst;
    this.concurrency = limits.concurrency;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      await this.token();
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.running < this.concurrency) this.running++;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }

  private async token(): Promise<void> {
    const now = this.clock.nowSeconds();
    // 20/s, burst 40: a full bucket lets 40 through, the 41st finds it full in 2.05 s and waits the 0.05 s beyond 40/20.
    this.fullAtSeconds = Math.max(now, this.fullAtSeconds) + 1 / this.perSecond;
    const waitSeconds = this.fullAtSeconds - now - this.burst / this.perSecond;
    // The tolerance is for sums of 1/perSecond that are not exact.
    if (waitSeconds > 1e-9) await this.clock.sleep(waitSeconds);
  }
}
