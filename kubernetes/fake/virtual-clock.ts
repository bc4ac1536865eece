import type { Clock, Sleep } from '../../core/clock.ts';

interface Sleeper {
  readonly atSeconds: number;
  readonly wake: () => void;
}

/** A clock that moves only when it is told to: hours of leases and watches pass in milliseconds, always in the same order. */
export class VirtualClock implements Clock {
  private now: number;
  private sleepers: Sleeper[] = [];

  constructor(startSeconds = 0) {
    this.now = startSeconds;
  }

  readonly nowSeconds = (): number => this.now;

  readonly sleep: Sleep = (seconds, signal) => {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener('abort', wake);
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      const sleeper = { atSeconds: this.now + Math.max(0, seconds), wake };
      signal?.addEventListener('abort', wake);
      this.sleepers.push(sleeper);
    });
  };

  /** Lets so much time pass; whoever wakes meanwhile runs until it waits again, earliest first. */
  async advance(seconds: number): Promise<void> {
    const end = this.now + seconds;
    for (;;) {
      await settled();
      const next = this.sleepers.reduce<Sleeper | undefined>(
        (first, sleeper) => (first === undefined || sleeper.atSeconds < first.atSeconds ? sleeper : first),
        undefined,
      );
      if (next === undefined || next.atSeconds > end) break;
      this.now = Math.max(this.now, next.atSeconds);
      next.wake();
    }
    this.now = end;
  }

  /** Time passes and nobody wakes: a frozen process, a suspended machine. What is overdue wakes at the next `advance`. */
  freeze(seconds: number): void {
    this.now += seconds;
  }
}

/** Everything that can run without time passing has run: several turns, as promises may chain through immediates. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
