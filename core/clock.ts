import { TICK_SECONDS } from './tick.ts';

/** Waits; resolves early, without an error, when the signal aborts. */
export type Sleep = (seconds: number, signal?: AbortSignal) => Promise<void>;

/** Time that is passed in: a monotonic clock (never set back, no epoch) and a way to wait by it. */
export interface Clock {
  readonly nowSeconds: () => number;
  readonly sleep: Sleep;
}

/**
 * Does something at each tick of the wall clock, until the signal; ticks that pass while it is under way are left out.
 * @param task is told the tick, epoch seconds; it doesn't throw
 */
export async function eachTick(
  { sleep }: Pick<Clock, 'sleep'>,
  epochSeconds: () => number,
  signal: AbortSignal,
  task: (tickSeconds: number) => Promise<void>,
): Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  for (;;) {
    const now = epochSeconds();
    let next = (Math.floor(now / TICK_SECONDS) + 1) * TICK_SECONDS;
    // A timer may wake a millisecond early: a tick that is done is not done again.
    if (next === last) next += TICK_SECONDS;
    last = next;
    await sleep(next - now, signal);
    if (signal.aborted) return;
    await task(next);
  }
}
