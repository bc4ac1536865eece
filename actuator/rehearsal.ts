import { podsFor } from '../core/pods.ts';
import { seededRandom } from '../core/random.ts';
import type { StartupLatency } from '../core/startup.ts';
import { TICK_SECONDS, TICKS_PER_DAY } from '../core/tick.ts';
import { type Margins, PodPlan } from './plan.ts';
import { ReactiveRule } from './reactive.ts';

/** Recent days decide more: 1/e in five days. */
const FADE_DAYS = 5;
/** Start-up latencies are drawn once and used in turn; a power of two. */
const DRAWN_LATENCIES = 8_192;
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

/** What a rehearsed rule would have cost and left unserved; recent days weigh more. */
export interface Outcome {
  /** Weighted pod-ticks. */
  readonly cost: number;
  /** Unmet demand ÷ demand, basis points. */
  readonly unmetBp: number;
}

/** Plays a rule over the history with the same pods as replay: created, Ready after a drawn latency, removed at once. */
export class Rehearsal {
  private readonly history: RehearsedHistory;
  private readonly podCapacity: number;
  private readonly latencyTicks: Float64Array;
  private readonly weights: Float64Array;
  private readonly demand: number;
  private readonly starting: Float64Array;

  constructor(history: RehearsedHistory, podCapacity: number, latencyTicks: Float64Array) {
    this.history = history;
    this.podCapacity = podCapacity;
    this.latencyTicks = latencyTicks;
    const { first, end, newest } = history;
    this.weights = new Float64Array(end - first);
    this.starting = new Float64Array(MOST_PODS + 1);
    let demand = 0;
    for (let t = first; t + 1 < end; t++) {
      const weight = Math.exp((t - end) / (FADE_DAYS * TICKS_PER_DAY));
      this.weights[t - first] = weight;
      if (history.seen[t + 1] === 1) demand += weight * newest[t + 1]!;
    }
    this.demand = demand;
  }

  predictive(margins: Margins): Outcome {
    const { load, newest, peaks, scales, unusuallyLow, floor } = this.history;
    const plan = new PodPlan(this.podCapacity, floor);
    return this.play((t, total, ready) =>
      plan.replicas(peaks[t]!, scales[t]!, load[t]!, newest[t]!, unusuallyLow[t] === 1, margins, total, ready),
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

  private play(rule: (tick: number, total: number, ready: number) => number): Outcome {
    const { podCapacity, weights, starting, latencyTicks } = this;
    const { first, end, newest, seen, load } = this.history;
    let total = Math.max(1, podsFor(load[first]!, podCapacity));
    let waiting = 0;
    let created = 0;
    let cost = 0;
    let unmet = 0;
    for (let t = first; t + 1 < end; t++) {
      if (waiting > 0) {
        let kept = 0;
        for (let i = 0; i < waiting; i++) if (starting[i]! > t) starting[kept++] = starting[i]!;
        waiting = kept;
      }
      const asked = seen[t] === 1 ? rule(t, total, total - waiting) : total;
      const wanted = Math.max(1, Math.min(asked, MOST_PODS));
      for (; total < wanted; total++) starting[waiting++] = t + latencyTicks[created++ & (DRAWN_LATENCIES - 1)]!;
      if (wanted < total) {
        waiting = Math.max(0, waiting - (total - wanted));
        total = wanted;
      }
      const weight = weights[t - first]!;
      cost += weight * total;
      if (seen[t + 1] === 1) {
        // newest[t + 1] is the demand at t.
        const missing = newest[t + 1]! - (total - waiting) * podCapacity;
        if (missing > 0) unmet += weight * missing;
      }
    }
    return { cost, unmetBp: this.demand > 0 ? (unmet / this.demand) * 10_000 : 0 };
  }
}

/** Start-up latencies in ticks, the same for every rule that is rehearsed. */
export function drawLatencies(startup: StartupLatency, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: DRAWN_LATENCIES }, () => startup.quantile(random()) / TICK_SECONDS);
}
