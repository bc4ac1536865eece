import type { PeakForecast } from '../../forecaster/lead-time/lead-time-forecast.ts';
import type { PodPlan } from './plan.ts';

/** What was known at each tick of a history; first inclusive, end exclusive. See BacktestHistory. */
interface PlannedHistory {
  readonly load: Float32Array;
  readonly estimateLessError: Float32Array;
  readonly peaks: Float32Array;
  readonly keepPeaks: Float32Array;
  readonly relativeErrors: Float32Array;
  readonly first: number;
  readonly end: number;
}

/**
 * The pods that margins ask for at each tick of a history, whatever pods exist. The safety multiplier decides on the forecast's pods, the headroom on the
 * floor's, the keep multiplier on those that stay: each is computed once for all the margins of a calibration that share it.
 */
export class PlannedPods {
  private readonly history: PlannedHistory;
  private readonly plan: PodPlan;
  private readonly byMultiplier = new Map<number, Int32Array>();
  private readonly byHeadroom = new Map<number, Int32Array>();
  private readonly byKeep = new Map<number, Int32Array>();
  private readonly peak = { peakPlusFloor: 0, keepPeakPlusFloor: 0, relativeError: 0 };

  /** @param plan that has seen the largest demand of the history */
  constructor(history: PlannedHistory, plan: PodPlan) {
    this.history = history;
    this.plan = plan;
  }

  /** By tick − first: pods for the expected peak. */
  proactive(safetyMultiplier: number): Int32Array {
    return this.table(this.byMultiplier, safetyMultiplier, (t) =>
      this.plan.proactivePods(this.peakAt(t), safetyMultiplier),
    );
  }

  /** By tick − first: pods for the load. */
  reactive(headroom: number): Int32Array {
    const { load, estimateLessError } = this.history;
    return this.table(this.byHeadroom, headroom, (t) =>
      this.plan.reactivePods(load[t]!, estimateLessError[t]!, headroom),
    );
  }

  /** By tick − first: pods that are expected to be needed again. */
  neededAgain(keepMultiplier: number): Int32Array {
    return this.table(this.byKeep, keepMultiplier, (t) => this.plan.neededAgain(this.peakAt(t), keepMultiplier));
  }

  /** One record for all ticks: valid until the next one is asked for. */
  private peakAt(t: number): PeakForecast {
    const { history, peak } = this;
    peak.peakPlusFloor = history.peaks[t]!;
    peak.keepPeakPlusFloor = history.keepPeaks[t]!;
    peak.relativeError = history.relativeErrors[t]!;
    return peak;
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
