import { TICKS_PER_HOUR } from '../../core/tick.ts';
import type { FalseZeroRecord } from './guard-record.ts';

const TICKS_PER_MINUTE = TICKS_PER_HOUR / 60;
/** The window that must be whole again after a gap, and after a measurement that said nothing. */
export const WINDOW_TICKS = 5 * TICKS_PER_MINUTE;
/** A load that falls below this share of what it was within two minutes broke off: demand is a mean of a minute, so a step shows whole after 75 s. */
const BROKEN_OFF_SHARE = 0.1;
const BROKEN_OFF_TICKS = 2 * TICKS_PER_MINUTE;
/** … and has come back above this share. */
const BACK_SHARE = 0.2;
/** Below half of a pod's worth nothing can be broken off: such a load is 0 now and then. */
const LEAST_BROKEN_OFF_PODS = 0.5;
/** A load that shows more than this share of what it was, after less, is measured again, however little it is. */
const AWAKE_SHARE = 0.01;
/** A quarter of an hour: metrics servers are back by then; what is still 0 is believed (kubernetes/kubernetes#104387). */
const FALSE_ZERO_TICKS = 15 * TICKS_PER_MINUTE;
/**
 * A load that breaks off again and again is no measurement that fails: it is held for an hour in all, the windows that must be whole again
 * after it included. An hour in which it was not held ends that, and the next break is a first one.
 */
const MOST_HELD_TICKS = TICKS_PER_HOUR;
const FORGOTTEN_TICKS = TICKS_PER_HOUR;

/** A load that broke off, and what it was before: a quarter of an hour back and two minutes, which the history can tell of. */
export const RECALLED_TICKS = FALSE_ZERO_TICKS + BROKEN_OFF_TICKS;

/**
 * Three rings: the replicas of the last ticks; the newest known demands, whenever they were, as a load that is 0 after a gap is compared
 * with that before it; and of each of those the most pods that it can have been measured on, as a mean of a minute is of pods that are gone
 * by now.
 */
const REPLICAS = 0;
const KNOWN = BROKEN_OFF_TICKS;
const KNOWN_ON = 2 * BROKEN_OFF_TICKS;
/** The numbers that it needs, of those of the memory that it is part of: an array of its own takes 200 bytes more. */
export const FALSE_ZERO_NUMBERS = 3 * BROKEN_OFF_TICKS;

interface BrokenOff {
  readonly pods: number;
  readonly replicas: number;
  readonly tick: number;
}

/** What is held since the first break of a load that breaks off again and again. */
interface Held {
  /** Ticks of holds that are over. */
  readonly beforeTicks: number;
  /** The newest one, which ends at `until` at the latest. */
  readonly from: number;
  readonly until: number;
}

/** What is known of the load at a tick. */
export interface SeenLoad {
  /** Observed demand as pods that serve it, a fraction; NaN: no data. */
  readonly demandPods: number;
  /** The target's field now. */
  readonly current: number;
  readonly ready: number;
  /** The demand is what the pods use themselves, so that it falls with their number. */
  readonly ownUsage?: boolean;
}

/** A load that breaks off may be a measurement that fails: what it had is kept for a while. Counts time in ticks. */
export class FalseZero {
  /** Grows with each change of what `record` gives. */
  revision = 0;
  /** The history told of so many ticks as a false zero takes. */
  recalled = false;
  private readonly numbers: Float64Array;
  private readonly first: number;
  private tick = 0;
  private knownCount = 0;
  private brokenOff: BrokenOff | undefined;
  private held: Held | undefined;

  /** @param numbers of which the FALSE_ZERO_NUMBERS from `first` on are its own, 0 at first */
  constructor(numbers: Float64Array, first: number) {
    this.numbers = numbers;
    this.first = first;
  }

  /** A demand was observed here. */
  get hasSeen(): boolean {
    return this.knownCount > 0;
  }

  /** Replicas to keep because the load broke off; undefined: it didn't, or that is believed by now. */
  get replicas(): number | undefined {
    return this.brokenOff?.replicas;
  }

