import type { Forecast } from '../core/forecast.ts';
import type { Series } from '../core/series.ts';
import type { LeadTimeNetwork } from '../forecaster/lead-time/network.ts';
import type { Filling } from './fill.ts';
import type { FillingFacts } from './filling.ts';
import type { HpaManifest } from './hpa-manifest.ts';
import type { Observation, ObservationFacts } from './observation.ts';

export { TICK_SECONDS } from '../core/tick.ts';

export const POLICY_NAMES = ['predictive', 'hpa', 'hpa-tuned', 'cron', 'fixed-max', 'fixed', 'oracle'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** What one policy did: a value a tick, pods. */
export interface PolicyRun {
  readonly name: PolicyName;
  /** What the policy asked for at the tick; `total` is what then existed, `ready` what then served. */
  readonly desired: Int32Array;
  readonly total: Int32Array;
  readonly ready: Int32Array;
  /** Pods created at the tick; those that exist before the first tick are nobody's starts. */
  readonly started: Int32Array;
  /** `hpa`, `hpa-tuned`: the utilisation target used, a fraction. */
  readonly target?: number;
  /** `hpa`, `hpa-tuned`: the scale-down stabilization window used. */
  readonly windowSeconds?: number;
}

/** All of a replay that is a value a tick: the content of timeline.csv. NaN is no data. */
export interface Timeline {
  /** The first replayed tick, epoch seconds; tick i is at `startSeconds + i * TICK_SECONDS`. */
  readonly startSeconds: number;
  /** Demand at the tick, and what the policies saw of it (`settings.observation`); in the trace's unit. */
  readonly demand: Float64Array;
  readonly observed: Float64Array;
  /** The median and the 0.95 quantile, made at the tick, of the demand at t + `leadSeconds`. */
  readonly forecastP50: Float64Array;
  readonly forecastUpper: Float64Array;
  readonly runs: readonly PolicyRun[];
}

/** What a replay was asked to do, with every default filled in. */
export interface ReplaySettings {
  /** Demand that one Ready pod serves. */
  readonly podCapacity: number;
  readonly unmetTargetBp: number;
  readonly min: number;
  /** Infinity: no cap. */
  readonly max: number;
  readonly fixed?: number;
  /** Utilisation target of `hpa`, a fraction; that of `hpa` where a manifest was read. */
  readonly hpaTarget: number;
  /** What every policy sees of the demand. */
  readonly observation: Observation;
  /** How the demand between samples over a minute apart is made up; by default what came closest in the benchmark. */
  readonly filling?: Filling;
  /** The HPA that the workload has; absent: the one with the defaults of `autoscaling/v2` at `hpaTarget`. */
  readonly hpa?: HpaManifest;
  /** In every comparison a pod start counts as so many seconds of a pod; the bill does not know it. */
  readonly startCostSeconds: number;
  readonly historySeconds: number;
  readonly seed: number;
  readonly policies: readonly PolicyName[];
  /** Rehearsed by `predictive` beside the workload's own regression; by default the one that is shipped. */
  readonly network?: LeadTimeNetwork | 'off';
}

/** A finished replay: everything a report is made of. */
export interface ReplayResult {
  readonly settings: ReplaySettings;
  readonly timeline: Timeline;
  /** The horizon of `forecastP50` and `forecastUpper`: start-up p90 + observation delay, whole ticks. */
  readonly leadSeconds: number;
  /** Day-ahead forecast made at the first replayed tick, for the forecast fan; in the trace's unit. */
  readonly dayAhead: Forecast;
  /** The whole trace (history and replayed span) at one-minute or coarser steps, for pictures. */
  readonly trace: Series;
  readonly startup: { readonly p50Seconds: number; readonly p90Seconds: number; readonly p99Seconds: number };
  /** Decisions of `predictive` by the reason that decided them: ticks. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** The HPA that `hpa` is, read from its manifest. */
export interface HpaFacts {
  /** The file as its owner named it, and the HPA's name. */
  readonly source: string;
  readonly name: string;
  /** "cpu at 60 % of the request". */
  readonly metric: string;
  readonly min: number;
  readonly max: number;
  /** Whole sentences: how its metric is taken for the load of the trace. */
  readonly reading: string;
}

/** What is known of the trace and changes how the figures must be read. */
export interface Finding {
  readonly name: string;
  readonly severity: 'note' | 'warning';
  /** Whole sentences. */
  readonly text: string;
}

/** report.json; its schema is schemas/report.schema.json. */
export interface Report {
  readonly schemaVersion: 2;
  readonly tool: { readonly name: 'prescale'; readonly version: string };
  readonly trace: {
    readonly source: string;
    readonly sha256: string;
    readonly stepSeconds: number;
    /** Epoch seconds of the first and last replayed tick. */
    readonly start: number;
    readonly end: number;
    /** Share of the replayed ticks without data. */
    readonly noDataFraction: number;
  };
  readonly podCapacity: number;
  readonly startup: ReplayResult['startup'];
  readonly unmetTargetBp: number;
  readonly startCostSeconds: number;
  readonly observation: ObservationFacts;
  readonly findings: readonly Finding[];
  /** Absent: no manifest was given, and `hpa` is the default HPA. */
  readonly hpa?: HpaFacts;
  /** Where samples are over a minute apart. */
  readonly filling?: FillingFacts;
  readonly seed: number;
  /** `max` null: no cap. */
  readonly bounds: { readonly min: number; readonly max: number | null };
  /** Where the prices come from, the day they were read, and what they make of one pod-hour on ECI. */
  readonly prices?: { readonly source: string; readonly date: string; readonly podHour: number };
  readonly period: {
    readonly found: boolean;
    readonly seconds: readonly number[];
    readonly strength: number;
    readonly reason: string;
  };
  /** Accuracy of forecastP50 and forecastUpper against the demand at t + leadSeconds, over ticks with both. */
  readonly forecast: {
    readonly model: string;
    readonly why: string;
    readonly leadSeconds: number;
    readonly wape: number | null;
    /** Mean weighted quantile loss over the levels 0.5 and 0.95. */
    readonly wql: number | null;
    readonly coverage95: number | null;
  };
  readonly policies: Readonly<Partial<Record<PolicyName, PolicyFigures>>>;
  readonly breakEven: {
    /** For the rank 1…peak pod of `predictive`: the hours a day it ran. */
    readonly hoursPerDay: readonly number[];
    /** The price book's break-even: above it a rank is cheaper on the resident ECS base. */
    readonly thresholdHoursPerDay: number;
    readonly basePods: number;
    /** Fraction of `predictive`'s all-elastic cost saved by that base. */
    readonly savingVsAllElastic: number;
  };
  /** Sentences; the first is the report's headline. Says so when prediction does not help. */
  readonly recommendation: string;
}

/** Figures of one policy. */
export interface PolicyFigures {
  readonly podHours: number;
  /** Pods that the policy started, and how many a day of the span. */
  readonly starts: number;
  readonly startsPerDay: number;
  /** What policies are compared by: pod-hours + starts × start cost, hours. */
  readonly objectiveHours: number;
  /** The bill: pod-hours by the price book. */
  readonly cost: number;
  readonly currency: string;
  readonly unmetBp: number;
  readonly violationMinutes: number;
  /** The most pods that were missing at a tick: the largest demand ÷ pod capacity − Ready pods; 0 where none ever was. */
  readonly largestShortage: number;
  /** Quantiles over the ticks with data of demand ÷ capacity of the Ready pods; null without data, or where there was none Ready. */
  readonly saturationP95: number | null;
  readonly saturationP99: number | null;
  readonly scaleUps: number;
  readonly scaleDowns: number;
  /** Median seconds by which pods were Ready before the demand that needed them; null where none was ever needed. */
  readonly leadSeconds: number | null;
  /** objectiveHours ÷ the oracle's; null where the oracle did not run. */
  readonly oracleRatio: number | null;
  /** Of the bill: 1 − cost ÷ the other policy's cost. */
  readonly savingVs: Readonly<Partial<Record<PolicyName, number>>>;
  /** With starts at their price: 1 − objectiveHours ÷ the other policy's. */
  readonly objectiveSavingVs: Readonly<Partial<Record<PolicyName, number>>>;
  /** `hpa`, `hpa-tuned`: the utilisation target, a fraction. */
  readonly target?: number;
  /** `hpa`, `hpa-tuned`: the scale-down stabilization window. */
  readonly windowSeconds?: number;
}
