import type { Clock, Sleep } from '../../core/clock.ts';
import { onAbort, type SimulationClock } from '../clock.ts';

/**
 * A process of the addon: its own clocks, and how it ends. A killed one never goes on: its sleeps never wake, what it asked for is never
 * answered, and what it would still send never leaves. A frozen one stands; thawed, all that became due meanwhile happens in order.
 */
export class SimulatedProcess {
  readonly name: string;
  alive = true;
  /** What its wall clock is ahead, seconds. */
  aheadSeconds = 0;
  /** SIGTERM. */
  readonly stopping = new AbortController();
  readonly clock: Clock;
  private readonly time: SimulationClock;
  private readonly onEnd: (name: string, why: string) => void;
  private frozen = false;
  /** Its monotonic clock stood for so long: the machine was suspended. */
  private stoodSeconds = 0;
  private frozenSeconds = 0;
  private overdue: (() => void)[] = [];
  private readonly ends = new Set<() => void>();

  /** @param onEnd told when it has ended by itself (`end`) */
  constructor(name: string, time: SimulationClock, onEnd: (name: string, why: string) => void = () => {}) {
    this.name = name;
    this.time = time;
    this.onEnd = onEnd;
    const bootSeconds = time.nowSeconds();
    const sleep: Sleep = (seconds, signal) => this.sleep(seconds, signal);
    this.clock = { nowSeconds: () => time.nowSeconds() - bootSeconds - this.stoodSeconds, sleep };
  }

  readonly epochSeconds = (): number => this.time.nowSeconds() + this.aheadSeconds;

  /** What the clocks of all servers say. */
  get serverSeconds(): number {
    return this.time.nowSeconds();
  }

  get isFrozen(): boolean {
    return this.frozen;
  }

  /** Happens now; when it is thawed; or never. */
  resume(what: () => void): void {
    if (!this.alive) return;
    if (this.frozen) this.overdue.push(what);
    else what();
  }

  /** Resolves when it runs; never, when it does no more. */
  running(): Promise<void> {
    return new Promise((resolve) => this.resume(resolve));
  }

  /** What comes from outside arrives only while it runs. */
  async received<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      if (!this.alive || this.frozen) await this.running();
      return value;
    } catch (error) {
      if (!this.alive || this.frozen) await this.running();
      throw error;
    }
  }

  /** SIGSTOP. */
  freeze(): void {
    if (this.frozen) return;
    this.frozen = true;
    this.frozenSeconds = this.time.nowSeconds();
  }

  /** SIGCONT. @param suspended the machine stood, and the monotonic clock with it */
  thaw(suspended = false): void {
    if (!this.frozen) return;
    this.frozen = false;
    if (suspended) this.stoodSeconds += this.time.nowSeconds() - this.frozenSeconds;
    const overdue = this.overdue;
    this.overdue = [];
    for (const what of overdue) this.resume(what);
  }

  /** SIGKILL. */
  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    this.overdue = [];
    for (const end of [...this.ends]) end();
    this.ends.clear();
  }

  /** It ends by itself. */
  end(why: string): void {
    if (!this.alive) return;
    this.kill();
    this.onEnd(this.name, why);
  }

  /** To be called when it is gone: connections close. @returns takes it back */
  onGone(end: () => void): () => void {
    this.ends.add(end);
    return () => this.ends.delete(end);
  }

  private sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        forget?.();
        resolve();
      };
      const cancel = this.time.at(this.time.nowSeconds() + Math.max(0, seconds), () => this.resume(wake));
      const forget = signal && onAbort(signal, wake);
    });
  }
}
