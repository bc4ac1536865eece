import type { ScaleTarget } from '../../actuator/targets/target.ts';
import type { DemandSource } from '../../collector/demand/demand-source.ts';
import type { StartupSketches } from '../../collector/startup/sketches.ts';
import { messageOf } from '../../core/errors.ts';
import type { PodRecord } from '../../core/pod-record.ts';
import type { WorkloadPolicy } from '../../core/policy/policy.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import type { NeuralModelCache } from '../../forecaster/lead-time/neural/model-cache.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import type { ForecastStore } from '../../storage/forecast-store.ts';
import type { GuardStore } from '../../storage/guard-store.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import type { JobQueue } from '../../storage/job-queue.ts';
import type { Log } from '../../telemetry/log/log.ts';
import type { OwnChanges } from '../journal/journal-keeper.ts';
import type { HolidayBook } from '../refits/holiday-book.ts';
import type { Refitted } from '../refits/refit.ts';
import type { RefitJob } from '../refits/refit-job.ts';
import type { Recording } from '../sources/recording.ts';
import type { MeasurementOf, ScaledWorkload, UnitOf } from './scaled-workload.ts';
import type { WorkloadProgress } from './workload-progress.ts';

/** How a workload may be written to, found out from the HPAs of the cluster. */
export type Routed = { readonly target: ScaleTarget } | { readonly refused: string };

/** What becomes of a workload that somebody may want to read on it. */
export interface WorkloadEvents {
  normal(ref: WorkloadRef, uid: string, reason: string, message: string): void;
  warning(ref: WorkloadRef, uid: string, reason: string, message: string): void;
  forget(ref: WorkloadRef, uid: string): void;
}

/** Pods by workload, kept in step with the cluster. */
export interface WorkloadPods {
  /** @param selector as in scale.status.selector */
  register(ref: WorkloadRef, selector: string): Promise<void>;
  unregister(ref: WorkloadRef): void;
  podsOf(key: string): readonly PodRecord[];
  countsOf(key: string): { readonly total: number; readonly ready: number };
  /** A pod that may be another workload's as well; undefined: there is none. */
  ambiguousPodOf?(key: string): { readonly pod: string; readonly workloads: readonly string[] } | undefined;
  /** Whether all pods of its namespace were listed: before that, none Ready says nothing. Default: yes. */
  knows?(ref: WorkloadRef): boolean;
}

export interface EngineParts {
  readonly api: KubernetesApi;
  readonly source: DemandSource;
  readonly history: Pick<HistoryStore, 'read'>;
  readonly recording: Recording;
  readonly forecasts: ForecastStore<Refitted>;
  readonly queue: JobQueue<RefitJob>;
  readonly neuralModels: Pick<NeuralModelCache, 'get'>;
  readonly pods: WorkloadPods;
  readonly startups: Pick<StartupSketches, 'latency'>;
  readonly route: (ref: WorkloadRef, policy: WorkloadPolicy) => Promise<Routed>;
  readonly events: WorkloadEvents;
  /** Why pods of it are not created, in Kubernetes' words; undefined: it says nothing. Without it, the reason stays unknown. */
  readonly creationFailure?: (ref: WorkloadRef, uid: string) => Promise<string | undefined>;
  readonly isLeader: () => boolean;
  /** Why our clock is not that of the metrics' server: what is the newest to us is older or newer to it. Default: it is. */
  readonly clockProblem?: () => string | undefined;
  readonly unitOf: UnitOf;
  /** What the numbers of a metric are of its demand; without it, its exact mean over the observation window. */
  readonly measurementOf?: MeasurementOf;
  /** Days that are holidays; without it, none are known. */
  readonly holidays?: Pick<HolidayBook, 'daysAbout'>;
  readonly log: Log;
  /** Where the guards' memory outlives this process. Without it, it does not, and whatever comes in is taken for new. */
  readonly guards?: GuardStore;
  /** Told of each change that is made. */
  readonly journal?: OwnChanges;
  /** Whether all that is opted in is known by now: whatever comes in later is new. Default: yes. */
  readonly settled?: () => boolean;
  /** Epoch seconds: workloads are onboarded as soon as they are in. Without it, at the next tick. */
  readonly epochSeconds?: () => number;
  readonly onWrite?: (target: ScaleTarget['kind'], outcome: 'ok' | 'conflict' | 'error') => void;
  /** Lets so many changes of replicas through a second; without it only `writesAtOnce` holds them. */
  readonly writeGate?: { run(write: () => Promise<void>): Promise<void> };
  /** Ends when a tick has waited long enough for its writes: the rest goes on beside the next ones. Without it, it waits for all. */
  readonly patience?: (signal: AbortSignal) => Promise<void>;
  /** Within a tick, which takes a while with thousands of workloads: lets in who else waits for this thread. Without it, nobody. */
  readonly pause?: () => Promise<void>;
}

export interface EngineSettings {
  readonly maxReplicas: number;
  /** Workloads of one namespace that are looked after. */
  readonly workloadsPerNamespace: number;
  readonly writesAtOnce: number;
  /** Share of the workloads that may lose more than half of their pods at once. */
  readonly fleetShare: number;
  readonly markDeletionCost: boolean;
  readonly refitTicks: number;
  /** Step of the history store, seconds. */
  readonly historyStepSeconds: number;
}

/** The workloads that are in, and what is to be done for each: what the engine's parts share. */
export class WorkloadRegistry {
  readonly workloads = new Map<string, ScaledWorkload>();
  /** By the same keys. */
  readonly progress = new Map<string, WorkloadProgress>();
  /** Keys of those that are being written just now. */
  readonly writing = new Set<string>();
  /** Of the tick under way, since the epoch. */
  tickNumber = 0;
  private readonly log: Log;

  constructor(log: Log) {
    this.log = log;
  }

  /** A workload's fault is its own: it is said on it, and all others go on. */
  async alone(workload: ScaledWorkload, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.leftOut(workload, error);
    }
  }

  /** The same, for what waits for nothing. */
  aloneNow(workload: ScaledWorkload, task: () => void): void {
    try {
      task();
    } catch (error) {
      this.leftOut(workload, error);
    }
  }

  private leftOut(workload: ScaledWorkload, error: unknown): void {
    workload.failed('tick', messageOf(error));
    this.log.error('a workload was left out of this tick', { workload: workload.key, error });
  }
}
