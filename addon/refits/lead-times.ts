import type { Series } from '../../core/series.ts';
import type { EngineParts } from '../engine/engine-parts.ts';
import type { ScaledWorkload } from '../engine/scaled-workload.ts';
import { largestBatch } from './batch-size.ts';
import type { Refitted } from './refit.ts';

/** A lead time that differs by more than a quarter from the one in use is worth a refit. */
const LEAD_CHANGE = 0.25;
const LEAST_LEAD_TIME_SECONDS = 5;
const LEAD_TIME_QUANTILE = 0.9;
/** A measured lead time changes with what starts, and with how many start at once: one that differs by more was not this workload's. */
const MOST_LEAD_APART = 8;

/** The lead times of workloads: their annotation's, or that of as many pods as they may create at once. */
export class LeadTimes {
  private readonly startups: EngineParts['startups'];

  constructor(startups: EngineParts['startups']) {
    this.startups = startups;
  }

  /** Sets the workload's lead time. */
  update(workload: ScaledWorkload, nowSeconds: number): void {
    const { leadTime } = workload.policy;
    if (leadTime !== 'auto') {
      workload.leadTime = { seconds: leadTime, source: 'annotation', samples: 0 };
      return;
    }
    const question = { workload: workload.key, batch: workload.batch, nowSeconds };
    const { latency, source, samples } = this.startups.latency(question);
    const seconds = Math.max(LEAST_LEAD_TIME_SECONDS, Math.ceil(latency.quantile(LEAD_TIME_QUANTILE)));
    workload.leadTime = { seconds, source, samples };
  }

  /** Sets how many of the workload's pods may be created at once. @param series its load; undefined: nothing is known */
  updateBatch(workload: ScaledWorkload, series: Series | undefined, podCapacity: number, nowSeconds: number): void {
    const one = this.startups.latency({ workload: workload.key, batch: 1, nowSeconds });
    workload.batch = series ? largestBatch(series, podCapacity, one.latency.quantile(LEAD_TIME_QUANTILE)) : 1;
  }

  /** A refit looks ahead by the lead time that it was told: that has to be the workload's, as far as it is known here. */
  whyOther(workload: ScaledWorkload, { state }: Refitted, nowSeconds: number): string | undefined {
    this.update(workload, nowSeconds);
    const { seconds, source } = workload.leadTime;
    const made = state.learner.leadTimeSeconds;
    const other = source === 'annotation' ? leadTimeChanged(seconds, made) : apart(seconds, made) > MOST_LEAD_APART;
    // Without a start-up that was seen here, that one knows more.
    if (source === 'default' || !other) return undefined;
    return `it looks ahead by ${made} s, and the lead time is ${seconds} s: another one is made`;
  }
}

/** Whether the lead time differs so much from the one that was fitted for that a refit is worth it. */
export function leadTimeChanged(seconds: number, fittedSeconds: number): boolean {
  return Math.abs(seconds / fittedSeconds - 1) > LEAD_CHANGE;
}

/** How many times the larger is the smaller. */
function apart(a: number, b: number): number {
  return Math.max(a / b, b / a);
}
