import type { PlanReason } from '../core/decision.ts';
import { podsFor } from '../core/pods.ts';

/** The longest stabilization window that can be asked for: an hour. */
export const MOST_STABILIZATION_TICKS = 240;

/** The rules in the order in which they are asked; bit i of `spoke` stands for rule i. */
const RULES: readonly PlanReason[] = ['forecast', 'headroom', 'catch-up', 'unusually-low', 'stabilization'];
const FORECAST = 1;
const HEADROOM = 2;
const CATCH_UP = 4;
const UNUSUALLY_LOW = 8;
const STABILIZATION = 16;

/** A forecast with its margin is believed up to this multiple of the largest demand ever seen: nothing runs away. */
const MOST_OVER_SEEN = 3;
/** While demand fails, this many spare pods a missing one are started: the first to be Ready serve, the rest leave. */
const SPARES = 3;

/** While demand fails, and a minute longer, the newest rise is carried on for 45 s. */
const CARRIED_TICKS = 3;
const CATCH_UP_TICKS = 4;

/** No workload has more pods; whatever asks for more is cut here. */
const MOST_PODS = 1_000_000_000;

/** How much capacity stands over what is expected; calibrated, never guessed by a person. */
export interface Margins {
  /** Expected errors over the expected peak. */
  readonly errors: number;
  /** Share over the load, observed or newest: the reactive floor. */
  readonly headroom: number;
  /** Stabilization window, ticks: the largest need of so many last ticks is kept. 1 keeps none. */
  readonly stabilizationTicks: number;
}

/**
 * Capacity = max(peak · (1 + errors · scale), max(load, newest) · (1 + headroom)), and from it the pods to ask for: spares while
 * demand fails, no removal at an unusual low or within the stabilization window of a higher need. Small numbers in, one number out:
 * live, replay and rehearsal all decide here.
 */
export class PodPlan {
  /** The rules that spoke at the last call, as bits of RULES. */
  private spoke = 0;
  /** Needs of the last ticks, a ring of a power of two. */
  private readonly needs: Int32Array;
  private tick = 0;
  /** The largest need since `largestSince`: looked for anew only when it is too old, or the window reaches further back. */
  private largestTick = 0;
  private largestSince = 0;
  /** The newest demand of the tick before; NaN before the first decision and after a gap: no rise is known then. */
  private before = Number.NaN;
  private mostSeen = 0;
  /** Ticks for which the last failure still counts; CATCH_UP_TICKS: demand fails now. */
  private failing = 0;
  /** Demand that one Ready pod serves; a rollout may change it. */
  podCapacity: number;
  private readonly floor: number;

  /**
   * @param floor what the peaks were shifted by before the logarithm (see LeadTimeForecast).
   * @param mostTicks the longest window that margins will ask for.
   */
  constructor(podCapacity: number, floor: number, mostTicks = MOST_STABILIZATION_TICKS) {
    this.podCapacity = podCapacity;
    this.floor = floor;
    this.needs = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(CATCH_UP_TICKS, mostTicks))));
  }

  /** The rules that spoke at the last call, in order; the last one decided. */
  reasons(): PlanReason[] {
    return RULES.filter((_, i) => (this.spoke & (1 << i)) !== 0);
  }

  /** The largest demand that was ever observed. */
  get largestSeen(): number {
    return this.mostSeen;
  }

  /** A demand that was observed, also before the first decision. */
  see(demand: number): void {
    if (demand > this.mostSeen) this.mostSeen = demand;
  }

  /** A tick without data: what the load does after it is no rise of one tick. */
  gap(): void {
    this.before = Number.NaN;
  }

  /** Replicas before bounds. All loads in the unit of the demand; `total` and `ready` are pods that exist. */
  replicas(
    peakPlusFloor: number,
    scale: number,
    load: number,
    newest: number,
    unusuallyLow: boolean,
    margins: Margins,
    total: number,
    ready: number,
  ): number {
    this.see(newest);
    const expected = this.expected(peakPlusFloor, scale, margins);
    const floor = reactiveFloor(load, newest, margins);
    const rule = expected > floor ? FORECAST : HEADROOM;
    const planned = this.pods(Math.max(expected, floor));
    const replicas = this.follow(planned, newest, unusuallyLow, margins.stabilizationTicks, total, ready);
    this.spoke |= rule;
    return replicas;
  }

  /** The pods that forecast and load ask for, whatever pods exist. */
  planned(peakPlusFloor: number, scale: number, load: number, newest: number, margins: Margins): number {
    return this.pods(Math.max(this.expected(peakPlusFloor, scale, margins), reactiveFloor(load, newest, margins)));
  }

  /**
   * The second half of `replicas`: what becomes of the planned pods. To be called tick by tick.
   * @param windowTicks the stabilization window.
   */
  follow(
    planned: number,
    newest: number,
    unusuallyLow: boolean,
    windowTicks: number,
    total: number,
    ready: number,
  ): number {
    this.spoke = 0;
    const needed = this.catchUp(planned, newest, ready);
    this.remember(needed);
    const wanted = needed > ready && this.failing === CATCH_UP_TICKS ? needed + SPARES * (needed - ready) : needed;
    if (wanted >= total) return wanted;
    if (unusuallyLow) {
      this.spoke |= UNUSUALLY_LOW;
      return total;
    }
    return this.stabilize(wanted, total, this.failing > 0 ? Math.max(CATCH_UP_TICKS, windowTicks) : windowTicks);
  }

  private expected(peakPlusFloor: number, scale: number, margins: Margins): number {
    return Math.min(peakPlusFloor * (1 + margins.errors * scale) - this.floor, MOST_OVER_SEEN * this.mostSeen);
  }

  private pods(demand: number): number {
    return Math.min(MOST_PODS, podsFor(demand, this.podCapacity));
  }

  /** While demand fails, and a minute longer, the newest rise is carried on: the forecast has not seen the surprise out yet. */
  private catchUp(planned: number, newest: number, ready: number): number {
    const rise = newest - this.before;
    this.before = newest;
    if (newest > ready * this.podCapacity) this.failing = CATCH_UP_TICKS;
    else if (this.failing === 0) return planned;
    else if (--this.failing === 0) return planned;
    this.spoke |= CATCH_UP;
    return Math.max(planned, this.pods(newest + (Number.isNaN(rise) ? 0 : CARRIED_TICKS * rise)));
  }

  private remember(needed: number): void {
    const { needs } = this;
    const mask = needs.length - 1;
    const tick = ++this.tick;
    needs[tick & mask] = needed;
    if (tick - this.largestTick > mask) {
      this.largestTick = tick;
      this.largestSince = tick;
    } else if (needed >= needs[this.largestTick & mask]!) this.largestTick = tick;
  }

  private stabilize(wanted: number, total: number, ticks: number): number {
    const first = Math.max(0, this.tick - ticks + 1);
    if (this.largestTick < first || this.largestSince > first) this.lookForLargest(first);
    const largest = this.needs[this.largestTick & (this.needs.length - 1)]!;
    if (largest <= wanted) return wanted;
    this.spoke |= STABILIZATION;
    return Math.min(total, largest);
  }

  private lookForLargest(first: number): void {
    const { needs, tick } = this;
    const mask = needs.length - 1;
    let at = tick;
    for (let i = tick - 1; i >= first; i--) if (needs[i & mask]! > needs[at & mask]!) at = i;
    this.largestTick = at;
    this.largestSince = first;
  }
}

/** The load that is there needs pods whatever is expected. */
function reactiveFloor(load: number, newest: number, margins: Margins): number {
  return Math.max(load, newest) * (1 + margins.headroom);
}
