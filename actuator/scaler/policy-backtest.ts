import type { ServiceCost } from '../../core/equal-service.ts';
import { podsFor } from '../../core/pods.ts';
import { seededRandom } from '../../core/random.ts';
import type { StartupLatency } from '../../core/startup.ts';
import { TICK_SECONDS, TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import { expectedShortage } from './expected-shortage.ts';
import { type Margins, PodPlan } from './plan.ts';
import { PlannedPods } from './planned-pods.ts';
import { ReactiveRule } from './reactive.ts';

/** Recent days decide more: 1/e in five days. */
const FADE_DAYS = 5;
/** Start-up latencies are drawn once and used in turn; a power of two. */
const DRAWN_LATENCIES = 8_192;
/** What a pod's start counts as where nobody says: five minutes of a pod, as in `prescale replay`. */
export const START_COST_SECONDS = 300;
/** Scheduling, an address, an image check and a write to the API are never free. */
const LEAST_START_TICKS = 2;
/** What is left unmet is not over a bound by less than this share: it is computed in two ways. */
const ROUNDING = 1e-9;
/** Whoever keeps an SLO serves at least this share of the demand. */
const LEAST_SERVED = 0.98;
/** A margin gone wild is cut here, pods. */
const MOST_PODS = 10_000;

/** A week of what was known then (forecasts made before their outcome), one value a tick; see LeadTimeLearner. */
export interface BacktestHistory {
  readonly load: Float32Array;
  readonly estimate: Float32Array;
  /** What the plan goes by live: `estimate` less its standard error. */
  readonly estimateLessError: Float32Array;
  readonly peaks: Float32Array;
  /** `peaks`, `keepPeaks` and `relativeErrors` are the fields of PeakForecast. */
  readonly keepPeaks: Float32Array;
  readonly relativeErrors: Float32Array;
  /**
   * Ticks from a demand to the observation whose window it is in the middle of: what is taken for the demand there, with its error. 0: `estimate` is
   * the demand of the tick before.
   */
  readonly lagTicks: number;
  readonly seen: Uint8Array;
  readonly unusuallyLow: Uint8Array;
  readonly floor: number;
  /** Ticks, first inclusive, end exclusive. */
  readonly first: number;
  readonly end: number;
}

/** What a backtested rule would have cost (weighted pod-ticks, each start at its price) and left unmet without its worst hour. */
export type Outcome = ServiceCost;

/** Plays a rule over the history with the same pods as replay: created, Ready after a drawn latency, removed at once. */
export class PolicyBacktest {
  private readonly history: BacktestHistory;
  private readonly podCapacity: number;
  private readonly pods: BacktestPods;
  private readonly weights: Float64Array;
  private readonly planned: PlannedPods;
  /** Pods that stay and the most that may be asked for, whatever the margins: see PodPlan.observe. */
  private readonly keeps: Int32Array;
  private readonly limits: Int32Array;
  private readonly leadTimeTicks: number;
  private readonly startTicks: number;
  /** By hour: what serving all demand from there on costs at least. */
  private readonly leastRests: Float64Array;
  private readonly demand: number;
  /** The demand of each tick as it was measured, and its standard error; NaN: it was not. */
  private readonly demands: Float32Array;
  private readonly errors: Float32Array;
  private readonly mostSeen: number;

  /**
   * @param leadTimeTicks from an order to its pods being Ready
   * @param startCostSeconds what a start counts as, seconds of a pod
   */
  constructor(
    history: BacktestHistory,
    podCapacity: number,
    latencyTicks: Float64Array,
    leadTimeTicks: number,
    startCostSeconds = START_COST_SECONDS,
  ) {
    this.history = history;
    this.startTicks = Math.max(LEAST_START_TICKS, startCostSeconds / TICK_SECONDS);
    this.leadTimeTicks = leadTimeTicks;
    this.podCapacity = podCapacity;
    this.pods = new BacktestPods(latencyTicks);
    const { first, end, estimateLessError } = history;
    this.demands = new Float32Array(end - first);
    this.errors = new Float32Array(end - first);
    this.measureAll();
    const { demands } = this;
    this.weights = new Float64Array(end - first);
    this.keeps = new Int32Array(end - first);
    this.limits = new Int32Array(end - first);
    this.leastRests = new Float64Array(Math.ceil((end - first) / TICKS_PER_HOUR));
    const fade = Math.exp(1 / (FADE_DAYS * TICKS_PER_DAY));
    let weight = fade ** (first - end);
    let demand = 0;
    let mostSeen = 0;
    for (let t = first; t + 1 < end; t++, weight *= fade) {
      this.weights[t - first] = weight;
      if (estimateLessError[t]! > mostSeen) mostSeen = estimateLessError[t]!;
      const own = demands[t - first]!;
      if (!Number.isNaN(own)) demand += weight * own;
    }
    let rest = 0;
    for (let t = end - 2; t >= first; t--) {
      if ((t - first) % TICKS_PER_HOUR === 0) this.leastRests[(t - first) / TICKS_PER_HOUR] = rest;
      rest += this.weights[t - first]! * LEAST_SERVED * Math.max(1, (demands[t - first]! || 0) / podCapacity);
    }
    this.demand = demand;
    this.mostSeen = mostSeen;
    const plan = new PodPlan(podCapacity, history.floor, leadTimeTicks, 1);
    plan.see(mostSeen);
    this.planned = new PlannedPods(history, plan);
    this.boundAll();
  }

  /**
   * What the demand was is known better later: an observation is the mean of a window, and stands for its middle. Its error there is half that at the
   * window's end, for a random walk.
   */
  private measureAll(): void {
    const { load, estimate, estimateLessError, seen, lagTicks, first, end } = this.history;
    for (let t = first; t < end; t++) {
      const at = t + Math.max(1, lagTicks);
      const known = at < end && seen[at] === 1;
      this.demands[t - first] = known ? (lagTicks > 0 ? load : estimate)[at]! : Number.NaN;
      this.errors[t - first] = known && lagTicks > 0 ? (estimate[at]! - estimateLessError[at]!) / 2 : 0;
    }
  }

  private boundAll(): void {
    const { load, estimateLessError, peaks, seen, floor, first, end } = this.history;
    const plan = new PodPlan(this.podCapacity, floor, this.leadTimeTicks, 1);
    plan.see(this.mostSeen);
    for (let t = first; t + 1 < end; t++) {
      if (seen[t] !== 1) {
        plan.gap();
        continue;
      }
      plan.observe(peaks[t]!, load[t]!, estimateLessError[t]!);
      this.keeps[t - first] = plan.keep;
      this.limits[t - first] = plan.limit;
    }
  }

  /**
   * The play ends once it has left more unmet than `mostBp`, or is sure to cost more than `mostCost`: its cost is Infinity then, and
   * its unmet demand what it was up to there.
   */
  predictive(margins: Margins, mostBp = Number.POSITIVE_INFINITY, mostCost = Number.POSITIVE_INFINITY): Outcome {
    const { estimateLessError: known, seen, unusuallyLow, floor, first, end } = this.history;
    const { podCapacity, weights, startTicks, demands, errors, keeps, limits, leastRests } = this;
    const { stabilizationTicks } = margins;
    const plan = new PodPlan(podCapacity, floor, this.leadTimeTicks, stabilizationTicks);
    plan.see(this.mostSeen);
    const proactive = this.planned.proactive(margins.safetyMultiplier);
    const reactive = this.planned.reactive(margins.headroom);
    const neededAgain = this.planned.neededAgain(margins.keepMultiplier);
    const pods = this.beginning();
    const unmet = new UnmetDemand(this.mostUnmet(mostBp));
    // One record for all ticks, of one shape: a calibration plays millions of them.
    const tick = {
      planned: 0,
      neededAgain: 0,
      keep: 0,
      limit: 0,
      estimate: Number.NaN,
      unusuallyLow: false,
      stabilizationTicks,
      total: 0,
      ready: 0,
    };
    let cost = 0;
    for (let i = 0; first + i + 1 < end; i++) {
      const t = first + i;
      pods.advance(t);
      const { created } = pods;
      if (seen[t] === 1) {
        tick.planned = Math.max(proactive[i]!, reactive[i]!);
        tick.neededAgain = neededAgain[i]!;
        tick.keep = keeps[i]!;
        tick.limit = limits[i]!;
        tick.estimate = known[t]!;
        tick.unusuallyLow = unusuallyLow[t] === 1;
        tick.total = pods.total;
        tick.ready = pods.ready;
        pods.scale(plan.follow(tick), t);
      } else plan.gap();
      const weight = weights[i]!;
      cost += weight * (pods.total + startTicks * (pods.created - created));
      const missing = expectedShortage(demands[i]! - pods.ready * podCapacity, errors[i]!);
      const failed = missing > 0 && unmet.add(weight * missing, t);
      if (failed || (i % TICKS_PER_HOUR === 0 && cost + leastRests[i / TICKS_PER_HOUR]! > mostCost)) {
        return { cost: Number.POSITIVE_INFINITY, unmetBp: this.inBp(unmet.usual()) };
      }
    }
    return { cost, unmetBp: this.inBp(unmet.usual()) };
  }

  reactive(target: number): Outcome {
    const { load, seen, first, end } = this.history;
    const { podCapacity, weights, startTicks, demands, errors } = this;
    const rule = new ReactiveRule(podCapacity);
    const pods = this.beginning();
    const unmet = new UnmetDemand(Number.POSITIVE_INFINITY);
    let cost = 0;
    for (let t = first; t + 1 < end; t++) {
      pods.advance(t);
      const { created } = pods;
      if (seen[t] === 1) pods.scale(rule.replicas(load[t]!, target, pods.total, pods.ready), t);
      const weight = weights[t - first]!;
      cost += weight * (pods.total + startTicks * (pods.created - created));
      const missing = expectedShortage(demands[t - first]! - pods.ready * podCapacity, errors[t - first]!);
      if (missing > 0) unmet.add(weight * missing, t);
    }
    return { cost, unmetBp: this.inBp(unmet.usual()) };
  }

  /** The cost of pods that always just fit: no rule can be much cheaper. */
  leastCost(): number {
    const { weights, demands, podCapacity } = this;
    let cost = 0;
    for (let i = 0; i + 1 < weights.length; i++) {
      const demand = Math.max(demands[i]! || 0, demands[i + 1]! || 0);
      cost += weights[i]! * Math.max(1, podsFor(demand, podCapacity));
    }
    return cost;
  }

  private beginning(): BacktestPods {
    const { load, first } = this.history;
    return this.pods.begin(Math.max(1, podsFor(load[first]!, this.podCapacity)));
  }

  private inBp(unmet: number): number {
    return this.demand > 0 ? (unmet / this.demand) * 10_000 : 0;
  }

  private mostUnmet(bp: number): number {
    return this.demand > 0 ? (bp / 10_000) * this.demand * (1 + ROUNDING) : Number.POSITIVE_INFINITY;
  }
}

/** Pods of a policy backtest: the not-Ready ones leave first. */
class BacktestPods {
  total = 0;
  ready = 0;
  created = 0;
  /** When each pod that is starting will be Ready, and the soonest of them. */
  private readonly readyTicks = new Float64Array(MOST_PODS);
  private nextReady = Number.POSITIVE_INFINITY;
  private readonly latencyTicks: Float64Array;

  constructor(latencyTicks: Float64Array) {
    this.latencyTicks = latencyTicks;
  }

  begin(total: number): this {
    this.total = total;
    this.ready = total;
    this.created = 0;
    this.nextReady = Number.POSITIVE_INFINITY;
    return this;
  }

  /** Pods whose start-up is over at tick t are Ready. */
  advance(t: number): void {
    if (this.nextReady > t) return;
    const { readyTicks } = this;
    const starting = this.total - this.ready;
    let kept = 0;
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < starting; i++) {
      const tick = readyTicks[i]!;
      if (tick <= t) continue;
      readyTicks[kept++] = tick;
      if (tick < next) next = tick;
    }
    this.ready = this.total - kept;
    this.nextReady = next;
  }

  scale(replicas: number, t: number): void {
    const wanted = Math.max(1, Math.min(replicas, MOST_PODS));
    for (; this.total < wanted; this.total++) {
      const tick = t + this.latencyTicks[this.created++ & (DRAWN_LATENCIES - 1)]!;
      this.readyTicks[this.total - this.ready] = tick;
      if (tick < this.nextReady) this.nextReady = tick;
    }
    if (wanted < this.total) {
      this.total = wanted;
      // A start that was given up may be the soonest: it is looked for one tick too early then, which does no harm.
      if (this.ready > wanted) this.ready = wanted;
    }
  }
}

/**
 * Unmet demand without its worst hour: a week holds at most one event that no margin was ever meant for, and paying a
 * week long for the last one is dear. What it really costs comes off the error budget.
 */
class UnmetDemand {
  private readonly most: number;
  private total = 0;
  private hour = -1;
  private inHour = 0;
  private worst = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** @returns whether it is more than may be, which no later hour can mend. */
  add(unmet: number, t: number): boolean {
    const hour = Math.floor(t / TICKS_PER_HOUR);
    if (hour !== this.hour) {
      this.worst = Math.max(this.worst, this.inHour);
      this.inHour = 0;
      this.hour = hour;
    }
    this.inHour += unmet;
    this.total += unmet;
    return this.usual() > this.most;
  }

  usual(): number {
    return this.total - Math.max(this.worst, this.inHour);
  }
}

/** Start-up latencies in ticks, the same for every rule that is backtested. */
export function drawLatencies(startup: StartupLatency, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: DRAWN_LATENCIES }, () => startup.quantile(random()) / TICK_SECONDS);
}
