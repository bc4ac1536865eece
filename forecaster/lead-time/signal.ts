import { OBSERVATION_TICKS, TICKS_PER_DAY } from '../../core/tick.ts';

/** How much of the past stays in memory, ticks; both are multiples of BLOCK_TICKS. */
export interface Memory {
  /** What stays when the buffers are full. */
  readonly kept: number;
  readonly capacity: number;
  /** A short one keeps only what the newest ticks need. */
  readonly short: boolean;
}

/** A week and what looks back across its edge: earlier days are looked up here. */
export const DAYS_OF_MEMORY: Memory = { kept: 8 * TICKS_PER_DAY, capacity: 16 * TICKS_PER_DAY, short: false };

/** Room for so many ticks and no more: for a history that is read once. */
export function memoryFor(ticks: number): Memory {
  const capacity = Math.ceil((ticks + 1) / BLOCK_TICKS) * BLOCK_TICKS;
  return { kept: Math.min(DAYS_OF_MEMORY.kept, capacity), capacity, short: false };
}

/** The end of a signal, and how many ticks of it were left out before. */
export interface SignalTail {
  readonly from: number;
  readonly floor: number;
  readonly load: Float64Array;
  readonly newest: Float64Array;
  readonly seen: Uint8Array;
  readonly unusuallyLow: Uint8Array;
  readonly sums: Float64Array;
  readonly born: number;
  readonly lastGap: number;
  readonly lowSince: number;
}

/** Share by which the newest demand leans on the observation itself, so that errors of its recovery die out. */
const LEAK = 0.05;

/** Below this share of the least that this time of day ever saw, a load is unusually low. */
const UNUSUALLY_LOW = 0.7;
/** An unusual low that lasts longer is the new normal: two hours; where hardly anything is left (a tenth), six. */
const UNUSUAL_TICKS = 480;
const HARDLY_ANY = 0.1;
const HARDLY_ANY_TICKS = 1_440;
/** The least load of ten minutes stands for all its ticks. */
export const BLOCK_TICKS = 40;
const BLOCKS_PER_DAY = TICKS_PER_DAY / BLOCK_TICKS;
const CALM_TICKS = 8;
/** The load is not low now. */
const NEVER = Number.NEGATIVE_INFINITY;

/**
 * A workload's observations, one a tick, with what is derived from them at once. All arrays are indexed by the same
 * tick; when they are full, the oldest days are dropped and indices move (`append` says by how much).
 */
export class DemandSignal {
  /** Ticks held; the newest is at `length - 1`. */
  length = 0;
  /** The observed load; over a gap the last one before it. Unit of the demand. */
  readonly load: Float64Array;
  /** The demand of the tick before: the observation's moving average undone. */
  readonly newest: Float64Array;
  /** 1 where there was an observation. */
  readonly seen: Uint8Array;
  /** 1 where the load is far below all that this time of day ever saw: an outage, or a dependency that hangs. */
  readonly unusuallyLow: Uint8Array;
  /** The first tick with any load (a service that began later has no load before); Infinity before it, negative once dropped. */
  born = Number.POSITIVE_INFINITY;
  /** The last tick without an observation. */
  lastGap = -1;
  readonly floor: number;

  private readonly memory: Memory;
  /** log(load + floor), so that it is computed once; empty in a short memory, where it is computed when asked for. */
  private readonly logs: Float64Array;
  private readonly sums: Float64Array;
  private readonly lows: Float64Array;
  private lowSince = NEVER;

  /** @param floor below this demand, differences of level don't matter (a third of a pod). */
  constructor(floor: number, memory: Memory = DAYS_OF_MEMORY) {
    this.floor = floor;
    this.memory = memory;
    const { capacity } = memory;
    this.load = new Float64Array(capacity);
    this.logs = new Float64Array(memory.short ? 0 : capacity);
    this.newest = new Float64Array(capacity);
    this.seen = new Uint8Array(capacity);
    this.unusuallyLow = new Uint8Array(capacity);
    this.sums = new Float64Array(capacity + 1);
    this.lows = new Float64Array(capacity / BLOCK_TICKS).fill(Number.POSITIVE_INFINITY);
  }

  /**
   * @param observed the mean demand over the observation window, NaN where there is none.
   * @param usualLow the least that this time of day usually has, where it isn't looked up in the days held here.
   * @returns ticks dropped.
   */
  append(observed: number, usualLow?: number): number {
    const dropped = this.length === this.load.length ? this.drop() : 0;
    const t = this.length++;
    const seen = !Number.isNaN(observed);
    const load = seen ? observed : t > 0 ? this.load[t - 1]! : 0;
    this.load[t] = load;
    if (this.logs.length > 0) this.logs[t] = Math.log(load + this.floor);
    this.seen[t] = seen ? 1 : 0;
    this.sums[t + 1] = this.sums[t]! + load;
    if (!seen) this.lastGap = t;
    if (load > 0 && t < this.born) this.born = t;
    this.newest[t] = this.recover(t);
    this.markLow(t, usualLow);
    return dropped;
  }

