import type { CalendarNames } from '../calendar/calendar.ts';

/** `observe` decides and changes nothing; `auto` is the larger of forecast and reactive floor; the other two use one of them alone. */
export type Mode = 'observe' | 'auto' | 'predictive' | 'reactive';

/** What a workload is scaled by. A template is the administrator's PromQL, chosen by name. */
export type MetricRef =
  | { readonly kind: 'resource'; readonly resource: 'cpu' | 'memory' | 'gpu' }
  | { readonly kind: 'template'; readonly template: string; readonly args: Readonly<Record<string, string>> }
  | { readonly kind: 'query'; readonly query: string };

/** Demand that one Ready pod serves: absolute (CPU cores, bytes, the unit of the query), or a share of the pod's request. */
export type PodTarget =
  | { readonly kind: 'absolute'; readonly perPod: number }
  | { readonly kind: 'utilization'; readonly fraction: number };

export interface MetricTarget {
  readonly metric: MetricRef;
  readonly target: PodTarget;
}

/** Within the minutes after each match of the cron expression, these bounds hold instead of min-replicas and max-replicas. */
export interface ScheduledBounds {
  /** Five fields. */
  readonly cron: string;
  readonly timeZone: string;
  readonly durationSeconds: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Dates in the time zone, `2026-12-25`, on which the bounds don't hold. */
  readonly except: readonly string[];
}

/** Which direction is held as it is: nothing, everything, removals, additions. */
export type Paused = 'no' | 'all' | 'scale-in' | 'scale-out';

/** What a workload asked for, checked and with all defaults filled in. */
export interface WorkloadPolicy {
  readonly mode: Mode;
  /** At least one; the largest need wins. */
  readonly metrics: readonly MetricTarget[];
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Demand that may stay unmet, basis points. */
  readonly unmetTargetBp: number;
  /** Seconds to be ahead; `auto` is the measured p90 of created → Ready. */
  readonly scaleUpAhead: 'auto' | number;
  /** Seconds for which a higher need is kept at least; `auto` leaves it to the calibration. */
  readonly stabilization: 'auto' | number;
  /** What the start of a pod counts as, seconds of a pod; `auto`: five minutes. */
  readonly startCost: 'auto' | number;
  readonly bounds: readonly ScheduledBounds[];
  readonly paused: Paused;
  /** The HPA whose minReplicas is raised instead of the workload's own replicas; undefined: none was named. */
  readonly takeOverHpa: string | undefined;
  /** By whose calendar its days fold; absent: by the clock of UTC, without holidays. */
  readonly calendarNames?: CalendarNames;
}

/** What the administrator allows and presets; from the chart's values. */
export interface PolicyLimits {
  readonly defaultMode: Mode;
  readonly defaultUnmetTargetBp: number;
  /** No workload asks for more replicas. */
  readonly maxReplicas: number;
  readonly allowRawQueries: boolean;
  /** Templates by name, each with the names of its arguments. */
  readonly templates: Readonly<Record<string, { readonly args: readonly string[] }>>;
  /** For what a workload does not name of its calendar; absent: UTC, no holidays. */
  readonly defaultCalendar?: CalendarNames;
  /** Calendars of dates that may be named beside countries; absent: none. */
  readonly calendars?: readonly string[];
}

/** One thing that is wrong, named by its annotation. */
export interface PolicyError {
  readonly annotation: string;
  /** What was wrong and what would be right. */
  readonly message: string;
}

/** What a workload's annotations say. */
export type Opted =
  /** @property hints what was probably meant, where somebody wrote our annotations and is out all the same */
  | { readonly kind: 'out'; readonly hints?: readonly PolicyError[] }
  | { readonly kind: 'in'; readonly policy: WorkloadPolicy }
  /** @property mode what is asked for, or the default; undefined: a word that is no mode, or nothing to tell it by */
  | { readonly kind: 'wrong'; readonly errors: readonly PolicyError[]; readonly mode?: Mode | undefined };
