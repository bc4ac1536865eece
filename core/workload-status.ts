import type { Reason } from './decision.ts';
import type { PodCoverage } from './pod-record.ts';
import type { Mode } from './policy/policy.ts';
import type { WorkloadRef } from './workload.ts';

/** What is written to: the scale subresource, an HPA's minReplicas, or nothing. */
export type TargetKind = 'scale' | 'hpa' | 'dry-run';

/** Pods of one workload, as they are and as each rule would have them. NaN: not known, as it was not read or its annotations are wrong. */
export interface ReplicaStatus {
  readonly current: number;
  readonly ready: number;
  /** What was decided, within all bounds. */
  readonly wanted: number;
  /** What the forecast alone asks for; undefined without a forecast. */
  readonly proactive: number | undefined;
  /** What the observed load alone asks for; undefined without an observation. */
  readonly reactive: number | undefined;
  readonly min: number;
  readonly max: number;
  /** `current` is the minReplicas of its HPA; absent: the workload's own replicas. */
  readonly ofHpa?: true;
  /** Pods that the workload's own spec.replicas asks for; absent: not known. */
  readonly asked?: number;
}

/** What one metric's demand came to in the last decision, all but `pods` in its unit; by the plan itself, never by a second formula. */
export interface MetricNeed {
  /** Expected peak with its margin; undefined: the rule asks no forecast. */
  readonly forecast: number | undefined;
  /** The reactive floor. */
  readonly floor: number;
  /** Pods for the larger of both, before spares, windows and bounds. */
  readonly pods: number;
}

/** What was forecast for one tick, one lead time before it: the median and the 0.95 quantile of the demand. NaN: nothing was. */
export interface ForecastForNow {
  readonly median: number;
  readonly upper: number;
}

/** One metric of a workload at the newest tick. All loads in `unit`, summed over the workload. */
export interface MetricStatus {
  /** `cpu`, `memory`, `gpu`, a template's name, or `query`. */
  readonly name: string;
  /** `cores`, `bytes`, or what the template says; empty: unknown. */
  readonly unit: string;
  /** Mean of the last minute. */
  readonly load: number | undefined;
  /** Demand now, recovered from means that arrive late. */
  readonly demandEstimate: number | undefined;
  /** Median and 0.95 quantile of the load one lead time ahead. */
  readonly forecastMedian: number | undefined;
  readonly forecastUpper: number | undefined;
  /** What was forecast for now, one lead time ago; absent: nothing was. */
  readonly forecastForNow?: ForecastForNow;
  /** The expected peak of the lead time, and its expected error; capacity is planned for peak + model.safetyMultiplier × error. */
  readonly expectedPeak: number | undefined;
  readonly expectedError: number | undefined;
  /** Demand that one Ready pod serves. */
  readonly podCapacity: number | undefined;
  /** Undefined: there is no observation, or nothing decides yet. */
  readonly need: MetricNeed | undefined;
  /** The load saturates its pods: it says less than what is asked of them. */
  readonly censored: boolean;
  /** Why there is no value now; undefined where there is one. */
  readonly missing: string | undefined;
  /** How many pods the load is measured on; undefined: it is not measured on pods, or has no value. */
  readonly pods: PodCoverage | undefined;
  /** Days of history learned from, 0…7 and more. */
  readonly learnedDays: number;
  /** The newest observation that the refit in use knew, epoch seconds; undefined: nothing is learned yet. */
  readonly learnedSeconds: number | undefined;
  /** Error of past forecasts as they became known: Σ|error| ÷ Σ load; undefined until some did. */
  readonly wape: number | undefined;
}

/** Seconds by which pods are asked for ahead of the load; NaN: not known, as its annotations are wrong. */
export interface LeadTimeStatus {
  readonly seconds: number;
  /** `borrowed`: from other workloads on the same class of nodes. */
  readonly source: 'measured' | 'borrowed' | 'default' | 'annotation';
  /** Start-ups that it was measured on. */
  readonly samples: number;
}

