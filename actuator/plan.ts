import type { Reason } from '../core/decision.ts';
import { podsFor } from '../core/pods.ts';

/** The longest stabilization window: five minutes, as the HPA's. */
export const MOST_STABILIZATION_TICKS = 20;
/** While demand fails, this many spare pods a missing one are started: the first to be Ready serve, the rest leave. */
const SPARES = 2;

/** The rules in the order in which they are asked; bit i of `spoke` stands for rule i. */
const RULES: readonly Reason[] = ['forecast', 'headroom', 'catch-up', 'unusually-low', 'stabilization'];
const FORECAST = 1;
const HEADROOM = 2;
const CATCH_UP = 4;
const UNUSUALLY_LOW = 8;
const STABILIZATION = 16;

/** ... and the newest rise is carried on for so many ticks: the forecast has not seen a surprise out yet. */
const CARRIED_TICKS = 2;

/** How much capacity stands over what is expected; calibrated, never guessed by a person. */
export interface Margins {
  /** Expected errors over the expected peak. */
  readonly errors: number;
  /** Share over the observed load: the reactive floor. */
  readonly headroom: number;
  /** Stabilization window, ticks: the largest need of so many last ticks is kept. 1 keeps none. */
  readonly stabilizationTicks: number;
}

/**
 * Capacity = max(peak · (1 + errors · scale), load · (1 + headroom)), and from it the pods to ask for: spares while
 * demand fails, no removal at an unusual low or within the stabilization window of a higher need. Small numbers in, one number out:
 * live, replay and rehearsal all decide here.
 */
export class PodPlan {
  /** The rules that spoke at the last call, as bits of RULES. */
  private spoke = 0;
  private readonly needs = new Int32Array(MOST_STABILIZATION_TICKS);
  private next = 0;
  private before = 0;
  private readonly podCapacity: number;
  private readonly floor: number;

  /** @param floor what the peaks were shifted by before the logarithm (see LeadTimeForecast). */
  constructor(podCapacity: number, floor: number) {
    this.podCapacity = podCapacity;
    this.floor = floor;
  }

  /** The rules that spoke at the last call, in order; the last one decided. */
  reasons(): Reason[] {
    return RULES.filter((_, i) => (this.spoke & (1 << i)) !== 0);
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
    const { podCapacity } = this;
    const expected = peakPlusFloor * (1 + margins.errors * scale) - this.floor;
    const floor = load * (1 + margins.headroom);
    const needed = podsFor(Math.max(expected, floor), podCapacity);
    this.spoke = expected > floor ? FORECAST : HEADROOM;
    this.needs[this.next] = needed;
    this.next = (this.next + 1) % MOST_STABILIZATION_TICKS;
    const rise = newest - this.before;
    this.before = newest;
    if (needed > ready && newest > ready * podCapacity) {
      this.spoke |= CATCH_UP;
      const coming = Math.max(needed, podsFor(newest + CARRIED_TICKS * rise, podCapacity));
      const wanted = coming + SPARES * (coming - ready);
      if (wanted >= total) return wanted;
    }
    if (needed >= total) return needed;
    if (unusuallyLow) {
      this.spoke |= UNUSUALLY_LOW;
      return total;
    }
    return this.stabilize(needed, total, margins.stabilizationTicks);
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