  /** log(load + floor) at a tick. */
  logLoad(t: number): number {
    return this.logs.length > 0 ? this.logs[t]! : Math.log(this.load[t]! + this.floor);
  }

  /** Mean load over the ticks from…to, clipped to what is held. */
  mean(from: number, to: number): number {
    const a = Math.max(0, from);
    const b = Math.min(this.length - 1, to);
    return (this.sums[b + 1]! - this.sums[a]!) / (b - a + 1);
  }

  /**
   * o(t) − o(t−1) = (d(t−1) − d(t−5)) ÷ 4, as an observation is the mean of four ticks: so d(t−1) follows from d(t−5).
   * Leaning a little on o(t) lets an error of the start or of the measurement die out (5 % a minute).
   */
  private recover(t: number): number {
    const load = this.load[t]!;
    if (t <= OBSERVATION_TICKS || t - this.lastGap <= 1) return load;
    const recovered = this.newest[t - OBSERVATION_TICKS]! + OBSERVATION_TICKS * (load - this.load[t - 1]!);
    return Math.max(0, recovered + LEAK * (load - recovered));
  }

  private markLow(t: number, given: number | undefined): void {
    const block = Math.floor(t / BLOCK_TICKS);
    if (this.seen[t] === 1) {
      const calm = this.mean(t - CALM_TICKS + 1, t);
      if (calm < this.lows[block]!) this.lows[block] = calm;
    }
    const usual = given ?? this.usualLow(t);
    const low = this.load[t]! < UNUSUALLY_LOW * usual;
    if (!low) this.lowSince = NEVER;
    else if (this.lowSince === NEVER) this.lowSince = t;
    const patience = this.load[t]! < HARDLY_ANY * usual ? HARDLY_ANY_TICKS : UNUSUAL_TICKS;
    this.unusuallyLow[t] = low && t - this.lowSince < patience ? 1 : 0;
  }

  /**
   * The least that the last days had within half an hour of this time of day, the lowest day left out where there are
   * three (one outage must not make the next one usual); 0 with under two such days. In single precision, as it is
   * published.
   * @param t at most 23 hours ahead of what is held
   */
  usualLow(t: number): number {
    const block = Math.floor(t / BLOCK_TICKS);
    let least = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    let days = 0;
    for (let day = 1; day <= 7; day++) {
      const centre = block - day * BLOCKS_PER_DAY;
      if (centre < 3) break;
      let low = Number.POSITIVE_INFINITY;
      for (let b = centre - 3; b <= centre + 3; b++) low = Math.min(low, this.lows[b]!);
      if (low === Number.POSITIVE_INFINITY) continue;
      days++;
      if (low < least) {
        second = least;
        least = low;
      } else second = Math.min(second, low);
    }
    if (days < 2) return 0;
    return Math.fround(days === 2 ? least : second);
  }

  private drop(): number {
    const { kept } = this.memory;
    const from = this.length - kept;
    for (const array of [this.load, this.logs, this.newest, this.seen, this.unusuallyLow]) array.copyWithin(0, from);
    this.sums.copyWithin(0, from);
    this.lows.copyWithin(0, from / BLOCK_TICKS);
    this.lows.fill(Number.POSITIVE_INFINITY, kept / BLOCK_TICKS);
    this.length = kept;
    this.born -= from;
    this.lastGap -= from;
    if (this.lowSince !== NEVER) this.lowSince -= from;
    return from;
  }

  /** The newest `kept` ticks as they are, for a signal of shorter memory. `kept` is a multiple of BLOCK_TICKS. */
  tail(kept: number): SignalTail {
    // Whole blocks are left out, so that ticks keep their place in a block.
    const from = Math.max(0, Math.floor((this.length - kept) / BLOCK_TICKS) * BLOCK_TICKS);
    const { length, born, lastGap, lowSince, floor } = this;
    return {
      from,
      floor,
      load: this.load.slice(from, length),
      newest: this.newest.slice(from, length),
      seen: this.seen.slice(from, length),
      unusuallyLow: this.unusuallyLow.slice(from, length),
      sums: this.sums.slice(from, length + 1),
      born: born - from,
      lastGap: lastGap - from,
      lowSince: lowSince - from,
    };
  }

  /** Goes on from a tail; what is older than it is gone. */
  static resume(tail: SignalTail, memory: Memory): DemandSignal {
    const signal = new DemandSignal(tail.floor, memory);
    signal.length = tail.load.length;
    signal.load.set(tail.load);
    signal.newest.set(tail.newest);
    signal.seen.set(tail.seen);
    signal.unusuallyLow.set(tail.unusuallyLow);
    signal.sums.set(tail.sums);
    signal.born = tail.born;
    signal.lastGap = tail.lastGap;
    signal.lowSince = tail.lowSince;
    return signal;
  }
}
