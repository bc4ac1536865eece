import type { TargetKind, WorkloadStatus } from '../addon/workload-status.ts';
import type { NodeClass } from '../core/pod-record.ts';
import type { WorkloadRef } from '../core/workload.ts';

/** Start-up latencies of one workload's pods on one class of nodes, as a sketch gives them. */
export interface StartupHistogram {
  readonly ref: WorkloadRef;
  readonly nodeClass: NodeClass;
  /** `ready` is created → Ready; others name a part of it. */
  readonly stage: string;
  /** Latencies ≤ `upToSeconds`, cumulative, ascending; the one of +Inf is `count`. */
  readonly buckets: readonly { readonly upToSeconds: number; readonly count: number }[];
  readonly count: number;
  readonly sumSeconds: number;
}

/** Requests of one kind so far, as KubernetesApi's connection counts them. */
export interface ApiRequestCount {
  readonly verb: string;
  readonly resource: string;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly count: number;
  readonly seconds: number;
}

/** Where the addon's parts leave what they measure. */
export interface AddonMetrics {
  /** One tick's statuses, all that there are: who is not among them loses its series. */
  observe(statuses: readonly WorkloadStatus[]): void;
  /** All start-up histograms that there are. */
  startups(histograms: readonly StartupHistogram[]): void;
  /** Where the requests to the API server are counted: read when the metrics are. */
  apiRequests(read: () => readonly ApiRequestCount[]): void;
  query(source: string, outcome: 'ok' | 'empty' | 'error', seconds: number): void;
  write(target: TargetKind, outcome: 'ok' | 'conflict' | 'error'): void;
  /** A round over all workloads ended. @param endSeconds epoch */
  tick(durationSeconds: number, endSeconds: number): void;
  leader(acts: boolean): void;
  ready(canAct: boolean): void;
}
