import type { PlanReason } from '../../core/decision.ts';
import { podsFor } from '../../core/pods.ts';
import { OBSERVATION_TICKS, TICKS_PER_HOUR } from '../../core/tick.ts';
import type { PeakForecast } from '../../forecaster/lead-time/lead-time-forecast.ts';
import type { PlanMoment, PlannedTick } from './plan-inputs.ts';
import { RecentMost } from './recent-most.ts';

/** The longest stabilization window that can be asked for: an hour. */
export const MOST_STABILIZATION_TICKS = TICKS_PER_HOUR;
/**
 * What was needed within the last five minutes stays, whatever the margins say: the HPA's default scale-down stabilization.
 * Source: kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior
 */
export const KEPT_TICKS = TICKS_PER_HOUR / 12;
/** Margins, spares and a rise that is carried on may together ask for so much more than the need of the last ten minutes, and one pod. */
export const MOST_OVER_NEED = 1.3;
export const NEED_TICKS = TICKS_PER_HOUR / 6;

/** The rules in the order in which they are asked; bit i of `spoke` stands for rule i. */
const RULES: readonly PlanReason[] = [
  'forecast',
  'headroom',
  'catch-up',
  'need-limit',
  'unusually-low',
  'needed-again',
  'stabilization',
];
const FORECAST = 1;
const HEADROOM = 2;
const CATCH_UP = 4;
const NEED_LIMIT = 8;
const UNUSUALLY_LOW = 16;
const NEEDED_AGAIN = 32;
const STABILIZATION = 64;

/** Pods are kept and, margins included, added for an expected peak of up to this multiple of the largest demand ever seen. */
export const MOST_OVER_SEEN = 1.1;
/**
 * While demand fails, this many spare pods are started for each that is missing: the first to be Ready serve. Only whole pods' worth of
 * missing demand counts, and only what was not ordered yet: pods that are starting are supply that is coming.
 */
const SPARES = 3;
/** … and never more than this share of the need. */
const MOST_SPARE_SHARE = 0.25;

/** While demand fails, and a minute longer, the newest rise is carried on for 45 s. */
const CARRIED_TICKS = 3;
const CATCH_UP_TICKS = 4;

/** No workload has more pods; whatever asks for more is cut here. */
const MOST_PODS = 1_000_000_000;

/** How much capacity stands over what is expected; calibrated, never guessed by a person. */
export interface Margins {
  /** Relative errors that are added to the expected peak: capacity = peak · (1 + safetyMultiplier · relativeError). */
  readonly safetyMultiplier: number;
  /** Share over the load, observed or estimated: the reactive floor. */
  readonly headroom: number;
  /** The same for the largest demand that is expected before a start would pay: pods under that stay. */
  readonly keepMultiplier: number;
  /** Stabilization window, ticks: the largest need of so many last ticks is kept. 1 keeps none. */
  readonly stabilizationTicks: number;
}

/** What the last decision came to, each demand in the unit of the metric: what is shown is what was decided on. */
export interface PlanNeed {
  /** Expected peak with its margin; undefined: the rule asks no forecast. */
  readonly forecast: number | undefined;
  /** The higher of observed demand and demand estimate with the headroom, or the load by the target: the reactive floor. */
  readonly floor: number;
  /** Pods for the larger of both, for the forecast alone, for the floor alone. */
  readonly pods: number;
  readonly proactive: number | undefined;
  readonly reactive: number;
}

/**
 * Capacity = max(peak · (1 + safetyMultiplier · relativeError), max(load, estimate) · (1 + headroom)), and from it the pods to ask for:
 * spares while demand fails, bounded by the need of the last ten minutes; no removal at an unusual low, of what is expected to be needed again before a
 * start would pay, of what the last five minutes needed, or within the stabilization window of a higher need. Small numbers in, one number out: live, replay and policy backtest all decide here.
 */
export class PodPlan {
  /** What the last call of `replicas` came to; undefined before it. */
  need: PlanNeed | undefined;
  /** Pods that the last five minutes needed, which stay, and the most that may be asked for, whatever the margins: see `observe`. */
  keep = 0;
  limit = 1;
  /** Ticks from an order to its pods being Ready. */
  leadTimeTicks: number;
  /** The rules that spoke at the last call, as bits of RULES. */
  private spoke = 0;
  /** Pods that were needed, margins included. */
  private needs: RecentMost;
  /** Pods for the demand alone, and for the expected peak alone. */
  private observed: RecentMost;
  private peaks: RecentMost;
  /** The demand estimate of the tick before; NaN before the first decision and after a gap: no rise is known then. */
  private before = Number.NaN;
  private mostSeen = 0;
  /** Ticks for which the last failure still counts; CATCH_UP_TICKS: demand fails now. */
  private failing = 0;
  /** Ticks for which what was ordered last is kept: until it can be Ready, and a minute longer. */
  private kept = 0;
  private ordered = 0;
  /** Demand that one Ready pod serves; a rollout may change it. */
  podCapacity: number;
  private readonly floor: number;
  /** So many last ticks, as they were observed, tell what ten minutes needed. */
  private readonly needTicks: number;