  /** One tick. @returns whether what was measured until now said nothing of the load: the window is to be whole again without it */
  see(load: SeenLoad, tick: number): boolean {
    this.tick = tick;
    const { demandPods, current, ready, ownUsage = false } = load;
    this.put(REPLICAS, tick, current);
    const isDistrusted = this.lookAtBroken(demandPods);
    if (Number.isNaN(demandPods)) return isDistrusted;
    const most = ownUsage ? this.mostOn(ready) : this.most(KNOWN);
    const breaksOff = ready > 0 && most >= LEAST_BROKEN_OFF_PODS && demandPods < BROKEN_OFF_SHARE * most;
    if (breaksOff && this.brokenOff === undefined) this.keep({ pods: most, replicas: this.most(REPLICAS), tick });
    const place = this.knownCount++;
    this.put(KNOWN, place, demandPods);
    this.put(KNOWN_ON, place, this.most(REPLICAS));
    return isDistrusted;
  }

  /** What the history says of the ticks up to this one: a load that broke off before this process began is known. See GuardMemory. */
  recall(demandPods: readonly number[], replicas: number, tick: number): void {
    this.tick = tick;
    for (let at = 0; at < BROKEN_OFF_TICKS; at++) if (this.at(REPLICAS, at) === 0) this.put(REPLICAS, at, replicas);
    const known = demandPods.filter((pods) => !Number.isNaN(pods));
    const free = Math.min(known.length, Math.max(0, BROKEN_OFF_TICKS - this.knownCount));
    for (let back = 1; back <= free; back++) {
      this.put(KNOWN, BROKEN_OFF_TICKS - back, known.at(-back)!);
      this.put(KNOWN_ON, BROKEN_OFF_TICKS - back, replicas);
    }
    this.recalled ||= known.length >= RECALLED_TICKS - BROKEN_OFF_TICKS;
    const found = brokenOffWithin(demandPods);
    if (found) this.keep({ pods: found.pods, replicas, tick: tick - found.agoTicks });
  }

  /** What outlives the process. @param secondsOf epoch seconds of a tick */
  record(secondsOf: (tick: number) => number): FalseZeroRecord {
    const { brokenOff, held } = this;
    return {
      ...(brokenOff && {
        brokenOff: {
          pods: Number(brokenOff.pods.toPrecision(6)),
          replicas: brokenOff.replicas,
          seconds: secondsOf(brokenOff.tick),
        },
      }),
      ...(held &&
        !this.isForgotten(held) && {
          held: {
            beforeTicks: held.beforeTicks,
            fromSeconds: secondsOf(held.from),
            forTicks: held.until - held.from,
          },
        }),
    };
  }

  /** Goes on from what another process stored: of both the one that holds more counts. @param tickOf of epoch seconds, at most `tick` */
  restore({ brokenOff, held }: FalseZeroRecord, tickOf: (seconds: number) => number, tick: number): void {
    this.tick = tick;
    if (held) {
      const { beforeTicks, forTicks } = held;
      const from = tickOf(held.fromSeconds);
      const other = { beforeTicks, from, until: from + forTicks };
      this.held = this.held && this.heldTicks(this.held) >= this.heldTicks(other) ? this.held : other;
    }
    if (brokenOff) this.keep({ ...brokenOff, tick: tickOf(brokenOff.seconds) });
    this.revision++;
  }

  /** @returns whether what was measured meanwhile was no load */
  private lookAtBroken(demandPods: number): boolean {
    const { brokenOff, tick } = this;
    if (brokenOff === undefined) return false;
    if (demandPods >= BACK_SHARE * brokenOff.pods) {
      this.end(tick + WINDOW_TICKS);
      return true;
    }
    if (tick - brokenOff.tick >= FALSE_ZERO_TICKS || this.isHeldLongEnough) {
      this.end(tick);
      return false;
    }
    if (!this.awakens(demandPods, AWAKE_SHARE * brokenOff.pods)) return false;
    this.holdUntil(Math.max(tick + WINDOW_TICKS, this.held?.until ?? 0));
    return true;
  }

  /** @param until it holds by the window that is to be whole again */
  private end(until: number): void {
    this.brokenOff = undefined;
    this.holdUntil(until);
  }

