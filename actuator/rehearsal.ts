import type { ServiceCost } from '../core/equal-service.ts';
import { podsFor } from '../core/pods.ts';
import { seededRandom } from '../core/random.ts';
import type { StartupLatency } from '../core/startup.ts';
import { TICK_SECONDS, TICKS_PER_DAY, TICKS_PER_HOUR } from '../core/tick.ts';
import { type Margins, PodPlan } from './plan.ts';
import { ReactiveRule } from './reactive.ts';

/** Recent days decide more: 1/e in five days. */
const FADE_DAYS = 5;
/** Start-up latencies are drawn once and used in turn; a power of two. */
const DRAWN_LATENCIES = 8_192;
/**
 * Each pod that is created counts as if it ran 30 s longer: scheduling, an address, an image check and a write to the API
 * are not free, and of two margins that cost the same the calmer one is wanted.
 */
const START_TICKS = 2;
/** A margin gone wild is cut here, pods. */
const MOST_PODS = 10_000;

/** A week of what was known then (forecasts made before their outcome), one value a tick; see LeadTimeLearner. */
export interface RehearsedHistory {
  readonly load: Float64Array;
  readonly newest: Float64Array;
  readonly peaks: Float64Array;
  readonly scales: Float64Array;
  readonly seen: Uint8Array;
  readonly unusuallyLow: Uint8Array;
  readonly floor: number;
  /** Ticks, first inclusive, end exclusive. */
  readonly first: number;
  readonly end: number;
}

/** What a rehearsed rule would have cost (weighted pod-ticks, 30 s more for each pod created) and left unmet without its worst hour. */
export type Outcome = ServiceCost;

/** Plays a rule over the history with the same pods as replay: created, Ready after a drawn latency, removed at once. */
export class Rehearsal {
  private readonly history: RehearsedHistory;
  private readonly podCapacity: number;
  private readonly latencyTicks: Float64Array;
  private readonly weights: Float64Array;
  private readonly demand: number;
  private readonly mostSeen: number;

  constructor(history: RehearsedHistory, podCapacity: number, latencyTicks: Float64Array) {
    this.history = history;
    this.podCapacity = podCapacity;
    this.latencyTicks = latencyTicks;
    const { first, end, newest } = history;
    this.weights = new Float64Array(end - first);
    let demand = 0;
    let mostSeen = 0;
    for (let t = first; t + 1 < end; t++) {
      const weight = Math.exp((t - end) / (FADE_DAYS * TICKS_PER_DAY));
      this.weights[t - first] = weight;
      if (newest[t]! > mostSeen) mostSeen = newest[t]!;
      if (history.seen[t + 1] === 1) demand += weight * newest[t + 1]!;
    }
    this.demand = demand;
    this.mostSeen = mostSeen;
  }

  predictive(margins: Margins): Outcome {
    const { load, newest, peaks, scales, unusuallyLow, floor } = this.history;
    const plan = new PodPlan(this.podCapacity, floor);
    plan.see(this.mostSeen);
    return this.play(
      (t, total, ready) =>
        plan.replicas(peaks[t]!, scales[t]!, load[t]!, newest[t]!, unusuallyLow[t] === 1, margins, total, ready),
      () => plan.gap(),
    );
  }

  reactive(target: number): Outcome {
    const rule = new ReactiveRule(this.podCapacity);
    const { load } = this.history;
    return this.play((t, total, ready) => rule.replicas(load[t]!, target, total, ready));
  }

  /** The cost of pods that always just fit: no rule can be much cheaper. */
  leastCost(): number {
    const { first, end, newest } = this.history;
    let cost = 0;
    for (let t = first; t + 2 < end; t++) {
      cost +=
        this.weights[t - first]! * Math.max(1, podsFor(Math.max(newest[t + 1]!, newest[t + 2]!), this.podCapacity));
    }
    return cost;
  }

  private play(rule: (tick: number, total: number, ready: number) => number, onGap: () => void = () => {}): Outcome {
    const { podCapacity, weights } = this;
    const { first, end, newest, seen, load } = this.history;
    const pods = new RehearsedPods(Math.max(1, podsFor(load[first]!, podCapacity)), this.latencyTicks);
    const unmet = new UnmetDemand();
    let cost = 0;
    for (let t = first; t + 1 < end; t++) {
      pods.advance(t);
      const created = pods.created;
      if (seen[t] === 1) pods.scale(rule(t, pods.total, pods.total - pods.starting), t);
      else onGap();
      const weight = weights[t - first]!;
      cost += weight * (pods.total + START_TICKS * (pods.created - created));
      // newest[t + 1] is the demand at t.
      const missing = newest[t + 1]! - (pods.total - pods.starting) * podCapacity;
      if (missing > 0 && seen[t + 1] === 1) unmet.add(weight * missing, t);
    }
    return { cost, unmetBp: this.demand > 0 ? (unmet.usual() / this.demand) * 10_000 : 0 };
  }
}

/** Pods of a rehearsal: the not-Ready ones leave first. */
class RehearsedPods {
  total: number;
  /** Pods that are not Ready yet. */
  starting = 0;
  created = 0;
  private readonly readyTicks = new Float64Array(MOST_PODS);
  private readonly latencyTicks: Float64Array;

  constructor(total: number, latencyTicks: Float64Array) {
    this.total = total;
    this.latencyTicks = latencyTicks;
  }

  /** Pods whose start-up is over at tick t are Ready. */
  advance(t: number): void {
    const { readyTicks } = this;
    let kept = 0;
    for (let i = 0; i < this.starting; i++) if (readyTicks[i]! > t) readyTicks[kept++] = readyTicks[i]!;
    this.starting = kept;
  }

  scale(replicas: number, t: number): void {
    const wanted = Math.max(1, Math.min(replicas, MOST_PODS));
    for (; this.total < wanted; this.total++) {
      this.readyTicks[this.starting++] = t + this.latencyTicks[this.created++ & (DRAWN_LATENCIES - 1)]!;
    }
    if (wanted < this.total) {
      this.starting = Math.max(0, this.starting - (this.total - wanted));
      this.total = wanted;
    }
  }
}

/**
 * Unmet demand without its worst hour: a week holds at most one event that no margin was ever meant for, and paying a
 * week long for the last one is dear. What it really costs comes off the error budget.
 */
class UnmetDemand {
  private total = 0;
  private hour = -1;
  private inHour = 0;
  private worst = 0;

  add(unmet: number, t: number): void {
    const hour = Math.floor(t / TICKS_PER_HOUR);
    if (hour !== this.hour) {
      this.worst = Math.max(this.worst, this.inHour);
      this.inHour = 0;
      this.hour = hour;
    }
    this.inHour += unmet;
    this.total += unmet;
  }

  usual(): number {
    return this.total - Math.max(this.worst, this.inHour);
  }
}

/** Start-up latencies in ticks, the same for every rule that is rehearsed. */
export function drawLatencies(startup: StartupLatency, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: DRAWN_LATENCIES }, () => startup.quantile(random()) / TICK_SECONDS);
}
