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
  private readonly needs = new Int32Array(MOST_STABILIZATION_TICKS);
  private next = 0;
  /** The newest demand of the tick before; NaN before the first decision and after a gap: no rise is known then. */
  private before = Number.NaN;
  private mostSeen = 0;
  /** Ticks for which the last failure still counts; CATCH_UP_TICKS: demand fails now. */
  private failing = 0;
  private readonly podCapacity: number;
  private readonly floor: number;

  /** @param floor what the peaks were shifted by before the logarithm (see LeadTimeForecast). */
  constructor(podCapacity: number, floor: number) {
    this.podCapacity = podCapacity;
    this.floor = floor;
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
    const margin = peakPlusFloor * (1 + margins.errors * scale) - this.floor;
    const expected = Math.min(margin, MOST_OVER_SEEN * this.mostSeen);
    const floor = Math.max(load, newest) * (1 + margins.headroom);
    const planned = podsFor(Math.max(expected, floor), this.podCapacity);
    this.spoke = expected > floor ? FORECAST : HEADROOM;
    const needed = this.catchUp(planned, newest, ready);
    this.needs[this.next] = needed;
    this.next = (this.next + 1) % MOST_STABILIZATION_TICKS;
    const wanted = needed > ready && this.failing === CATCH_UP_TICKS ? needed + SPARES * (needed - ready) : needed;
    if (wanted >= total) return wanted;
    if (unusuallyLow) {
      this.spoke |= UNUSUALLY_LOW;
      return total;
    }
    const window = this.failing > 0 ? Math.max(CATCH_UP_TICKS, margins.stabilizationTicks) : margins.stabilizationTicks;
    return this.stabilize(wanted, total, window);
  }

  /** While demand fails, and a minute longer, the newest rise is carried on: the forecast has not seen the surprise out yet. */
  private catchUp(planned: number, newest: number, ready: number): number {
    const rise = Number.isNaN(this.before) ? 0 : newest - this.before;
    this.before = newest;
    if (newest > ready * this.podCapacity) this.failing = CATCH_UP_TICKS;
    else if (this.failing > 0) this.failing--;
    if (this.failing === 0) return planned;
    this.spoke |= CATCH_UP;
    return Math.max(planned, podsFor(newest + CARRIED_TICKS * rise, this.podCapacity));
  }

  private stabilize(needed: number, total: number, ticks: number): number {
    let largest = needed;
    let at = this.next;
    for (let i = 0; i < ticks; i++) {
      at = at === 0 ? MOST_STABILIZATION_TICKS - 1 : at - 1;
      if (this.needs[at]! > largest) largest = this.needs[at]!;
    }
    if (largest > needed) this.spoke |= STABILIZATION;
    return Math.min(total, largest);
  }
}