  /** Of two, the one that holds more and longer. */
  private keep({ pods, replicas, tick }: BrokenOff): void {
    if (this.tick - tick >= FALSE_ZERO_TICKS) return;
    const { brokenOff } = this;
    const newest = Math.max(tick, brokenOff?.tick ?? Number.NEGATIVE_INFINITY);
    this.revision++;
    if (!this.mayHoldFrom(newest)) return;
    this.brokenOff = {
      pods: Math.max(pods, brokenOff?.pods ?? 0),
      replicas: Math.max(replicas, brokenOff?.replicas ?? 0),
      tick: newest,
    };
  }

  /** Holds for a whole quarter of an hour from this tick on, beside what was held before. @returns false: it was held long enough */
  private mayHoldFrom(from: number): boolean {
    if (this.held && this.isForgotten(this.held)) this.held = undefined;
    const { held } = this;
    const until = from + FALSE_ZERO_TICKS;
    if (held === undefined) this.held = { beforeTicks: 0, from, until };
    else if (this.isHeldLongEnough)
      this.held = { beforeTicks: this.heldTicks(held), from: this.tick, until: this.tick };
    else if (from <= held.until) this.held = { ...held, until: Math.max(until, held.until) };
    else this.held = { beforeTicks: this.heldTicks(held), from, until };
    return !this.isHeldLongEnough;
  }

  private holdUntil(until: number): void {
    if (this.held) this.held = { ...this.held, until };
    this.revision++;
  }

  private isForgotten({ until }: Held): boolean {
    return this.tick - until >= FORGOTTEN_TICKS;
  }

  private heldTicks({ beforeTicks, from, until }: Held): number {
    return beforeTicks + Math.min(this.tick, until) - from;
  }

  private get isHeldLongEnough(): boolean {
    return this.held !== undefined && this.heldTicks(this.held) >= MOST_HELD_TICKS;
  }

  /** A measurement that said nothing of the load says something now: what fell meanwhile fell unseen. */
  private awakens(demandPods: number, least: number): boolean {
    const before = this.at(KNOWN, this.knownCount + BROKEN_OFF_TICKS - 1);
    return before < least && demandPods >= least;
  }

  /** The most of the known demands, each by the pods that are left: usage that went with pods that were taken away did not break off. */
  private mostOn(ready: number): number {
    let most = 0;
    for (let i = 0; i < BROKEN_OFF_TICKS; i++) {
      const left = Math.min(1, ready / Math.max(1, this.at(KNOWN_ON, i)));
      most = Math.max(most, left * this.at(KNOWN, i));
    }
    return most;
  }

  /** Of the ring that begins there. */
  private most(ring: number): number {
    let most = this.at(ring, 0);
    for (let i = 1; i < BROKEN_OFF_TICKS; i++) most = Math.max(most, this.at(ring, i));
    return most;
  }

  private at(ring: number, place: number): number {
    return this.numbers[this.first + ring + (place % BROKEN_OFF_TICKS)]!;
  }

  private put(ring: number, place: number, value: number): void {
    this.numbers[this.first + ring + (place % BROKEN_OFF_TICKS)] = value;
  }
}

/** Where a load broke off and is neither back nor believed yet, by the same rule as live. @param demandPods newest last */
function brokenOffWithin(
  demandPods: readonly number[],
): { readonly pods: number; readonly agoTicks: number } | undefined {
  const known: number[] = [];
  let found: { readonly pods: number; readonly at: number } | undefined;
  demandPods.forEach((pods, at) => {
    if (found && (pods >= BACK_SHARE * found.pods || at - found.at >= FALSE_ZERO_TICKS)) found = undefined;
    if (Number.isNaN(pods)) return;
    const most = Math.max(0, ...known);
    if (!found && most >= LEAST_BROKEN_OFF_PODS && pods < BROKEN_OFF_SHARE * most) found = { pods: most, at };
    known.push(pods);
    if (known.length > BROKEN_OFF_TICKS) known.shift();
  });
  return found && { pods: found.pods, agoTicks: demandPods.length - 1 - found.at };
}