/** How the margins stand now. */
export interface ModelStatus {
  /** `learning`: nothing is calibrated yet, the HPA's rule decides. */
  readonly kind: 'predictive' | 'reactive' | 'learning';
  /** In words, as the calibration gave it. */
  readonly why: string;
  /** The network whose forecast decides; undefined: the workload's own regression does. */
  readonly neural: string | undefined;
  /** Expected errors kept over the expected peak. */
  readonly safetyMultiplier: number | undefined;
  /** Share kept over the load: 0.13 is 13 %. */
  readonly headroom: number | undefined;
  readonly stabilizationSeconds: number | undefined;
  /** Utilization that the reactive rule aims at, 0…1; undefined while the forecast decides. */
  readonly reactiveTarget: number | undefined;
  /** Share of the demand that is to be served, 0…1: 0.9999 for an SLO of 99.99 %; NaN: its annotations are wrong. */
  readonly slo: number;
  /** Share of the demand that found no Ready pod of late, 0…1, as estimated; undefined: not known, as on the first day. */
  readonly unmetShare: number | undefined;
}

/**
 * `Ready`: it can be acted on. `Conflict`: another writer changes the same replicas. `ReplicaFailure`: pods that were asked for can't be
 * created, or can't start; as a Deployment's condition of that name. `Saturated`: its pods are, or were within two minutes, at their limit.
 */
export const CONDITION_TYPES = ['Ready', 'Forecasting', 'Paused', 'Conflict', 'ReplicaFailure', 'Saturated'] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

/** Reason of the Ready condition of a workload whose annotations are wrong: it is ignored. */
export const POLICY_ERROR = 'PolicyError';

/** Reason of the Event on a workload that is out though somebody wrote annotations of ours, which have no effect. */
export const NOT_OPTED_IN = 'NotOptedIn';

export interface Condition {
  readonly type: ConditionType;
  readonly status: boolean;
  /** One word, CamelCase: `NoMetric`, `PolicyError`, … */
  readonly reason: string;
  /** What is the matter; where Ready is false, with the fix. */
  readonly message: string;
  /** Epoch seconds of the last change of `status`. */
  readonly sinceSeconds: number;
}

/** A change of replicas that is expected, from what was wanted when it was told. */
export interface ExpectedChange {
  readonly atSeconds: number;
  readonly replicas: number;
}

/** All that is known of one workload after a tick: what metrics, Events, status and explain show. */
export interface WorkloadStatus {
  readonly ref: WorkloadRef;
  /** Undefined: its annotations are wrong, and say none that there is. */
  readonly mode: Mode | undefined;
  readonly target: TargetKind;
  readonly replicas: ReplicaStatus;
  /** In the order of the policy; empty where the policy has errors. */
  readonly metrics: readonly MetricStatus[];
  readonly leadTime: LeadTimeStatus;
  readonly model: ModelStatus;
  /** What the rules said, first to last; the last one decided. */
  readonly reasons: readonly Reason[];
  readonly conditions: readonly Condition[];
  /** Epoch seconds of the decision (0: none yet), and of the last write; undefined: nothing was written yet. */
  readonly decidedSeconds: number;
  readonly writtenSeconds: number | undefined;
  /** Why the last write or decision failed; undefined: it did not. */
  readonly error: string | undefined;
}

/** Figures of one policy over the same hours. */
export interface RanFigures {
  readonly podHours: number;
  /** Share of the demand that found a Ready pod, 0…1; null: there was no demand. */
  readonly servedShare: number | null;
  readonly starts: number;
}

/** What really ran in the last week, against the HPA that would have; all times epoch seconds. */
export interface Baseline {
  /** The workload's own HPA, or one with the defaults of `autoscaling/v2`. */
  readonly source: 'manifest' | 'default';
  /** `HorizontalPodAutoscaler shop/web: cpu at 60 % of the request, 2-20 pods`. */
  readonly name: string;
  /** How its metric was read, or why it is the default one though there is an HPA; empty: nothing is to be said. */
  readonly note: string;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Hours within them that are compared: Prescale acted, the demand was known, and pods served as much as they do now. */
  readonly hours: number;
  readonly own: RanFigures;
  readonly hpa: RanFigures;
  /** 1 − own ÷ HPA's pod-hours: negative where the HPA would have needed fewer; null: it would have needed none. */
  readonly savedShare: number | null;
  readonly madeSeconds: number;
}

/** Why there is none, in one sentence. */
export interface NoBaseline {
  readonly why: string;
  readonly madeSeconds: number | null;
}
