import type { NodeClass } from '../../core/pod-record.ts';
import type { TargetKind, WorkloadStatus } from '../../core/workload-status.ts';

/** Start-up latencies of one workload's pods on one class of nodes, as StartupSketches counts them. */
export interface StartupHistogram {
  /** Its workloadKey. */
  readonly workload: string;
  readonly nodeClass: NodeClass;
  /** A stage, or `total`: created → Ready. */
  readonly span: string;
  readonly counts: {
    /** Cumulative, one for each bound; `count` is that of +Inf. */
    readonly buckets: readonly number[];
    readonly sumSeconds: number;
    readonly count: number;
  };
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
  /** Where start-up latencies are counted: read when the metrics are. @param boundsSeconds of all buckets, ascending */
  startups(boundsSeconds: readonly number[], read: () => Iterable<StartupHistogram>): void;
  /** Where the requests to the API server are counted: read when the metrics are. */
  apiRequests(read: () => readonly ApiRequestCount[]): void;
  query(source: string, outcome: 'ok' | 'empty' | 'error', seconds: number): void;
  /** Refits that wait or run. */
  refits(waiting: number): void;
  write(target: TargetKind, outcome: 'ok' | 'conflict' | 'error'): void;
  /** A tick over all workloads ended. @param endSeconds epoch */
  tick(durationSeconds: number, endSeconds: number): void;
  /** How often the console's thread ended though nobody asked for it: read when the metrics are. */
  consoleFailures(read: () => number): void;
  leader(acts: boolean): void;
  ready(canAct: boolean): void;
}