  /**
   * @param floor what the peaks were shifted by before the logarithm (see LeadTimeForecast).
   * @param leadTimeTicks from an order to its pods being Ready.
   * @param mostTicks the longest window that margins will ask for.
   * @param windowTicks of which an observation is the mean: the need of ten minutes ago is in it for so much longer.
   */
  constructor(
    podCapacity: number,
    floor: number,
    leadTimeTicks: number,
    mostTicks = MOST_STABILIZATION_TICKS,
    windowTicks = OBSERVATION_TICKS,
  ) {
    this.podCapacity = podCapacity;
    this.floor = floor;
    this.needTicks = Math.max(KEPT_TICKS, NEED_TICKS - Math.max(0, Math.ceil(windowTicks) - OBSERVATION_TICKS));
    this.leadTimeTicks = leadTimeTicks;
    this.needs = new RecentMost(Math.max(CATCH_UP_TICKS, mostTicks));
    this.observed = new RecentMost(NEED_TICKS);
    this.peaks = new RecentMost(NEED_TICKS);
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

  /** Replicas before bounds, for a moment that was observed. */
  replicas(moment: PlanMoment, margins: Margins): number {
    const { load, estimate, unusuallyLow, total, ready } = moment;
    const { keep, limit } = this;
    const expected = this.expected(moment, margins.safetyMultiplier);
    const floor = reactiveFloor(load, estimate, margins.headroom);
    const proactive = this.podsOfWork(expected, moment);
    const reactive = this.podsOfWork(floor, moment);
    const planned = Math.max(proactive, reactive);
    this.need = { forecast: expected, floor, pods: planned, proactive, reactive };
    const neededAgain = this.neededAgain(moment, margins.keepMultiplier);
    const { stabilizationTicks } = margins;
    const replicas = this.follow({
      planned,
      neededAgain,
      keep,
      limit,
      estimate,
      unusuallyLow,
      stabilizationTicks,
      total,
      ready,
    });
    this.spoke |= expected > floor ? FORECAST : HEADROOM;
    return replicas;
  }

  /** The pods that a forecast asks for, whatever pods exist. */
  proactivePods(peak: PeakForecast, safetyMultiplier: number): number {
    return this.pods(this.expected(peak, safetyMultiplier));
  }

  /** The pods that a load asks for, whatever pods exist. */
  reactivePods(load: number, estimate: number, headroom: number): number {
    return this.pods(reactiveFloor(load, estimate, headroom));
  }

  /** Pods that are expected to be needed again before a start would pay, of those that there are. */
  neededAgain({ peakPlusFloor, keepPeakPlusFloor, relativeError }: PeakForecast, keepMultiplier: number): number {
    // Two models may say them, and the longer time has the shorter one in it.
    const longer = Math.max(peakPlusFloor, keepPeakPlusFloor);
    const peak = Math.min(longer, MOST_OVER_SEEN * this.mostSeen + this.floor);
    return this.pods(peak * (1 + keepMultiplier * relativeError) - this.floor);
  }

  /** A tick's demand and expected peak: from them what no margin changes, `keep` and `limit`. To be called tick by tick, before a decision. */
  observe(peakPlusFloor: number, load: number, estimate: number): void {
    this.see(estimate);
    this.observed.push(this.pods(Math.max(load, estimate)));
    // No pod is added for more than was ever seen: what is new is followed as it comes.
    this.peaks.push(this.pods(Math.min(peakPlusFloor - this.floor, this.mostSeen)));
    this.lookBack();
  }

  /** What was observed before the first decision, the oldest first: demands, NaN where there was none. It may come before the next tick. */
  recall(demands: Iterable<number>): void {
    for (const demand of demands) this.observed.push(this.pods(Number.isNaN(demand) ? 0 : demand));
    this.lookBack();
  }

  private lookBack(): void {
    this.keep = this.observed.most(KEPT_TICKS);
    const observed = MOST_OVER_NEED * this.observed.most(this.needTicks);
    const expected = MOST_OVER_NEED * this.peaks.most(this.needTicks);
    // Margins on what is expected are bounded by what was ever seen; what is there may be more than that.
    this.limit = Math.floor(Math.max(observed, Math.min(expected, this.pods(MOST_OVER_SEEN * this.mostSeen)))) + 1;
  }

  /** Goes on with the windows of the plan before this one, so that what was needed lately stays. */
  goOnFrom(before: PodPlan): void {
    this.needs = before.needs;
    this.observed = before.observed;
    this.peaks = before.peaks;
    this.keep = before.keep;
    this.limit = before.limit;
    this.kept = before.kept;
    this.ordered = before.ordered;
  }

  /** The second half of `replicas`: what becomes of the planned pods. To be called tick by tick; it keeps nothing of the record. */
  follow({
    planned,
    neededAgain,
    keep,
    limit,
    estimate,
    unusuallyLow,
    stabilizationTicks,
    total,
    ready,
  }: PlannedTick): number {
    this.spoke = 0;
    const needed = this.limited(this.catchUp(planned, estimate, total, ready), limit);
    this.needs.push(needed);
    const wanted = this.limited(needed + this.spares(needed, estimate, total), limit);
    // While demand fails, it has not been of use yet.
    this.order(wanted, total, this.failing < CATCH_UP_TICKS);
    if (wanted >= total) return wanted;
    if (unusuallyLow) {
      this.spoke |= UNUSUALLY_LOW;
      return total;
    }
    const kept = this.keepAgain(wanted, Math.min(neededAgain, limit, total));
    const window = this.failing > 0 ? Math.max(CATCH_UP_TICKS, stabilizationTicks) : stabilizationTicks;
    return this.stabilize(kept, keep, total, window);
  }

  /** A tick at which another rule decided: what it ordered is kept as what this one did, once this one decides again. */
  pass(decided: number, total: number): void {
    this.order(decided, total, true);
  }

  /** Pods that were ordered, whichever rule did, and can't have been of use yet; 0: there are none. */
  get starting(): number {
    return this.kept > 0 ? this.ordered : 0;
  }

  private order(wanted: number, total: number, passes: boolean): void {
    if (passes && this.kept > 0) this.kept--;
    if (wanted <= total) return;
    this.kept = this.leadTimeTicks + CATCH_UP_TICKS;
    this.ordered = wanted;
  }

  private expected({ peakPlusFloor, relativeError }: PeakForecast, safetyMultiplier: number): number {
    return peakPlusFloor * (1 + safetyMultiplier * relativeError) - this.floor;
  }

  private pods(demand: number): number {
    return Math.min(MOST_PODS, podsFor(demand, this.podCapacity));
  }

  /** Where pods add demand of their own, fewer are taken away than that promises, as it is not known for sure. */
  private podsOfWork(demand: number, { workFactor = 1, total }: PlanMoment): number {
    const pods = this.pods(workFactor * demand);
    return workFactor >= 1 || pods >= total ? pods : Math.min(total, this.pods(demand));
  }

  /** While demand fails, and a minute longer, the newest rise is carried on: the forecast has not seen the surprise out yet. */
  private catchUp(planned: number, estimate: number, total: number, ready: number): number {
    const { podCapacity } = this;
    const rise = estimate - this.before;
    this.before = estimate;
    if (estimate > ready * podCapacity) this.failing = CATCH_UP_TICKS;
    else if (this.failing === 0) return planned;
    else if (--this.failing === 0) return planned;
    const carried = this.pods(estimate + (Number.isNaN(rise) ? 0 : CARRIED_TICKS * rise));
    // What was ordered and suffices needs no catching up.
    if (carried <= planned && estimate <= total * podCapacity) return planned;
    this.spoke |= CATCH_UP;
    return Math.max(planned, carried);
  }

  /** Spares for what was not ordered yet, while demand fails. */
  private spares(needed: number, estimate: number, total: number): number {
    if (this.failing !== CATCH_UP_TICKS || needed <= total) return 0;
    const missing = estimate / this.podCapacity - total;
    if (!(missing > 0)) return 0;
    return Math.min(Math.floor(SPARES * missing), Math.ceil(MOST_SPARE_SHARE * needed));
  }

  private limited(pods: number, limit: number): number {
    if (pods <= limit) return pods;
    this.spoke |= NEED_LIMIT;
    return limit;
  }

  private keepAgain(wanted: number, neededAgain: number): number {
    if (neededAgain <= wanted) return wanted;
    this.spoke |= NEEDED_AGAIN;
    return neededAgain;
  }

  private stabilize(wanted: number, keep: number, total: number, ticks: number): number {
    const largest = Math.max(this.needs.most(ticks), keep, this.starting);
    if (largest <= wanted) return wanted;
    this.spoke |= STABILIZATION;
    return Math.min(total, largest);
  }
}

/** The load that is there needs pods whatever is expected. */
function reactiveFloor(load: number, estimate: number, headroom: number): number {
  return Math.max(load, estimate) * (1 + headroom);
}
