import type { PodCoverage, PodRecord } from '../../core/pod-record.ts';
import type { MetricRef } from '../../core/policy/policy.ts';
import type { Samples } from '../../core/series.ts';
import type { WorkloadRef } from '../../core/workload.ts';

/** The instants start, start + step, … ≤ end, epoch seconds. */
export interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

/** One workload's one metric. */
export interface DemandQuery {
  /** Unique: workloadKey + `#` + the metric's index in the policy. */
  readonly id: string;
  readonly workload: WorkloadRef;
  readonly metric: MetricRef;
}

/**
 * Demand in absolute units: cores, bytes, busy GPUs, the unit of the template. A number is finite and ≥ 0; whatever is not
 * (no series, NaN, several series for one, an answer in part, a server that failed) is missing, never 0.
 */
export type DemandReading =
  | {
      readonly kind: 'value';
      readonly value: number;
      /** The end of what was measured: for an observation at t the mean over (t − 75 s, t − 15 s], so t − 15 s. */
      readonly timeSeconds: number;
      /** It is the mean of so long, where that is not OBSERVATION_SECONDS: metrics.k8s.io measures over windows of its own. */
      readonly windowSeconds?: number;
      /** Resource metrics only: usage of every measured pod by its name, those left out of the value included. */
      readonly perPod?: ReadonlyMap<string, number>;
      /** Resource metrics only. */
      readonly pods?: PodCoverage;
      /** Most of its Ready pods are at their limit: the value is less than what is asked of them. Undefined: to be told from perPod. */
      readonly censored?: boolean;
    }
  | { readonly kind: 'missing'; readonly why: string };

/** A workload's pods by its workloadKey; empty where none are known. */
export type PodsOf = (workloadKey: string) => readonly PodRecord[];

/** Where live demand is measured. */
export interface DemandSource {
  /** For messages: the server's address without credentials, or the API. */
  readonly name: string;
  /**
   * Demand at the range's instants, for opting in; an instant without data has no sample, and no data at all is no samples.
   * @throws InputError where the question is at fault (bad query, several series), WorldError where the source is
   */
  history(query: DemandQuery, range: TimeRange): Promise<Samples>;
  /** The newest demand of many workloads by few requests. Every id gets an answer; one that fails never spoils the others; it never throws. */
  latest(queries: readonly DemandQuery[], atSeconds: number, pods: PodsOf): Promise<ReadonlyMap<string, DemandReading>>;
  /** Lets go of all connections. */
  close(): Promise<void>;
}

/** An observation at t ends so long before t, that what is measured has arrived: replay's window (docs/replay.md). */
export const OBSERVATION_DELAY_SECONDS = 15;
/** An observation is the mean of so long. */
export const OBSERVATION_SECONDS = 60;
