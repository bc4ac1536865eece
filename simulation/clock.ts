import type { Clock, Sleep } from '../core/clock.ts';

interface Planned {
  readonly atSeconds: number;
  /** Of two at the same instant, the one that was planned first comes first. */
  readonly order: number;
  run: (() => void) | undefined;
}

/**
 * The one clock of a simulation, epoch seconds. It moves only by `advance`, from one planned instant to the next; whatever is planned
 * for the same instant runs in the order in which it was planned, so that one seed gives one history.
 *
 * Between two instants everything that needs no time runs to its end. As nothing in a simulation waits for the machine (no I/O, no
 * timers), that is once the queue of promises is empty.
 */
export class SimulationClock implements Clock {
  private now: number;
  private order = 0;
  /** A binary heap, the earliest first. */
  private readonly heap: Planned[] = [];

  constructor(startSeconds: number) {
    this.now = startSeconds;
  }

  readonly nowSeconds = (): number => this.now;

  readonly sleep: Sleep = (seconds, signal) => {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        forget?.();
        resolve();
      };
      const cancel = this.at(this.now + Math.max(0, seconds), wake);
      const forget = signal && onAbort(signal, wake);
    });
  };

  /** Plans something. @returns takes it back */
  at(atSeconds: number, run: () => void): () => void {
    const planned: Planned = { atSeconds: Math.max(this.now, atSeconds), order: this.order++, run };
    this.push(planned);
    return () => {
      planned.run = undefined;
    };
  }

  /** Again and again, the first time then. @returns ends it */
  every(seconds: number, firstSeconds: number, run: () => void): () => void {
    let ended = false;
    const again = (atSeconds: number) => {
      this.at(atSeconds, () => {
        if (ended) return;
        again(atSeconds + seconds);
        run();
      });
    };
    again(firstSeconds);
    return () => {
      ended = true;
    };
  }

  /** Lets time pass until then, that instant included. */
  async advance(untilSeconds: number): Promise<void> {
    for (;;) {
      await turn();
      // What was taken back is no instant at which anything happens.
      while (this.heap[0]?.run === undefined && this.heap.length > 0) this.pop();
      const next = this.heap[0];
      if (next === undefined || next.atSeconds > untilSeconds) break;
      this.now = next.atSeconds;
      while (this.heap[0]?.atSeconds === this.now) this.pop().run?.();
    }
    this.now = untilSeconds;
  }

  private push(planned: Planned): void {
    const heap = this.heap;
    let at = heap.push(planned) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(planned, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = planned;
  }

  private pop(): Planned {
    const heap = this.heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

/** Who waits for a signal, kept on it. One listener a signal: adding and removing one with every sleep would cost more than the sleeps. */
const WAITING = Symbol('waiting');
interface Awaited extends AbortSignal {
  [WAITING]?: Set<() => void>;
}

/** Calls it when the signal aborts. @returns takes it back */
export function onAbort(signal: Awaited, call: () => void): () => void {
  let calls = signal[WAITING];
  if (!calls) {
    const made = new Set<() => void>();
    signal[WAITING] = made;
    signal.addEventListener('abort', () => {
      for (const one of [...made]) one();
    });
    calls = made;
  }
  const own = calls;
  own.add(call);
  return () => own.delete(call);
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atSeconds < b.atSeconds || (a.atSeconds === b.atSeconds && a.order < b.order);
}

/** Node runs the next tick once no promise is left to run; a turn of the event loop would do the same, with calls of the system. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
