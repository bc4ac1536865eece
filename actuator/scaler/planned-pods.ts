import type { PodPlan } from './plan.ts';

/** What was known at each tick of a history; first inclusive, end exclusive. See RehearsedHistory. */
interface PlannedHistory {
  readonly load: Float32Array;
  readonly newestLessError: Float32Array;
  readonly peaks: Float32Array;
  readonly keepPeaks: Float32Array;
  readonly scales: Float32Array;
  readonly first: number;
  readonly end: number;
}

/**
 * The pods that margins ask for at each tick of a history, whatever pods exist. The error factor decides on the forecast's pods, the
 * headroom on the floor's, the errors to keep for on those that stay: each is computed once for all the margins of a calibration that share it.
 */
export class PlannedPods {
  private readonly history: PlannedHistory;
  private readonly plan: PodPlan;
  private readonly byErrors = new Map<number, Int32Array>();
  private readonly byHeadroom = new Map<number, Int32Array>();
  private readonly byKeep = new Map<number, Int32Array>();

  /** @param plan that has seen the largest demand of the history */
  constructor(history: PlannedHistory, plan: PodPlan) {
    this.history = history;
    this.plan = plan;
  }

  /** By tick − first: pods for the expected peak. */
  proactive(errors: number): Int32Array {
    const { peaks, scales } = this.history;
    return this.table(this.byErrors, errors, (t) => this.plan.proactivePods(peaks[t]!, scales[t]!, errors));
  }

  /** By tick − first: pods for the load. */
  reactive(headroom: number): Int32Array {
    const { load, newestLessError } = this.history;
    return this.table(this.byHeadroom, headroom, (t) =>
      this.plan.reactivePods(load[t]!, newestLessError[t]!, headroom),
    );
  }

  /** By tick − first: pods that are expected to be needed again. */
  again(keep: number): Int32Array {
    const { peaks, keepPeaks, scales } = this.history;
    return this.table(this.byKeep, keep, (t) => this.plan.neededAgain(peaks[t]!, keepPeaks[t]!, scales[t]!, keep));
  }

  private table(known: Map<number, Int32Array>, margin: number, podsAt: (t: number) => number): Int32Array {
    const before = known.get(margin);
    if (before) return before;
    const { first, end } = this.history;
    const pods = new Int32Array(end - first);
    for (let i = 0; i < pods.length; i++) pods[i] = podsAt(first + i);
    known.set(margin, pods);
    return pods;
  }
}
